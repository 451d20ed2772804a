"""Steps 1 to 11 of the guide in a real browser, by what a person reads."""

import re

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import PASSWORD
from portal.testing import browser
from portal.testing.deliver import deliver_all

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("legal_texts")]


def press(page, name):
    """Look at the page as everybody must be able to, and go on."""
    title = re.sub(r"\W+", "-", page.title().split("–")[0]).strip("-").lower()
    browser.shoot(page, f"reg-{title}-{page.viewport_size['width']}")
    browser.assert_accessible(page)
    page.get_by_role("button", name=name, exact=True).click()


def code_from(server):
    deliver_all(timezone.now())
    return re.search(r"\b\d{6}\b", server.messages[-1].text)[0]


def type_details(page):
    page.get_by_label("Nombres").fill("Rosa Elena")
    page.get_by_label("Apellidos").fill("Martínez Gómez")
    page.get_by_label("Femenino").check()
    page.get_by_label("Celular").fill("310 555 0178")
    page.get_by_label("Correo electrónico (opcional)").fill("rosa@example.com")
    page.get_by_label("Cree una contraseña").fill(PASSWORD)
    page.get_by_label("Acepto los términos y condiciones").check()
    page.get_by_label("Autorizo el uso de mis datos").check()
    page.get_by_label("Escriba las letras").fill("passed")


@browser.both_ways
def test_somebody_registers_and_signs_in(
    portal_server, page, javascript, smtp_server, twilio_server
):
    """Given nobody, when every page is filled in, then a patient is inside."""
    page.goto("/")
    page.get_by_role("link", name="Registrarme").first.click()
    page.get_by_label("Número de documento").fill("52.123.456")
    for label, text in (("Día", "27"), ("Mes", "3"), ("Año", "1978")):
        page.get_by_label(label).fill(text)
    press(page, "Validar")
    type_details(page)
    press(page, "Registrar")
    page.get_by_label("Mensaje de texto (SMS)").check()
    press(page, "Enviar")
    page.get_by_label("Código de 6 números").fill(code_from(twilio_server))
    press(page, "Continuar")
    browser.assert_accessible(page)
    page.get_by_role("link", name="Aceptar").click()
    page.get_by_label("Número de documento").fill("52123456")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_label("Escriba las letras").fill("passed")
    press(page, "Iniciar sesión")
    press(page, "Enviar")
    page.get_by_label("Código de 6 números").fill(code_from(twilio_server))
    press(page, "Ingresar")

    assert page.get_by_role("heading", level=1).inner_text() == "Hola, Rosa Elena"
    assert User.objects.get().username == "CC:52123456"


@pytest.mark.parametrize("width", [browser.PHONE, browser.DESKTOP])
def test_pages_with_errors_are_for_everybody(portal_server, new_page, width):
    page = new_page(width=width)
    page.goto("/registro/")
    page.get_by_role("button", name="Validar").click()
    assert page.title().startswith("Error: Regístrese")
    browser.assert_accessible(page)
    page.get_by_label("Número de documento").fill("52.123.456")
    for label, text in (("Día", "27"), ("Mes", "3"), ("Año", "1978")):
        page.get_by_label(label).fill(text)
    press(page, "Validar")
    press(page, "Registrar")
    press(page, "Registrar")
    page.goto("/ingresar/")
    page.get_by_role("button", name="Iniciar sesión").click()
    browser.assert_accessible(page)
    browser.shoot(page, f"reg-ingresar-error-{width}")
