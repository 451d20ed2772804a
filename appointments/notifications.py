"""What the messages about an appointment say. When they go is the outbox's business."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from accounts import contacts
from accounts.contacts import Reach
from accounts.models import Patient
from appointments import ics, words
from appointments.models import Appointment
from appointments.preparation import preparation
from catalog.models import Modality
from portal.messaging import channels, gsm7, kinds, links
from portal.messaging.kinds import Attachment, Envelope, Kind
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, Items, Letter, letter
from portal.ui import dates

CONFIRMED = "appointments.confirmed"
DISCREET = "cita medica"
ATTACHED = "text/calendar; method=REQUEST; charset=utf-8"

TOLD_BY = (Channel.EMAIL, Channel.SMS)

# The places that each piece may take in a text message of 160 (ux.md §7).
SITE_LENGTH, ADDRESS_LENGTH, SERVICE_LENGTH = 12, 20, 28
STREETS = {
    "Avenida": "Av",
    "Autopista": "Aut",
    "Calle": "Cl",
    "Carrera": "Cra",
    "Diagonal": "Dg",
    "Transversal": "Tv",
}


def register() -> None:
    """Called once, when the app is ready."""
    kinds.register(Kind(CONFIRMED, compose_confirmed, on_uncertain=kinds.REPEAT))


def reached(patient: Patient) -> dict[Channel, Reach]:
    """Where a confirmation really goes: what this patient has and this installation sends."""
    working = channels.available(kind=CONFIRMED)
    return contacts.reach(patient, channels=[c for c in TOLD_BY if c in working])


def compose_confirmed(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """«Su cita quedó asignada»; nothing if it no longer stands or changed meanwhile."""
    appointment = _standing(message, now=now)
    if appointment is None:
        return None
    channel = Channel(message.channel)
    found = contacts.reach(appointment.patient, channels=[channel]).get(channel)
    if found is None:
        return None
    if channel == Channel.EMAIL:
        return _email(appointment, found, now=now)
    service = _service(appointment) if found.proved else DISCREET
    return Envelope(
        to=found.destination,
        text=confirmed_sms(appointment, service=service, now=now),
        variables=_variables(appointment, service=service, now=now),
    )


def _standing(message: OutgoingMessage, *, now: datetime) -> Appointment | None:
    booked = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)
    return (
        Appointment.objects.for_page()
        .prefetch_related("instruction_set__steps")
        .filter(
            pk=message.subject_ref,
            version=message.version,
            status__in=booked,
            end__gt=now,
        )
        .first()
    )


def confirmed_sms(appointment: Appointment, *, service: str, now: datetime) -> str:
    """Without diagnosis: {cita} is the name that staff gave it for text messages."""
    place, url = _place(appointment), _short_url(appointment, now=now)
    while place and not gsm7.fits(_sms(appointment, service, place, url)):
        place = place[:-1]
    return _sms(appointment, service, place, url)


def _sms(appointment: Appointment, service: str, place: list[str], url: str) -> str:
    parts = [service, _when(appointment), *place]
    sender = settings.ORGANISATION["sms_name"]
    told = f"{sender}: cita asignada. {', '.join(parts)}."
    return gsm7.clean(f"{told} Codigo {appointment.reference}. {url}")


def _service(appointment: Appointment) -> str:
    return _cut(appointment.procedure.sms_name or DISCREET, SERVICE_LENGTH)


def _when(appointment: Appointment) -> str:
    start = localtime(appointment.start)
    return f"{dates.sms_day(start)} {dates.sms_hour(start)}"


def _place(appointment: Appointment) -> list[str]:
    if appointment.modality == Modality.VIRTUAL:
        return ["por videollamada"]
    site = appointment.site
    short = [_cut(site.sms_name or words.site_in_a_row(site), SITE_LENGTH)]
    address = street(site.address)
    return [*short, address] if address else short


def street(address: str) -> str:
    """The address in few letters, or nothing: a number that was cut is another house."""
    first = address.split(",")[0].split()
    text = gsm7.clean(" ".join(STREETS.get(word, word) for word in first))
    return text if len(text) <= ADDRESS_LENGTH else ""


def _cut(text: str, longest: int) -> str:
    """The beginning, as it will be written: cleaning may make a text longer."""
    return gsm7.clean(text)[:longest].rstrip(" ,.-")


def _short_url(appointment: Appointment, *, now: datetime) -> str:
    path = reverse("appointments:detail", args=[appointment.pk])
    return links.shorten(path=path, now=now, expires_at=appointment.end)


def _variables(
    appointment: Appointment, *, service: str, now: datetime
) -> dict[str, str]:
    """The approved template's blanks, for WhatsApp."""
    return {
        "1": service,
        "2": dates.moment(appointment.start),
        "3": ", ".join(_place(appointment)),
        "4": appointment.reference,
        "5": _short_url(appointment, now=now),
    }


def _email(appointment: Appointment, found: Reach, *, now: datetime) -> Envelope:
    written = _letter(appointment, proved=found.proved)
    subject = f"Cita asignada: {dates.moment(appointment.start)}"
    return Envelope(
        to=found.destination,
        subject=subject.replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
        attachments=(
            Attachment(
                "cita.ics",
                ics.invitation(appointment, to=found.destination, now=now),
                ATTACHED,
            ),
        ),
    )


def _letter(appointment: Appointment, *, proved: bool) -> Letter:
    """What the voucher says, without the service's name (ux.md §7).

    To an address that nobody proved: only when and where. Somebody else may read it.
    """
    asked = preparation(appointment)
    arrive = f" Llegue a las {asked.arrive}" if asked.arrive else ""
    start = localtime(appointment.start)
    blocks: list[str | Items | Button] = [
        "Su cita quedó asignada.",
        f"Cuándo: {dates.day_with_year(start)}, {dates.hour(start)}{arrive}",
        f"Dónde: {_full_place(appointment)}",
        f"Código: {appointment.reference}",
    ]
    if proved:
        blocks.insert(-1, f"Con: {appointment.practitioner}")
    if proved and asked.before:
        blocks.append(Items("Prepárese:", [line.text for line in asked.before]))
    phone = appointment.site.phone or settings.ORGANISATION["phone"]
    if appointment.modality == Modality.IN_PERSON:
        blocks.append(f"Mapa: {words.map_url(appointment.site)}")
    else:
        blocks.append(
            "Antes de la hora, la sede le dice cómo entrar. "
            f"Si no le ha llegado, llame al {phone}."
        )
    blocks.append(f"¿No puede ir? Llame al {phone}.")
    detail = reverse("appointments:detail", args=[appointment.pk])
    blocks.append(Button("Ver mi cita", f"{settings.BASE_URL}{detail}"))
    return letter(*blocks)


def _full_place(appointment: Appointment) -> str:
    if appointment.modality == Modality.VIRTUAL:
        return "por videollamada"
    site = appointment.site
    return f"{words.site_named(site)}, {site.address}, {words.city(site.city)}"
