"""«Quedó cancelada»: as the patient asked, or because the clinic cannot attend it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.timezone import localtime

from appointments.models import Appointment
from appointments.notifications import attachments, pieces
from appointments.notifications.recipients import Addressee, addressee
from appointments.words import stopped
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, letter
from portal.ui import dates


@dataclass(frozen=True, slots=True)
class Words:
    """What one of the two messages says."""

    subject: str
    said: tuple[str, ...]
    button: str


AS_ASKED = Words(
    "Cancelamos su cita del {day}",
    (
        "Como lo pidió, cancelamos su cita del {moment}",
        "Gracias por avisar: otra persona usará esa hora.",
    ),
    "Pedir otra cita",
)
BY_CLINIC = Words(
    "Debemos cambiar su cita del {day}",
    (
        "El {moment} no podemos atenderle. Le pedimos disculpas.",
        "Puede escoger otra hora ahora mismo: sus respuestas siguen guardadas. "
        "También puede llamar al {phone}.",
    ),
    "Escoger otra hora",
)


def as_asked(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """The patient cancelled, or said that they cannot go."""
    return _compose(message, AS_ASKED, now=now)


def by_clinic(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """The clinic cannot: an apology, and the way to another time."""
    return _compose(message, BY_CLINIC, now=now)


def as_asked_sms(appointment: Appointment, *, service: str, now: datetime) -> str:
    sender, when = settings.ORGANISATION["sms_name"], pieces.when(appointment)
    url = pieces.search_again_url(appointment, now=now)
    return gsm7.clean(f"{sender}: quedo cancelada: {service}, {when}. Pida otra: {url}")


def by_clinic_sms(appointment: Appointment, *, service: str, now: datetime) -> str:
    sender, when = settings.ORGANISATION["sms_name"], pieces.when(appointment)
    url, phone = (
        pieces.search_again_url(appointment, now=now),
        pieces.phone(appointment),
    )
    told = f"{sender}: el {when} no podemos atender {service}. Disculpe."
    text = gsm7.clean(f"{told} Escoja otra hora: {url} o {phone}")
    # A long telephone is on the page too.
    return text if gsm7.fits(text) else gsm7.clean(f"{told} Escoja otra hora: {url}")


def _compose(
    message: OutgoingMessage, words: Words, *, now: datetime
) -> Envelope | None:
    appointment = pieces.ended(message, now=now)
    to = addressee(message, appointment, now=now) if appointment else None
    if appointment is None or to is None:
        return None
    if message.channel == Channel.EMAIL:
        return _email(appointment, to, words, now=now)
    service = pieces.service(appointment) if to.reach.proved else pieces.DISCREET
    write = by_clinic_sms if words is BY_CLINIC else as_asked_sms
    return Envelope(
        to=to.reach.destination,
        text=write(appointment, service=service, now=now),
        variables={
            "1": service,
            "2": dates.moment(appointment.start),
            "3": pieces.search_again_url(appointment, now=now),
        },
    )


def _email(
    appointment: Appointment, to: Addressee, words: Words, *, now: datetime
) -> Envelope:
    start = localtime(appointment.start)
    filled = {
        "day": dates.day(start),
        "moment": f"{dates.day_with_year(start)}, {dates.hour(start)}",
        "phone": pieces.phone(appointment),
    }
    said = [stopped(line.format(**filled)) for line in words.said]
    if to.reach.proved and to.for_other:
        said.insert(1, f"Era para: {appointment.patient.given_names}")
    again = f"{settings.BASE_URL}{pieces.search_again(appointment)}"
    written = letter(*said, Button(words.button, again))
    return Envelope(
        to=to.reach.destination,
        subject=words.subject.format(**filled),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
        attachments=(attachments.removed(appointment, to.reach.destination, now),),
    )
