"""How many codes may be sent, to whom and from where (AUT-13, A04)."""

from datetime import timedelta

import pytest

from accounts import codes
from accounts.errors import TooOften
from accounts.models import Challenge
from accounts.tests.factories import UserFactory
from portal.audit.origin import Origin
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]


def send(number, *, minute=0, binding="", address="192.0.2.1", **changes):
    """One code for a browser of its own, unless `binding` says otherwise."""
    asked = {
        "purpose": Challenge.Purpose.REGISTER,
        "account": None,
        "channel": "sms",
        "deliverable": True,
    }
    return codes.start(
        **{**asked, **changes},
        binding=binding or f"{number} {minute} {address}",
        destination=number,
        origin=Origin(address, "", ""),
        now=NOON + timedelta(minutes=minute),
    )


def sent_until_refused(attempts):
    """How many of these went through before the first refusal."""
    for count, attempt in enumerate(attempts):
        try:
            send(**attempt)
        except TooOften:
            return count
    return None


def test_three_codes_in_a_quarter_of_an_hour_to_one_number():
    attempts = [{"number": "+573105550178", "minute": m} for m in range(6)]

    assert sent_until_refused(attempts) == 3
    assert OutgoingMessage.objects.count() == 3


def test_whatsapp_and_sms_ring_the_same_number():
    for minute, channel in enumerate(["sms", "whatsapp", "sms"]):
        send("+573105550178", minute=minute, channel=channel)

    with pytest.raises(TooOften):
        send("+573105550178", minute=3, channel="whatsapp")


def test_window_slides():
    for minute in range(3):
        send("+573105550178", minute=minute)

    with pytest.raises(TooOften) as refusal:
        send("+573105550178", minute=14)

    assert refusal.value.retry_at == NOON + timedelta(minutes=15)
    send("+573105550178", minute=15)


def test_ten_codes_a_day_to_one_number():
    attempts = [{"number": "+573105550178", "minute": 20 * i} for i in range(15)]

    assert sent_until_refused(attempts) == 10


def test_codes_from_one_address_are_limited():
    attempts = [{"number": f"+5731{n:08d}"} for n in range(0, 50_000_000, 1_000_000)]

    assert sent_until_refused(attempts) == 30


def test_codes_from_one_network_are_limited():
    """A new address of the same /24 opens nothing (WEB-08)."""
    attempts = [
        {"number": f"+5731{n * 100_000:08d}", "address": f"192.0.2.{n % 250}"}
        for n in range(200)
    ]

    assert sent_until_refused(attempts) == 90


def test_codes_to_one_block_of_numbers_are_limited():
    """Pumping walks through the numbers of one prefix, from many addresses."""
    attempts = [
        {"number": f"+573105550{n:03d}", "address": f"10.{n}.2.1"} for n in range(40)
    ]

    assert sent_until_refused(attempts) == 20


def test_codes_of_one_account_are_limited_across_channels():
    rosa = UserFactory()
    for minute in range(3):
        send("+573105550178", minute=minute, account=rosa)
        send("rosa@example.com", minute=minute, channel="email", account=rosa)

    with pytest.raises(TooOften) as refusal:
        send("+573205550178", minute=3, channel="whatsapp", account=rosa)

    assert refusal.value.scope == codes.TO_HOLDER


def test_budget_of_the_installation_is_never_passed(settings, caplog):
    settings.CODE_BUDGET_HOUR = 2
    attempts = [
        {"number": f"+5731{n:08d}", "address": f"10.{n}.2.1"}
        for n in range(0, 9_000_000, 1_000_000)
    ]
    attempts = [{**a, "address": f"10.{i}.2.1"} for i, a in enumerate(attempts)]

    assert sent_until_refused(attempts) == 2
    assert "budget" in caplog.text


def test_refused_sending_is_not_counted_anywhere():
    """Who waits as told gets in, however often the button was pressed meanwhile."""
    for minute in range(3):
        send("+573105550178", minute=minute)
    for second in range(10):
        with pytest.raises(TooOften):
            send("+573105550178", minute=4, binding=f"press {second}")

    send("+573105550178", minute=15)
