"""What an installation offers."""

import pytest

from portal.messaging import channels
from portal.messaging.doors import closed, demo, mail, twilio_api

ALL = {
    "EMAIL_URL": "smtp://mail:25",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_FROM": "+1",
    "TWILIO_WHATSAPP_FROM": "+1",
    "TWILIO_CONTENT_SIDS": {"accounts.code": "HX1"},
}


@pytest.fixture
def configured(settings):
    def configure(*, demo=False, without=()):
        settings.DEMO = demo
        for name, value in ALL.items():
            setattr(settings, name, type(value)() if name in without else value)

    return configure


@pytest.mark.parametrize(
    ("without", "offered"),
    [
        ((), ["sms", "whatsapp", "email"]),
        (("TWILIO_ACCOUNT_SID",), ["email"]),
        (("TWILIO_AUTH_TOKEN",), ["email"]),
        (("EMAIL_URL",), ["sms", "whatsapp"]),
        (("TWILIO_WHATSAPP_FROM",), ["sms", "email"]),
        (("TWILIO_CONTENT_SIDS",), ["sms", "email"]),
        (("TWILIO_FROM",), ["whatsapp", "email"]),
    ],
)
def test_only_what_is_configured_is_offered(configured, without, offered):
    configured(without=without)

    assert list(channels.available()) == offered


def test_whatsapp_is_offered_only_for_kinds_with_an_approved_template(configured):
    configured()

    assert "whatsapp" in channels.available(kind="accounts.code")
    assert "whatsapp" not in channels.available(kind="appointments.confirmed")


def test_outside_the_demo_a_channel_without_provider_is_closed(configured):
    configured(without=("TWILIO_ACCOUNT_SID", "EMAIL_URL"))

    assert [channels.door(c) for c in ("sms", "whatsapp", "email")] == [closed] * 3


@pytest.mark.parametrize(
    ("without", "doors"),
    [
        ((), [twilio_api, twilio_api, mail]),
        (("TWILIO_ACCOUNT_SID", "EMAIL_URL"), [demo, demo, demo]),
        (("TWILIO_WHATSAPP_FROM",), [twilio_api, demo, mail]),
        (("TWILIO_CONTENT_SIDS",), [twilio_api, twilio_api, mail]),
    ],
)
def test_the_demo_offers_all_and_shows_what_it_cannot_send(configured, without, doors):
    configured(demo=True, without=without)

    assert list(channels.available()) == ["sms", "whatsapp", "email"]
    assert [channels.door(c) for c in ("sms", "whatsapp", "email")] == doors
