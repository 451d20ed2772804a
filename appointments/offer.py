"""What can be booked at all, by whom: reference data, read once per catalogue version.

A snapshot of the schedules and their procedures lives in each process. It is rebuilt
when `catalog.version` grows, which every change of reference data makes it do; so a
question of the wizard costs no query beyond that of the version.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Model, Q, QuerySet

from appointments import policies
from appointments.models import Schedule
from catalog import coverage, version
from catalog.models import Agreement, Procedure


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    """Who asks, and the answers so far; what is None has not been asked or does not matter."""

    agreement_id: int
    age_years: int
    sex: str
    # The specialties that have attended this patient: only there a consultation is a control.
    attended: frozenset[int] = frozenset()
    procedure_id: int | None = None
    modality: str | None = None
    category_id: int | None = None
    specialty_id: int | None = None
    practitioner_id: int | None = None
    city_id: int | None = None
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduleRef:
    """A schedule as searches need it. `minutes` and `slots` are the procedure's, if one is asked."""

    id: int
    practitioner_id: int
    site_id: int
    city_id: int
    specialty_id: int
    category_id: int
    modality: str
    slot_minutes: int
    capacity: int
    notice_minutes: int
    horizon_days: int
    # Somebody must accept first. With a procedure asked, whether it is so for that one.
    by_request: bool
    minutes: int = 0
    slots: int = 1


@dataclass(frozen=True, slots=True)
class Offering:
    """A schedule and those of its procedures that this patient may have with this agreement."""

    schedule: ScheduleRef
    procedure_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What decides whether a procedure is for somebody."""

    id: int
    minutes: int
    sex: str
    youngest: int | None
    oldest: int | None
    specialty_id: int | None
    visit: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    schedules: dict[int, ScheduleRef]
    procedures: dict[int, _Kind]
    of_schedule: dict[int, frozenset[int]]
    # By procedure and city, so that other cities cost a search nothing.
    with_procedure: dict[int, dict[int, tuple[ScheduleRef, ...]]]
    # The control consultations that some schedule does, by specialty.
    controls: dict[int, frozenset[int]]


def matching(criteria: Criteria) -> tuple[ScheduleRef, ...]:
    """The schedules in which this patient can have what they ask for."""
    return tuple(offering.schedule for offering in offerings(criteria))


def offerings(criteria: Criteria) -> tuple[Offering, ...]:
    """The schedules that fit the answers so far, with what each can do for this patient."""
    return _offerings(version.current(), criteria)


def categories(criteria: Criteria) -> frozenset[int]:
    return _distinct(criteria, lambda schedule: schedule.category_id)


def specialties(criteria: Criteria) -> frozenset[int]:
    return _distinct(criteria, lambda schedule: schedule.specialty_id)


def practitioners(criteria: Criteria) -> frozenset[int]:
    return _distinct(criteria, lambda schedule: schedule.practitioner_id)


def cities(criteria: Criteria) -> frozenset[int]:
    return _distinct(criteria, lambda schedule: schedule.city_id)


def sites(criteria: Criteria) -> frozenset[int]:
    return _distinct(criteria, lambda schedule: schedule.site_id)


def modalities(criteria: Criteria) -> frozenset[str]:
    return frozenset(o.schedule.modality for o in offerings(criteria))


def procedures(criteria: Criteria) -> frozenset[int]:
    return frozenset().union(*(o.procedure_ids for o in offerings(criteria)))


def specialties_with_controls(criteria: Criteria) -> frozenset[int]:
    """Where it matters whether this patient has been attended before."""
    now_version = version.current()
    allowed = _allowed(
        now_version, criteria.agreement_id, criteria.age_years, criteria.sex
    )
    return frozenset(
        specialty_id
        for specialty_id, controls in _snapshot(now_version).controls.items()
        if controls & allowed
    )


def is_offered(*, schedule_id: int, criteria: Criteria) -> bool:
    """Whether this schedule does what is asked, for who is about to write (BOK-06).

    At most two seconds old, as `catalog.version` is; that the time itself is still in
    the agenda, its slot says.
    """
    return any(schedule.id == schedule_id for schedule in matching(criteria))


def is_by_request(*, schedule_id: int, criteria: Criteria) -> bool:
    """Whether somebody must accept what is asked of this schedule."""
    found = (s for s in matching(criteria) if s.id == schedule_id)
    return any(schedule.by_request for schedule in found)


def forget() -> None:
    """Drop what this process remembers: for tests, whose versions begin again."""
    for memory in (_snapshot, _allowed, _open_to, _offerings):
        memory.cache_clear()


def _distinct(criteria: Criteria, of: Callable[[ScheduleRef], int]) -> frozenset[int]:
    return frozenset(of(offering.schedule) for offering in offerings(criteria))


@lru_cache(maxsize=1024)
def _offerings(now_version: int, criteria: Criteria) -> tuple[Offering, ...]:
    if criteria.procedure_id is not None:
        found = _with_procedure(now_version, criteria, criteria.procedure_id)
    else:
        found = _open_to(
            now_version,
            criteria.agreement_id,
            criteria.age_years,
            criteria.sex,
            criteria.attended,
        )
    return tuple(o for o in found if _fits(o.schedule, criteria))


def _with_procedure(
    now_version: int, criteria: Criteria, procedure_id: int
) -> tuple[Offering, ...]:
    allowed = _allowed(
        now_version, criteria.agreement_id, criteria.age_years, criteria.sex
    )
    snapshot = _snapshot(now_version)
    if procedure_id not in _for_who(snapshot, allowed, criteria.attended):
        return ()
    minutes = snapshot.procedures[procedure_id].minutes
    only = frozenset({procedure_id})
    by_city = snapshot.with_procedure[procedure_id]
    cities = by_city if criteria.city_id is None else (criteria.city_id,)
    return tuple(
        Offering(_for_minutes(schedule, minutes), only)
        for city_id in cities
        for schedule in by_city.get(city_id, ())
    )


def _for_minutes(schedule: ScheduleRef, minutes: int) -> ScheduleRef:
    slots = policies.slots_needed(minutes=minutes, slot_minutes=schedule.slot_minutes)
    return replace(schedule, minutes=minutes, slots=slots)


def _fits(schedule: ScheduleRef, criteria: Criteria) -> bool:
    asked = (
        (criteria.modality, schedule.modality),
        (criteria.category_id, schedule.category_id),
        (criteria.specialty_id, schedule.specialty_id),
        (criteria.practitioner_id, schedule.practitioner_id),
        (criteria.city_id, schedule.city_id),
        (criteria.site_id, schedule.site_id),
    )
    return all(wish is None or wish == has for wish, has in asked)


@lru_cache(maxsize=64)
def _open_to(
    now_version: int,
    agreement_id: int,
    age_years: int,
    sex: str,
    attended: frozenset[int],
) -> tuple[Offering, ...]:
    snapshot = _snapshot(now_version)
    allowed = _for_who(
        snapshot, _allowed(now_version, agreement_id, age_years, sex), attended
    )
    # Many schedules do the same: one set for all of them.
    sets = {ids: _shared(ids, allowed) for ids in set(snapshot.of_schedule.values())}
    found = (
        Offering(schedule, sets[snapshot.of_schedule[schedule.id]])
        for schedule in snapshot.schedules.values()
    )
    return tuple(offering for offering in found if offering.procedure_ids)


def _shared(ids: frozenset[int], allowed: frozenset[int]) -> frozenset[int]:
    """Their intersection, without a copy where it is the whole set: there are thousands."""
    return ids if ids <= allowed else ids & allowed


def _for_who(
    snapshot: _Snapshot, allowed: frozenset[int], attended: frozenset[int]
) -> frozenset[int]:
    """Without the controls of specialties that have not attended this patient."""
    return allowed - {
        pk
        for specialty_id, controls in snapshot.controls.items()
        if specialty_id not in attended
        for pk in controls
    }


@lru_cache(maxsize=512)
def _allowed(
    now_version: int, agreement_id: int, age_years: int, sex: str
) -> frozenset[int]:
    """The procedures that the agreement covers and that fit this age and sex."""
    agreement = Agreement.objects.active().filter(pk=agreement_id).first()
    if agreement is None:
        return frozenset()
    covered = _bookable().filter(coverage.covered_procedures(agreement))
    kinds = _snapshot(now_version).procedures
    return frozenset(
        pk
        for pk in covered.values_list("pk", flat=True)
        if pk in kinds and _is_for(kinds[pk], age_years=age_years, sex=sex)
    )


def _is_for(kind: _Kind, *, age_years: int, sex: str) -> bool:
    right_age = policies.fits_age(
        age_years=age_years, youngest=kind.youngest, oldest=kind.oldest
    )
    return right_age and policies.fits_sex(sex=sex, procedure_sex=kind.sex)


@lru_cache(maxsize=1)
def _snapshot(now_version: int) -> _Snapshot:
    schedules = {row[0]: ScheduleRef(*row) for row in _schedule_rows()}
    procedures = {row[0]: _Kind(*row) for row in _procedure_rows()}
    of_schedule: dict[int, set[int]] = {pk: set() for pk in schedules}
    with_procedure: dict[int, dict[int, list[ScheduleRef]]]
    with_procedure = {pk: defaultdict(list) for pk in procedures}
    requested = set(_links(Schedule.requested_procedures.through))
    for schedule_id, procedure_id in _links(Schedule.procedures.through):
        schedule = schedules.get(schedule_id)
        if schedule is not None and procedure_id in procedures:
            of_schedule[schedule_id].add(procedure_id)
            if (schedule_id, procedure_id) in requested:
                schedule = replace(schedule, by_request=True)
            with_procedure[procedure_id][schedule.city_id].append(schedule)
    return _Snapshot(
        schedules,
        procedures,
        {pk: frozenset(ids) for pk, ids in of_schedule.items()},
        {
            pk: {city: tuple(refs) for city, refs in by_city.items()}
            for pk, by_city in with_procedure.items()
        },
        _controls(procedures[pk] for pk, cities in with_procedure.items() if cities),
    )


def _controls(kinds: Iterable[_Kind]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for kind in kinds:
        if kind.visit == Procedure.Visit.CONTROL:
            found[kind.specialty_id or 0].add(kind.id)
    return {specialty_id: frozenset(ids) for specialty_id, ids in found.items()}


def _links(through: type[Model]) -> list[tuple[int, int]]:
    """Schedule and procedure, in order."""
    rows = through._default_manager.order_by("schedule_id", "procedure_id")
    return list(rows.values_list("schedule_id", "procedure_id"))


def _bookable() -> QuerySet[Procedure]:
    return Procedure.objects.active().filter(needs_review=False)


def _schedule_rows() -> list[tuple]:
    return list(
        Schedule.objects.offered()
        .annotate(asked_for=Q(booking=Schedule.Booking.REQUEST))
        .order_by("pk")
        .values_list(
            "pk",
            "practitioner_id",
            "site_id",
            "site__city_id",
            "specialty_id",
            "specialty__category_id",
            "modality",
            "slot_minutes",
            "capacity",
            "notice_minutes",
            "horizon_days",
            "asked_for",
        )
    )


def _procedure_rows() -> list[tuple]:
    return list(
        _bookable().values_list(
            "pk", "minutes", "sex", "youngest", "oldest", "specialty_id", "visit"
        )
    )
