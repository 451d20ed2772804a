"""The calendar files that travel with messages about an appointment.

The parameter `method` of the type says the same as METHOD inside (RFC 6047 §2.4):
mail programs look at it to offer the calendar by themselves.
"""

from datetime import datetime

from appointments import ics
from appointments.models import Appointment
from portal.messaging.kinds import Attachment

NAME = "cita.ics"
MIMETYPE = "text/calendar; method={}; charset=utf-8"


def updated(appointment: Appointment, to: str, now: datetime) -> Attachment:
    """It stands as it is now: the calendar of this address writes it, or writes it over."""
    content = ics.invitation(appointment, to=to, now=now)
    return Attachment(NAME, content, MIMETYPE.format("REQUEST"))


def numbered(
    appointment: Appointment, to: str, now: datetime, *, number: int
) -> Attachment:
    """The same, of several in one message: each file has a name of its own."""
    one = updated(appointment, to, now)
    return Attachment(f"cita-{number}.ics", one.content, one.mimetype)


def removed(appointment: Appointment, to: str, now: datetime) -> Attachment:
    """It ended: the calendar of this address takes it out."""
    content = ics.cancellation(appointment, to=to, now=now)
    return Attachment(NAME, content, MIMETYPE.format("CANCEL"))
