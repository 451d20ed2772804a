"""«Escoja otra hora»: the request could not be, with the nearest times of the same person."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from appointments import alternatives
from appointments.models import Appointment
from appointments.notifications import asked, pieces
from appointments.notifications.recipients import addressee
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button, Links
from portal.ui import dates

SUBJECT = "Escoja otra hora para su cita"
FREE = "Estas horas están libres con el mismo médico:"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    request = asked.meant(message, Appointment.Status.DECLINED)
    if request is None:
        return None
    to = addressee(message, request, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        when = asked.day_at(request.start)
        blocks = [f"El médico no puede atender el {when}", *ways_on(request, now=now)]
        return asked.email(to, subject=SUBJECT, blocks=blocks)
    text = (
        f"no podemos atenderle {pieces.when(request)} ({asked.called(request, to)}). "
        f"Escoja otra hora aqui: {pieces.short_url(request, now=now)}"
    )
    return asked.sms(to, request, text=text, now=now)


def ways_on(request: Appointment, *, now: datetime) -> list[Block]:
    """The nearest free times, each a link to its button, and the way to all of them."""
    page = settings.BASE_URL + reverse("appointments:request", args=[request.pk])
    if request.replaces is not None:
        change = reverse("appointments:change", args=[request.replaces.pk])
        button = Button("Escoger otra hora", settings.BASE_URL + change)
        return [asked.stays(request.replaces), button]
    times = alternatives.nearest(request, now=now)
    found = [
        (dates.moment(time.start), f"{page}?hora={time.slot_id}") for time in times
    ]
    links: list[Block] = [Links(FREE, found)] if found else []
    return [*links, Button("Escoger otra hora", page)]
