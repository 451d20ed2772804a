"""The authenticator app: set up with its first code, asked for from then on."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import totp
from accounts.models import Challenge
from accounts.tests import walk
from accounts.tests.factories import PASSWORD, ContactDeviceFactory, UserFactory
from portal.audit.models import AuditEvent
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa(client):
    user = UserFactory()
    ContactDeviceFactory(user=user)
    client.force_login(user)
    return user


def shown(user):
    """The six digits on the screen of the phone."""
    device = TOTPDevice.objects.get(user=user)
    seconds = timezone.now().timestamp()
    counter = TOTP(device.bin_key, device.step, device.t0, device.digits)
    counter.time = seconds
    return f"{counter.token():06d}"


def turn_on(client, user, password=PASSWORD):
    client.get("/cuenta/aplicacion/activar/")
    return client.post(
        "/cuenta/aplicacion/activar/", {"codigo": shown(user), "clave": password}
    )


def test_the_page_gives_picture_link_and_key(client, rosa):
    page = client.get("/cuenta/aplicacion/activar/")

    device = TOTPDevice.objects.get(user=rosa)
    assert not device.confirmed
    assert "<svg" in page.content.decode()
    assert re.fullmatch(r"([A-Z2-7]{4} ?)+", page.context["key"])
    assert page.context["link"].startswith("otpauth://totp/Oficina%20virtual")


def test_the_link_names_neither_document_nor_person(client, rosa):
    """PRV-10."""
    link = client.get("/cuenta/aplicacion/activar/").context["link"]

    assert rosa.patient.document_number not in link
    assert "Rosa" not in link


def test_looking_twice_gives_the_same_key(client, rosa):
    first, second = (client.get("/cuenta/aplicacion/activar/") for _ in range(2))

    assert first.context["key"] == second.context["key"]


def test_the_first_code_turns_it_on_and_shows_the_backup_codes_once(client, rosa):
    answer = turn_on(client, rosa)

    assert len(answer.context["codes"]) == 10
    assert totp.is_on(user=rosa)
    again = client.get("/cuenta/aplicacion/activar/")
    assert again.headers["Location"] == "/cuenta/aplicacion/"


def test_backup_codes_are_not_in_the_table(client, rosa):
    """ASVS 6.5.2: what is stored opens nothing."""
    answer = turn_on(client, rosa)

    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert kept.isdisjoint(answer.context["codes"])
    assert len(kept) == 10


@pytest.mark.parametrize("field", ["codigo", "clave"])
def test_a_wrong_code_or_password_turns_nothing_on(client, rosa, field):
    client.get("/cuenta/aplicacion/activar/")
    form = {"codigo": shown(rosa), "clave": PASSWORD, field: "000000"}

    answer = client.post("/cuenta/aplicacion/activar/", form)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not totp.is_on(user=rosa)


def test_turning_it_on_closes_the_other_browsers_and_tells(client, rosa):
    """SES-03, AUT-04, LOG-01."""
    other = Client()
    other.force_login(rosa)
    other.get("/cuenta/")

    turn_on(client, rosa)

    assert other.get("/cuenta/").status_code == 302
    assert OutgoingMessage.objects.filter(kind="accounts.factor_changed").exists()
    assert AuditEvent.objects.filter(action="factor.added", actor=rosa).count() == 1


def test_signing_in_then_asks_for_the_app_and_not_for_a_message(
    client, rosa, time_machine
):
    """AUT-04, ASVS 6.6.1: nothing weaker opens the account."""
    turn_on(client, rosa)
    browser = Client()
    walk.type_password(browser, rosa)

    browser.post("/ingresar/codigo/", {"canal": "email"})
    browser.get("/ingresar/codigo/", follow=True)
    time_machine.shift(60)
    entered = walk.type_code(browser, shown(rosa))

    assert Challenge.objects.count() == 0
    assert entered.headers["Location"] == "/ingresar/textos/"


def test_a_code_of_the_app_serves_once(client, rosa, time_machine):
    """AUT-09."""
    turn_on(client, rosa)
    time_machine.shift(60)
    code = shown(rosa)

    assert totp.matches(user=rosa, token=code)
    assert not totp.matches(user=rosa, token=code)


def test_a_backup_code_serves_once(client, rosa):
    """AUT-09."""
    code, *_ = turn_on(client, rosa).context["codes"]

    assert totp.matches(user=rosa, token=code)
    assert not totp.matches(user=rosa, token=code)


def test_a_backup_code_is_its_owners(client, rosa):
    code, *_ = turn_on(client, rosa).context["codes"]
    julia = UserFactory()
    totp._new_backup_codes(julia)

    assert not totp.matches(user=julia, token=code)


def test_what_the_table_keeps_is_not_a_code(client, rosa):
    turn_on(client, rosa)

    kept = StaticToken.objects.first().token

    assert not totp.matches(user=rosa, token=kept)


def test_turning_it_off_asks_for_the_password(client, rosa):
    turn_on(client, rosa)

    refused = client.post("/cuenta/aplicacion/", {"clave": "no es esta"})
    assert (refused.status_code, totp.is_on(user=rosa)) == (422, True)

    client.post("/cuenta/aplicacion/", {"clave": PASSWORD})

    assert not totp.is_on(user=rosa)
    assert StaticToken.objects.count() == 0


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦"])
def test_what_is_no_code_is_explained(client, rosa, code):
    answer = client.post(
        "/cuenta/aplicacion/activar/", {"codigo": code, "clave": PASSWORD}
    )

    assert answer.status_code == 422
