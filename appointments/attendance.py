"""Who came, who was seen and who did not come: what reception says of the day's appointments.

Nobody is charged or told anything for not coming: Ley 1438 de 2011, art. 55 forbids the
fine, and a message would only reproach. What was once said stays: an appointment that
was attended or missed goes nowhere else (policies.CHANGES), a mistake is told to the
people who keep the clinical record.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import keeping, lifecycle, policies
from appointments.contention import retrying
from appointments.errors import NotOnItsDay, NotThisSite, NotYetBegun
from appointments.models import Appointment

Status = Appointment.Status
MAY_MARK = "appointments.mark_attendance"


@retrying
@transaction.atomic
def arrive(*, appointment_id: UUID, by: User, now: datetime) -> Appointment:
    """The patient is at the site, on the day of the appointment. Twice is once.

    Raises NotThisSite, NotOnItsDay or ForbiddenChange.
    """
    appointment, kept = _locked(appointment_id, by=by)
    if appointment.status == Status.ARRIVED:
        return appointment
    day, today = timezone.localdate(appointment.start), timezone.localdate(now)
    if not policies.is_its_day(day=day, today=today):
        raise NotOnItsDay
    event = lifecycle.move(appointment, to=Status.ARRIVED, by=by, now=now)
    lifecycle.let_go(kept, by=by, reason=lifecycle.NOT_STANDING, now=now)
    appointment.save(update_fields=["status"])
    event.save(force_insert=True)
    keeping.record("appointment.arrived", appointment, by=by, now=now)
    return appointment


@retrying
@transaction.atomic
def fulfil(*, appointment_id: UUID, by: User, now: datetime) -> Appointment:
    """The patient was seen: from the hour of the appointment on. Twice is once.

    Raises NotThisSite, NotYetBegun or ForbiddenChange.
    """
    return _over(
        *_locked(appointment_id, by=by),
        to=Status.FULFILLED,
        action="appointment.fulfilled",
        by=by,
        now=now,
    )


@retrying
@transaction.atomic
def miss(*, appointment_id: UUID, by: User, now: datetime) -> Appointment:
    """The patient did not come: from the hour of the appointment on. Twice is once.

    Who was marked as arrived did come. Raises NotThisSite, NotYetBegun or ForbiddenChange.
    """
    return _over(
        *_locked(appointment_id, by=by),
        to=Status.NOSHOW,
        action="appointment.missed",
        by=by,
        now=now,
    )


def _locked(appointment_id: UUID, *, by: User) -> tuple[Appointment, list[Appointment]]:
    """This appointment and the hours kept in its place, for this transaction alone.

    Only for who works where it is (ACC-07): raises NotThisSite, also when there is none.
    """
    patient = Patient.objects.filter(appointments=appointment_id).first()
    if patient is None:
        raise NotThisSite
    keeping.lock(patient)
    found, kept = lifecycle.with_kept(patient, appointment_id)
    if not people.may_at(by, MAY_MARK, site_id=found.site_id):
        raise NotThisSite
    return found, kept


def _over(
    appointment: Appointment,
    kept: Sequence[Appointment],
    *,
    to: str,
    action: str,
    by: User,
    now: datetime,
) -> Appointment:
    """It leaves the live ones: its hour has passed, and its claims go with it.

    So do the other hours that were kept for it: nothing is left to change.
    """
    if appointment.status == to:
        return appointment
    if not policies.has_begun(start=appointment.start, now=now):
        raise NotYetBegun
    lifecycle.let_go(kept, by=by, reason=lifecycle.NOT_STANDING, now=now)
    lifecycle.end([appointment], to=to, by=by, reason="", now=now)
    keeping.record(action, appointment, by=by, now=now)
    return appointment
