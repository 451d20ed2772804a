"""What every page knows: the organisation's name and where it answers."""

from django.conf import settings
from django.http import HttpRequest


def organisation(request: HttpRequest) -> dict[str, object]:
    return {"organisation": settings.ORGANISATION, "demo": settings.DEMO}
