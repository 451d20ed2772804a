"""Small rules about every request and every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

GetResponse = Callable[[HttpRequest], HttpResponse]

KNOWN_METHODS = ("GET", "HEAD", "POST")


def only_known_methods(get_response: GetResponse) -> GetResponse:
    """Anything but GET, HEAD and POST is a 405, TRACE included (WEB-11)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in KNOWN_METHODS:
            return HttpResponseNotAllowed(KNOWN_METHODS)
        return get_response(request)

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """No answer of ours is kept by browsers or proxies, unless it says so itself (SES-06)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware
