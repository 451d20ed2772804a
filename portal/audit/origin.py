"""Where a request came from, as far as we can trust it (WEB-08)."""

import ipaddress
import re
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,36}")
LONGEST_AGENT = 200


@dataclass(frozen=True)
class Origin:
    """The client's address, what its browser says of itself, and which request it was."""

    address: str | None
    user_agent: str
    request_id: str


def origin_of(request: HttpRequest) -> Origin:
    """The origin of this request; asked twice, the same."""
    return Origin(
        address=client_address(request),
        user_agent=_printable(request.headers.get("User-Agent", ""))[:LONGEST_AGENT],
        request_id=request_id(request),
    )


def client_address(request: HttpRequest) -> str | None:
    """The address that our own outermost proxy saw.

    Proxies append to X-Forwarded-For, so with N trusted proxies the client stands
    N places from the right, counting the connection itself. Anything further left
    was written by the client. A hop that is no address counts as the connection's.
    """
    connection = _address(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return connection
    hops = [h for h in request.headers.get("X-Forwarded-For", "").split(",") if h]
    if not hops:
        return connection
    seen = hops[-min(settings.TRUSTED_PROXIES, len(hops))]
    return _address(seen) or connection


def request_id(request: HttpRequest) -> str:
    """The id that the proxy gave this request, or one of our own."""
    known = request.META.get("portal.request_id")
    if known is None:
        given = request.headers.get("X-Request-ID", "")
        trusted = settings.TRUSTED_PROXIES and REQUEST_ID.fullmatch(given)
        known = given if trusted else str(uuid4())
        request.META["portal.request_id"] = known
    return known


def _address(text: str) -> str | None:
    """An address in its one spelling: no port, no zone, IPv4 as IPv4."""
    text = text.strip().partition("%")[0]
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::\d+)?", text)
    if bracketed:
        text = bracketed[1]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
