"""«Mis citas en mi calendario»: the private address, and what it answers."""

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.access import PatientRequest, patient_required
from appointments import feeds, ics
from appointments.models import CalendarFeed


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def calendars(request: PatientRequest) -> HttpResponse:
    """What it is, and «Crear enlace».

    That POST answers with a page instead of leading to one, as the backup codes do:
    the address is shown this once and kept nowhere.
    """
    context: dict[str, Any] = {"nav": "citas"}
    if request.method == "POST":
        address = feeds.open_feed(user=request.user, now=timezone.now())
        context |= {"address": address, "webcal": _webcal(address)}
        return render(request, "appointments/calendar_address.html", context)
    context["feed"] = feeds.current(request.user)
    return render(request, "appointments/calendars.html", context)


@require_POST
@patient_required
def revoke(request: PatientRequest) -> HttpResponse:
    """«Quitar el enlace»."""
    if feeds.revoke(user=request.user, now=timezone.now()):
        messages.success(request, "Listo. Ese enlace ya no muestra sus citas.")
    return redirect("appointments:calendars")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """For calendar applications, which cannot sign in: the address is the key.

    It is not cheap to guess 256 bits, and cheap to say no: one look at an index.
    """
    try:
        found = feeds.read(token=token, now=timezone.now())
    except CalendarFeed.DoesNotExist:
        raise Http404 from None
    content = ics.feed(found)
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="citas.ics"'
    # Kept by its reader alone, who asks each time whether it is still the same.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _webcal(address: str) -> str:
    """The address as calendar applications open it by themselves."""
    return f"webcal://{address.partition('://')[2]}"
