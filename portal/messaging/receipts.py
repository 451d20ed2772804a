"""What the provider tells later: delivered, or not (NOT-08).

Receipts come late, twice, and in any order: delivered is final, a failure gives way
to it only, and nothing goes back.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from portal.messaging.models import OutgoingMessage

State = OutgoingMessage.State
_ON_ITS_WAY = (State.QUEUED, State.SENDING, State.UNCERTAIN)
_OUT = ("sent", "sending", "queued", "accepted", "scheduled")
_DELIVERED = ("delivered", "read")
_LOST = ("failed", "undelivered", "canceled")


def note(
    *, provider_id: str, message_id: UUID | None, status: str, code: str, now: datetime
) -> None:
    """Write down one receipt; OutgoingMessage.DoesNotExist when it is not ours."""
    mine = Q(provider_id=provider_id)
    if message_id is not None:  # it may be earlier than our own note of the id
        mine |= Q(pk=message_id, provider_id="")
    message = OutgoingMessage.objects.get(mine)
    rows = OutgoingMessage.objects.filter(pk=message.pk)
    arrived = {
        "provider_id": provider_id,
        "lease_until": None,
        "in_doubt": False,
        "sent_at": message.sent_at or now,
    }
    if status in _DELIVERED:
        rows.exclude(state=State.DELIVERED).update(
            **arrived, state=State.DELIVERED, delivered_at=now, error=""
        )
    elif status in _LOST:
        rows.exclude(state__in=[State.DELIVERED, State.FAILED]).update(
            **arrived, state=State.FAILED, error=f"Twilio {code or status}"
        )
    elif status in _OUT:
        rows.filter(state__in=_ON_ITS_WAY).update(**arrived, state=State.SENT, error="")
