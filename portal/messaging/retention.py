"""What was said is kept for a year: long enough to read how an appointment was told."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.messaging.models import OutgoingMessage

State = OutgoingMessage.State
KEPT = timedelta(days=365)
AT_ONCE = 1000
# Whatever happens to them now, it will not be this portal that does it.
ENDED = (State.SENT, State.DELIVERED, State.FAILED, State.UNCERTAIN, State.DROPPED)


def purge(*, now: datetime) -> int:
    """Delete what was due more than a year ago, in small pieces; how many.

    By the hour it was due and not by its creation: a reminder may wait for months.
    """
    deleted = 0
    while pks := _some(now):
        OutgoingMessage.objects.filter(pk__in=pks).delete()
        deleted += len(pks)
    return deleted


def _some(now: datetime) -> list[UUID]:
    old = OutgoingMessage.objects.filter(state__in=ENDED, due_at__lte=now - KEPT)
    return list(old.order_by("due_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
