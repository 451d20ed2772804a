"""SMS and WhatsApp, by Twilio's own client. Twilio can be asked what it received."""

import hmac
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import requests
from django.conf import settings
from django.urls import reverse
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from portal.messaging.errors import (
    InDoubt,
    ProviderDown,
    ProviderMuted,
    Refused,
)
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage

NAME = "twilio"
CAN_BE_ASKED = True
TIMEOUT = 5
CLOCK_SKEW = timedelta(minutes=2)
# What the library raises, and what it trips over when an answer makes no sense.
STUMBLES = (
    requests.RequestException,
    TwilioException,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)
TRIAL = "Sent from your Twilio trial account - "

# The library's own logger writes numbers and texts; this one writes nothing (LOG-02).
_silent = logging.getLogger("portal.messaging.twilio_silent")
_silent.setLevel(logging.CRITICAL)


def send(*, message: OutgoingMessage, envelope: Envelope) -> str:
    """Create the message at Twilio and return its sid."""
    with _client() as client, _as_outcomes():
        created = client.messages.create(
            **_addresses(message.channel, envelope.to),
            **_content(message=message, envelope=envelope),
            **_callback(message),
        )
        return created.sid or ""


def find(*, message: OutgoingMessage, envelope: Envelope) -> str:
    """The sid of this same message, if an earlier attempt did reach Twilio.

    Asked by destination only: a message that still waits there has no DateSent to
    filter by. Texts are told apart by their fingerprint, and a message that another
    row of ours already owns is not this one.
    """
    to = _addresses(message.channel, envelope.to)["to"]
    try:
        with _client() as client:
            listed = client.messages.list(to=to, limit=50, page_size=50)
    except STUMBLES as error:
        raise ProviderMuted(f"Twilio {type(error).__name__}") from None
    mine = [one.sid for one in listed if one.sid and _is(one, message, envelope)]
    taken = set(
        OutgoingMessage.objects.filter(provider_id__in=mine)
        .exclude(pk=message.pk)
        .values_list("provider_id", flat=True)
    )
    return next((sid for sid in reversed(mine) if sid not in taken), "")


def fingerprint(*, envelope: Envelope) -> str:
    """A keyed digest of the text: it recognises the message and tells nothing of it."""
    words = " ".join(envelope.text.split()).encode()
    return hmac.digest(settings.SECRET_KEY.encode(), words, "sha256").hex()


def _is(one: MessageInstance, message: OutgoingMessage, envelope: Envelope) -> bool:
    since = (message.tried_at or message.created_at) - CLOCK_SKEW
    if one.date_created is not None and one.date_created < since:
        return False
    body = (one.body or "").removeprefix(TRIAL)
    if _template(message):
        return all(value in body for value in envelope.variables.values())
    return hmac.compare_digest(
        fingerprint(envelope=Envelope(to="", text=body)), message.fingerprint
    )


def _addresses(channel: str, to: str) -> dict[str, str]:
    if channel == Channel.WHATSAPP:
        sender = settings.TWILIO_WHATSAPP_FROM.removeprefix("whatsapp:")
        return {"to": f"whatsapp:{to}", "from_": f"whatsapp:{sender}"}
    sender = settings.TWILIO_FROM
    field = "messaging_service_sid" if sender.startswith("MG") else "from_"
    return {"to": to, field: sender}


def _template(message: OutgoingMessage) -> str:
    """The approved template; without one the demo's sandbox takes plain words."""
    if message.channel != Channel.WHATSAPP:
        return ""
    return settings.TWILIO_CONTENT_SIDS.get(message.kind, "")


def _content(*, message: OutgoingMessage, envelope: Envelope) -> dict[str, str]:
    template = _template(message)
    if not template:
        return {"body": envelope.text}
    variables = json.dumps(dict(envelope.variables), ensure_ascii=False)
    return {"content_sid": template, "content_variables": variables}


def _callback(message: OutgoingMessage) -> dict[str, str]:
    """Where Twilio tells what became of it; it refuses addresses it cannot reach."""
    if not (settings.HTTPS or settings.TWILIO_API_BASE):
        return {}
    path = reverse("messaging:twilio")
    return {"status_callback": f"{settings.BASE_URL}{path}?m={message.pk}"}


@contextmanager
def _client() -> Iterator[Client]:
    http = TwilioHttpClient(timeout=TIMEOUT, max_retries=0, logger=_silent)
    client = Client(
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http
    )
    if settings.TWILIO_API_BASE:
        client.api.base_url = settings.TWILIO_API_BASE.rstrip("/")
    try:
        yield client
    finally:
        if http.session is not None:
            http.session.close()


@contextmanager
def _as_outcomes() -> Iterator[None]:
    """Whatever the library raises, as one of our three answers (NOT-05)."""
    try:
        yield
    except TwilioRestException as error:
        code = f"Twilio {error.code or error.status}"
        # 429: turned away at the door. 5xx: nobody knows how far it got.
        # 401, 403, 404: it is about our account, not about this message.
        if error.status in (401, 403, 404, 429):
            raise ProviderDown(code) from None
        raise (InDoubt(code) if error.status >= 500 else Refused(code)) from None
    except requests.ConnectTimeout:
        raise ProviderDown("Twilio ConnectTimeout") from None
    except requests.ConnectionError as error:
        raise _cut(error) from None
    except STUMBLES as error:
        raise InDoubt(f"Twilio {type(error).__name__}") from None


def _cut(error: requests.ConnectionError) -> ProviderDown | InDoubt:
    """A connection that was never made sent nothing; one that was cut may have."""
    name = type(getattr(error.args[0] if error.args else None, "reason", None)).__name__
    if name in ("NewConnectionError", "NameResolutionError"):
        return ProviderDown(f"Twilio {name}")
    return InDoubt("Twilio ConnectionError")
