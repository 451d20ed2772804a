"""Steps 1 to 8 of the guide, page by page."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts import codes
from accounts.models import ContactDevice, LegalText, RegistrationAttempt, User
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


def errors(response):
    """What the error summary says, in order."""
    summary = re.search(
        r'<div class="errors".*?</div>', response.content.decode(), re.DOTALL
    )
    return re.findall(r"<li>(?:<a[^>]*>)?([^<]+)", summary[0]) if summary else []


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
    assert ContactDevice.objects.get(user=user, confirmed=True).channel == channel


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"numero": ""}, "Escriba su número de documento"),
        ({"numero": "52A23456"}, "El número de documento solo lleva números"),
        ({"numero": "12"}, "Revise el número: debe tener entre 3 y 10 números"),
        ({"numero": "1" * 20}, "Revise el número: debe tener entre 3 y 10 números"),
        ({"numero": "1" * 500}, "Revise el número: es muy largo"),
        (
            {"tipo": "PT", "numero": "12345"},
            "Revise el número: debe tener entre 6 y 8 números",
        ),
        (
            {"tipo": "PA", "numero": "A#1"},
            "Revise el número: debe tener entre 4 y 16 letras o números",
        ),
        ({"tipo": "XX"}, "Escoja una de las opciones"),
        ({"nac-m": ""}, "La fecha de nacimiento debe tener día, mes y año"),
        ({"nac-d": "31", "nac-m": "2"}, "Revise la fecha: ese día no existe"),
        ({"nac-a": "2078"}, "La fecha de nacimiento debe ser una fecha pasada"),
        ({"nac-a": "1850"}, "Revise el año de nacimiento"),
        (
            {"nac-a": "2015"},
            "Para menores de 14 años, regístrese el papá, la mamá o el acudiente. "
            "Para la cita del menor, llame al 601 555 0100",
        ),
    ],
)
def test_validar_says_what_to_correct(changes, said, client):
    response = walk.validate(client, **changes)

    assert response.status_code == 422
    assert errors(response) == [said]
    assert not RegistrationAttempt.objects.exists()


def test_document_is_read_with_dots_and_spaces(client):
    walk.validate(client, numero=" 52.123.456 ")

    assert RegistrationAttempt.objects.get().document_number == "52123456"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"nombres": ""}, "Escriba sus nombres, como aparecen en su documento"),
        ({"nombres": "Rosa 123"}, "Escriba sus nombres solo con letras"),
        ({"nombres": "visite bit.ly"}, "Escriba sus nombres solo con letras"),
        ({"nombres": "https://x.co"}, "Escriba sus nombres solo con letras"),
        ({"nombres": "<b>Rosa</b>"}, "Escriba sus nombres solo con letras"),
        ({"nombres": "\u202eRosa"}, "Quite los símbolos que no son letras ni números"),
        (
            {"apellidos": "a\r\nBcc: x"},
            "Quite los símbolos que no son letras ni números",
        ),
        ({"sexo": ""}, "Escoja el sexo que aparece en el documento"),
        ({"sexo": "X"}, "Escoja una de las opciones"),
        ({"cel": "31045678"}, "Escriba un celular de 10 números que empiece por 3"),
        (
            {"cel": "+1 310 555 0178"},
            "Escriba un celular de 10 números que empiece por 3",
        ),
        (
            {"correo": "rosa@"},
            "Escriba el correo completo, por ejemplo nombre@correo.com",
        ),
        ({"clave": "corta"}, "La contraseña debe tener mínimo 10 letras o números"),
        (
            {"clave": "52123456 rosa"},
            "Esa contraseña es muy fácil de adivinar. Use otra",
        ),
        ({"terminos": ""}, "Para crear la cuenta, acepte los términos"),
        ({"datos": ""}, "Para asignarle citas, necesitamos su autorización de datos"),
        (
            {"terminos": "999999"},
            "Este texto cambió. Léalo y marque la casilla otra vez",
        ),
        ({"datos": "on"}, "Este texto cambió. Léalo y marque la casilla otra vez"),
        ({"humano_1": "no"}, "Las letras no coinciden. Escriba las de la imagen nueva"),
    ],
)
def test_registrar_says_what_to_correct(changes, said, client):
    walk.validate(client)

    response = walk.fill_in(client, **changes)

    assert response.status_code == 422
    assert errors(response) == [said]


@pytest.mark.parametrize(
    "name", ["María José", "Núñez D’Ávila", "O'Connor", "Peña-Ibáñez", "Ma. Luz", "李"]
)
def test_names_of_people_are_taken(name, client):
    """INJ-06: ñ, accents, apostrophes and hyphens stay as they are."""
    walk.validate(client)

    assert walk.fill_in(client, nombres=name).status_code == 302
    assert RegistrationAttempt.objects.get().given_names == name


def test_boxes_are_not_ticked_beforehand(client):
    """PRV-01."""
    walk.validate(client)

    page = client.get("/registro/datos/").content.decode()

    boxes = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert len(boxes) == 3
    assert not any("checked" in box for box in boxes)


def test_version_that_was_on_the_screen_is_the_one_accepted(client):
    """PRV-02."""
    walk.validate(client)
    page = client.get("/registro/datos/").content.decode()
    shown = re.search(r'name="terminos" value="(\d+)"', page)[1]

    walk.fill_in(client, terminos=shown)

    assert int(shown) in RegistrationAttempt.objects.get().consents


def test_without_sms_the_e_mail_is_required(client, settings):
    settings.TWILIO_FROM = ""
    walk.validate(client)

    response = walk.fill_in(client, correo="")

    assert errors(response) == [
        "Escriba el correo completo, por ejemplo nombre@correo.com"
    ]


def test_nothing_is_cleared_by_an_error(client):
    walk.validate(client)

    page = walk.fill_in(client, cel="31045678").content.decode()

    assert 'value="Rosa Elena"' in page
    assert 'value="31045678"' in page
    assert re.search(r'name="terminos"[^>]*checked', page)
    assert PASSWORD not in page


def test_registering_new_session_key(client):
    """A key that was planted before is not the one of the attempt."""
    client.get("/registro/")
    walk.validate(client)
    before = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    walk.validate(client)

    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value != before


def test_mistyped_phone_is_corrected_without_typing_all_again(client, twilio_server):
    walk.until_code(client, "sms", cel="3205550000")
    page = client.get("/registro/datos/").content.decode()
    assert 'value="320 555 0000"' in page
    assert re.search(r'name="terminos"[^>]*checked', page)

    walk.fill_in(client, clave="", cel="3105550178")

    attempt = RegistrationAttempt.objects.get()
    assert attempt.phone == "+573105550178"
    assert attempt.password


def test_destinations_are_masked(client):
    """ENU-04, PRV-10."""
    walk.validate(client)
    walk.fill_in(client)

    page = client.get("/registro/codigo/").content.decode()

    assert "310 ••• ••78" in page
    assert "terminado en 78" in page
    assert "A ro••••••@example.com" in page
    assert "5550178" not in page


def test_wrong_code_says_how_many_tries_are_left(client):
    challenge = walk.until_code(client)

    response = walk.confirm(client, walk.wrong(challenge))

    assert errors(response) == ["El código no coincide. Revíselo y escríbalo otra vez"]
    assert "Le quedan 4 intentos." in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Escriba el código de 6 números"),
        ("12345", "El código debe tener 6 números"),
        ("abcdef", "Escriba el código de 6 números"),
    ],
)
def test_code_that_is_none_costs_no_try(typed, said, client):
    challenge = walk.until_code(client)

    assert errors(walk.confirm(client, typed)) == [said]

    challenge.refresh_from_db()
    assert challenge.failures == 0


def test_old_code_says_that_it_is_over(client, time_machine):
    challenge = walk.until_code(client)
    time_machine.move_to(NOON + timedelta(minutes=10), tick=False)

    response = walk.confirm(client, codes.derive(challenge))

    assert errors(response) == ["El código venció. Pida uno nuevo"]


def test_resend_sends_another_and_voids_the_first(client, smtp_server, time_machine):
    first = walk.until_code(client)
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)

    page = client.post("/registro/codigo/otro/", follow=True).content.decode()

    assert "Le enviamos otro código" in page
    assert errors(walk.confirm(client, codes.derive(first))) == [
        "El código no coincide. Revíselo y escríbalo otra vez"
    ]
    walk.confirm(client, codes.derive(walk.last_challenge(client)))
    assert User.objects.exists()


def test_enviar_pressed_twice_sends_one_code(client, smtp_server):
    walk.until_code(client)

    response = walk.ask_code(client)
    deliver_all(NOON)

    assert response.url == "/registro/codigo/confirmar/"
    assert len(smtp_server.messages) == 1


def test_other_channel_before_a_minute_waits(client):
    walk.until_code(client)

    response = walk.ask_code(client, "sms")

    assert response.status_code == 429
    assert errors(response) == [
        "Ya le enviamos un código. Espere 60 segundos para pedir otro"
    ]


def test_continuar_pressed_twice_ends_on_the_same_page(client):
    code = codes.derive(walk.until_code(client))
    first = walk.confirm(client, code)

    second = walk.confirm(client, code)

    assert first.url == second.url == "/registro/listo/"
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["details", "channel", "code"])
def test_back_after_the_end_shows_the_end(name, client):
    walk.register(client)

    response = client.get(reverse(f"accounts:register_{name}"))

    assert response.url == "/registro/listo/"


@pytest.mark.parametrize("name", ["details", "channel", "code", "done"])
def test_page_without_an_attempt_goes_to_the_first(name, client):
    assert client.get(reverse(f"accounts:register_{name}")).url == "/registro/"


@pytest.mark.parametrize(
    ("skipped", "lands"),
    [("channel", "/registro/datos/"), ("code", "/registro/codigo/")],
)
def test_steps_cannot_be_skipped(skipped, lands, client):
    walk.validate(client)

    assert client.get(reverse(f"accounts:register_{skipped}")).url == lands


def test_end_page_greets_and_leads_to_the_sign_in(client):
    walk.register(client)

    page = client.get("/registro/listo/").content.decode()

    assert "Rosa Elena, su cuenta ya está lista." in page
    assert '<a class="button" href="/ingresar/">Aceptar</a>' in page


def test_two_browsers_with_one_document_make_one_account(client):
    other = Client()
    mine = walk.until_code(client)
    theirs = walk.until_code(other, correo="otra@example.com")

    answers = [
        walk.confirm(client, codes.derive(mine)).url,
        walk.confirm(other, codes.derive(theirs)).url,
    ]

    assert answers == ["/registro/listo/"] * 2
    device = ContactDevice.objects.get(confirmed=True)
    assert device.destination == "rosa@example.com"


def test_attempt_of_one_browser_is_not_another_s(client):
    challenge = walk.until_code(client)
    other = Client()
    walk.until_code(other, correo="otra@example.com", numero="53987654")

    walk.confirm(other, codes.derive(challenge))

    assert not User.objects.exists()


def test_code_is_in_no_page_address_or_cookie(client):
    """AUT-15."""
    challenge = walk.until_code(client)
    page = client.get("/registro/codigo/confirmar/")

    seen = page.content.decode() + str(page.headers) + str(client.cookies)

    assert codes.derive(challenge) not in seen


def test_extra_fields_change_nothing(client):
    """ACC-06."""
    extra = {"is_staff": "on", "patient": "1", "identity_confirmed_at": "2026-01-01"}
    walk.validate(client, **extra)
    walk.fill_in(client, **extra)
    walk.ask_code(client)
    walk.confirm(client, codes.derive(walk.last_challenge(client)))

    user = User.objects.get()
    assert not user.is_staff
    assert user.identity_confirmed_at is None


def test_too_many_documents_from_one_address_wait(client):
    """A01."""
    answers = [walk.validate(Client(), numero=str(10_000_000 + n)) for n in range(61)]

    assert [a.status_code for a in answers].count(302) == 60
    assert errors(answers[-1])[0].startswith("Por seguridad, espere")


@pytest.mark.parametrize("kind", ["terminos", "datos-de-salud", "mensajes"])
def test_texts_to_accept_can_be_read_without_an_account(kind, client):
    assert LegalText.objects.filter(kind=kind).exists()
    assert client.get(reverse("accounts:legal", args=[kind])).status_code == 200


def test_forged_host_is_refused_and_gets_into_no_mail(client, smtp_server):
    """WEB-05: the owner is told of a second registration, with our own address."""
    walk.register(client)
    assert walk.validate(Client(headers={"host": "evil.example"})).status_code == 400

    walk.register(Client(headers={"x-forwarded-host": "evil.example"}))
    deliver_all(NOON)

    links = {
        link
        for mail in smtp_server.messages
        for link in re.findall(r"https?://[^\s\"<>]+", mail.text)
    }
    assert links == {"https://citas.example.com/ingresar/"}
