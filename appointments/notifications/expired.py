"""«No alcanzamos a responder»: the clinic's own fault, with an apology and other times."""

from datetime import datetime

from appointments.models import Appointment
from appointments.notifications import asked, pieces
from appointments.notifications.declined import ways_on
from appointments.notifications.recipients import addressee
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block

SUBJECT = "No alcanzamos a responder su solicitud de cita"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    request = asked.meant(message, Appointment.Status.LAPSED)
    if request is None:
        return None
    to = addressee(message, request, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        when = asked.day_at(request.start)
        blocks: list[Block] = [
            f"Usted pidió una cita para el {when} y no alcanzamos a responderle a "
            "tiempo. Le pedimos disculpas.",
            *ways_on(request, now=now),
        ]
        return asked.email(to, subject=SUBJECT, blocks=blocks)
    text = (
        f"no alcanzamos a responder su solicitud de {pieces.when(request)} "
        f"Disculpe. Escoja otra hora aqui: {pieces.short_url(request, now=now)}"
    )
    return asked.sms(to, request, text=text, now=now)
