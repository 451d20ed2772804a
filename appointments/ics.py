"""Appointments as calendars read them (RFC 5545), and as one is told to another (RFC 5546).

A calendar says when and where, and nothing of why or of whom: shared ones are read by
others. `icalendar` escapes and folds; what comes from the catalogue or from a person is
text all the same (INJ-04).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vDuration

from appointments.models import Appointment
from catalog.models import Modality

LOCAL = ZoneInfo("America/Bogota")
Status = Appointment.Status
TENTATIVE, CANCELLED = "TENTATIVE", "CANCELLED"
NOT_CONFIRMED = {
    Status.PROPOSED: TENTATIVE,
    Status.CANCELLED: CANCELLED,
    Status.DECLINED: CANCELLED,
    Status.LAPSED: CANCELLED,
}
SAID = {
    TENTATIVE: "Todavía no es una cita: la clínica debe aceptarla. ",
    CANCELLED: "Esta cita ya no está en pie. ",
}
# How often a subscribed calendar should look again (RFC 7986 §5.7, and its older name).
LOOK_AGAIN = timedelta(hours=1)
# The years whose rules of the zone are written down: no appointment is outside them.
ZONE_FROM, ZONE_TO = date(2020, 1, 1), date(2050, 1, 1)


def to_keep(appointment: Appointment, *, now: datetime) -> bytes:
    """For «Agregar al calendario»."""
    event = _event(appointment, stamp=now)
    event.add_component(_alarm())
    return _written(_calendar("PUBLISH", [event]))


def invitation(appointment: Appointment, *, to: str, now: datetime) -> bytes:
    """For messages that assign or change: the patient's calendar takes it by itself."""
    event = _event(appointment, stamp=now)
    _add_parties(event, to)
    event.add_component(_alarm())
    return _written(_calendar("REQUEST", [event]))


def cancellation(appointment: Appointment, *, to: str, now: datetime) -> bytes:
    """For messages that end one: the patient's calendar takes it out by itself."""
    event = _event(appointment, stamp=now)
    _mark(event, CANCELLED)
    _add_parties(event, to)
    return _written(_calendar("CANCEL", [event]))


def feed(appointments: Iterable[tuple[Appointment, datetime]]) -> bytes:
    """A calendar that others subscribe to: each appointment with its last change.

    Without a method, DTSTAMP is that change (RFC 5545 §3.8.7.2): the same appointments
    are the same bytes, however often they are asked for.
    """
    events = [_event(one, stamp=changed) for one, changed in appointments]
    calendar = _calendar("", events)
    calendar.add("name", title())
    calendar.add("x-wr-calname", title())
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar["x-published-ttl"] = vDuration(LOOK_AGAIN)
    return _written(calendar)


def uid(appointment: Appointment) -> str:
    """The same for its whole life, whatever changes in it or in our address (RFC 7986 §5.3)."""
    return str(appointment.pk)


def title() -> str:
    return _plain(f"Cita en {settings.ORGANISATION['name']}")


def where(appointment: Appointment) -> str:
    if not _is_there(appointment):
        return "Por videollamada"
    site = appointment.site
    return _plain(f"{site.name}, {site.address}, {site.city.name}")


def page_url(appointment: Appointment) -> str:
    path = reverse("appointments:detail", args=[appointment.pk])
    return f"{settings.BASE_URL}{path}"


def _calendar(method: str, events: list[Event]) -> Calendar:
    calendar = Calendar()
    organisation = settings.ORGANISATION["name"]
    calendar.add("prodid", f"-//{_plain(organisation)}//Oficina virtual//ES")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for component in (_zone(), *events):
        calendar.add_component(component)
    return calendar


@lru_cache(maxsize=1)
def _zone() -> Timezone:
    """Bogotá's, also in a calendar without appointments: an empty one is not valid."""
    zone = Timezone.from_tzid(LOCAL.key, first_date=ZONE_FROM, last_date=ZONE_TO)
    zone.pop("comment", None)
    return zone


def _event(appointment: Appointment, *, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", uid(appointment))
    event.add("sequence", appointment.version)
    event.add("dtstamp", stamp)
    event.add("dtstart", appointment.start.astimezone(LOCAL))
    event.add("dtend", appointment.end.astimezone(LOCAL))
    event.add("summary", title())
    event.add("location", where(appointment))
    event.add("class", "PRIVATE")
    event.add("url", page_url(appointment))
    site = appointment.site
    if _is_there(appointment) and site.position_is_exact and site.latitude is not None:
        event.add("geo", (site.latitude, site.longitude))
    status = NOT_CONFIRMED.get(Status(appointment.status), "CONFIRMED")
    event.add("description", _plain(SAID.get(status, "") + _to_know(appointment)))
    _mark(event, status)
    return event


def _mark(event: Event, status: str) -> None:
    """What does not stand keeps nobody busy."""
    event["status"] = status
    event["transp"] = "TRANSPARENT" if status == CANCELLED else "OPAQUE"


def _add_parties(event: Event, to: str) -> None:
    """Who invites and who is invited: without both, a calendar may not take it."""
    organizer = vCalAddress(f"mailto:{_sender()}")
    organizer.params["CN"] = _plain(settings.ORGANISATION["name"]).replace('"', "'")
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{_plain(to).replace(' ', '')}")
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    event["attendee"] = attendee


def _sender() -> str:
    """The address that writes to patients; without mail, one of our own host."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    host = settings.BASE_URL.split("//")[-1].split(":")[0]
    return address or f"citas@{host}"


def _is_there(appointment: Appointment) -> bool:
    return appointment.modality != Modality.VIRTUAL


def _to_know(appointment: Appointment) -> str:
    phone = appointment.site.phone or settings.ORGANISATION["phone"]
    code = f"Código {appointment.reference}. Teléfono {phone}."
    return f"{code} Para verla, cambiarla o cancelarla: {page_url(appointment)}"


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title())
    alarm.add("trigger", vDuration(timedelta(hours=-2)))
    return alarm


def _plain(text: str) -> str:
    """One line without control characters: nothing typed by anybody begins a line of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _written(calendar: Calendar) -> bytes:
    return bytes(calendar.to_ical())
