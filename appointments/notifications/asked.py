"""What the messages about a request have in common."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from appointments.models import Appointment
from appointments.notifications import pieces
from appointments.notifications.recipients import Addressee
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import OutgoingMessage
from portal.messaging.text import Block, letter
from portal.ui import dates


def meant(message: OutgoingMessage, status: str) -> Appointment | None:
    """The request as the message meant it: in this state, not changed since."""
    found = Appointment.objects.for_page().select_related("replaces")
    return found.filter(
        pk=message.subject_ref, version=message.version, status=status
    ).first()


def email(to: Addressee, *, subject: str, blocks: Sequence[Block]) -> Envelope:
    """As it is sent: without the spaces that only pages need."""
    written = letter(*blocks)
    return Envelope(
        to=to.reach.destination,
        subject=subject.replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
    )


def sms(
    to: Addressee, appointment: Appointment, *, text: str, now: datetime
) -> Envelope:
    """A text message, signed; the blanks are those of every message about an appointment."""
    sender = settings.ORGANISATION["sms_name"]
    service = called(appointment, to)
    return Envelope(
        to=to.reach.destination,
        text=gsm7.clean(f"{sender}: {text}"),
        variables=pieces.variables(appointment, service=service, now=now),
    )


def called(appointment: Appointment, to: Addressee) -> str:
    """The service by its name for text messages; to a number that nobody proved, none."""
    return pieces.service(appointment) if to.reach.proved else pieces.DISCREET


def day_at(moment: datetime) -> str:
    """«lunes 30 de noviembre a las 4:00 p. m.», which ends a sentence by itself."""
    return f"{dates.day(moment)} a las {dates.hour(moment)}"


def stays(appointment: Appointment) -> str:
    """Of a change of hour that waits or came to nothing."""
    return f"Su cita del {day_at(appointment.start)} sigue como está."
