"""«Su cita cambió»: before and after in two lines, and the calendar file that writes it over."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from appointments.models import Appointment
from appointments.notifications import attachments, pieces
from appointments.notifications.recipients import Addressee, addressee
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, letter
from portal.ui import dates


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing if it no longer stands or changed once more meanwhile."""
    appointment = pieces.standing(message, now=now)
    to = addressee(message, appointment, now=now) if appointment else None
    if appointment is None or to is None:
        return None
    if message.channel == Channel.EMAIL:
        return _email(appointment, to, now=now)
    service = pieces.service(appointment) if to.reach.proved else pieces.DISCREET
    return Envelope(
        to=to.reach.destination,
        text=moved_sms(appointment, service=service, now=now),
        variables=pieces.variables(appointment, service=service, now=now),
    )


def moved_sms(appointment: Appointment, *, service: str, now: datetime) -> str:
    """With as much of the place as fits."""
    place, url = pieces.place(appointment), pieces.short_url(appointment, now=now)
    while place and not gsm7.fits(_sms(appointment, service, place, url)):
        place = place[:-1]
    return _sms(appointment, service, place, url)


def _sms(appointment: Appointment, service: str, place: list[str], url: str) -> str:
    sender = settings.ORGANISATION["sms_name"]
    told = ", ".join([service, pieces.when(appointment), *place])
    code = appointment.reference
    return gsm7.clean(f"{sender}: nueva hora: {told}. Codigo {code}. Ver: {url}")


def _email(appointment: Appointment, to: Addressee, *, now: datetime) -> Envelope:
    start = localtime(appointment.start)
    before = pieces.start_before(appointment)
    said = ["Su cita cambió de hora.", f"Ahora: {_moment(start)}"]
    if before is not None:
        said.insert(1, f"Antes: {_moment(localtime(before))}")
    said += [
        f"Dónde: {pieces.full_place(appointment)}",
        f"Código: {appointment.reference}",
    ]
    if to.reach.proved:
        said.insert(-1, f"Con: {appointment.practitioner}")
    if to.reach.proved and to.for_other:
        said.insert(1, f"Para: {appointment.patient.given_names}")
    detail = (
        f"{settings.BASE_URL}{reverse('appointments:detail', args=[appointment.pk])}"
    )
    written = letter(*said, Button("Ver mi cita", detail))
    weekday, number = dates.WEEKDAYS[start.weekday()], start.day
    subject = f"Su cita cambió: ahora es el {weekday} {number}, {dates.hour(start)}"
    return Envelope(
        to=to.reach.destination,
        subject=subject.replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
        attachments=(attachments.updated(appointment, to.reach.destination, now),),
    )


def _moment(when: datetime) -> str:
    return f"{dates.day_with_year(when)}, {dates.hour(when)}"
