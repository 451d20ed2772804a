"""«Su cita quedó asignada»: the e-mail with its .ics, and the text message."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from appointments import words
from appointments.models import Appointment
from appointments.notifications import pieces
from appointments.notifications.attachments import updated
from appointments.notifications.recipients import Addressee, addressee
from appointments.preparation import preparation
from catalog.models import Modality
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, Items, Letter, letter
from portal.ui import dates

FIRST = "Su cita quedó asignada."


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """«Su cita quedó asignada»; nothing if it no longer stands or changed meanwhile."""
    appointment = pieces.standing(message, now=now)
    if appointment is None:
        return None
    to = addressee(message, appointment, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        subject = f"Cita asignada: {dates.moment(appointment.start)}"
        return email(appointment, to, now=now, subject=subject, first=FIRST)
    service = pieces.service(appointment) if to.reach.proved else pieces.DISCREET
    return Envelope(
        to=to.reach.destination,
        text=confirmed_sms(appointment, service=service, now=now),
        variables=pieces.variables(appointment, service=service, now=now),
    )


def confirmed_sms(appointment: Appointment, *, service: str, now: datetime) -> str:
    """Without diagnosis: {cita} is the name that staff gave it for text messages."""
    place, url = pieces.place(appointment), pieces.short_url(appointment, now=now)
    while place and not gsm7.fits(_sms(appointment, service, place, url)):
        place = place[:-1]
    return _sms(appointment, service, place, url)


def _sms(appointment: Appointment, service: str, place: list[str], url: str) -> str:
    parts = [service, pieces.when(appointment), *place]
    sender = settings.ORGANISATION["sms_name"]
    told = f"{sender}: cita asignada. {', '.join(parts)}."
    return gsm7.clean(f"{told} Codigo {appointment.reference}. {url}")


def email(
    appointment: Appointment, to: Addressee, *, now: datetime, subject: str, first: str
) -> Envelope:
    """The whole appointment with its calendar file; `first` says how it came about."""
    written = _letter(appointment, to, first)
    return Envelope(
        to=to.reach.destination,
        subject=subject.replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
        attachments=(updated(appointment, to.reach.destination, now),),
    )


def _letter(appointment: Appointment, to: Addressee, first: str) -> Letter:
    """What the voucher says, without the service's name (ux.md §7).

    To an address that nobody proved: only when and where. Somebody else may read it.
    """
    asked = preparation(appointment)
    arrive = f" Llegue a las {asked.arrive}" if asked.arrive else ""
    start = localtime(appointment.start)
    blocks: list[str | Items | Button] = [
        first,
        f"Cuándo: {dates.day_with_year(start)}, {dates.hour(start)}{arrive}",
        f"Dónde: {pieces.full_place(appointment)}",
        f"Código: {appointment.reference}",
    ]
    proved = to.reach.proved
    if proved and to.for_other:
        blocks.insert(1, f"Para: {appointment.patient.given_names}")
    if proved:
        blocks.insert(-1, f"Con: {appointment.practitioner}")
    if proved and asked.before:
        blocks.append(Items("Prepárese:", [line.text for line in asked.before]))
    phone = appointment.site.phone or settings.ORGANISATION["phone"]
    if appointment.modality == Modality.IN_PERSON:
        blocks.append(f"Mapa: {words.map_url(appointment.site)}")
    else:
        blocks.append(
            "Desde diez minutos antes, en la página de su cita aparece el botón para "
            f"entrar. ¿No le funciona el video? Llame al {phone}."
        )
    blocks.append(f"¿No puede ir? Llame al {phone}.")
    detail = reverse("appointments:detail", args=[appointment.pk])
    blocks.append(Button("Ver mi cita", f"{settings.BASE_URL}{detail}"))
    return letter(*blocks)
