"""«La sede le propone otra hora»: which one, and until when it is kept."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from appointments import answering
from appointments.models import Appointment
from appointments.notifications import asked, pieces
from appointments.notifications.recipients import Addressee, addressee
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button
from portal.ui import dates

SUBJECT = "Le proponemos otra hora para su cita"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing, if it is kept no longer. The message is about the time that is kept."""
    kept = asked.meant(message, Appointment.Status.HELD)
    if kept is None or answering.is_over(due=kept.hold_expires_at, now=now):
        return None
    to = addressee(message, kept, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        return asked.email(to, subject=SUBJECT, blocks=_blocks(kept, to))
    limit = localtime(kept.hold_expires_at)
    text = (
        f"otra hora para su {asked.called(kept, to)}: {pieces.when(kept)} Responda "
        f"antes de {dates.sms_day(limit)} {dates.sms_hour(limit)}: "
        f"{pieces.short_url(kept, now=now)}"
    )
    return asked.sms(to, kept, text=text, now=now)


def _blocks(kept: Appointment, to: Addressee) -> list[Block]:
    assert kept.replaces is not None  # noqa: S101 - a proposal always is in place of a request
    assert kept.hold_expires_at is not None  # noqa: S101 - it is held
    page = settings.BASE_URL + reverse("appointments:request", args=[kept.replaces.pk])
    known = f", con {kept.practitioner}" if to.reach.proved else ""
    return [
        f"El médico no puede atender el {asked.day_at(kept.replaces.start)} "
        "La sede le propone otra hora:",
        f"{dates.moment(kept.start).capitalize()}, {pieces.full_place(kept)}{known}.",
        f"Se la guardamos hasta el {asked.day_at(kept.hold_expires_at)} Si no "
        "responde antes, esa hora queda libre para otra persona.",
        Button("Ver y responder", page),
    ]
