"""«Cancelamos su solicitud»: as the patient asked."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from appointments.models import Appointment
from appointments.notifications import asked, pieces
from appointments.notifications.recipients import addressee
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button

SUBJECT = "Cancelamos su solicitud de cita"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    request = asked.meant(message, Appointment.Status.CANCELLED)
    if request is None:
        return None
    to = addressee(message, request, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        return asked.email(to, subject=SUBJECT, blocks=_blocks(request))
    text = (
        f"quedo cancelada su solicitud: {asked.called(request, to)}, "
        f"{pieces.when(request)} Pida otra: {pieces.short_url(request, now=now)}"
    )
    return asked.sms(to, request, text=text, now=now)


def _blocks(request: Appointment) -> list[Block]:
    when = asked.day_at(request.start)
    said = f"Como lo pidió, cancelamos su solicitud de cita para el {when}"
    if request.replaces is not None:
        return [said, asked.stays(request.replaces)]
    again = settings.BASE_URL + reverse("appointments:new")
    return [
        f"{said} Otra persona podrá usar esa hora.",
        Button("Pedir otra cita", again),
    ]
