"""«Mis datos», the forgotten password and the desk in a real browser."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import codes, totp
from accounts.tests import at_the_desk, walk
from accounts.tests.factories import (
    PASSWORD,
    ContactDeviceFactory,
    CoverageFactory,
    UserFactory,
)
from portal.testing import browser

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("legal_texts")]
NEW = "otra frase bien larga"
ADMIN = [
    "/admin/",
    "/admin/accounts/patient/",
    "/admin/accounts/coverage/",
    "/admin/accounts/legaltext/add/",
]


@pytest.fixture
def rosa(portal_server):
    user = UserFactory(patient__document_number="52123456")
    ContactDeviceFactory(user=user)
    CoverageFactory(patient=user.patient)
    CoverageFactory(patient=user.patient, state="declared", verified_at=None)
    CoverageFactory(patient=user.patient, state="rejected", verified_at=None)
    return user


def enter(page, user):
    page.goto("/")
    client = Client()
    client.force_login(user)
    browser.sign_in(page, client)


@browser.both_ways
def test_somebody_forgot_the_password(portal_server, page, rosa, javascript):
    """Given a confirmed mailbox, when the code is typed, then another password serves."""
    page.goto("/ingresar/")
    page.get_by_role("link", name="Olvidé mi contraseña").click()
    page.get_by_label("Número de documento").fill("52.123.456")
    page.get_by_label("Escriba las letras").fill("passed")
    page.get_by_role("button", name="Continuar").click()
    browser.assert_accessible(page)
    page.get_by_label("Correo electrónico").check()
    page.get_by_role("button", name="Enviar").click()
    browser.assert_accessible(page)
    page.get_by_label("Código de 6 números").fill(codes.derive(walk.last_challenge()))
    page.get_by_role("button", name="Continuar").click()
    browser.assert_accessible(page)
    page.get_by_label("Contraseña nueva").fill(NEW)
    page.get_by_role("button", name="Guardar contraseña").click()

    assert page.get_by_text("Listo. Entre con su contraseña nueva.").is_visible()
    rosa.refresh_from_db()
    assert rosa.check_password(NEW)


@browser.both_ways
def test_somebody_changes_the_address(portal_server, page, rosa, javascript):
    enter(page, rosa)
    page.goto("/cuenta/")
    page.get_by_role("link", name="Cambiar correo").click()
    page.get_by_label("Correo electrónico nuevo").fill("nueva@example.com")
    page.get_by_label("Su contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Enviar código").click()
    browser.assert_accessible(page)
    page.get_by_label("Código de 6 números").fill(codes.derive(walk.last_challenge()))
    page.get_by_role("button", name="Continuar").click()

    assert page.get_by_text("nueva@example.com").is_visible()


def test_somebody_turns_the_app_on(portal_server, page, rosa):
    enter(page, rosa)
    page.goto("/cuenta/aplicacion/")
    page.get_by_role("link", name="Activar").click()
    page.get_by_label("Código de 6 números").fill(at_the_desk.app_code(rosa))
    page.get_by_label("Su contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Activar").click()

    assert page.get_by_role("heading", name="Guarde sus códigos").is_visible()
    assert totp.is_on(user=rosa)
    browser.assert_accessible(page)


def test_the_desk_gives_an_account_back(portal_server, new_page, rosa):
    """Given staff who saw the document, when the code is copied, then a phone is registered."""
    member, desk = at_the_desk.member(), new_page(width=browser.DESKTOP)
    desk.goto("/admin/")
    browser.assert_accessible(desk)
    desk.get_by_label("Usuario").fill(member.username)
    desk.get_by_label("Contraseña").fill(PASSWORD)
    desk.get_by_label("Código de la aplicación").fill(at_the_desk.app_code(member))
    desk.get_by_role("button", name="Iniciar sesión").click()
    desk.goto("/admin/accounts/patient/?q=52123456")
    desk.get_by_role("link", name="Rosa Elena Martínez Gómez").click()
    desk.get_by_role("link", name="Entregar código de recuperación").click()
    desk.get_by_label("Vi el documento original").check()
    desk.get_by_role("button", name="Entregar código").click()
    code = desk.locator("#content strong").inner_text()
    browser.shoot(desk, "acc-admin-code")
    browser.assert_accessible(desk)

    home = new_page()
    home.goto("/ingresar/sin-celular/")
    home.get_by_label("Número de documento").fill("52123456")
    home.get_by_label("Código que le dieron").fill(code)
    home.get_by_label("Escriba las letras").fill("passed")
    home.get_by_role("button", name="Continuar").click()
    browser.assert_accessible(home)
    home.get_by_label("Su celular de ahora").fill("320 111 22 33")
    home.get_by_role("button", name="Enviar código").click()
    home.get_by_label("Código de 6 números").fill(codes.derive(walk.last_challenge()))
    home.get_by_role("button", name="Continuar").click()
    home.get_by_label("Contraseña nueva").fill(NEW)
    home.get_by_role("button", name="Guardar contraseña").click()

    assert home.get_by_text("Listo. Entre con su contraseña nueva.").is_visible()


def test_the_admin_opens_under_our_own_policy(portal_server, new_page, rosa):
    page = new_page(width=browser.DESKTOP)
    page.goto("/")
    client = Client()
    at_the_desk.enter(client, at_the_desk.chief())
    browser.sign_in(page, client)
    for address in ADMIN:
        page.goto(address)
        browser.shoot(page, f"acc{address.replace('/', '-')}")
        browser.assert_accessible(page)
        assert page.url.endswith(address)


def test_the_session_says_that_it_is_about_to_end(portal_server, page, rosa, settings):
    """SES-04, WCAG 2.2.1: two minutes before, with a way to go on."""
    settings.SESSION_IDLE = timedelta(seconds=122)
    enter(page, rosa)
    page.goto("/cuenta/")
    dialog = page.get_by_role("dialog", name="Su sesión está por cerrarse")
    dialog.wait_for()
    browser.shoot(page, "acc-session")
    browser.assert_accessible(page)

    dialog.get_by_role("button", name="Seguir").click()

    dialog.wait_for(state="hidden")


def test_the_page_of_an_ended_session_does_not_stay_on_the_screen(
    portal_server, page, rosa, settings
):
    """SES-04."""
    settings.SESSION_IDLE = timedelta(seconds=2)
    enter(page, rosa)
    page.goto("/cuenta/permisos/")

    page.wait_for_url("**/ingresar/?next=/cuenta/permisos/")

    assert page.get_by_text("Su sesión se cerró por seguridad").is_visible()
