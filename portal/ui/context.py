"""What every page knows: the organisation's name and where it answers."""

import re

from django.conf import settings
from django.http import HttpRequest

from portal.ui.dates import NBSP


def organisation(request: HttpRequest | None) -> dict[str, object]:
    return {"organisation": _shown(settings.ORGANISATION), "demo": settings.DEMO}


def _shown(names: dict[str, str]) -> dict[str, str]:
    """A line does not break inside «8:00 p. m.»."""
    hours = re.sub(r" ([ap])\. m\.", rf"{NBSP}\1.{NBSP}m.", names["hours"])
    return {**names, "hours": hours}
