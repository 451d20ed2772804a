"""A forgotten password, in the browser: document, where to, code, new password."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import codes, totp
from accounts.models import Challenge, User
from accounts.tests import walk
from accounts.tests.factories import PASSWORD, ContactDeviceFactory, UserFactory
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
NEW = "otra frase bien larga"
UNKNOWN = "99999999"


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa():
    user = UserFactory(patient__document_number="52123456")
    ContactDeviceFactory(user=user)
    return user


def ask(client, number="52123456", channel="email"):
    client.post("/clave/", {"tipo": "CC", "numero": number, "humano_1": "passed"})
    return client.post("/clave/codigo/", {"canal": channel})


def type_code(client, code=None):
    code = code or codes.derive(walk.last_challenge())
    return client.post("/clave/codigo/confirmar/", {"codigo": code})


def lands(client, answer):
    """Where a redirect ends; a late press is first led back to its own page."""
    while 300 <= answer.status_code < 400:
        address = answer.headers["Location"]
        answer = client.get(address)
    return address


def save(client, password=NEW):
    return client.post("/clave/nueva/", {"nueva": password})


def test_the_whole_way_with_the_code_from_the_mailbox(client, rosa, smtp_server):
    ask(client)
    deliver_all(NOON)
    code = re.search(r"\b\d{6}\b", smtp_server.messages[0].text)[0]
    type_code(client, code)

    answer = save(client)

    assert answer.headers["Location"] == "/ingresar/"
    assert (
        "Listo. Entre con su contraseña nueva."
        in client.get("/ingresar/").content.decode()
    )
    assert User.objects.get(pk=rosa.pk).check_password(NEW)


def test_the_owner_is_told(client, rosa):
    """AUT-04."""
    ask(client)
    type_code(client)
    save(client)

    assert OutgoingMessage.objects.filter(kind="accounts.password_changed").exists()


def test_every_browser_is_closed(client, rosa):
    """SES-03: the old cookie opens nothing."""
    theirs = Client()
    theirs.force_login(rosa)
    theirs.get("/cuenta/")
    key = theirs.session.session_key
    ask(client)
    type_code(client)

    save(client)

    assert theirs.get("/cuenta/").headers["Location"].startswith("/ingresar/")
    assert Session.objects.filter(session_key=key).count() == 0


def test_the_app_is_still_asked_for(client, rosa):
    """AUT-04: a reset does not bypass the stronger factor."""
    device = totp.begin(user=rosa)
    device.confirmed = True
    device.save()
    ask(client)
    type_code(client)
    save(client)

    walk.type_password(client, rosa, clave=NEW)

    client.post("/ingresar/codigo/", {"canal": "email"})
    assert client.get("/ingresar/codigo/", follow=True).context["by_app"]
    assert not Challenge.objects.filter(purpose="sign_in").exists()


def everything_seen(number):
    """All that the browser gets on the way: addresses, words, cookies, headers."""
    client, seen = Client(), []
    steps = [
        ("/clave/", {"tipo": "CC", "numero": number, "humano_1": "passed"}),
        ("/clave/codigo/", None),
        ("/clave/codigo/", {"canal": "email"}),
        ("/clave/codigo/confirmar/", None),
        ("/clave/codigo/confirmar/", {"codigo": "000000"}),
        ("/clave/codigo/otro/", {}),
        ("/clave/codigo/confirmar/", None),
        ("/clave/nueva/", None),
    ]
    for address, data in steps:
        answer = client.get(address) if data is None else client.post(address, data)
        text = re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())
        headers = {k: v for k, v in answer.headers.items() if k != "X-Request-ID"}
        seen.append((answer.status_code, headers, sorted(answer.cookies), text))
    return seen


def test_known_and_unknown_documents_look_the_same(rosa):
    """ENU-01."""
    assert everything_seen("52123456") == everything_seen(UNKNOWN)


def test_a_document_without_that_channel_looks_the_same(rosa):
    """ENU-04: which channels a person has is not told."""
    UserFactory(patient__document_number="11111111")

    assert everything_seen("52123456") == everything_seen("11111111")


def statements(number):
    with CaptureQueriesContext(connection) as found:
        ask(Client(), number)
    told = [" ".join(query["sql"].split()[:4]) for query in found.captured_queries]
    # Names of savepoints and of locks are not work.
    return [re.split(r' "s\d|\[', sql)[0] for sql in told]


def test_known_and_unknown_documents_cost_the_same_work(rosa):
    """ENU-02: the same statements on the same tables, in the same order."""
    known = statements("52123456")

    assert known == statements(UNKNOWN)
    assert len(known) > 10


def test_an_unknown_document_gets_no_message(client, smtp_server):
    ask(client, UNKNOWN)

    deliver_all(NOON)

    assert smtp_server.messages == []


def test_no_code_opens_an_unknown_document(client):
    ask(client, UNKNOWN)

    answer = type_code(client)

    assert answer.status_code == 422


def test_no_code_opens_a_channel_that_was_not_confirmed(client, rosa):
    ask(client, channel="sms")

    answer = type_code(client)

    assert answer.status_code == 422


def test_the_code_of_the_sign_in_does_not_reset(client, rosa):
    """AUT-10."""
    walk.type_password(client, rosa)
    client.post("/ingresar/codigo/", {"canal": "email"})
    of_sign_in = codes.derive(walk.last_challenge())
    ask(client)

    answer = type_code(client, of_sign_in)

    assert answer.status_code == 422


def test_the_code_serves_only_in_its_own_browser(client, rosa):
    """AUT-10."""
    ask(client)
    code = codes.derive(walk.last_challenge())
    other = Client()

    answer = type_code(other, code)

    assert lands(other, answer) == "/clave/"


def test_the_code_serves_once(client, rosa):
    """AUT-09: after the password was saved, the same code starts over."""
    ask(client)
    code = codes.derive(walk.last_challenge())
    type_code(client, code)
    save(client)

    answer = type_code(client, code)

    assert lands(client, answer) == "/clave/"


def test_after_five_wrong_codes_the_right_one_waits(client, rosa):
    """AUT-11."""
    ask(client)
    for _ in range(5):
        type_code(client, walk.wrong(walk.last_challenge()))

    answer = type_code(client)

    assert answer.status_code == 429


def test_an_old_code_asks_for_another(client, rosa, time_machine):
    """AUT-08."""
    ask(client)
    time_machine.move_to(NOON + timedelta(minutes=10), tick=False)

    answer = type_code(client)

    assert "El código venció. Pida uno nuevo" in answer.content.decode()


def test_the_proof_does_not_last(client, rosa, time_machine):
    ask(client)
    type_code(client)
    time_machine.move_to(NOON + timedelta(minutes=16), tick=False)

    answer = save(client)

    assert answer.headers["Location"] == "/clave/"
    assert User.objects.get(pk=rosa.pk).check_password(PASSWORD)


def test_a_password_changed_meanwhile_voids_the_proof(client, rosa):
    ask(client)
    type_code(client)
    rosa.set_password("cambiada en otra parte")
    rosa.save()

    save(client)

    assert User.objects.get(pk=rosa.pk).check_password("cambiada en otra parte")


def test_a_weak_password_is_refused_and_can_be_typed_again(client, rosa):
    """AUT-02."""
    ask(client)
    type_code(client)

    weak, good = save(client, "52123456 52123456"), save(client)

    assert weak.status_code == 422
    assert good.headers["Location"] == "/ingresar/"


@pytest.mark.parametrize(
    ("address", "first"),
    [
        ("/clave/codigo/", "/clave/"),
        ("/clave/codigo/confirmar/", "/clave/"),
        ("/clave/nueva/", "/clave/"),
    ],
)
def test_a_missing_step_goes_to_the_first(client, address, first):
    assert client.get(address).headers["Location"] == first
    assert lands(client, client.post(address, {"codigo": "1"})) == first


def test_another_code_waits_a_minute(client, rosa, time_machine):
    ask(client)
    client.post("/clave/codigo/otro/")
    assert Challenge.objects.count() == 1
    time_machine.move_to(NOON + timedelta(seconds=61), tick=False)

    client.post("/clave/codigo/otro/")

    assert Challenge.objects.count() == 2


def test_the_session_key_changes_when_the_code_is_right(client, rosa):
    """SES-01."""
    ask(client)
    before = client.session.session_key

    type_code(client)

    assert client.session.session_key != before


def test_resetting_opens_an_account_that_somebody_locked(client, rosa):
    """AUT-12."""
    attacker = Client()
    for _ in range(6):
        walk.type_password(attacker, rosa, clave="no es esta")
    ask(client)
    type_code(client)
    save(client)

    answer = walk.type_password(client, rosa, clave=NEW)

    assert answer.headers["Location"] == "/ingresar/codigo/"
