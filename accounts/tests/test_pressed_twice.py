"""A button pressed twice, without JavaScript: the second answer arrives last (SES-01)."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.test import Client

from accounts import codes
from accounts.models import Challenge
from accounts.tests import walk
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


def press_twice(client, address, data):
    """Both go out with the same cookies; the browser keeps both answers, in order."""
    second_press = Client()
    for name, morsel in client.cookies.items():
        second_press.cookies[name] = morsel.value
    client.post(address, data)
    second = second_press.post(address, data)
    client.cookies.update(second.cookies)
    for name, morsel in second.cookies.items():
        if morsel["max-age"] == 0:
            del client.cookies[name]
    return second


def test_signing_in_twice_ends_inside(client):
    rosa = walk.resident()
    walk.type_password(client, rosa)
    client.post("/ingresar/codigo/", {"canal": "email"})
    code = codes.derive(walk.last_challenge(client))

    second = press_twice(client, "/ingresar/codigo/confirmar/", {"codigo": code})

    assert django_settings.SESSION_COOKIE_NAME not in second.cookies
    assert get_user(client) == rosa
    assert client.get(second.url).url == "/oficina/"


def test_the_code_of_a_forgotten_password_twice_goes_on(client):
    rosa = walk.resident()
    kind, _, number = rosa.username.partition(":")
    client.post("/clave/", {"tipo": kind, "numero": number, "humano_1": "passed"})
    client.post("/clave/codigo/", {"canal": "email"})
    code = codes.derive(Challenge.objects.get())

    second = press_twice(client, "/clave/codigo/confirmar/", {"codigo": code})

    answer = client.get(second.url, follow=True)
    assert answer.redirect_chain == [("/clave/nueva/", 302)]


def test_registering_twice_goes_on(client):
    client.get("/registro/")

    second = press_twice(client, "/registro/", walk.WHO)

    assert (second.status_code, second.url) == (302, "/registro/datos/")
    assert client.get(second.url).status_code == 200


def test_signing_out_still_takes_the_cookie_away(client):
    """SES-06."""
    client.force_login(walk.resident())

    answer = client.post("/sesion/cerrar/")

    cookie = answer.cookies[django_settings.SESSION_COOKIE_NAME]
    assert (cookie.value, cookie["max-age"]) == ("", 0)


def test_a_page_asked_with_a_dead_session_takes_the_cookie_away(client):
    """SES-03."""
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "a" * 32

    answer = client.get("/cuenta/")

    cookie = answer.cookies[django_settings.SESSION_COOKIE_NAME]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
