"""Staying signed in, and signing out."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions
from accounts.context import session


@require_safe
def keep(request: HttpRequest) -> HttpResponse:
    """«Seguir»: asking for anything keeps the session; the answer is for how long."""
    return JsonResponse({"seconds": session(request)["session_seconds"]})


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on the server, and leave nothing in the browser (SES-06)."""
    sessions.forget(session_key=request.session.session_key or "")
    logout(request)
    response = redirect("ui:index")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
