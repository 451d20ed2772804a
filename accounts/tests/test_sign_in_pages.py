"""Steps 9 to 11 of the guide, page by page."""

import re

import pytest
from django.contrib.auth import get_user

from accounts.tests import walk
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa():
    return walk.resident()


def test_sign_in_with_the_code_that_arrived(client, rosa, smtp_server):
    walk.type_password(client, rosa)
    client.post("/ingresar/codigo/", {"canal": "email"})
    deliver_all(NOON)
    code = re.search(r"\b\d{6}\b", smtp_server.messages[0].text)[0]

    response = walk.type_code(client, code)

    assert response.status_code == 302
    assert response.url == "/oficina/"
    assert get_user(client) == rosa
