"""A provider that fails again and again is left alone for a while (NOT-07).

Each provider has its own, so that e-mail down does not stop the SMS. When the pause
ends everybody may try; the first failure starts another pause.
"""

from datetime import datetime, timedelta

from django.db.models import F

from portal.messaging.models import Breaker

TRIES = 5
PAUSE = timedelta(seconds=30)


def is_open(*, provider: str, now: datetime) -> bool:
    """Is this provider being left alone now?"""
    return Breaker.objects.filter(provider=provider, open_until__gt=now).exists()


def failed(*, provider: str, now: datetime) -> None:
    """Count a failure of the provider itself, not one of a message."""
    Breaker.objects.get_or_create(provider=provider)
    rows = Breaker.objects.filter(provider=provider)
    rows.filter(failures__lt=TRIES).update(failures=F("failures") + 1)
    rows.filter(failures__gte=TRIES).update(open_until=now + PAUSE)


def answered(*, provider: str) -> None:
    """It works: forget the failures."""
    Breaker.objects.filter(provider=provider, failures__gt=0).update(
        failures=0, open_until=None
    )
