"""The front page and the error pages in a real browser."""

import pytest
from captcha.models import CaptchaStore

from portal.testing import browser
from portal.ui import speech

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("width", [browser.PHONE, browser.DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_front_page_is_for_everybody(portal_server, new_page, width, scheme):
    page = new_page(width=width, scheme=scheme)

    page.goto("/")

    browser.shoot(page, f"index-{width}-{scheme}")
    assert page.get_by_role("heading", level=1).inner_text() == (
        "Pida su cita médica sin filas y sin llamar"
    )
    browser.assert_accessible(page)


@browser.both_ways
def test_a_wrong_address_says_where_to_go(portal_server, page, javascript):
    page.goto("/no/existe/")

    page.get_by_role("link", name="Ir al inicio").click()

    assert page.url == f"{portal_server.url}/"


@browser.both_ways
@pytest.mark.urls("portal.ui.tests.urls")
def test_a_form_explains_its_mistakes_and_remembers_the_captcha(
    portal_server, page, javascript
):
    page.goto("/prueba/")
    letters = page.get_by_label("Escriba las letras de la imagen")
    letters.fill(CaptchaStore.objects.get().response)

    page.get_by_role("button", name="Enviar").click()

    browser.shoot(page, f"form-{javascript}")
    browser.assert_accessible(page)
    assert page.title().startswith("Error: Formulario")
    assert page.locator("#errores li").all_inner_texts() == ["Escriba sus nombres"]
    assert letters.count() == 0
    if javascript:
        assert page.evaluate("document.activeElement.id") == "errores"

    page.get_by_label("Nombres").fill("Rosa")
    page.get_by_role("button", name="Enviar").click()

    assert page.inner_text("body") == "ok"


@pytest.mark.urls("portal.ui.tests.urls")
@pytest.mark.skipif(not speech.AVAILABLE, reason="espeak-ng is not installed")
def test_the_captcha_is_seen_and_heard(portal_server, page):
    page.goto("/prueba/")

    browser.shoot(page, "captcha")
    assert page.evaluate("document.querySelector('.captcha img').naturalWidth") == 240
    assert page.evaluate(
        "() => { const sound = document.querySelector('audio');"
        " return new Promise(done => { sound.oncanplay = () => done(true);"
        " sound.onerror = () => done(false); sound.preload = 'auto'; sound.load(); }) }"
    )
    browser.assert_accessible(page)


@pytest.mark.urls("portal.ui.tests.urls")
@pytest.mark.parametrize("address", ["/nada/", "/negada/", "/solo-post/", "/rota/"])
def test_error_pages_are_for_everybody(portal_server, page, address):
    page.goto(address)

    browser.shoot(page, f"error-{address.strip('/')}")
    browser.assert_accessible(page)
