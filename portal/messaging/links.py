"""Short addresses for text messages: a token that says nothing by itself."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from portal.messaging.models import ShortLink

# Without the letters and digits that are read for one another.
ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
TOKEN_LENGTH = 7


@transaction.atomic
def shorten(*, path: str, now: datetime, expires_at: datetime) -> str:
    """A short address for a path of ours, as written in an SMS: «host/s/token».

    The same path asked again before it expires gives the same address, so that a
    message composed twice reads the same.
    """
    if not is_ours(path):
        raise ValueError("only paths of this portal can be shortened")
    link = ShortLink.objects.filter(path=path, expires_at=expires_at).first()
    if link is None:
        link = ShortLink.objects.create(
            token=_token(), path=path, created_at=now, expires_at=expires_at
        )
    return f"{settings.ORGANISATION['short_url']}/s/{link.token}"


def is_ours(path: str) -> bool:
    """Does this stay in the portal, whatever the browser makes of it?"""
    return path.startswith("/") and url_has_allowed_host_and_scheme(
        path, allowed_hosts=None
    )


def target(*, token: str, now: datetime) -> str:
    """Where a token leads; ShortLink.DoesNotExist when unknown or expired."""
    return ShortLink.objects.get(token=token, expires_at__gt=now).path


def forget_expired(*, now: datetime) -> int:
    """Delete what no longer leads anywhere."""
    return ShortLink.objects.filter(expires_at__lte=now).delete()[0]


def _token() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
