"""«Respondimos su solicitud»: the clinic closed it; why is on its page, behind the sign-in."""

from datetime import datetime

from django.conf import settings

from appointments.models import WaitingListEntry
from appointments.notifications.filed import email, found, sms
from appointments.notifications.recipients import addressee_of
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage

SUBJECT = "Respondimos su solicitud de cita"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """The reason itself goes only to a destination that its owner proved."""
    entry = found(message, WaitingListEntry.Status.CLOSED)
    to = addressee_of(message, entry.patient, now=now) if entry else None
    if entry is None or to is None:
        return None
    what = f"su solicitud {entry.number}" if entry.number else "su lugar en la lista"
    if message.channel == Channel.EMAIL:
        phone = settings.ORGANISATION["phone"]
        blocks = [f"La sede cerró {what} y no le asignó una cita."]
        if to.reach.proved:
            blocks.append(f"La razón: {entry.ended_because}")
        blocks.append(f"Puede pedir otra cita en el portal o llamar al {phone}.")
        return email(to, entry, subject=SUBJECT, blocks=blocks)
    text = f"la sede cerro {what} sin asignar cita. Lea por que aqui: {{url}}"
    return sms(to, entry, text=text, now=now)
