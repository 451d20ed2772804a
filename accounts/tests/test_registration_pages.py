"""Steps 1 to 8 of the guide, page by page."""

import re

import pytest

from accounts.models import (
    ContactDevice,
    User,
)
from accounts.tests import walk
from accounts.tests.factories import PASSWORD
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    settings.BASE_URL = "https://citas.example.com"
    time_machine.move_to(NOON, tick=False)


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email"])
def test_registration_by_each_channel(channel, client, smtp_server, twilio_server):
    walk.until_code(client, channel)
    deliver_all(NOON)
    texts = [mail.text for mail in smtp_server.messages]
    texts += [text.text for text in twilio_server.messages]
    code = re.search(r"\b\d{6}\b", texts[0])[0]

    walk.confirm(client, code)

    user = User.objects.get(username="CC:52123456")
    assert user.patient.full_name == "Rosa Elena Martínez Gómez"
    assert user.check_password(PASSWORD)
    assert ContactDevice.objects.get(user=user).channel == channel
