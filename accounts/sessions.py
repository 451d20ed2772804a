"""Signed-in browsers: which there are, and ending them on the server (SES-03, SES-07)."""

from collections.abc import Iterable
from datetime import datetime
from importlib import import_module

from django.conf import settings

from accounts.models import User, UserSession
from portal.audit import trail
from portal.audit.origin import Origin


def note(
    *, user: User, session_key: str, former_key: str, origin: Origin, now: datetime
) -> None:
    """This browser is signed in and was just seen; its key may have changed on the way."""
    if former_key and former_key != session_key:
        UserSession.objects.filter(session_key=former_key, user=user).delete()
    UserSession.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "seen_at": now,
            "address": origin.address,
            "user_agent": origin.user_agent[:200],
        },
        create_defaults={
            "user": user,
            "started_at": now,
            "seen_at": now,
            "address": origin.address,
            "user_agent": origin.user_agent[:200],
        },
    )


def alive(*, user: User, now: datetime) -> list[UserSession]:
    """The browsers in which this person is signed in, the last seen first."""
    known = UserSession.objects.filter(
        user=user, started_at__gt=now - settings.SESSION_LONGEST
    )
    return [
        row
        for row in known.order_by("-seen_at", "-pk")
        if _store(row.session_key).load()
    ]


def end(*, user: User, session_id: int, origin: Origin, now: datetime) -> None:
    """Close one of this person's browsers; the next page it asks for is the sign-in."""
    row = UserSession.objects.get(pk=session_id, user=user)
    _kill([row])
    _record(user, origin=origin, now=now, count=1)


def end_others(*, user: User, keep: str, origin: Origin, now: datetime) -> int:
    """Close every browser of this person but the one that asks."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=keep)
    return _end_many(user, rows, origin=origin, now=now)


def end_all(*, user: User, origin: Origin, now: datetime) -> int:
    """Close every browser of this person."""
    rows = UserSession.objects.filter(user=user)
    return _end_many(user, rows, origin=origin, now=now)


def forget(*, session_key: str) -> None:
    """The browser signed out by itself."""
    UserSession.objects.filter(session_key=session_key).delete()


def _end_many(
    user: User, rows: Iterable[UserSession], *, origin: Origin, now: datetime
) -> int:
    count = _kill(list(rows))
    if count:
        _record(user, origin=origin, now=now, count=count)
    return count


def _kill(rows: list[UserSession]) -> int:
    for row in rows:
        _store(row.session_key).delete()
        row.delete()
    return len(rows)


def _store(session_key: str):  # type: ignore[no-untyped-def]  # the engine is a setting
    return import_module(settings.SESSION_ENGINE).SessionStore(session_key)


def _record(user: User, *, origin: Origin, now: datetime, count: int) -> None:
    trail.record(
        action="session.ended",
        actor=user,
        subject=user,
        request_context=origin,
        details={"count": count},
        at=now,
    )
