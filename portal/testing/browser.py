"""Journeys in Debian's Chromium: what a browser test may use.

    def test_somebody_books(portal_server, page, javascript):
        page.goto(portal_server.url)
        page.get_by_role("link", name="Registrarme").click()
        browser.assert_accessible(page)

`page` is a phone of 390 px; `new_page(width=1280)` makes others. With
`@browser.both_ways` a test runs with JavaScript and without. Each page runs under
the portal's own CSP, and the test fails at its end if the console showed an error
or anything was asked of another host.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import axe_playwright_python  # type: ignore[import-untyped]
import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    sync_playwright,
)

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PHONE, DESKTOP = 390, 1280
HEIGHTS = {PHONE: 844, DESKTOP: 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = {
    "runOnly": {
        "type": "tag",
        "values": [
            "wcag2a",
            "wcag2aa",
            "wcag21a",
            "wcag21aa",
            "wcag22aa",
            "best-practice",
        ],
    },
    "rules": {"color-contrast-enhanced": {"enabled": True}},
    "resultTypes": ["violations"],
}
NewPage = Callable[..., Page]

both_ways = pytest.mark.parametrize(
    "javascript", [True, False], ids=["with-javascript", "without-javascript"]
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the module; nothing of it is left running for other tests."""
    if shutil.which(CHROMIUM) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"Chromium is missing: {CHROMIUM}")
        pytest.skip(f"Chromium is missing: {CHROMIUM}")
    with pytest.MonkeyPatch.context() as environment:
        # Playwright keeps an event loop in this thread; the ORM would refuse to work.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=FLAGS
            )
            yield chromium
            chromium.close()


@pytest.fixture
def portal_server(browser: Browser, live_server: Any, settings: Any) -> Any:
    """A real server on a port of its own, whose links lead back to it."""
    settings.BASE_URL = live_server.url
    settings.ORGANISATION = {
        **settings.ORGANISATION,
        "short_url": urlsplit(live_server.url).netloc,
    }
    settings.CAPTCHA_TEST_MODE = True
    return live_server


@pytest.fixture
def new_page(browser: Browser, portal_server: Any) -> Iterator[NewPage]:
    """Makes pages: `new_page(width=1280, scheme="dark", javascript=False)`."""
    watches: list[Watch] = []

    def make(
        *, width: int = PHONE, scheme: str = "light", javascript: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=portal_server.url,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            locale="es-CO",
            timezone_id="America/Bogota",
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=javascript,
        )
        context.set_default_timeout(10_000)
        watch = Watch(context, portal_server.url)
        watches.append(watch)
        return context.new_page()

    yield make
    for watch in watches:
        watch.context.close()
    complaints = [complaint for watch in watches for complaint in watch.complaints]
    assert complaints == []


@pytest.fixture
def page(request: pytest.FixtureRequest, new_page: NewPage) -> Page:
    """A phone; without JavaScript when the test says so (`both_ways`)."""
    javascript = True
    if "javascript" in request.fixturenames:
        javascript = request.getfixturevalue("javascript")
    return new_page(javascript=javascript)


class Watch:
    """Writes down what must not happen in any page of a context."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.host = context, urlsplit(url).netloc
        self.complaints: list[str] = []
        self.refused: set[str] = set()
        context.on("console", self._console)
        context.on("weberror", lambda event: self._note(f"script: {event.error}"))
        context.on("request", lambda request: self._request(request.url))
        context.on("response", self._response)

    def _response(self, response: Any) -> None:
        if response.request.is_navigation_request() and response.status >= 400:
            self.refused.add(response.url)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser reports a 404 page as an error of its own; it is an answer of ours.
        if message.type == "error" and not (
            message.text.startswith("Failed to load resource")
            and message.location["url"] in self.refused
        ):
            self._note(f"console: {message.text} {message.location['url']}")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.netloc != self.host:
            self._note(f"third party: {url}")

    def _note(self, complaint: str) -> None:
        self.complaints.append(complaint)


def sign_in(page: Page, client: Client) -> None:
    """Carry over the session of a test client that is signed in."""
    name = django_settings.SESSION_COOKIE_NAME
    value, url = client.cookies[name].value, django_settings.BASE_URL
    page.context.add_cookies([{"name": name, "value": value, "url": url}])


def assert_accessible(page: Page, *, widths: Sequence[int] = ()) -> None:
    """No violation of WCAG 2.2 A and AA, nor of AAA contrast, light and dark.

    At the width that the page has, or at each of `widths`.

    axe must be injected, which the portal's CSP rightly forbids. So what the page
    shows is drawn again in a context of its own, where the CSP is bypassed; the
    journey goes on under the real one, and the server sees no second request.
    """
    owner = page.context.browser
    own_size = page.viewport_size
    assert owner is not None
    assert own_size is not None
    html, url = page.content(), page.url.split("#")[0]
    context = owner.new_context(
        viewport=own_size,
        bypass_csp=True,
        locale="es-CO",
        reduced_motion="reduce",  # a colour on its way to another one is no colour
    )
    try:
        copy = context.new_page()
        copy.route(url, lambda route: route.fulfill(body=html, content_type=HTML))
        copy.goto(url)
        copy.add_script_tag(path=AXE)
        found = []
        sizes = [ViewportSize(width=w, height=HEIGHTS[w]) for w in widths]
        for size in sizes or [own_size]:
            copy.set_viewport_size(size)
            found += _barriers(copy)
    finally:
        context.close()
    assert found == [], "\n".join([page.url, *found])


def _barriers(copy: Page) -> list[str]:
    """What axe finds in both schemes, and whether the page is wider than the screen."""
    found = []
    for scheme in SCHEMES:
        copy.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {line}" for line in _violations(copy)]
    if copy.evaluate(OVERFLOWS):
        found.append("wider than the screen")
    return [f"{copy.viewport_size} {line}" for line in found]


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HTML = "text/html; charset=utf-8"
# The whole report is long, and slow to carry over.
RUN = "rules => axe.run(document, rules).then(report => report.violations)"
OVERFLOWS = (
    "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
)


def _violations(page: Page) -> list[str]:
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in page.evaluate(RUN, RULES)
        for node in rule["nodes"]
    ]


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page in the folder that SHOTS names, if it names one."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
