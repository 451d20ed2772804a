"""Who is told of an appointment, and where."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts import contacts, people
from accounts.contacts import Reach
from accounts.models import Patient
from appointments.models import Appointment
from portal.messaging import channels
from portal.messaging.models import Channel, OutgoingMessage

TOLD_BY = (Channel.EMAIL, Channel.SMS)
# Every kind about an appointment goes where confirmations go.
LIKE = "appointments.confirmed"


def reached(patient: Patient) -> dict[Channel, Reach]:
    """Where a message really goes: what this person has and this installation sends."""
    working = channels.available(kind=LIKE)
    return contacts.reach(patient, channels=[c for c in TOLD_BY if c in working])


def recipients(
    appointment: Appointment, *, on: date
) -> list[tuple[Patient, dict[Channel, Reach]]]:
    """The patient, and who asked for it if that is a guardian still; else every guardian.

    A small child has no phone: then whoever acts for them that day is told.
    """
    booker = appointment.booked_by.patient_id
    return recipients_of(appointment.patient, asked_by=booker, on=on)


def recipients_of(
    patient: Patient, *, asked_by: int | None, on: date
) -> list[tuple[Patient, dict[Channel, Reach]]]:
    """The same of whatever else is a patient's. `asked_by` is the key of a patient."""
    found = _reached_of([patient])
    if found and asked_by == patient.pk:
        return found
    guardians = people.guardians_of(patient, on=on)
    found += _reached_of([one for one in guardians if one.pk == asked_by])
    return found or _reached_of(guardians)


def destinations(appointment: Appointment, *, on: date) -> dict[Channel, Reach]:
    """By which channels this appointment is told at all, for the pages that say so."""
    found: dict[Channel, Reach] = {}
    for _, reach in recipients(appointment, on=on):
        found = {**reach, **found}
    return found


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who a message goes to now. `for_other`: a guardian, who is told for whom it is."""

    reach: Reach
    for_other: bool


def addressee(
    message: OutgoingMessage, appointment: Appointment, *, now: datetime
) -> Addressee | None:
    """Looked up when it is sent: nobody, if the contact is gone or the guardian is none any more."""
    return addressee_of(message, appointment.patient, now=now)


def addressee_of(
    message: OutgoingMessage, patient: Patient, *, now: datetime
) -> Addressee | None:
    """The same of whatever else is a patient's."""
    person = Patient.objects.select_related("user").get(pk=message.recipient_ref)
    today = timezone.localdate(now)
    for_other = person.pk != patient.pk
    if for_other and person not in people.guardians_of(patient, on=today):
        return None
    channel = Channel(message.channel)
    found = contacts.reach(person, channels=[channel]).get(channel)
    return Addressee(found, for_other) if found else None


def _reached_of(
    persons: list[Patient],
) -> list[tuple[Patient, dict[Channel, Reach]]]:
    rows = [(one, reached(one)) for one in persons]
    return [(one, reach) for one, reach in rows if reach]
