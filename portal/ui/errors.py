"""Error pages: what happened, in Spanish, and what to do now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF check failed: usually an old tab."""
    return render(request, "403.html", status=403)
