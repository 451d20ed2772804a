"""What this installation can send, and through which door."""

from django.conf import settings

from portal.messaging.doors import Door, closed, demo, mail, twilio_api
from portal.messaging.models import Channel


def available(*, kind: str | None = None) -> tuple[Channel, ...]:
    """Channels that work here, for this kind of message if one is named."""
    return tuple(c for c in Channel if _works(channel=c, kind=kind))


def door(channel: str) -> Door:
    """What takes messages of this channel: the provider, or the demo's page."""
    if channel == Channel.EMAIL and _has_email():
        return mail
    if channel == Channel.WHATSAPP and _has_whatsapp():
        return twilio_api
    if channel == Channel.SMS and _has_sms():
        return twilio_api
    return demo if settings.DEMO else closed


def _works(*, channel: Channel, kind: str | None) -> bool:
    if settings.DEMO:
        return True
    if channel == Channel.EMAIL:
        return _has_email()
    if channel == Channel.SMS:
        return _has_sms()
    approved = settings.TWILIO_CONTENT_SIDS
    return _has_whatsapp() and (bool(approved) if kind is None else kind in approved)


def _has_email() -> bool:
    return bool(settings.EMAIL_URL)


def _has_account() -> bool:
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN)


def _has_sms() -> bool:
    return _has_account() and bool(settings.TWILIO_FROM)


def _has_whatsapp() -> bool:
    return _has_account() and bool(settings.TWILIO_WHATSAPP_FROM)
