"""Preferential attention: whom the law puts first, and since when (Decreto-Ley 019 de 2012).

Sensitive data (Ley 1581 de 2012, art. 5): read one person at a time or to order those
who wait, written down each time, and in no list, no address and no message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import policies
from accounts.errors import (
    EndsBeforeItBegins,
    PriorityAlreadyThere,
    PriorityBeginsLater,
)
from accounts.models import Patient, PatientPriority, User
from portal.audit import trail
from portal.audit.origin import Origin

# Older adults need no row: their birth date says it (Ley 1251 de 2008, art. 3).
OLDER = "older"
KINDS = {OLDER: "60 años o más"} | dict(PatientPriority.Kind.choices)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is put first, and on which days; without a last one, until it is ended."""

    kind: str
    since: date
    until: date | None = None


def kinds_of(patients: Iterable[Patient], *, on: date) -> dict[int, tuple[str, ...]]:
    """For each of these patients, by their key, what puts them first that day; often nothing."""
    people = {patient.pk: patient for patient in patients}
    rows = PatientPriority.objects.in_force(on=on).filter(patient__in=people)
    written: dict[int, set[str]] = {key: set() for key in people}
    for key, kind in rows.values_list("patient_id", "kind"):
        written[key].add(kind)
    return {
        key: (*_by_age(person, on=on), *sorted(written[key]))
        for key, person in people.items()
    }


@transaction.atomic
def record(
    *,
    patient: Patient,
    reason: Reason,
    by: User,
    origin: Origin,
    now: datetime,
) -> PatientPriority:
    """Write one down, of today or before.

    Raises PriorityBeginsLater, EndsBeforeItBegins or PriorityAlreadyThere.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    today = timezone.localdate(now)
    if reason.since > today:
        raise PriorityBeginsLater
    if reason.until is not None and reason.until < today:
        raise EndsBeforeItBegins
    standing = PatientPriority.objects.in_force(on=today)
    if standing.filter(patient=patient, kind=reason.kind).exists():
        raise PriorityAlreadyThere
    row = PatientPriority.objects.create(
        patient=patient,
        kind=reason.kind,
        since=reason.since,
        until=reason.until,
        recorded_by=by,
        recorded_at=now,
    )
    _record("priority.recorded", row, by=by, origin=origin, now=now)
    return row


@transaction.atomic
def end(
    *,
    priority_id: int,
    patient: Patient,
    by: User,
    origin: Origin,
    now: datetime,
) -> PatientPriority:
    """From today on it puts nobody first; what there was stays written. Twice is once.

    What began today ends with the day: days are whole. Raises
    PatientPriority.DoesNotExist for another person's.
    """
    rows = PatientPriority.objects.select_for_update(of=("self",))
    row = rows.select_related("patient").get(pk=priority_id, patient=patient)
    today = timezone.localdate(now)
    last = max(row.since, today - timedelta(days=1))
    if row.until is None or row.until > last:
        row.until = last
        row.save(update_fields=["until"])
        _record("priority.ended", row, by=by, origin=origin, now=now)
    return row


def of(patient: Patient) -> list[PatientPriority]:
    """What was ever written down about this person, the latest first."""
    return list(PatientPriority.objects.filter(patient=patient))


def by_age(patient: Patient, *, on: date) -> bool:
    """Whether the birth date alone puts this person first."""
    return policies.is_older(birth_date=patient.birth_date, on=on)


def _by_age(patient: Patient, *, on: date) -> tuple[str, ...]:
    return (OLDER,) if by_age(patient, on=on) else ()


def _record(
    action: str, row: PatientPriority, *, by: User, origin: Origin, now: datetime
) -> None:
    """That it was done, not what it says: the trail is read by more people."""
    trail.record(
        action=action,
        actor=by,
        subject=row,
        patient=row.patient,
        request_context=origin,
        at=now,
    )
