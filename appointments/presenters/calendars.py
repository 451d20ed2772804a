"""Links that open a web calendar with the appointment written in it.

They are links and nothing else: nothing of others is loaded. What they carry leaves the
portal, so it is what a shared calendar may say: a neutral title, when, where, our page.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from appointments import ics
from appointments.models import Appointment

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/deeplink/compose"
YAHOO = "https://calendar.yahoo.com/"


@dataclass(frozen=True, slots=True)
class WebCalendar:
    name: str
    url: str


def web_calendars(appointment: Appointment) -> tuple[WebCalendar, ...]:
    """Google, Outlook and Yahoo; times in UTC, which each shows in its owner's zone."""
    start, end = appointment.start, appointment.end
    title, where = ics.title(), ics.where(appointment)
    page = ics.page_url(appointment)
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{_basic(start)}/{_basic(end)}",
        "location": where,
        "details": page,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": _extended(start),
        "enddt": _extended(end),
        "location": where,
        "body": page,
    }
    yahoo = {
        "v": "60",
        "title": title,
        "st": _basic(start),
        "et": _basic(end),
        "in_loc": where,
        "desc": page,
    }
    return (
        WebCalendar("Google Calendar", _address(GOOGLE, google)),
        WebCalendar("Outlook.com", _address(OUTLOOK, outlook)),
        WebCalendar("Yahoo", _address(YAHOO, yahoo)),
    )


def _basic(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _extended(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _address(base: str, fields: dict[str, str]) -> str:
    """Spaces as %20: in Outlook a «+» stays a plus."""
    return f"{base}?{urlencode(fields, quote_via=quote)}"
