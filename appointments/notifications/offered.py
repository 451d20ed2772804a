"""«Se liberó una cita»: which one, and until when it is kept for this person."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from accounts.models import Patient
from appointments import offer_links, waiting_order
from appointments.models import Appointment, Offer
from appointments.notifications import asked, pieces
from appointments.notifications.recipients import Addressee, addressee
from appointments.preparation import preparation
from portal.messaging import gsm7, links
from portal.messaging.errors import NotSent
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button, Items, Links
from portal.ui import dates

SUBJECT = "Se liberó una cita para usted"
SUBJECT_LENGTH = 60
GOES_ON = "Si no responde, se la ofrecemos a otra persona y usted sigue en la lista."


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing, if it was answered, ran out or was taken back meanwhile."""
    offer = found(message, Offer.Status.OPEN)
    if offer is None or offer.is_over(now=now):
        return None
    held = offer.appointment
    if held.status != Appointment.Status.HELD:
        return None
    to = addressee(message, held, now=now)
    if to is None:
        return None
    wait_for_the_morning(message, may_wake=offer.entry.may_wake, now=now)
    path = _path(message, offer, to)
    if message.channel == Channel.EMAIL:
        blocks = _blocks(offer, to, f"{settings.BASE_URL}{path}")
        return asked.email(to, subject=_subject(offer, now), blocks=blocks)
    url = links.shorten(path=path, now=now, expires_at=held.end)
    text = next(filter(gsm7.fits, _texts(offer, to, url=url, now=now)))
    service = asked.called(held, to)
    return Envelope(
        to=to.reach.destination,
        text=text,
        variables=pieces.variables(held, service=service, now=now, url=url),
    )


def found(message: OutgoingMessage, status: str) -> Offer | None:
    """The offer that the message is about, if it is as the message meant it."""
    offer = Offer.objects.select_related("entry").filter(
        pk=message.subject_ref, status=status
    )
    one = offer.first()
    if one is not None:
        rows = Appointment.objects.for_page().select_related("replaces__site__city")
        one.appointment = rows.prefetch_related("instruction_set__steps").get(
            pk=one.appointment_id
        )
    return one


def wait_for_the_morning(
    message: OutgoingMessage, *, may_wake: bool, now: datetime
) -> None:
    """One that was held back into the night waits until it is over, but for who said otherwise."""
    first = waiting_order.first_told(now=localtime(now), may_wake=may_wake)
    if first > now and not message.in_doubt:
        raise NotSent("horas de silencio")


def _path(message: OutgoingMessage, offer: Offer, to: Addressee) -> str:
    """Where to answer. Nobody answers from a destination that nobody proved."""
    if not to.reach.proved:
        return reverse("appointments:waiting_entry", args=[offer.entry_id])
    person = Patient.objects.only("token").get(pk=message.recipient_ref)
    return offer_links.path(offer, person)


# --- Text message ----------------------------------------------------------------


def _texts(offer: Offer, to: Addressee, *, url: str, now: datetime) -> Iterator[str]:
    """From the fullest to the shortest; no piece of it is ever cut."""
    held = offer.appointment
    sender, service = settings.ORGANISATION["sms_name"], asked.called(held, to)
    when, limit = pieces.when(held), _sms_limit(offer.expires_at, now)
    where = f", {pieces.place(held)[0]}"
    before = f"Acepte antes de {limit}: {url}"
    for text in (
        f"se libero {service}, {when}{where}. {before}",
        f"se libero {service}, {when}. {before}",
        f"se libero {pieces.DISCREET}, {when}. {before}",
    ):
        yield gsm7.clean(f"{sender}: {text}").replace("..", ".")


def _sms_limit(until: datetime, now: datetime) -> str:
    distance = (localtime(until).date() - localtime(now).date()).days
    near = {0: "hoy", 1: "manana"}.get(distance) or dates.sms_day(until)
    return f"{near} {dates.sms_hour(until)}"


# --- E-mail ------------------------------------------------------------------------


def _subject(offer: Offer, now: datetime) -> str:
    until = f"Se liberó una cita: responda antes {_limit(offer.expires_at, now)}"
    return until if len(until) <= SUBJECT_LENGTH else SUBJECT


def _limit(until: datetime, now: datetime) -> str:
    """«de las 2:00 p. m.», «de mañana a las 2:00 p. m.»."""
    hour = dates.hour(until)
    distance = (localtime(until).date() - localtime(now).date()).days
    near = {0: f"de las {hour}", 1: f"de mañana a las {hour}"}
    return near.get(distance) or f"del {asked.day_at(until)}"


def _blocks(offer: Offer, to: Addressee, url: str) -> list[Block]:
    held, later = offer.appointment, offer.appointment.replaces
    when = f"{dates.moment(held.start).capitalize()}, {pieces.full_place(held)}."
    blocks: list[Block] = [when if later is None else f"Ahora: {when}"]
    if later is not None:
        blocks.insert(0, f"Antes: {asked.day_at(later.start)}")
        blocks.append(
            "Si acepta, su cita pasa a la nueva hora y devolvemos la otra. "
            "Nunca le quedan dos."
        )
    proved = to.reach.proved
    if proved and to.for_other:
        blocks.insert(0, f"Para: {held.patient.given_names}")
    blocks.append(f"Responda antes del {asked.day_at(offer.expires_at)} {GOES_ON}")
    prepare = preparation(held).before
    if proved and prepare:
        blocks.append(Items("Prepárese así:", [line.text for line in prepare]))
    if not proved:
        return [*blocks, Button("Ver y responder", url)]
    answers = Links("¿No le sirve esa hora?", [("No me sirve", f"{url}#no")])
    return [*blocks, Button("Aceptar", url), answers]
