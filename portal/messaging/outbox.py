"""Put a message in the outbox, in the same transaction as what it tells (NOT-01)."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from portal.messaging import channels as doors
from portal.messaging import kinds, tasks
from portal.messaging.models import OutgoingMessage

LONGEST_EVENT = OutgoingMessage._meta.get_field("event").max_length or 80


def put(  # noqa: PLR0913 a message has this many facts
    *,
    kind: str,
    event: str,
    recipient_ref: str,
    subject_ref: str,
    channels: Iterable[str],
    now: datetime,
    version: int = 1,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Say it once by each channel that this installation has.

    The same event and version for the same recipient and channel is the same
    message, however often it is put (NOT-02).
    """
    meant, wanted = kinds.get(kind), set(channels)
    if len(event) > LONGEST_EVENT:  # SQLite would keep it, PostgreSQL would not
        raise ValueError("the name of an event is too long")
    due = due_at or now
    rows = [
        OutgoingMessage(
            kind=kind,
            event=event,
            version=version,
            channel=channel,
            recipient_ref=recipient_ref,
            subject_ref=subject_ref,
            due_at=due,
            expires_at=expires_at,
            created_at=now,
        )
        for channel in doors.available(kind=kind)
        if channel in wanted
    ]
    OutgoingMessage.objects.bulk_create(rows, ignore_conflicts=True)
    if due <= now:
        ids = [str(row.pk) for row in rows]
        transaction.on_commit(partial(tasks.wake, ids, urgent=meant.urgent))
