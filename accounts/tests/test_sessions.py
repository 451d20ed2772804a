"""How long a browser stays signed in, and closing it from another."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.middleware import ENDED
from accounts.models import UserSession
from accounts.tests.factories import UserFactory
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa():
    return UserFactory()


def browser_of(user, agent="Mozilla/5.0 (Linux; Android 13) Chrome/120"):
    client = Client(headers={"user-agent": agent})
    client.force_login(user)
    client.get("/cuenta/")
    return client


def is_inside(client):
    return client.get("/cuenta/").status_code == 200


@pytest.mark.parametrize(
    ("rest", "inside"), [(IDLE - SECOND, True), (IDLE, False), (IDLE + SECOND, False)]
)
def test_thirty_minutes_of_rest_end_the_session(rosa, time_machine, rest, inside):
    """SES-04."""
    client = browser_of(rosa)

    time_machine.move_to(NOON + rest, tick=False)

    assert is_inside(client) is inside


def test_using_it_keeps_the_session(rosa, time_machine):
    """SES-04."""
    client = browser_of(rosa)

    for minutes in (20, 40, 60):
        time_machine.move_to(NOON + timedelta(minutes=minutes), tick=False)
        assert is_inside(client)


def test_twelve_hours_end_it_however_much_it_is_used(rosa, time_machine):
    """SES-04."""
    client = browser_of(rosa)
    for quarters in range(1, 48):
        time_machine.move_to(NOON + quarters * timedelta(minutes=15), tick=False)
        assert is_inside(client)

    time_machine.move_to(NOON + LONGEST, tick=False)

    assert not is_inside(client)


def test_an_ended_session_is_gone_from_the_server(rosa, time_machine):
    """SES-03: the old key opens nothing, for anybody."""
    client = browser_of(rosa)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    time_machine.move_to(NOON + IDLE, tick=False)

    client.get("/cuenta/")

    assert not is_inside(thief)
    assert UserSession.objects.count() == 0 or not Session.objects.filter(
        expire_date__gt=NOON + IDLE
    )


def test_the_sign_in_says_why_and_returns_to_the_same_address(rosa, time_machine):
    """SES-04, WCAG 2.2.1: what was being done is not lost."""
    client = browser_of(rosa)
    time_machine.move_to(NOON + IDLE, tick=False)

    answer = client.get("/cuenta/convenios/?ciudad=11001&dia=2026-11-24", follow=True)

    (address, _), *_ = answer.redirect_chain
    assert address.startswith("/ingresar/?next=/cuenta/convenios/%3Fciudad%3D11001")
    assert ENDED in answer.content.decode()


def test_who_comes_without_a_session_is_not_told_that_one_ended(client):
    answer = client.get("/cuenta/", follow=True)

    assert ENDED not in answer.content.decode()


def test_a_form_sent_too_late_goes_back_to_its_page(rosa, time_machine):
    client = browser_of(rosa)
    time_machine.move_to(NOON + IDLE, tick=False)

    answer = client.post(
        "/cuenta/permisos/mensajes/",
        headers={"referer": "http://testserver/cuenta/permisos/"},
    )

    assert answer.headers["Location"] == "/ingresar/?next=/cuenta/permisos/"


def test_pages_say_when_the_session_ends(rosa):
    """WCAG 2.2.1: the warning's script knows, and who has no script reads it."""
    page = browser_of(rosa).get("/cuenta/")

    assert page.context["session_ends_at"] == NOON + IDLE
    assert 'data-seconds="1800"' in page.content.decode()
    assert "su sesión se cierra a las 12:30\xa0p.\xa0m." in page.content.decode()


def test_public_pages_say_nothing_of_sessions(client):
    assert "session.js" not in client.get("/legal/terminos/").content.decode()


def test_going_on_extends_it(rosa, time_machine):
    client = browser_of(rosa)
    time_machine.move_to(NOON + timedelta(minutes=29), tick=False)

    answer = client.get("/sesion/seguir/")

    assert answer.json() == {"seconds": 1800}
    time_machine.move_to(NOON + timedelta(minutes=58), tick=False)
    assert is_inside(client)


def test_signing_out_ends_it_on_the_server_and_clears_the_browser(rosa):
    """SES-03, SES-06."""
    client = browser_of(rosa)
    key = client.cookies["sessionid"].value

    answer = client.post("/sesion/cerrar/")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert not Session.objects.filter(session_key=key).exists()
    assert UserSession.objects.count() == 0


def test_a_link_does_not_sign_out(rosa):
    """WEB-03: GET changes nothing."""
    client = browser_of(rosa)

    assert client.get("/sesion/cerrar/").status_code == 405
    assert is_inside(client)


def test_the_list_shows_each_browser_and_which_is_here(rosa):
    """SES-07."""
    browser_of(rosa, "Mozilla/5.0 (Windows NT 10.0) Firefox/130")
    here = browser_of(rosa)

    found = here.get("/cuenta/sesiones/").context["browsers"]

    assert {(one.name, one.is_here) for one in found} == {
        ("Firefox en Windows", False),
        ("Chrome en Android", True),
    }


def test_closing_another_browser(rosa):
    """SES-07, LOG-01."""
    there, here = browser_of(rosa), browser_of(rosa)
    row = UserSession.objects.get(session_key=there.cookies["sessionid"].value)

    here.post(f"/cuenta/sesiones/{row.pk}/cerrar/")

    assert not is_inside(there)
    assert is_inside(here)
    assert AuditEvent.objects.get(action="session.ended").actor == rosa


def test_closing_all_the_others(rosa):
    others, here = [browser_of(rosa), browser_of(rosa)], browser_of(rosa)

    here.post("/cuenta/sesiones/cerrar-las-demas/")

    assert [is_inside(other) for other in others] == [False, False]
    assert is_inside(here)


def test_nobody_closes_another_persons_browser(rosa):
    """ACC-01: 404."""
    theirs = browser_of(UserFactory())
    row = UserSession.objects.get(session_key=theirs.cookies["sessionid"].value)

    answer = browser_of(rosa).post(f"/cuenta/sesiones/{row.pk}/cerrar/")

    assert answer.status_code == 404
    assert is_inside(theirs)


@pytest.mark.parametrize("number", [0, 10**20])
def test_a_browser_that_is_not_there_is_a_404(rosa, number):
    assert (
        browser_of(rosa).post(f"/cuenta/sesiones/{number}/cerrar/").status_code == 404
    )


def test_a_dead_session_is_not_in_the_list(rosa, time_machine):
    browser_of(rosa)
    time_machine.move_to(NOON + IDLE, tick=False)

    found = browser_of(rosa).get("/cuenta/sesiones/").context["browsers"]

    assert len(found) == 1


def test_a_new_key_keeps_one_row_for_the_browser(rosa):
    client = browser_of(rosa)

    client.post(
        "/cuenta/clave/",
        {"actual": "tres palabras tranquilas", "nueva": "otra frase bien larga"},
    )

    assert UserSession.objects.count() == 1


def test_the_cookie_dies_with_the_browser_and_holds_no_name(rosa):
    """SES-05."""
    cookie = browser_of(rosa).cookies["sessionid"]

    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (
        "",
        True,
        "Lax",
    )
