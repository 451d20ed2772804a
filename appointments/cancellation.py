"""Which rules hold for an appointment: until when, by which door, how often.

Each field is said by the most specific level that says it (schedule, procedure,
specialty, site, agreement, the network). Policies are reference data: read once per
version of the catalogue, so that no page pays for them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from accounts.models import Patient
from appointments import policies
from appointments.models import (
    Appointment,
    AppointmentEvent,
    CancellationPolicy,
    Schedule,
)
from appointments.models.policy import LEVELS
from appointments.policies import Rules
from catalog import version

DEFAULT = "default"
# What the step of «Avisar que no puedo ir» says; it counts against nobody.
CANNOT_GO = "Avisó que no puede ir"
MINUTES = {
    "cancel_notice": "cancel_notice_minutes",
    "change_notice": "change_notice_minutes",
}
NUMBERS = (
    "most_changes",
    "most_to_come",
    "most_to_come_in_specialty",
    "most_holds",
    "most_cancellations_a_week",
)
FIELDS = ("online", *MINUTES, *NUMBERS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rules of an appointment come from: its key at each level."""

    schedule: int | None = None
    procedure: int | None = None
    specialty: int | None = None
    site: int | None = None
    agreement: int | None = None


def rules_for(appointment: Appointment) -> Rules:
    """The rules of this appointment. Costs no query when its schedule is there already."""
    return rules_at(
        place_of(
            appointment.schedule,
            procedure_id=appointment.procedure_id,
            agreement_id=appointment.agreement_id,
        )
    )


def may_change_now(appointment: Appointment, *, now: datetime) -> bool:
    """It stands, and its patient may change its time online."""
    barrier = policies.barrier_to_move(
        rules_for(appointment),
        start=appointment.start,
        now=now,
        moves=appointment.moves,
    )
    return appointment.status == Appointment.Status.BOOKED and barrier is None


def place_of(schedule: Schedule, *, procedure_id: int, agreement_id: int) -> Place:
    return Place(
        schedule=schedule.pk,
        procedure=procedure_id,
        specialty=schedule.specialty_id,
        site=schedule.site_id,
        agreement=agreement_id,
    )


def rules_at(place: Place) -> Rules:
    return _resolved(version.current(), place)


def cancelled_in_a_week(patient: Patient, *, now: datetime) -> int:
    """How many this person's account, or who acts for them, cancelled online.

    What the clinic cancelled does not count, nor a request withdrawn, nor the notice of
    who cannot go.
    """
    return (
        AppointmentEvent.objects.filter(
            appointment__patient=patient,
            from_status=Appointment.Status.BOOKED,
            to_status=Appointment.Status.CANCELLED,
            by__is_staff=False,
            at__gt=now - policies.A_WEEK,
        )
        .exclude(reason=CANNOT_GO)
        .count()
    )


@lru_cache(maxsize=4096)
def _resolved(now_version: int, place: Place) -> Rules:
    written = _written(now_version)
    values: dict[str, Any] = {}
    said_by: dict[str, str] = {}
    for level, key in _from_specific(place):
        for name, value in written.get((level, key), {}).items():
            if name not in values:
                values[name], said_by[name] = value, level
    return Rules(**values, said_by=MappingProxyType(said_by))


def _from_specific(place: Place) -> Iterator[tuple[str, int]]:
    for level in LEVELS:
        key = getattr(place, level)
        if key is not None:
            yield level, key
    yield DEFAULT, 0


@lru_cache(maxsize=1)
def _written(now_version: int) -> Mapping[tuple[str, int], dict[str, Any]]:
    """What each level says, and only that."""
    return {_level(row): _said(row) for row in CancellationPolicy.objects.all()}


def _level(row: CancellationPolicy) -> tuple[str, int]:
    keys = ((level, getattr(row, f"{level}_id")) for level in LEVELS)
    return next((one for one in keys if one[1] is not None), (DEFAULT, 0))


def _said(row: CancellationPolicy) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(row, name) for name in NUMBERS}
    for name, column in MINUTES.items():
        minutes = getattr(row, column)
        said[name] = None if minutes is None else timedelta(minutes=minutes)
    said["online"] = {"yes": True, "phone": False}.get(row.online)
    return {name: value for name, value in said.items() if value is not None}
