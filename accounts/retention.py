"""What is forgotten, and when (PRV-09)."""

from datetime import datetime, timedelta
from importlib import import_module

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet

from accounts.models import (
    Challenge,
    FormerContact,
    RecoveryCode,
    RegistrationAttempt,
    Throttle,
    UserSession,
)

CODES = timedelta(hours=24)
UNFINISHED = timedelta(hours=24)
FINISHED = timedelta(hours=48)
LIMITS = timedelta(hours=25)  # the longest window is a day
OLD_CONTACTS = timedelta(days=90)
FAILED_PASSWORDS = timedelta(hours=24)


def purge(*, now: datetime) -> dict[str, int]:
    """Delete what has served; says how much of each."""
    attempts = RegistrationAttempt.objects
    counts = {
        "codes": _delete(Challenge.objects.filter(created_at__lte=now - CODES)),
        "unfinished": _delete(
            attempts.filter(finished_at=None, created_at__lte=now - UNFINISHED)
        ),
        "finished": _delete(attempts.filter(finished_at__lte=now - FINISHED)),
        "limits": _delete(Throttle.objects.filter(at__lte=now - LIMITS)),
        "sessions": _delete(
            UserSession.objects.filter(started_at__lte=now - settings.SESSION_LONGEST)
        ),
        "contacts": _delete(
            FormerContact.objects.filter(until__lte=now - OLD_CONTACTS)
        ),
        "recoveries": _delete(
            RecoveryCode.objects.filter(expires_at__lte=now - OLD_CONTACTS)
        ),
        "passwords": _delete(
            AccessAttempt.objects.filter(attempt_time__lte=now - FAILED_PASSWORDS)
        ),
    }
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return counts


def _delete(rows: QuerySet) -> int:
    return rows.delete()[0]
