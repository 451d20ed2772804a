"""One-time codes: made, checked, and never kept (AUT-06 to AUT-15)."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core import serializers

from accounts import codes, policies, throttle
from accounts.errors import CodeExpired, CodeUsed, CodeWrong, TooManyTries, TooSoon
from accounts.models import Challenge, Throttle
from accounts.tests import walk
from accounts.tests.factories import UserFactory
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]

Purpose = Challenge.Purpose
MINUTE = timedelta(minutes=1)


def start(**changes):
    asked = {
        "purpose": Purpose.SIGN_IN,
        "binding": "this browser",
        "account": None,
        "channel": "sms",
        "destination": "+573105550178",
        "deliverable": True,
        "now": NOON,
    }
    return codes.start(**{**asked, **changes})


def check(challenge, code, **changes):
    asked = {
        "challenge_id": challenge.pk,
        "binding": "this browser",
        "purpose": Purpose.SIGN_IN,
        "now": NOON,
    }
    return codes.check(**{**asked, **changes}, code=code)


def test_right_code_is_accepted_however_it_is_grouped():
    challenge = start()
    code = codes.derive(challenge)

    check(challenge, f" {code[:3]}-{code[3:]} ")

    challenge.refresh_from_db()
    assert challenge.used_at == NOON


def test_codes_have_six_evenly_spread_digits_with_their_zeros():
    """AUT-06: leading zeros stay, and no digit is likelier at any place."""
    made = [
        codes.derive(
            Challenge(nonce=n.to_bytes(20, "big"), counter=n, purpose=Purpose.REGISTER)
        )
        for n in range(10_000)
    ]

    assert {len(code) for code in made} == {6}
    assert all(code.isdigit() for code in made)
    assert any(code.startswith("00") for code in made)
    for place in range(6):
        seen = Counter(code[place] for code in made)
        chi_square = sum((seen[str(d)] - 1000) ** 2 / 1000 for d in range(10))
        assert chi_square < 33.7  # 9 degrees of freedom, p = 0.0001


def test_code_is_nowhere_in_the_database():
    """AUT-07 and AUT-15: neither the challenge nor the outbox holds it."""
    challenge = start()

    dump = serializers.serialize(
        "json", [*Challenge.objects.all(), *OutgoingMessage.objects.all()]
    )

    assert codes.derive(challenge) not in dump


def test_code_is_logged_nowhere(caplog):
    """AUT-15."""
    challenge = start()
    check(challenge, codes.derive(challenge))

    assert codes.derive(challenge) not in caplog.text


def test_code_lives_ten_minutes():
    """AUT-08."""
    late = start()
    in_time = start(binding="another", destination="+573105550179")

    check(
        in_time,
        codes.derive(in_time),
        binding="another",
        now=NOON + 10 * MINUTE - timedelta(seconds=1),
    )
    with pytest.raises(CodeExpired):
        check(late, codes.derive(late), now=NOON + 10 * MINUTE)


def test_new_code_voids_the_one_before():
    """AUT-08."""
    first = start()
    second = start(now=NOON + MINUTE)

    with pytest.raises(CodeExpired):
        check(first, codes.derive(first), now=NOON + MINUTE)
    check(second, codes.derive(second), now=NOON + MINUTE)


def test_code_works_once():
    """AUT-09."""
    challenge = start()
    check(challenge, codes.derive(challenge))

    with pytest.raises(CodeUsed):
        check(challenge, codes.derive(challenge))


@pytest.mark.parametrize(
    "elsewhere", [{"purpose": Purpose.RESET}, {"binding": "another browser"}]
)
def test_code_is_good_only_where_it_was_asked_for(elsewhere):
    """AUT-10: another purpose, another session."""
    challenge = start()

    with pytest.raises(CodeExpired):
        check(challenge, codes.derive(challenge), **elsewhere)


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": Purpose.RESET},
        {"binding": "another"},
        {"destination": "+573105550179"},
        {"channel": "whatsapp"},
    ],
)
def test_code_depends_on_all_it_is_bound_to(changed):
    """AUT-10: a row that somebody altered has another code."""
    challenge = start()
    code = codes.derive(challenge)
    Challenge.objects.filter(pk=challenge.pk).update(**changed)

    altered = Challenge.objects.get(pk=challenge.pk)

    assert codes.derive(altered) != code


def test_wrong_code_says_how_many_tries_are_left():
    challenge = start()

    with pytest.raises(CodeWrong) as refusal:
        check(challenge, walk.wrong(challenge))

    assert refusal.value.left == 4


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "１２", "\x00" * 6]
)
def test_what_is_not_six_digits_is_a_wrong_code(typed):
    with pytest.raises(CodeWrong):
        check(start(), typed)


def test_sixth_try_is_not_judged_even_if_right():
    """AUT-11."""
    challenge = start()
    for _ in range(5):
        with pytest.raises(CodeWrong):
            check(challenge, walk.wrong(challenge))

    with pytest.raises(TooManyTries):
        check(challenge, codes.derive(challenge))


def test_asking_again_does_not_give_more_tries():
    """AUT-11: the count survives a resend and another session."""
    rosa = UserFactory()
    first = start(account=rosa)
    for _ in range(5):
        with pytest.raises(CodeWrong):
            check(first, walk.wrong(first))
    second = start(account=rosa, binding="after signing in again", now=NOON + MINUTE)

    with pytest.raises(TooManyTries) as refusal:
        check(
            second,
            codes.derive(second),
            binding="after signing in again",
            now=NOON + MINUTE,
        )

    assert refusal.value.retry_at == NOON + 15 * MINUTE


def test_twenty_wrong_codes_a_day_and_no_more():
    """AUT-11, A03: whatever the channel, the session or the hour."""
    rosa, judged = UserFactory(), 0
    for hour in range(20):
        now = NOON + timedelta(hours=hour)
        challenge = start(account=rosa, binding=f"browser {hour}", now=now)
        for _ in range(5):
            try:
                check(
                    challenge,
                    walk.wrong(challenge),
                    binding=f"browser {hour}",
                    now=now,
                )
            except CodeWrong:
                judged += 1
            except TooManyTries:
                break
        Throttle.objects.filter(
            scope__in=[codes.TO_DESTINATION, codes.TO_HOLDER]
        ).delete()

    assert judged == 20


def test_wrong_codes_by_sms_leave_the_e_mail_open():
    """AUT-12."""
    rosa = UserFactory()
    by_sms = start(account=rosa)
    for _ in range(5):
        with pytest.raises(CodeWrong):
            check(by_sms, walk.wrong(by_sms))
    by_mail = start(
        account=rosa,
        channel="email",
        destination="rosa@example.com",
        now=NOON + MINUTE,
    )

    check(by_mail, codes.derive(by_mail), now=NOON + MINUTE)


def test_right_code_clears_the_failures():
    """AUT-11: success resets."""
    challenge = start()
    with pytest.raises(CodeWrong):
        check(challenge, walk.wrong(challenge))

    check(challenge, codes.derive(challenge))

    assert throttle.left(acts=codes._tries(challenge), now=NOON) == policies.CODE_TRIES


def test_another_code_waits_a_minute():
    """AUT-13."""
    start()

    with pytest.raises(TooSoon) as refusal:
        start(now=NOON + timedelta(seconds=59))

    assert refusal.value.retry_at == NOON + MINUTE
    start(now=NOON + MINUTE)


def test_undeliverable_challenge_looks_the_same_and_is_always_wrong():
    """ENU-01: an unknown document gets a code that no digits open."""
    challenge = start(deliverable=False)

    with pytest.raises(CodeWrong) as refusal:
        check(challenge, codes.derive(challenge))

    assert refusal.value.left == 4
    assert OutgoingMessage.objects.count() == 1


def test_code_sent_before_a_key_rotation_is_still_good(settings):
    settings.CODE_KEYS = ["the old one"]
    challenge = start()
    code = codes.derive(challenge)
    settings.CODE_KEYS = ["the new one", "the old one"]

    check(challenge, code)

    assert codes.derive(challenge) != code


def test_code_of_a_key_that_was_withdrawn_is_wrong(settings):
    settings.CODE_KEYS = ["the stolen one"]
    challenge = start()
    code = codes.derive(challenge)
    settings.CODE_KEYS = ["the new one"]

    with pytest.raises(CodeWrong):
        check(challenge, code)
