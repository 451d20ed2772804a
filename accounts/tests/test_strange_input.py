"""Whatever is typed, sent or left out, the answer is a page (WEB-07, A19)."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Throttle
from accounts.tests import walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]
TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "\x00",
        "9" * 20,
        "-1",
        "1e9",
        "NaN",
        "٣",
        "😀",
        "a" * 20_000,
        "[]",
        "{}",
    ]
)
TRIES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def captcha_passes(settings):
    settings.CAPTCHA_TEST_MODE = True


def answers_with_a_page(client, path, form):
    Throttle.objects.all().delete()
    response = client.post(path, form)
    assert response.status_code in (302, 400, 422, 429)
    if response.status_code != 302:
        assert b'lang="es-CO"' in response.content


WHO = ("tipo", "numero", "nac-d", "nac-m", "nac-a")
DETAILS = (*walk.DETAILS, "terminos", "datos")
SIGN_IN = ("tipo", "numero", "clave", "humano_0", "humano_1")


def one_changed(good, names):
    """A good form in which some fields are anything, repeated or missing."""
    return st.dictionaries(
        st.sampled_from(names), TEXT | st.lists(TEXT, max_size=3), min_size=1
    ).map(lambda changes: {**good, **changes})


@TRIES
@given(form=one_changed(walk.WHO, WHO))
def test_validar(form):
    answers_with_a_page(Client(), "/registro/", form)


@TRIES
@given(form=one_changed(walk.DETAILS, DETAILS))
def test_registrar(form):
    client = Client()
    Throttle.objects.all().delete()
    walk.validate(client)
    answers_with_a_page(client, "/registro/datos/", {**walk.ticked(), **form})


@TRIES
@given(form=one_changed({**walk.DOCUMENT, "humano_1": "passed"}, SIGN_IN))
def test_iniciar_sesion(form):
    answers_with_a_page(Client(), "/ingresar/", form)


@TRIES
@given(typed=TEXT)
def test_codes_and_channels(typed):
    client = Client()
    Throttle.objects.all().delete()
    walk.until_code(client)
    answers_with_a_page(client, "/registro/codigo/", {"canal": typed})
    answers_with_a_page(client, "/registro/codigo/confirmar/", {"codigo": typed})


@TRIES
@given(typed=TEXT)
def test_next(typed):
    Client().get("/ingresar/", {"next": typed})


@pytest.mark.parametrize(
    "path",
    [
        "/registro/",
        "/registro/datos/",
        "/registro/codigo/",
        "/registro/codigo/confirmar/",
        "/ingresar/",
        "/ingresar/codigo/",
        "/ingresar/codigo/confirmar/",
    ],
)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"numero=%ff%fe&tipo=%c3", "application/x-www-form-urlencoded"),
        (b"numero[]=1&numero=2&numero=3", "application/x-www-form-urlencoded"),
        (b'{"numero": [1]}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"numero=" + b"1" * 2_000_000, "application/x-www-form-urlencoded"),
        (b"a=1&" * 3_000, "application/x-www-form-urlencoded"),
    ],
    ids=["empty", "utf8", "arrays", "json", "multipart", "huge", "many"],
)
def test_broken_bodies(path, body, kind, client):
    walk.until_code(client)

    response = client.post(path, body, content_type=kind)

    assert response.status_code in (302, 400, 413, 422)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_other_methods_are_refused(method, client):
    """WEB-11."""
    assert getattr(client, method)("/ingresar/").status_code == 405


@pytest.mark.parametrize("path", ["/registro/codigo/otro/", "/ingresar/codigo/otro/"])
def test_resend_only_by_post(path, client):
    """WEB-03: asking changes nothing."""
    assert client.get(path).status_code == 405
