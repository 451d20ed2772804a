"""The way into a virtual appointment: from ten minutes before until its end, and never before.

The address of a room is all that it takes to enter, so it is on no page and in no
message: it is made when somebody who may enter asks for it, and that is written down.
"""

from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.text import slugify

from accounts.models import User
from appointments import policies
from appointments.errors import VideoClosed
from appointments.models import Appointment
from catalog.models import Modality
from portal.audit import trail
from portal.audit.origin import Origin

SALT = "appointments.video"
ROOM_LENGTH = 32
WITH_ROOM = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)


def has_room(appointment: Appointment) -> bool:
    """Whether there is anything to enter, now or later."""
    virtual = appointment.modality == Modality.VIRTUAL
    return virtual and appointment.status in WITH_ROOM


def is_open(appointment: Appointment, *, now: datetime) -> bool:
    return has_room(appointment) and policies.video_is_open(
        start=appointment.start, end=appointment.end, now=now
    )


def enter(appointment: Appointment, *, by: User, origin: Origin, now: datetime) -> str:
    """The address of the room. Raises VideoClosed outside its time."""
    if not is_open(appointment, now=now):
        raise VideoClosed
    trail.record(
        action="appointment.video_entered",
        actor=by,
        subject=appointment,
        patient=appointment.patient,
        request_context=origin,
        at=now,
    )
    return address(appointment)


def address(appointment: Appointment) -> str:
    """For who may enter now, and on no page of a patient."""
    return settings.VIDEO_URL_TEMPLATE.replace("{room}", room(appointment))


def room(appointment: Appointment) -> str:
    """The same for the whole life of the appointment, and nobody's guess."""
    name = slugify(settings.ORGANISATION["name"])
    secret = salted_hmac(SALT, str(appointment.pk), algorithm="sha256").hexdigest()
    return f"{name}-{secret[:ROOM_LENGTH]}"
