"""How a patient is told, in words: without showing a whole destination (ENU-04)."""

from collections.abc import Mapping

from accounts import contacts
from accounts.contacts import Reach
from portal.messaging.models import Channel

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


def sent_by(destinations: Mapping[Channel, Reach]) -> str:
    """«Le enviamos el comprobante por mensaje de texto y al correo.»"""
    named = [words for channel, words in SHORT.items() if channel in destinations]
    return f"Le enviamos el comprobante {' y '.join(named)}." if named else ""
