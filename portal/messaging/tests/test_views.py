"""The demo's page of messages."""

import pytest
from django.urls import reverse

from portal.messaging.models import DemoMessage
from portal.messaging.tests.factories import queued
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
PAGE = "messaging:demo_messages"


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    settings.EMAIL_URL = settings.TWILIO_ACCOUNT_SID = ""


def test_outside_the_demo_there_is_no_such_page(client):
    assert client.get(reverse(PAGE)).status_code == 404


def test_the_demo_shows_what_it_would_have_sent(client, demo):
    for channel in ("sms", "whatsapp", "email"):
        queued(channel)
    deliver_all(NOON)

    page = client.get(reverse(PAGE)).content.decode()

    assert page.count("Prueba uno") == 3
    assert "+573001112233" in page
    assert "ana@example.com" in page
    assert "<script" not in page.split("<main")[1]


def test_the_demo_shows_text_as_text(client, demo):
    """INJ-02"""
    queued("sms", subject_ref="<b>uno</b> http://evil.example")
    deliver_all(NOON)

    page = client.get(reverse(PAGE)).content.decode()

    assert "&lt;b&gt;uno&lt;/b&gt; http://evil.example" in page
    assert 'href="http://evil' not in page


def test_an_empty_page_says_so(client, demo):
    assert "Todavía no hay mensajes" in client.get(reverse(PAGE)).content.decode()


def test_the_demo_keeps_a_message_once(demo):
    message = queued("sms")
    deliver_all(NOON)
    message.refresh_from_db()
    assert message.state == "sent"
    type(message).objects.update(state="sending", lease_until=NOON, in_doubt=True)

    deliver_all(NOON)

    assert DemoMessage.objects.count() == 1


def test_only_the_demo_keeps_texts(twilio_server):
    queued("sms")

    deliver_all(NOON)

    assert DemoMessage.objects.count() == 0
