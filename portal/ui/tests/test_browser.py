"""The front page and the error pages in a real browser."""

import pytest

from portal.testing import browser

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
