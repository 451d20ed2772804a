"""Captchas as they are handed out and taken back: each key opens once (CAP-01)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from captcha.models import CaptchaStore
from django.utils.crypto import constant_time_compare

from portal.ui.models import CaptchaTicket

REMEMBERED_FOR = timedelta(minutes=10)
FURTHER_POSTS = 5
LONGEST_LIFE = timedelta(hours=1)


class NotSolved(Exception):
    """The letters are wrong, old, already used, or another form's."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Somebody answered right; `posts` counts the forms sent since then."""

    at: datetime
    posts: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer counts: this visitor's session, in this form."""

    visitor: str
    purpose: str


def new_captcha(*, place: Place, now: datetime) -> str:
    """A fresh captcha for this place; returns its key."""
    key: str = CaptchaStore.generate_key()
    _remember(key, place, now)
    return key


def keep(*, solved: Solved, place: Place, now: datetime) -> str:
    """A key that stands for a right answer while other fields are corrected."""
    key = secrets.token_urlsafe(32)
    _remember(key, place, now, solved_at=solved.at, posts=solved.posts + 1)
    return key


def take(*, key: str, answer: str, place: Place, now: datetime) -> Solved:
    """Judge an answer. Right or wrong, the key is used up: the deletion decides."""
    ticket = CaptchaTicket.objects.filter(key=key).first()
    letters = CaptchaStore.objects.filter(hashkey=key).first()
    burnt, _ = CaptchaTicket.objects.filter(key=key).delete()
    CaptchaStore.objects.filter(hashkey=key).delete()
    if ticket is None or not burnt:
        raise NotSolved
    if (ticket.visitor, ticket.purpose) != (place.visitor, place.purpose):
        raise NotSolved
    if ticket.solved_at is not None:
        return _still_solved(ticket, now)
    if letters is None or letters.expiration <= now:
        raise NotSolved
    if not constant_time_compare(letters.response, answer):
        raise NotSolved
    return Solved(at=now)


def purge(*, now: datetime) -> int:
    """Forget what nobody can use any more."""
    CaptchaStore.objects.filter(expiration__lte=now).delete()
    old = CaptchaTicket.objects.filter(created_at__lte=now - LONGEST_LIFE)
    return old.delete()[0]


def _still_solved(ticket: CaptchaTicket, now: datetime) -> Solved:
    if ticket.solved_at is None or now - ticket.solved_at > REMEMBERED_FOR:
        raise NotSolved
    if ticket.posts > FURTHER_POSTS:
        raise NotSolved
    return Solved(at=ticket.solved_at, posts=ticket.posts)


def _remember(
    key: str,
    place: Place,
    now: datetime,
    solved_at: datetime | None = None,
    posts: int = 0,
) -> None:
    CaptchaTicket.objects.create(
        key=key,
        visitor=place.visitor,
        purpose=place.purpose,
        solved_at=solved_at,
        posts=posts,
        created_at=now,
    )
