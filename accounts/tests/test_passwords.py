"""What makes a password good, and changing one."""

import pytest
from django.test import Client

from accounts import passwords
from accounts.errors import PasswordTooEasy, PasswordTooShort, PasswordWrong, TooOften
from accounts.models import User
from accounts.tests.factories import PASSWORD, ContactDeviceFactory, UserFactory
from accounts.tests.places import HERE
from portal.audit.models import AuditEvent
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
NEW = "otra frase bien larga"


@pytest.fixture
def rosa():
    return UserFactory(patient__document_number="52123456")


def change(user, current=PASSWORD, new=NEW):
    passwords.change(
        user=user, current=current, new=new, keep="", origin=HERE, now=NOON
    )


@pytest.mark.parametrize(
    "password",
    [
        "tres palabras tranquilas",
        "ñandú en la nieve",
        "🐈 🐕 🦜 🐢 🦔 🐸",
        "correctobateriacaballo",
        "x7#Qp 2!zk",
        "m" * 40 + "abcd efgh ijkl",
    ],
)
def test_long_words_of_any_alphabet_are_good(password):
    """AUT-01: no composition rules."""
    passwords.check_strength(password=password, about=())


@pytest.mark.parametrize("password", ["", "corta", "123456789", "ñ" * 9])
def test_less_than_ten_is_short(password):
    with pytest.raises(PasswordTooShort):
        passwords.check_strength(password=password, about=())


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "IPS Guayacán citas",
        "IPS Guayacan 1",
        "oficinavirtual12",
        "cc52123456",
        "52.123.456.1",
        "Rosa Elena Martínez",
        "MartinezGomez1",
        "rosaelena1978",
        "27031978 rosa",
        "310 555 0178 1",
    ],
)
def test_what_anybody_would_try_first_is_easy(rosa, password):
    """AUT-02: common ones, the house's words and the person's own."""
    with pytest.raises(PasswordTooEasy):
        passwords.check_strength(
            password=password, about=passwords.words_about(rosa.patient)
        )


@pytest.mark.parametrize("length", [10, 64, 128])
def test_passwords_are_verified_whole(rosa, length):
    """AUT-01: the last character counts."""
    new = ("frase con muchas letras distintas " * 4)[: length - 1] + "z"
    change(rosa, new=new)

    rosa.refresh_from_db()
    assert rosa.check_password(new)
    assert not rosa.check_password(new[:-1] + "y")


def test_changing_needs_the_current_password(rosa):
    """AUT-04."""
    with pytest.raises(PasswordWrong):
        change(rosa, current="no es esta")

    rosa.refresh_from_db()
    assert rosa.check_password(PASSWORD)


def test_guessing_the_current_password_inside_a_session_ends(rosa):
    """A25: a stolen browser does not learn the password."""
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            change(rosa, current="no es esta")

    with pytest.raises(TooOften):
        change(rosa)


def test_a_weak_new_one_is_refused_and_the_old_one_stays(rosa):
    with pytest.raises(PasswordTooEasy):
        change(rosa, new="52123456 52123456")

    rosa.refresh_from_db()
    assert rosa.check_password(PASSWORD)


def test_changing_tells_the_owner_by_every_channel(rosa):
    """AUT-04, LOG-01."""
    change(rosa)

    told = OutgoingMessage.objects.filter(kind="accounts.password_changed")
    assert {message.channel for message in told} == {"sms", "email"}
    assert AuditEvent.objects.filter(action="password.changed").count() == 1


def test_the_page_changes_it_and_closes_the_other_browser(client, rosa):
    """AUT-04, SES-03: two browsers."""
    other = Client()
    for browser in (client, other):
        browser.force_login(rosa)
        browser.get("/cuenta/")

    answer = client.post("/cuenta/clave/", {"actual": PASSWORD, "nueva": NEW})

    assert answer.headers["Location"] == "/cuenta/"
    assert client.get("/cuenta/").status_code == 200
    assert other.get("/cuenta/").headers["Location"].startswith("/ingresar/")
    assert User.objects.get(pk=rosa.pk).check_password(NEW)


def test_the_page_says_which_of_the_two_is_wrong(client, rosa):
    client.force_login(rosa)

    answer = client.post("/cuenta/clave/", {"actual": "mal", "nueva": NEW})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "actual": ["La contraseña no coincide. Revísela y escríbala otra vez"]
    }


@pytest.mark.parametrize(
    ("address", "field", "kind"),
    [
        ("/cuenta/clave/", "actual", "current-password"),
        ("/cuenta/clave/", "nueva", "new-password"),
    ],
)
def test_managers_know_which_password_is_which(client, rosa, address, field, kind):
    """AUT-03."""
    client.force_login(rosa)

    form = client.get(address).context["form"]

    assert form.fields[field].widget.attrs["autocomplete"] == kind


def test_who_is_out_goes_to_the_sign_in(client):
    answer = client.get("/cuenta/clave/")

    assert answer.headers["Location"] == "/ingresar/?next=/cuenta/clave/"


def test_no_password_is_shown_back(client, rosa):
    client.force_login(rosa)

    page = client.post("/cuenta/clave/", {"actual": "secreto1", "nueva": "secreto2"})

    assert "secreto" not in page.content.decode()


def test_owner_of_a_confirmed_mailbox_is_the_one_told(rosa):
    ContactDeviceFactory(user=rosa)

    change(rosa)

    assert OutgoingMessage.objects.filter(recipient_ref=str(rosa.pk)).count() == 2


def test_the_same_password_is_no_change(client, rosa):
    """AUT-04."""
    client.force_login(rosa)

    answer = client.post("/cuenta/clave/", {"actual": PASSWORD, "nueva": PASSWORD})

    assert answer.status_code == 422
    assert answer.context["form"].errors["nueva"] == [
        "Escriba una contraseña distinta de la actual"
    ]
    assert not AuditEvent.objects.filter(action="password.changed").exists()
