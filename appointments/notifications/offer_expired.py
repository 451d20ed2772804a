"""«La hora que le ofrecimos ya se asignó»: the offer ran out, and they stay on the list."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from appointments.models import Offer, WaitingListEntry
from appointments.notifications import asked
from appointments.notifications.offered import found, wait_for_the_morning
from appointments.notifications.recipients import addressee
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button

SUBJECT = "La hora que le ofrecimos ya se asignó"


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing to who waits no more, or was offered another time since."""
    offer = found(message, Offer.Status.EXPIRED)
    if offer is None or not _still_waits(offer):
        return None
    held = offer.appointment
    to = addressee(message, held, now=now)
    if to is None:
        return None
    wait_for_the_morning(message, may_wake=False, now=now)
    if message.channel == Channel.EMAIL:
        return asked.email(to, subject=SUBJECT, blocks=_blocks(offer))
    text = (
        "la hora que le ofrecimos ya se asigno. Sigue en la lista de espera de "
        f"{asked.called(held, to)}."
    )
    return asked.sms(to, held, text=text, now=now)


def _still_waits(offer: Offer) -> bool:
    if offer.entry.status != WaitingListEntry.Status.WAITING:
        return False
    since = Offer.objects.filter(entry=offer.entry, offered_at__gt=offer.offered_at)
    return not since.exists()


def _blocks(offer: Offer) -> list[Block]:
    page = reverse("appointments:waiting_entry", args=[offer.entry_id])
    held = offer.appointment
    blocks: list[Block] = [
        f"La hora del {asked.day_at(held.start)} ya se asignó. Usted sigue en la "
        "lista de espera: no pierde su lugar y le avisamos si se libera otra.",
    ]
    if held.replaces is not None:
        blocks.append(asked.stays(held.replaces))
    return [*blocks, Button("Ver mi lugar en la lista", settings.BASE_URL + page)]
