"""The catalogue's codes and names that the wizard speaks with, read once per version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Generic, TypeVar

from django.db.models import Model

from appointments.models import Holiday, Schedule, WeeklyHours
from catalog import version
from catalog.models import (
    Agreement,
    City,
    Instruction,
    InstructionSet,
    Practitioner,
    Procedure,
    ServiceCategory,
    Site,
    Specialty,
)

T = TypeVar("T", bound=Model)


class Shelf(Generic[T]):
    """Rows of one kind, by code and by key, in the order of the pages. Never changed."""

    def __init__(self, rows: Iterable[T]) -> None:
        self.by_id: dict[int, T] = {row.pk: row for row in rows}
        self.by_code: dict[str, T] = {row.code: row for row in self.by_id.values()}  # type: ignore[attr-defined]

    def get(self, code: str) -> T | None:
        return self.by_code.get(code)

    def id_of(self, code: str) -> int | None:
        row = self.by_code.get(code)
        return row.pk if row else None

    def among(self, ids: Iterable[int]) -> list[T]:
        """Those rows, in the order of the page."""
        wanted = frozenset(ids)
        return [row for pk, row in self.by_id.items() if pk in wanted]


@dataclass(frozen=True, slots=True)
class Names:
    categories: Shelf[ServiceCategory]
    specialties: Shelf[Specialty]
    practitioners: Shelf[Practitioner]
    procedures: Shelf[Procedure]
    cities: Shelf[City]
    sites: Shelf[Site]
    agreements: Shelf[Agreement]
    holidays: frozenset[date]
    # Procedures that ask for fasting, by the instructions in force.
    fasting: frozenset[int]
    # The ISO weekdays on which each schedule attends, by its pattern.
    weekdays: dict[int, frozenset[int]]


def current() -> Names:
    """The names of what some schedule offers, as the catalogue stands now."""
    return _names(version.current())


def forget() -> None:
    """Drop what this process remembers: for tests, whose versions begin again."""
    _names.cache_clear()


@lru_cache(maxsize=1)
def _names(now_version: int) -> Names:
    offered = Schedule.objects.offered().order_by()
    procedures = Shelf(
        Procedure.objects.filter(
            pk__in=Schedule.procedures.through.objects.values("procedure_id")
        )
        .select_related("specialty__category")
        .defer("official_name", "synonyms")
    )
    return Names(
        categories=Shelf(ServiceCategory.objects.all()),
        specialties=Shelf(
            Specialty.objects.select_related("category").defer("synonyms")
        ),
        practitioners=Shelf(
            Practitioner.objects.filter(
                pk__in=offered.values("practitioner_id")
            ).prefetch_related("specialties")
        ),
        procedures=procedures,
        cities=Shelf(City.objects.filter(pk__in=offered.values("site__city_id"))),
        sites=Shelf(
            Site.objects.filter(pk__in=offered.values("site_id")).select_related("city")
        ),
        agreements=Shelf(Agreement.objects.active()),
        holidays=frozenset(Holiday.objects.values_list("date", flat=True)),
        fasting=_fasting(procedures.by_id.values()),
        weekdays=_weekdays(),
    )


def _fasting(procedures: Iterable[Procedure]) -> frozenset[int]:
    """By the latest instructions of each procedure, or else those of its specialty."""
    sets = InstructionSet.objects.order_by("version")
    own: dict[int, int] = dict(
        sets.filter(procedure__isnull=False).values_list("procedure", "pk")
    )
    shared: dict[int, int] = dict(
        sets.filter(specialty__isnull=False).values_list("specialty", "pk")
    )
    steps = Instruction.objects.filter(fasting=True)
    fasting = frozenset(steps.values_list("instruction_set", flat=True))
    return frozenset(
        procedure.pk
        for procedure in procedures
        if own.get(procedure.pk, shared.get(procedure.specialty_id or 0, 0)) in fasting
    )


def _weekdays() -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for schedule, day in WeeklyHours.objects.values_list("schedule_id", "weekday"):
        found.setdefault(schedule, set()).add(day)
    return {schedule: frozenset(days) for schedule, days in found.items()}
