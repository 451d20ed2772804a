"""Error pages: what happened, in Spanish, and what to do now."""

from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import requires_csrf_token

from portal.ui import logs
from portal.ui.context import organisation


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    response = render(request, "405.html", status=405)
    response.headers["Allow"] = allowed
    return response


@requires_csrf_token
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF check failed: usually a tab from before the session ended."""
    context = {"again": page_before(request)}
    return render(request, "ui/forged.html", context, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Ours to repair. Drawn without the request, so that no database is needed."""
    name = getattr(request, "request_id", "") or logs.request_id.get()
    context = {
        **organisation(None),
        "support_code": logs.support_code(name),
        "again": "" if request.method == "GET" else page_before(request),
    }
    return HttpResponse(render_to_string("500.html", context), status=500)


def page_before(request: HttpRequest) -> str:
    """The page of ours that a form was sent from, or the front page."""
    referer = request.headers.get("Referer", "")
    try:
        ours = {request.get_host()}
    except DisallowedHost:
        return "/"
    if not url_has_allowed_host_and_scheme(
        referer, allowed_hosts=ours, require_https=request.is_secure()
    ):
        return "/"
    parts = urlsplit(referer)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path
