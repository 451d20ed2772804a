"""«Recibimos su solicitud»: not an appointment yet, and until when the answer comes."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from appointments import answering
from appointments.models import Appointment
from appointments.notifications import asked, pieces
from appointments.notifications.recipients import addressee
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button
from portal.ui import dates

SUBJECT = "Recibimos su solicitud de cita"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing, if it was answered meanwhile: that message says more."""
    request = asked.meant(message, Appointment.Status.PROPOSED)
    if request is None or answering.is_over(due=request.answer_by, now=now):
        return None
    to = addressee(message, request, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        return asked.email(to, subject=SUBJECT, blocks=_blocks(request))
    text = (
        f"recibimos su solicitud de {asked.called(request, to)}, "
        f"{pieces.when(request)} Todavia no es una cita. Le avisamos aqui."
    )
    return asked.sms(to, request, text=text, now=now)


def _blocks(request: Appointment) -> list[Block]:
    assert request.answer_by is not None  # noqa: S101 - it still waits
    page = reverse("appointments:request", args=[request.pk])
    blocks: list[Block] = [
        f"Pidió: {dates.moment(request.start)}, {pieces.full_place(request)}.",
        "Todavía no es una cita. El médico responde antes del "
        f"{dates.moment(request.answer_by)} Le avisamos por este correo.",
    ]
    if request.replaces is not None:
        blocks.append(asked.stays(request.replaces))
    return [*blocks, Button("Ver solicitud", f"{settings.BASE_URL}{page}")]
