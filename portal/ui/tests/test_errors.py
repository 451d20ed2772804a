"""Error pages, what every answer carries, and what no input may do (WEB-01, 02, 06, 07, 11)."""

import json
import logging
import re
import uuid

import pytest
from django.db import OperationalError
from django.test import Client

from portal.ui import errors, logs
from portal.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.urls("portal.ui.tests.urls")]

UUID = "4d3e6d2a-0b1c-4a55-9b7e-3f1f0d9b7a11"


@pytest.fixture
def visitor(settings):
    """A browser: our own errors come back as pages."""
    settings.LOGIN_URL = "/ingresar/"
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def headline(response) -> str:
    return re.search(r"<h1>(.*?)</h1>", response.content.decode())[1]


def test_each_error_has_its_page(visitor):
    """WEB-06: our own pages, with DEBUG off."""
    pages = {
        "/?q=%00": (400, "No pudimos leer lo que envió"),
        "/negada/": (403, "No puede ver esta página"),
        "/nada/": (404, "No encontramos esta página"),
        "/solo-post/": (405, "Esta página no se abre así"),
        "/rota/": (500, "Tenemos un problema técnico"),
    }

    seen = {}
    for address in pages:
        response = visitor.get(address)
        seen[address] = (response.status_code, headline(response))

    assert seen == pages


def test_an_old_tab_leads_back_to_its_page(visitor):
    response = visitor.post(
        "/solo-post/", headers={"referer": "http://testserver/prueba/?a=1"}
    )

    assert response.status_code == 403
    assert headline(response) == "Su página estuvo abierta mucho tiempo"
    assert 'href="/prueba/?a=1">Intentar otra vez' in response.content.decode()


def test_a_foreign_page_is_not_led_back_to(visitor):
    response = visitor.post("/solo-post/", headers={"referer": "https://evil.example/"})

    assert "evil" not in response.content.decode()
    assert 'href="/">Intentar otra vez' in response.content.decode()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"])
def test_other_methods_are_refused(visitor, method):
    response = visitor.generic(method, "/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, POST"
    assert headline(response) == "Esta página no se abre así"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/prueba/",
        "/privada/",
        "/?q=%00",
        "/negada/",
        "/nada/",
        "/solo-post/",
        "/rota/",
        "/captcha/x.png",
    ],
)
def test_every_answer_carries_the_same_protection(visitor, settings, address):
    """WEB-01, WEB-02; nothing of another host is allowed (WEB-09)."""
    response = visitor.get(address)

    policy = response.headers["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    }
    assert {
        name: response.headers.get(name)
        for name in (
            "Cache-Control",
            "X-Frame-Options",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
        )
    } == {
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_nothing_is_inline(visitor):
    page = visitor.get("/prueba/").content.decode()

    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page) == []


@pytest.mark.parametrize(
    "address",
    ["/?q=%00", "/?q=%ff", "/?%c3%28=1", "/%00/", "/%ff/", "/captcha/%00.png"],
)
def test_text_that_cannot_be_read_in_an_address_is_a_400(visitor, address):
    assert visitor.get(address).status_code == 400


@pytest.mark.parametrize("body", [b"nombres=%00", b"nombres=%ff", b"nombres=\xc3\x28"])
def test_text_that_cannot_be_read_in_a_form_is_a_400(visitor, body):
    response = visitor.post(
        "/prueba/", body, content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 400


def test_nul_in_a_file_form_is_a_400(visitor):
    assert visitor.post("/prueba/", {"nombres": "a\x00b"}).status_code == 400


def test_a_cookie_with_nul_is_as_good_as_none(visitor):
    visitor.cookies["sessionid"] = "abcdefgh\x00ijkl"

    assert visitor.get("/privada/").status_code == 302


@pytest.mark.parametrize("charset", ["hex", "rot13", "utf-16", "nada"])
def test_a_charset_that_is_no_text_does_not_break_the_server(charset):
    statuses = []
    environ = Client()._base_environ(
        QUERY_STRING="a=%41", CONTENT_TYPE=f"text/plain; charset={charset}"
    )

    b"".join(application(environ, lambda status, headers: statuses.append(status)))

    assert statuses == ["200 OK"]


def test_too_many_fields_are_a_400(visitor):
    body = "&".join(f"a{n}=1" for n in range(2_001))

    response = visitor.post(
        "/prueba/", body, content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 400


def test_a_strange_host_is_a_400(visitor):
    """WEB-05: the hosts are named one by one."""
    assert visitor.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_visitor_signs_in_and_comes_back_to_the_same_page(visitor):
    response = visitor.get("/privada/?ciudad=11001")

    assert response.headers["Location"] == (
        "/ingresar/?next=/privada/%3Fciudad%3D11001"
    )


def test_after_a_post_the_visitor_comes_back_to_the_page_of_the_form(settings):
    settings.LOGIN_URL = "/ingresar/"
    visitor = Client(headers={"referer": "http://testserver/prueba/"})

    response = visitor.post("/privada/")

    assert response.headers["Location"] == "/ingresar/?next=/prueba/"


def test_each_request_has_an_id_and_takes_one_only_if_it_is_a_uuid(visitor):
    given = visitor.get("/", headers={"x-request-id": UUID})
    evil = visitor.get("/", headers={"x-request-id": "1\n{}"})

    assert given.headers["X-Request-ID"] == UUID
    assert uuid.UUID(evil.headers["X-Request-ID"])


def test_the_500_page_needs_no_database(rf, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", fail)
    request = rf.get("/")
    request.request_id = UUID

    response = errors.broken(request)

    assert "<b>E-4D3E6D</b>" in response.content.decode()
    assert "Iniciar sesión" in response.content.decode()


@pytest.fixture
def lines():
    """What the portal writes to its log during the test, line by line."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(logs.JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_failure_is_logged_with_its_code_and_without_anybodys_data(visitor, lines):
    visitor.get("/rota/?documento=52123456", headers={"x-request-id": UUID})

    failure = next(line for line in map(json.loads, lines) if "error" in line)
    assert failure["support_code"] == "E-4D3E6D"
    assert failure["request_id"] == UUID
    assert failure["error"]["type"] == "builtins.RuntimeError"
    assert [word for word in ("Rosa", "52123456", "@") if word in "".join(lines)] == []


def test_a_request_is_one_line_without_its_query(visitor, lines):
    visitor.get("/prueba/?documento=52123456", headers={"x-request-id": UUID})

    line = json.loads(lines[-1])
    assert line.pop("ms") >= 0
    assert line.pop("at")
    assert line == {
        "level": "INFO",
        "logger": "portal.access",
        "message": "request",
        "request_id": UUID,
        "method": "GET",
        "route": "prueba/",
        "status": 200,
    }


def test_numbers_and_addresses_in_other_peoples_log_lines_are_hidden(lines):
    logging.getLogger("other").warning(
        "code %s for %s", "482913", "rosa@correo.example"
    )

    assert json.loads(lines[-1])["message"] == "code (digits) for (address)"
