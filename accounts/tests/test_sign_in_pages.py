"""Steps 9 to 11 of the guide, page by page."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import codes, legal
from accounts.models import Consent, LegalText, User, UserSession
from accounts.tests import walk
from accounts.tests.factories import PASSWORD, UserFactory
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]
PHONE = "+573105550178"


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa():
    return walk.resident()


def half_signed(client, user):
    walk.type_password(client, user)
    client.post("/ingresar/codigo/", {"canal": "email"})
    return walk.last_challenge(client)


def test_sign_in_with_the_code_that_arrived(client, rosa, smtp_server):
    half_signed(client, rosa)
    deliver_all(NOON)
    code = re.search(r"\b\d{6}\b", smtp_server.messages[0].text)[0]

    response = walk.type_code(client, code)

    assert (response.status_code, response.url) == (302, "/oficina/")
    assert get_user(client) == rosa


def test_second_factor_is_the_device_of_the_channel(client, rosa):
    """`is_verified()` means what it says."""
    walk.sign_in(client, rosa)

    device = rosa.contactdevice_set.get()
    assert client.session[DEVICE_ID_SESSION_KEY] == device.persistent_id


def test_destinations_are_masked_and_only_after_the_password(client):
    """ENU-04."""
    rosa = walk.resident(channel="sms", destination=PHONE)
    assert client.get("/ingresar/codigo/").url == "/ingresar/"

    walk.type_password(client, rosa)
    page = client.get("/ingresar/codigo/").content.decode()

    assert "Al celular terminado en 78" in page
    assert "310" not in page.split("<main")[1].split("</main")[0]


def test_confirmed_phone_serves_sms_and_whatsapp(client):
    rosa = walk.resident(channel="sms", destination=PHONE)
    walk.type_password(client, rosa)

    page = client.get("/ingresar/codigo/").content.decode()

    assert re.findall(r'name="canal" value="(\w+)"', page) == ["sms", "whatsapp"]


def test_channel_that_was_not_confirmed_cannot_be_chosen(client, rosa):
    walk.type_password(client, rosa)

    response = client.post("/ingresar/codigo/", {"canal": "sms"})

    assert response.status_code == 422
    assert "Escoja dónde quiere recibir el código" in response.content.decode()


def test_first_code_proves_the_address_typed_when_registering(client):
    """AUT-10: the code is bound to that destination, and asked for after the password."""
    user = walk.register(client, channel="sms")
    email = user.contactdevice_set.get(channel="email")
    assert email.confirmed_at is None

    walk.type_code(client, codes.derive(half_signed(client, user)))

    email.refresh_from_db()
    assert get_user(client) == user
    assert (email.confirmed, email.confirmed_at) == (True, NOON)


def test_session_key_changes_at_each_factor(client, rosa):
    """SES-01."""
    client.get("/ingresar/")
    keys = [client.cookies[django_settings.SESSION_COOKIE_NAME].value]
    challenge = half_signed(client, rosa)
    keys.append(client.cookies[django_settings.SESSION_COOKIE_NAME].value)
    walk.type_code(client, codes.derive(challenge))
    keys.append(client.cookies[django_settings.SESSION_COOKIE_NAME].value)

    assert len(set(keys)) == 3
    assert not Session.objects.filter(pk__in=keys[:2]).exists()


def test_planted_session_key_is_not_taken(client, rosa):
    """SES-01, A06."""
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "a" * 32

    walk.sign_in(client, rosa)

    assert client.session.session_key != "a" * 32


@pytest.mark.parametrize(
    "name", ["appointments:office", "appointments:list", "accounts:my_data"]
)
def test_half_signed_browser_is_nobody(name, client, rosa):
    """SES-02, A07: the password alone opens no page."""
    half_signed(client, rosa)

    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response.url.startswith("/ingresar/?next=")


def test_code_of_another_browser_is_refused(client, rosa):
    """AUT-10: the code is bound to the browser that asked for it."""
    challenge = half_signed(client, rosa)
    other = Client()
    half_signed(other, rosa)

    response = walk.type_code(other, codes.derive(challenge))

    assert response.status_code in (302, 422)
    assert not get_user(other).is_authenticated


def test_half_session_ends_after_ten_minutes(client, rosa, time_machine):
    challenge = half_signed(client, rosa)
    time_machine.move_to(NOON + timedelta(minutes=10), tick=False)

    response = walk.type_code(client, codes.derive(challenge))

    assert response.url == "/ingresar/"
    assert not get_user(client).is_authenticated


def test_half_session_ends_with_the_password(client, rosa):
    challenge = half_signed(client, rosa)
    rosa.set_password("otra frase muy larga")
    rosa.save()

    response = walk.type_code(client, codes.derive(challenge))

    assert response.url == "/ingresar/"
    assert not get_user(client).is_authenticated


def test_wrong_code_says_what_to_do_and_how_many_tries_are_left(client, rosa):
    challenge = half_signed(client, rosa)

    response = walk.type_code(client, walk.wrong(challenge))

    page = response.content.decode()
    assert response.status_code == 422
    assert "El código no coincide. Revíselo y escríbalo otra vez" in page
    assert "Le quedan 4 intentos." in page


def test_code_sent_to_a_destination_that_changed_is_refused(client, rosa):
    """AUT-10."""
    challenge = half_signed(client, rosa)
    rosa.contactdevice_set.update(destination="otra@example.com")

    response = walk.type_code(client, codes.derive(challenge))

    assert response.status_code == 422
    assert not get_user(client).is_authenticated


def test_fifth_wrong_code_ends_the_tries(client, rosa):
    challenge = half_signed(client, rosa)
    for _ in range(5):
        walk.type_code(client, walk.wrong(challenge))

    response = walk.type_code(client, codes.derive(challenge))

    assert response.status_code == 429
    assert "espere 15 minutos o llame al 601 555 0100" in response.content.decode()


def test_resend_before_a_minute_waits(client, rosa, smtp_server):
    half_signed(client, rosa)

    page = client.post("/ingresar/codigo/otro/", follow=True).content.decode()
    deliver_all(NOON)

    assert "Ya le enviamos un código. Espere 60 segundos para pedir otro" in page
    assert len(smtp_server.messages) == 1


def test_resend_between_guesses_gives_no_more_guesses(client, rosa, time_machine):
    """AUT-11, A03."""
    challenge = half_signed(client, rosa)
    for minute in range(1, 4):
        for _ in range(2):
            answer = walk.type_code(client, walk.wrong(challenge))
        if minute < 3:
            time_machine.move_to(NOON + timedelta(minutes=minute), tick=False)
            client.post("/ingresar/codigo/otro/")
            challenge = walk.last_challenge(client)

    assert challenge.created_at == NOON + timedelta(minutes=2)
    assert answer.status_code == 429


def test_enviar_pressed_twice_sends_one_code(client, rosa, smtp_server):
    half_signed(client, rosa)

    response = client.post("/ingresar/codigo/", {"canal": "email"})
    deliver_all(NOON)

    assert response.url == "/ingresar/codigo/confirmar/"
    assert len(smtp_server.messages) == 1


def test_ingresar_pressed_twice_ends_inside(client, rosa):
    challenge = half_signed(client, rosa)
    walk.type_code(client, codes.derive(challenge))

    response = client.post(
        "/ingresar/codigo/confirmar/", {"codigo": "123456"}, follow=True
    )

    assert get_user(client) == rosa
    assert response.redirect_chain[-1][0] != "/ingresar/"


def test_back_to_the_code_page_after_entering_goes_home(client, rosa):
    walk.sign_in(client, rosa)

    first = client.get("/ingresar/codigo/confirmar/")
    second = client.get(first.url)

    assert second.url == "/oficina/"


@pytest.mark.parametrize(
    ("asked", "lands"),
    [
        ("/citas/?q=1", "/citas/?q=1"),
        ("//evil.example", "/oficina/"),
        ("https://evil.example/", "/oficina/"),
        ("/\\evil.example", "/oficina/"),
        ("\\\\evil.example", "/oficina/"),
        ("javascript:alert(1)", "/oficina/"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("/\t/evil.example", "/oficina/"),
        ("http:evil.example", "/oficina/"),
        ("/x\r\nSet-Cookie: a=b", "/oficina/"),
        ("//user@evil.example/", "/oficina/"),
        ("citas", "/oficina/"),
        ("/" + "x" * 3000, "/oficina/"),
    ],
)
def test_next_leads_only_to_our_own_pages(asked, lands, client, rosa):
    """WEB-04, A11."""
    form = {**walk.DOCUMENT, "numero": rosa.patient.document_number}
    form |= {"clave": PASSWORD, "humano_1": "passed"}
    client.post("/ingresar/", form, query_params={"next": asked})
    client.post("/ingresar/codigo/", {"canal": "email"})

    response = walk.type_code(client, codes.derive(walk.last_challenge(client)))

    assert response.url == lands


def test_password_of_another_ends_the_open_session(client, rosa):
    """A25: typing B's password inside A's session."""
    other = walk.resident()
    walk.sign_in(client, rosa)
    client.get("/oficina/")
    key = client.session.session_key

    walk.type_password(client, other)

    assert not get_user(client).is_authenticated
    assert not Session.objects.filter(pk=key).exists()
    assert not UserSession.objects.filter(session_key=key).exists()


def test_wrong_password_inside_a_session_leaves_it_open(client, rosa):
    walk.sign_in(client, rosa)

    walk.type_password(client, rosa, clave="no es esta")

    assert get_user(client) == rosa


@pytest.mark.parametrize("path", ["/ingresar/", "/registro/"])
def test_who_is_inside_goes_home(path, client, rosa):
    walk.sign_in(client, rosa)

    assert client.get(path).url == "/oficina/"


# --- Too many passwords (AUT-12, CAP-02) ----------------------------------------


def lock(user, **headers):
    """Somebody else's guesses, from 127.0.0.1 unless it says otherwise."""
    stranger = Client(**headers)
    return [walk.type_password(stranger, user, clave=f"no {n}") for n in range(6)][-1]


def test_sixth_wrong_password_waits_even_if_right(client, rosa):
    """CAP-02: every captcha was solved, and the limit holds."""
    lock(rosa)

    response = walk.type_password(client, rosa)

    assert response.status_code == 429
    assert "espere 15 minutos o llame al 601 555 0100" in response.content.decode()


def test_victim_enters_from_another_address(rosa):
    """AUT-12."""
    lock(rosa)

    victim = Client(REMOTE_ADDR="198.51.100.7")

    assert walk.type_password(victim, rosa).url == "/ingresar/codigo/"


def test_victim_enters_from_a_known_browser_at_the_same_address(client, rosa):
    """AUT-12."""
    walk.sign_in(client, rosa)
    client.post(reverse("accounts:sign_out"))
    lock(rosa)

    assert walk.type_password(client, rosa).url == "/ingresar/codigo/"


def test_browser_known_for_one_document_is_a_stranger_to_another(client, rosa):
    other = walk.resident()
    walk.sign_in(client, other)
    lock(rosa)

    assert walk.type_password(client, rosa).status_code == 429


def test_lockout_ends_after_fifteen_minutes(client, rosa, time_machine):
    lock(rosa)
    time_machine.move_to(NOON + timedelta(minutes=15, seconds=1), tick=False)

    assert walk.type_password(client, rosa).url == "/ingresar/codigo/"


def test_guesses_spread_over_many_addresses_are_limited(rosa):
    """One document, a new address for each guess."""
    answers = [
        walk.type_password(Client(REMOTE_ADDR=f"10.0.{n}.1"), rosa, clave="no es")
        for n in range(22)
    ]

    assert [a.status_code for a in answers].count(422) == 20
    assert answers[-1].status_code == 429


def test_forged_forwarding_header_opens_no_fresh_count(rosa):
    """WEB-08: nobody in front of us is trusted, so the header says nothing."""
    for n in range(5):
        forged = Client(headers={"X-Forwarded-For": f"10.0.{n}.1"})
        walk.type_password(forged, rosa, clave="no es esta")

    response = walk.type_password(Client(headers={"X-Forwarded-For": "10.9.9.9"}), rosa)

    assert response.status_code == 429


# --- What else the sign-in does --------------------------------------------------


def test_old_password_hash_is_renewed_at_the_sign_in(client, rosa, settings):
    """AUT-05."""
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    assert rosa.password.startswith("md5$")
    settings.PASSWORD_HASHERS = [
        *settings.PASSWORD_HASHERS,
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]

    walk.type_password(client, rosa)

    rosa.refresh_from_db()
    assert rosa.password.startswith("argon2$argon2id$")


def test_staff_do_not_enter_here(client):
    """AUT-17: the admin's sign-in, with its TOTP, is theirs."""
    staff = User.objects.create_user("CC:1234567", PASSWORD, is_staff=True)

    assert walk.type_password(client, staff).status_code == 422


def test_new_version_of_the_terms_is_asked_for_on_the_way_in(client, rosa):
    text = LegalText.objects.get(kind=LegalText.Kind.TERMS)
    LegalText.objects.create(
        kind=text.kind,
        version=2,
        title=text.title,
        body="Otro.",
        sha256=legal.fingerprint(title=text.title, body="Otro."),
        published_at=NOON,
    )
    asked = walk.sign_in(client, rosa)
    assert asked.url == "/ingresar/textos/"
    assert not get_user(client).is_authenticated

    for other in ("on", str(text.pk)):
        refused = client.post("/ingresar/textos/", {"terminos": other})
        assert refused.status_code == 422
    response = client.post("/ingresar/textos/", walk.ticked("terminos"))

    assert response.url == "/oficina/"
    assert Consent.objects.filter(given_by=rosa, text__version=2).exists()


def test_terms_cannot_be_accepted_before_the_code(client, rosa):
    """SES-02: the stages keep their order."""
    half_signed(client, rosa)

    response = client.post("/ingresar/textos/", {"terminos": "on"})

    assert response.url == "/ingresar/codigo/confirmar/"


@pytest.fixture
def app(rosa):
    """Rosa's authenticator."""
    return TOTPDevice.objects.create(user=rosa, name="app", confirmed=True)


def test_authenticator_takes_the_place_of_the_messages(client, rosa, app, smtp_server):
    walk.type_password(client, rosa)
    asked = client.get("/ingresar/codigo/")

    response = walk.type_code(client, f"{totp(app.bin_key):06d}")

    assert asked.url == "/ingresar/codigo/confirmar/"
    assert response.url == "/oficina/"
    assert client.session[DEVICE_ID_SESSION_KEY] == app.persistent_id


def test_who_has_the_app_on_gets_no_code_by_message(client, rosa, app, smtp_server):
    """Nothing weaker opens the account."""
    walk.type_password(client, rosa)
    client.post("/ingresar/codigo/", {"canal": "email"})
    deliver_all(NOON)

    assert smtp_server.messages == []
    assert client.post("/ingresar/codigo/otro/").status_code == 302


def test_wrong_codes_of_the_app_are_limited(client, rosa, app):
    walk.type_password(client, rosa)
    client.get("/ingresar/codigo/")
    wrong = f"{(totp(app.bin_key) + 1) % 1_000_000:06d}"

    answers = [walk.type_code(client, wrong).status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_sign_in_leaves_one_trace_of_each_stage(client, rosa):
    """LOG-01, LOG-02."""
    walk.sign_in(client, rosa)

    events = AuditEvent.objects.filter(action__startswith="sign_in").order_by("pk")
    assert [event.action for event in events] == [
        "sign_in.password",
        "sign_in.code_sent",
        "sign_in.code",
        "sign_in.done",
    ]
    assert rosa.patient.document_number not in str([e.__dict__ for e in events])


def test_person_without_any_channel_is_told_where_to_go(client):
    rosa = UserFactory()
    walk.type_password(client, rosa)

    page = client.get("/ingresar/codigo/").content.decode()

    assert "No tenemos por dónde enviarle el código" in page


@pytest.mark.parametrize("path", ["/ingresar/codigo/", "/ingresar/textos/"])
def test_stage_without_a_password_goes_to_the_start(path, client):
    assert client.get(path).url == "/ingresar/"
    assert client.post(path).url == "/ingresar/"


@pytest.mark.parametrize("path", ["/ingresar/", "/ingresar/codigo/", "/registro/"])
def test_forged_form_is_refused(path):
    """WEB-03: the sign-in too."""
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
