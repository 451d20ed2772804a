"""How long a signed-in browser stays signed in, decided on the server (SES-04)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone

from accounts import policies, sessions
from accounts.models import User
from portal.audit.origin import origin_of

GetResponse = Callable[[HttpRequest], HttpResponse]

BEGUN, SEEN, NOTED = "begun_at", "seen_at", "noted"
NOTE_EVERY = timedelta(minutes=5)
ENDED = "Su sesión se cerró por seguridad. Entre otra vez y siga donde iba."


def session_limits(get_response: GetResponse) -> GetResponse:
    """End what is over, say so on the sign-in page, and remember what was seen."""

    def middleware(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        came_too_late = _is_a_form_with_a_dead_session(request)
        _end_if_over(request, now)
        response = get_response(request)
        if _came_with_a_dead_session(request) and _asks_to_sign_in(response):
            messages.info(request, ENDED)
        elif SESSION_KEY in request.session and request.user.is_authenticated:
            _note(request, request.user, now)
        if came_too_late:
            # Without it here, Django's SessionMiddleware has nothing to delete.
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        return response

    return middleware


def ends_at(request: HttpRequest) -> datetime | None:
    """When this browser will be signed out if nothing more is asked for."""
    session = getattr(request, "session", None)
    if session is None or SESSION_KEY not in session:
        return None
    now = timezone.now()
    return policies.session_ends_at(
        begun_at=_moment(request, BEGUN) or now,
        seen_at=now,
        idle=settings.SESSION_IDLE,
        longest=settings.SESSION_LONGEST,
    )


def _end_if_over(request: HttpRequest, now: datetime) -> None:
    if SESSION_KEY not in request.session:
        return
    end = policies.session_ends_at(
        begun_at=_moment(request, BEGUN) or now,
        seen_at=_moment(request, SEEN) or now,
        idle=settings.SESSION_IDLE,
        longest=settings.SESSION_LONGEST,
    )
    if now >= end:
        sessions.forget(session_key=request.session.session_key or "")
        request.session.flush()


def _came_with_a_dead_session(request: HttpRequest) -> bool:
    """The browser still shows the key of a session that is no more."""
    return (
        settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty()
    )


def _is_a_form_with_a_dead_session(request: HttpRequest) -> bool:
    """The second press of a button whose first one changed the key of the session.

    The browser has the new key by now, or is about to: the answer must not take it away.
    """
    key = request.session.get(SESSION_KEY)  # reads the row, if there is one
    return (
        request.method == "POST" and key is None and _came_with_a_dead_session(request)
    )


def _moment(request: HttpRequest, name: str) -> datetime | None:
    text = request.session.get(name)
    return datetime.fromisoformat(text) if text else None


def _asks_to_sign_in(response: HttpResponse) -> bool:
    """A page that was refused, not somebody who goes to the sign-in by themselves."""
    target = urlsplit(response.headers.get("Location", ""))
    return target.path == resolve_url(settings.LOGIN_URL) and "next=" in target.query


def _note(request: HttpRequest, user: User, now: datetime) -> None:
    session = request.session
    if not session.session_key:
        session.save()
    session.setdefault(BEGUN, now.isoformat())
    session[SEEN] = now.isoformat()
    key = session.session_key or ""
    former_key, noted_at = session.get(NOTED) or ("", "")
    if former_key == key and not _is_stale(noted_at, now):
        return
    sessions.note(
        user=user,
        session_key=key,
        former_key=former_key,
        origin=origin_of(request),
        now=now,
    )
    session[NOTED] = [key, now.isoformat()]


def _is_stale(noted_at: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(noted_at) >= NOTE_EVERY
