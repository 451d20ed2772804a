"""Known and unknown documents: the same answer, the same work (ENU-01, ENU-02, A02).

ENU-03 limits a page that says «el documento ya existe»; there is none here: «Validar»
never tells whether the document is known.
"""

import re
from contextlib import contextmanager

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import codes
from accounts.tests import walk
from accounts.tests.factories import PatientFactory, UserFactory
from portal.testing.clock import NOON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]
COSTLY = ("SELECT", "INSERT", "UPDATE", "DELETE")
KNOWN, UNKNOWN = "52123456", "53987654"
VARIES = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|value="[0-9a-f]{40}"|/captcha/[^"]+|\d{8}|value="\d{6}"'
)


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture(autouse=True)
def rosa():
    patient = PatientFactory(document_number=KNOWN)
    return UserFactory(patient=patient)


@pytest.fixture
def hashings(monkeypatch):
    """How many times a password was hashed or compared, the costly part."""
    count = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher,
        "encode",
        lambda self, *args: count.append(1) or encode(self, *args),
    )
    return count


@contextmanager
def work(hashings):
    """Statements by their first words, and hashings, of what happens inside."""
    done = {}
    before = len(hashings)
    with CaptureQueriesContext(connection) as captured:
        yield done
    verbs = [query["sql"].split()[0] for query in captured]
    done["queries"] = sorted(verb for verb in verbs if verb in COSTLY)
    done["hashings"] = len(hashings) - before


def shape(response):
    """All that a stranger sees of an answer, without what changes each time."""
    cookies = {name: dict(morsel) for name, morsel in response.cookies.items()}
    for morsel in cookies.values():
        morsel.pop("expires")
    own = ("Content-Length", "X-Request-ID")
    headers = {k: v for k, v in response.headers.items() if k not in own}
    return (
        response.status_code,
        VARIES.sub("*", response.content.decode()),
        headers,
        cookies,
    )


def registration(number):
    """The answer of each page of a registration with this document."""
    client = Client()
    answers = [walk.validate(client, numero=number), walk.fill_in(client)]
    answers += [client.get("/registro/codigo/"), walk.ask_code(client, "sms")]
    answers += [client.get("/registro/codigo/confirmar/")]
    challenge = walk.last_challenge(client)
    answers += [walk.confirm(client, walk.wrong(challenge))]
    answers += [walk.confirm(client, codes.derive(challenge))]
    answers += [client.get("/registro/listo/"), client.get("/registro/codigo/")]
    return answers


def test_registration_answers_the_same_on_every_page():
    """ENU-01, and why ENU-03 does not apply: «Validar» says nothing of the document."""
    known = registration(KNOWN)
    unknown = registration(UNKNOWN)

    for page, other in zip(known, unknown, strict=True):
        assert shape(page) == shape(other)


def test_registration_does_the_same_work_on_both_sides(hashings):
    done = []
    for document in (KNOWN, UNKNOWN):
        client = Client()
        with work(hashings) as validated:
            walk.validate(client, numero=document)
        with work(hashings) as filled:
            walk.fill_in(client)
        with work(hashings) as asked:
            walk.ask_code(client, "sms")
        with work(hashings) as confirmed:
            walk.confirm(client, codes.derive(walk.last_challenge(client)))
        done.append([validated, filled, asked, confirmed])

    assert done[0] == done[1]


def sign_in(number):
    """A wrong password for this document."""
    form = {**walk.DOCUMENT, "numero": number, "clave": "no es", "humano_1": "passed"}
    return Client().post("/ingresar/", form)


def test_sign_in_answers_the_same_for_a_wrong_password_and_an_unknown_document():
    known, unknown = sign_in(KNOWN), sign_in(UNKNOWN)

    assert shape(known) == shape(unknown)
    assert known.status_code == 422
    assert "El documento o la contraseña no coinciden" in known.content.decode()


def test_sign_in_does_the_same_work_on_both_sides(hashings):
    with work(hashings) as known:
        sign_in(KNOWN)
    with work(hashings) as unknown:
        sign_in(UNKNOWN)

    assert known == unknown
    assert known["hashings"] == 1


def test_lockout_is_the_same_for_an_unknown_document():
    answers = {}
    for number in (KNOWN, UNKNOWN):
        answers[number] = [shape(sign_in(number)) for _ in range(7)]

    assert answers[KNOWN] == answers[UNKNOWN]
    assert answers[KNOWN][-1][0] == 429


def test_closed_account_answers_as_an_unknown_document(rosa, hashings):
    rosa.is_active = False
    rosa.save()
    with work(hashings) as closed:
        answer = sign_in(KNOWN)
    with work(hashings) as unknown:
        assert shape(sign_in(UNKNOWN)) == shape(answer)

    assert closed == unknown
