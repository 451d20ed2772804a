"""The pieces that messages about an appointment are made of."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from appointments import words
from appointments.models import Appointment
from catalog.models import Modality
from portal.messaging import gsm7, links
from portal.messaging.models import OutgoingMessage
from portal.ui import dates

DISCREET = "cita medica"
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


def standing(message: OutgoingMessage, *, now: datetime) -> Appointment | None:
    """The appointment as the message meant it: booked, to come, not changed since."""
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


def ended(message: OutgoingMessage, *, now: datetime) -> Appointment | None:
    """The appointment as the message meant it: cancelled, and not over anyway."""
    return (
        Appointment.objects.for_page()
        .filter(
            pk=message.subject_ref,
            version=message.version,
            status=Appointment.Status.CANCELLED,
            end__gt=now,
        )
        .first()
    )


def start_before(appointment: Appointment) -> datetime | None:
    """When it was to be before its last version, by its history."""
    steps = appointment.events.filter(
        version__lt=appointment.version, start__isnull=False
    )
    return steps.order_by("pk").values_list("start", flat=True).last()


def service(appointment: Appointment) -> str:
    return cut(appointment.procedure.sms_name or DISCREET, SERVICE_LENGTH)


def when(appointment: Appointment) -> str:
    start = localtime(appointment.start)
    return f"{dates.sms_day(start)} {dates.sms_hour(start)}"


def place(appointment: Appointment) -> list[str]:
    if appointment.modality == Modality.VIRTUAL:
        return ["por videollamada"]
    site = appointment.site
    short = [cut(site.sms_name or words.site_in_a_row(site), SITE_LENGTH)]
    address = street(site.address)
    return [*short, address] if address else short


def street(address: str) -> str:
    """The address in few letters, or nothing: a number that was cut is another house."""
    first = address.split(",")[0].split()
    text = gsm7.clean(" ".join(STREETS.get(word, word) for word in first))
    return text if len(text) <= ADDRESS_LENGTH else ""


def cut(text: str, longest: int) -> str:
    """The beginning, as it will be written: cleaning may make a text longer."""
    return gsm7.clean(text)[:longest].rstrip(" ,.-")


def path(appointment: Appointment) -> str:
    """Its page, behind the sign-in."""
    return reverse("appointments:detail", args=[appointment.pk])


def short_url(appointment: Appointment, *, now: datetime) -> str:
    return links.shorten(path=path(appointment), now=now, expires_at=appointment.end)


def phone(appointment: Appointment) -> str:
    """Whom to call about it."""
    return appointment.site.phone or settings.ORGANISATION["phone"]


def search_again(appointment: Appointment) -> str:
    """The path of the same search, for another time; without one, of a new appointment."""
    if not appointment.search:
        return reverse("appointments:new")
    agenda = reverse("appointments:agenda", args=[appointment.patient.token])
    return f"{agenda}?{appointment.search}"


def search_again_url(appointment: Appointment, *, now: datetime) -> str:
    return links.shorten(
        path=search_again(appointment), now=now, expires_at=appointment.end
    )


def variables(
    appointment: Appointment, *, service: str, now: datetime, url: str = ""
) -> dict[str, str]:
    """The approved template's blanks, for WhatsApp. Without a `url`, it leads to its page."""
    return {
        "1": service,
        "2": dates.moment(appointment.start),
        "3": ", ".join(place(appointment)),
        "4": appointment.reference,
        "5": url or short_url(appointment, now=now),
    }


def full_place(appointment: Appointment) -> str:
    if appointment.modality == Modality.VIRTUAL:
        return "por videollamada"
    site = appointment.site
    return f"{words.site_named(site)}, {site.address}, {words.city(site.city)}"
