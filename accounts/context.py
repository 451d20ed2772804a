"""What every page of somebody signed in knows: when the session will end (WCAG 2.2.1)."""

from math import ceil

from django.http import HttpRequest
from django.utils import timezone

from accounts.middleware import ends_at


def session(request: HttpRequest) -> dict[str, object]:
    end = ends_at(request)
    if end is None:
        return {}
    left = ceil((end - timezone.now()).total_seconds())
    return {"session_ends_at": end, "session_seconds": max(0, left)}
