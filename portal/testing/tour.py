"""A walk past every page of an app: each one drawn, looked at, and none forgotten.

What is opened in the browser is known by the templates that the server drew for it;
a page that nobody opens is a template that is missing at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from django.test.signals import template_rendered
from playwright.sync_api import Locator, Page, Response

from portal.testing import browser

WIDTHS = (browser.PHONE, browser.DESKTOP)


class Tour:
    """One browser, and the templates of the pages that were opened in it."""

    def __init__(self, page: Page) -> None:
        self.page, self.seen = page, set[str]()

    def enter(self, client: Client) -> None:
        """As the visitor of this test client, whoever was here before."""
        self.page.context.clear_cookies()
        browser.sign_in(self.page, client)

    def open(self, *addresses: str, status: int = 200) -> None:
        """Each is a page of its own, which leads nowhere else."""
        for address in addresses:
            with self._looking():
                answer = self.page.goto(address)
            self._audit(answer, status)
            assert self.page.url.endswith(address), f"{address} led to {self.page.url}"

    def press(self, button: Locator, status: int = 200) -> None:
        """The page that answers to a form."""
        with self._looking(), self.page.expect_navigation() as answer:
            button.click()
        self._audit(answer.value, status)

    def _audit(self, answer: Response | None, status: int) -> None:
        assert answer is not None
        assert answer.status == status, f"{answer.status} {self.page.url}"
        browser.assert_accessible(self.page, widths=WIDTHS)

    @contextmanager
    def _looking(self) -> Iterator[None]:
        def note(template: Any, **_: object) -> None:
            self.seen.add(template.name)

        template_rendered.connect(note)
        try:
            yield
        finally:
            template_rendered.disconnect(note)


def pages(folder: str) -> set[str]:
    """The templates of whole pages in that folder, as Django names them."""
    root = settings.BASE_DIR / "templates"
    return {
        str(path.relative_to(root))
        for path in (root / folder).rglob("*.html")
        if path.read_text().startswith("{% extends")
    }
