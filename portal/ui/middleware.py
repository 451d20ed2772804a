"""Small rules about every request and every answer."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from portal.ui import errors, logs

GetResponse = Callable[[HttpRequest], HttpResponse]

KNOWN_METHODS = ("GET", "HEAD", "POST")
UNREADABLE = ("\x00", "\ufffd")
access = logging.getLogger("portal.access")


def request_id(get_response: GetResponse) -> GetResponse:
    """Name each request, so that one can be followed through the logs (LOG-04)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = _uuid_or_new(request.headers.get("X-Request-ID", ""))
        request.request_id = name  # type: ignore[attr-defined]
        token = logs.request_id.set(name)
        started = time.monotonic()
        try:
            response = get_response(request)
            response.headers["X-Request-ID"] = name
            access.info(
                "request",
                extra={
                    "data": {
                        "method": request.method,
                        "route": logs.route_of(request),
                        "status": response.status_code,
                        "ms": round((time.monotonic() - started) * 1000),
                    }
                },
            )
            return response
        finally:
            logs.request_id.reset(token)

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """No answer of ours is kept by browsers or proxies, unless it says so itself (SES-06)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def only_known_methods(get_response: GetResponse) -> GetResponse:
    """Anything but GET, HEAD and POST is a 405, TRACE included (WEB-11).

    Every 405, this one or a view's, is a page that says where to go.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in KNOWN_METHODS:
            response = get_response(request)
        else:
            response = HttpResponseNotAllowed(KNOWN_METHODS)
        if response.status_code != 405 or response.streaming or response.content:
            return response
        return errors.not_allowed(request, allowed=response.headers["Allow"])

    return middleware


def only_readable_text(get_response: GetResponse) -> GetResponse:
    """NUL and broken UTF-8 in the path, the query or the body are a 400 (WEB-07)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (request.encoding or "utf-8").lower() not in ("utf-8", "utf8"):
            raise BadRequest("encoding")
        try:
            for text in _bytes(request):
                text.decode()
        except UnicodeError as error:
            raise BadRequest("bytes") from error
        if any(mark in text for text in _texts(request) for mark in UNREADABLE):
            raise BadRequest("text")
        # A cookie is the browser's, not what somebody typed: without it, all goes on.
        for name in [n for n, value in request.COOKIES.items() if "\x00" in value]:
            del request.COOKIES[name]
        return get_response(request)

    return middleware


class SignInRequired(LoginRequiredMiddleware):
    """Deny by default; after signing in, people return to a page, never to a POST."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            path = request.get_full_path()
        else:
            path = errors.page_before(request)
        return redirect_to_login(path, resolve_url(self.get_login_url(view_func)))


def _bytes(request: HttpRequest) -> Iterator[bytes]:
    """What Django would read as Latin-1, or not at all, where it is not UTF-8."""
    # It percent-encodes again the bytes of a path that it cannot decode.
    yield unquote_to_bytes(request.path_info)
    yield request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    if request.content_type == "application/x-www-form-urlencoded":
        yield request.body


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    for data in (request.GET, request.POST):
        for name, values in data.lists():
            yield name
            yield from (value for value in values if isinstance(value, str))


def _uuid_or_new(text: str) -> str:
    try:
        return str(uuid.UUID(text)) if len(text) == 36 else str(uuid.uuid4())
    except ValueError:
        return str(uuid.uuid4())
