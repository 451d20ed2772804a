"""Browsers in which somebody has entered before: guesses made elsewhere do not shut them out.

A signed cookie names the account by an HMAC. It opens nothing: it only keeps the
counters of strangers away from the owner (AUT-12).
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "__Host-known" if settings.HTTPS else "known"
SALT = "accounts.known_device"
LASTS = 180 * 24 * 3600


def is_known(request: HttpRequest, credentials: dict | None = None) -> bool:
    """Whether this browser entered with this username before; django-axes asks too."""
    username = (credentials or {}).get("username", "")
    try:
        seen = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return False
    return bool(username) and seen == _mark(username)


def remember(response: HttpResponse, *, username: str) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(_mark(username), salt=SALT),
        max_age=LASTS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _mark(username: str) -> str:
    return salted_hmac(SALT, username, algorithm="sha256").hexdigest()
