"""How a patient is told, in words: without showing a whole destination (ENU-04)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.timezone import localdate

from accounts import contacts
from accounts.contacts import Reach
from appointments import words
from portal.messaging.models import Channel
from portal.ui import dates

SHORT = {
    Channel.SMS: "por mensaje de texto",
    Channel.WHATSAPP: "por WhatsApp",
    Channel.EMAIL: "al correo",
}


def told_by(destinations: Mapping[Channel, Reach]) -> str:
    """«Mensaje de texto al celular terminado en 78 y correo»."""
    parts = []
    if Channel.SMS in destinations:
        phone = contacts.masked(Channel.SMS, destinations[Channel.SMS].destination)
        parts.append(f"Mensaje de texto al celular {phone.spoken}")
    if Channel.EMAIL in destinations:
        parts.append("correo" if parts else "Correo electrónico")
    return " y ".join(parts)


def will_tell(destinations: Mapping[Channel, Reach]) -> str:
    """What follows «Le avisamos»: «por mensaje de texto y al correo»."""
    named = [words for channel, words in SHORT.items() if channel in destinations]
    return " y ".join(named) or "en esta página"


def sent_by(destinations: Mapping[Channel, Reach]) -> str:
    """«Le enviamos el comprobante por mensaje de texto y al correo.»"""
    named = [words for channel, words in SHORT.items() if channel in destinations]
    return f"Le enviamos el comprobante {' y '.join(named)}." if named else ""


def will_remind(at: datetime | None, today: date) -> str:
    """«Le recordamos la cita hoy a las 6:00 p. m.»"""
    if at is None:
        return ""
    day = words.soon(localdate(at), today)
    day = day if day in ("hoy", "mañana") else f"el {day}"
    return f"Le recordamos la cita {day} a las {dates.hour(at)}"
