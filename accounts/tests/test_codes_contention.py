"""Guesses and buttons pressed at one instant (AUT-09, AUT-11, A08)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import codes
from accounts.errors import AccountError
from accounts.models import Challenge
from accounts.tests import walk
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON

pytestmark = [
    pytest.mark.contention,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("smtp_server"),
]


def at_once(act: Callable[[], object], times: int) -> Counter:
    """What so many threads, let go together, were answered."""
    gate = Barrier(times)

    def run() -> str:
        gate.wait()
        try:
            act()
        except AccountError as refusal:
            return type(refusal).__name__
        else:
            return "ok"
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return Counter(f.result() for f in [pool.submit(run) for _ in range(times)])


def start() -> Challenge:
    return codes.start(
        purpose=Challenge.Purpose.REGISTER,
        binding="this browser",
        account=None,
        channel="email",
        destination="rosa@example.com",
        deliverable=True,
        now=NOON,
    )


def check(challenge: Challenge, code: str) -> Challenge:
    return codes.check(
        challenge_id=challenge.pk,
        binding="this browser",
        purpose=Challenge.Purpose.REGISTER,
        code=code,
        now=NOON,
    )


def test_one_code_posted_eight_times_at_once_is_accepted_once():
    """AUT-09."""
    challenge = start()
    code = codes.derive(challenge)

    answers = at_once(lambda: check(challenge, code), 8)

    assert answers["ok"] == 1


def test_without_the_conditional_update_the_same_code_is_accepted_again(monkeypatch):
    """The twin: take away what decides, and looking first is not enough."""
    challenge, everybody_looked = start(), Barrier(4)
    code = codes.derive(challenge)
    monkeypatch.setattr(codes, "_pay_one_try", lambda *_: everybody_looked.wait())
    monkeypatch.setattr(
        codes,
        "_use",
        lambda asked, now: Challenge.objects.filter(pk=asked.pk).update(used_at=now),
    )

    answers = at_once(lambda: check(challenge, code), 4)

    assert answers == {"ok": 4}


def test_twelve_wrong_codes_at_once_are_judged_five_times():
    """AUT-11: the try is paid before it is judged."""
    challenge = start()

    answers = at_once(lambda: check(challenge, walk.wrong(challenge)), 12)

    assert answers == {"CodeWrong": 5, "TooManyTries": 7}
    challenge.refresh_from_db()
    assert challenge.failures == 5


def test_button_pressed_eight_times_at_once_sends_one_code():
    """AUT-13."""
    answers = at_once(start, 8)

    assert answers == {"ok": 1, "TooSoon": 7}
    assert OutgoingMessage.objects.count() == 1
