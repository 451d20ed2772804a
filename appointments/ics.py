"""The calendar file of an appointment (RFC 5545).

It says when and where and nothing of why: a shared calendar is read by others.
`icalendar` escapes and folds; what comes from the catalogue is text all the same (INJ-04).
"""

from datetime import datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from icalendar import Alarm, Calendar, Event, vCalAddress, vDuration

from appointments.models import Appointment
from catalog.models import Modality

MIMETYPE = "text/calendar"
LOCAL = ZoneInfo("America/Bogota")


def to_keep(appointment: Appointment, *, now: datetime) -> bytes:
    """For «Agregar al calendario»."""
    return bytes(_calendar(appointment, method="PUBLISH", now=now).to_ical())


def invitation(appointment: Appointment, *, to: str, now: datetime) -> bytes:
    """For the confirmation's attachment: who invites and who is invited (RFC 5546, 3.2.2)."""
    calendar = _calendar(appointment, method="REQUEST", now=now)
    event = calendar.events[0]
    organizer = vCalAddress(f"mailto:{_sender()}")
    organizer.params["CN"] = settings.ORGANISATION["name"]
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{to}")
    attendee.params["PARTSTAT"] = "ACCEPTED"
    event["attendee"] = attendee
    return bytes(calendar.to_ical())


def uid(appointment: Appointment) -> str:
    """The same for the whole life of the appointment, whatever changes in it."""
    host = settings.BASE_URL.split("//")[-1].split(":")[0]
    return f"{appointment.pk}@{host}"


def _calendar(appointment: Appointment, *, method: str, now: datetime) -> Calendar:
    calendar = Calendar()
    organisation = settings.ORGANISATION["name"]
    calendar.add("prodid", f"-//{organisation}//Oficina virtual//ES")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_event(appointment, now=now))
    calendar.add_missing_timezones(
        first_date=appointment.start.date() - timedelta(days=366),
        last_date=appointment.start.date() + timedelta(days=366),
    )
    return calendar


def _event(appointment: Appointment, *, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid(appointment))
    event.add("sequence", appointment.version)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.start.astimezone(LOCAL))
    event.add("dtend", appointment.end.astimezone(LOCAL))
    event.add("summary", f"Cita en {settings.ORGANISATION['name']}")
    event.add("location", _plain(_where(appointment)))
    event.add("description", _plain(_what_to_know(appointment)))
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    page = reverse("appointments:detail", args=[appointment.pk])
    event.add("url", f"{settings.BASE_URL}{page}")
    event.add_component(_alarm())
    return event


def _sender() -> str:
    """The address that writes to patients; without mail, one of our own host."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    host = settings.BASE_URL.split("//")[-1].split(":")[0]
    return address or f"citas@{host}"


def _where(appointment: Appointment) -> str:
    if appointment.modality == Modality.VIRTUAL:
        return "Por videollamada"
    site = appointment.site
    return f"{site.name}, {site.address}, {site.city.name}"


def _what_to_know(appointment: Appointment) -> str:
    phone = appointment.site.phone or settings.ORGANISATION["phone"]
    return f"Código {appointment.reference}. Teléfono {phone}."


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Cita en {settings.ORGANISATION['name']}")
    alarm.add("trigger", vDuration(timedelta(hours=-2)))
    return alarm


def _plain(text: str) -> str:
    """One line without control characters: nothing typed by anybody begins a line of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
