"""What Twilio tells later, signed (NOT-08)."""

from itertools import permutations

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.messaging import delivery
from portal.messaging.models import OutgoingMessage
from portal.messaging.tests.factories import killed, queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(twilio_server):
    """One SMS that Twilio took."""
    message = queued("sms")
    OutgoingMessage.objects.update(due_at=timezone.now())
    delivery.deliver(message_id=str(message.pk), now=timezone.now())
    return message


@pytest.fixture
def tell(client, twilio_server, settings):
    """Post a receipt as Twilio does; the status of the answer."""

    def post(status, *, text=None, **changes):
        text = text or twilio_server.messages[0]
        url, form, headers = twilio_server.receipt(text, status)
        headers |= changes.pop("headers", {})
        path = changes.pop("path", url.removeprefix(settings.BASE_URL))
        return client.post(path, form | changes, headers=headers).status_code

    return post


def state_of(message):
    message.refresh_from_db()
    return message.state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("sent", "sent"),
        ("something-new", "sent"),
    ],
)
def test_a_receipt_is_noted(sent, tell, status, state):
    assert tell(status) == 204

    assert state_of(sent) == state


def test_a_receipt_twice_is_noted_once(sent, tell):
    tell("delivered")
    first = OutgoingMessage.objects.values().get()

    assert tell("delivered") == 204
    assert OutgoingMessage.objects.values().get() == first


@pytest.mark.parametrize("order", [*permutations(["sent", "failed", "delivered"])])
def test_delivered_never_goes_back(sent, tell, order):
    for status in order:
        tell(status)

    assert state_of(sent) == "delivered"


def test_a_failure_is_not_undone_by_a_late_sent(sent, tell):
    tell("undelivered")
    tell("sent")

    assert state_of(sent) == "failed"
    assert sent.error == "Twilio undelivered"


def test_a_receipt_that_overtakes_our_own_note_finds_its_message(tell, twilio_server):
    """The worker was killed after Twilio's yes: the receipt says what happened."""
    message = killed("sms")
    text = twilio_server.take(
        {
            "To": message.recipient_ref,
            "Body": "x",
            "StatusCallback": f"http://127.0.0.1:8000/mensajes/twilio/?m={message.pk}",
        }
    )

    assert tell("delivered", text=text) == 204

    assert state_of(message) == "delivered"
    assert (message.provider_id, message.lease_until) == (text.sid, None)


def test_a_receipt_of_another_message_changes_nothing(sent, tell, twilio_server):
    stranger = twilio_server.take(
        {
            "To": "+57300",
            "Body": "x",
            "StatusCallback": twilio_server.messages[0].callback,
        }
    )

    assert tell("failed", text=stranger) == 404
    assert state_of(sent) == "sent"


@pytest.mark.parametrize(
    "headers", [{"X-Twilio-Signature": "forged"}, {"X-Twilio-Signature": ""}]
)
def test_a_forged_receipt_is_turned_away(sent, tell, headers):
    assert tell("failed", headers=headers) == 403
    assert state_of(sent) == "sent"


def test_a_receipt_signed_for_another_message_is_turned_away(sent, tell):
    other = reverse("messaging:twilio") + "?m=0d9d6b0e-0000-4000-8000-000000000000"

    assert tell("failed", path=other) == 403


def test_a_tampered_receipt_is_turned_away(sent, tell):
    assert tell("sent", MessageStatus="failed") == 403


@pytest.mark.parametrize("sid", ["", "é", "S" * 300, "../.."])
def test_an_impossible_sid_is_a_404(sent, tell, twilio_server, sid):
    twilio_server.messages[0].sid = sid

    assert tell("delivered") == 404


def test_receipts_come_by_post(client):
    assert client.get(reverse("messaging:twilio")).status_code == 405


def test_without_twilio_there_is_no_such_page(client, settings):
    settings.TWILIO_AUTH_TOKEN = ""

    assert client.post(reverse("messaging:twilio")).status_code == 404


def test_the_signature_is_for_our_own_address_whatever_the_host_says(
    client, sent, twilio_server, settings
):
    settings.ALLOWED_HOSTS = ["*"]
    url, form, headers = twilio_server.receipt(twilio_server.messages[0], "delivered")

    path = url.removeprefix(settings.BASE_URL)
    answer = client.post(path, form, headers=headers | {"Host": "evil.example"})

    assert answer.status_code == 204
