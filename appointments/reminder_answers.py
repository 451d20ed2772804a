"""«Confirmo», «No puedo ir»: what somebody answers to a reminder, without signing in.

The link was signed for one person and one hour of one appointment. Everything else is
looked at when it is used: whether the appointment stands at that hour, and whether the
person is still its patient or acts for them.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from accounts import people
from accounts.models import Patient, User
from appointments import changes, keeping, lifecycle, policies
from appointments.answer_links import Link
from appointments.contention import retrying
from appointments.errors import AnswerOver
from appointments.models import Appointment
from portal.audit import trail
from portal.audit.origin import Origin

Status = Appointment.Status
COMES = "appointment.attendance_confirmed"
CANNOT = "appointment.answered_cannot_go"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks about now. Closed: it changed, it began, or it is not theirs any more."""

    appointment: Appointment
    person: Patient
    is_open: bool

    @property
    def is_cancelled(self) -> bool:
        return self.appointment.status == Status.CANCELLED


def asked(link: Link, *, now: datetime) -> Asked:
    """Only a look: nothing changes, however often a machine follows the link.

    Raises AnswerOver when this person has nothing to do with it any more.
    """
    rows = Appointment.objects.select_related("patient__user", "site")
    appointment = rows.filter(pk=link.appointment_id).first()
    if appointment is None:
        raise AnswerOver
    person = _person(link, appointment, now)
    return Asked(appointment, person, is_open=_is_open(link, appointment, now))


@retrying
@transaction.atomic
def come(link: Link, *, origin: Origin, now: datetime) -> None:
    """«Confirmo que voy». The state stays as it is; twice is once. Raises AnswerOver."""
    locked = lifecycle.locking(Appointment.objects.filter(pk=link.appointment_id))
    appointment = locked.first()
    if appointment is None:
        raise AnswerOver
    person = _person(link, appointment, now)
    if not _is_open(link, appointment, now):
        raise AnswerOver
    if appointment.attendance_confirmed_at is not None:
        return
    appointment.attendance_confirmed_at = now
    appointment.save(update_fields=["attendance_confirmed_at"])
    _record(COMES, appointment, person, origin=origin, now=now)


@retrying
@transaction.atomic
def cannot_go(link: Link, *, origin: Origin, now: datetime) -> None:
    """«No puedo ir»: the hour goes back to the agenda, and nobody is punished for it.

    Twice is once. Raises AnswerOver.
    """
    # Nobody moves it between this look and the end: the answer is about this hour.
    keeping.lock(asked(link, now=now).appointment.patient)
    found = asked(link, now=now)
    if found.is_cancelled:
        return
    if not found.is_open:
        raise AnswerOver
    changes.cannot_go(
        appointment_id=found.appointment.pk,
        patient=found.appointment.patient,
        by=_account(found.person),
        now=now,
    )
    _record(CANNOT, found.appointment, found.person, origin=origin, now=now)


def _person(link: Link, appointment: Appointment, now: datetime) -> Patient:
    """The patient, or somebody who acts for them today (ACC-03)."""
    if appointment.patient.token == link.person:
        return appointment.patient
    guardians = people.guardians_of(appointment.patient, on=localdate(now))
    for guardian in guardians:
        if guardian.token == link.person:
            return guardian
    raise AnswerOver


def _is_open(link: Link, appointment: Appointment, now: datetime) -> bool:
    return (
        appointment.status == Status.BOOKED
        and appointment.version == link.version
        and not policies.has_begun(start=appointment.start, now=now)
    )


def _account(person: Patient) -> User | None:
    """Who has no account answers all the same: then the trace names the link alone."""
    return getattr(person, "user", None)


def _record(
    action: str,
    appointment: Appointment,
    person: Patient,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """By the link and not by a session: the account is the one the link was sent to."""
    trail.record(
        action=action,
        actor=_account(person),
        subject=appointment,
        patient=appointment.patient,
        request_context=origin,
        at=now,
        details={"by_link": True},
    )
