"""What is forgotten, and what is not yet (PRV-09)."""

from datetime import date, timedelta

import pytest

from accounts import retention
from accounts.models import Challenge, RegistrationAttempt, Throttle, UserSession
from accounts.tests.factories import UserFactory
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def challenge(at):
    return Challenge.objects.create(created_at=at, expires_at=at, nonce=b"n")


def attempt(at, finished_at=None):
    return RegistrationAttempt.objects.create(
        birth_date=date(1978, 3, 27), created_at=at, finished_at=finished_at
    )


def limit(at):
    return Throttle.objects.create(scope="s", key="k", at=at)


def session(at):
    return UserSession.objects.create(
        user=UserFactory(), session_key=at.isoformat(), started_at=at
    )


@pytest.mark.parametrize(
    ("make", "kept_for"),
    [
        (challenge, 24 * HOUR),
        (attempt, 24 * HOUR),
        (lambda at: attempt(at, finished_at=at), 48 * HOUR),
        (limit, 25 * HOUR),
        (session, 12 * HOUR),
    ],
    ids=["codes", "unfinished", "finished", "limits", "sessions"],
)
def test_purge_forgets_by_age(make, kept_for):
    make(NOON - kept_for)
    young = make(NOON - kept_for + SECOND)

    counts = retention.purge(now=NOON)

    assert list(type(young).objects.all()) == [young]
    assert sum(counts.values()) == 1
