"""Messages for tests."""

from portal.messaging.models import OutgoingMessage
from portal.testing import samples
from portal.testing.clock import NOON

PHONE, ADDRESS = "+573001112233", "ana@example.com"


def queued(channel, kind=samples.NOTICE, **facts):
    """One message that waits to be sent at noon."""
    facts.setdefault("recipient_ref", ADDRESS if channel == "email" else PHONE)
    facts.setdefault("subject_ref", "uno")
    facts.setdefault("event", f"sample:{facts['subject_ref']}")
    return OutgoingMessage.objects.create(
        kind=kind.name, channel=channel, due_at=NOON, created_at=NOON, **facts
    )


def killed(channel, **facts):
    """One whose worker was killed when the provider may already have had it."""
    return queued(
        channel,
        state="sending",
        attempts=1,
        in_doubt=True,
        tried_at=NOON,
        lease_until=NOON,
        **facts,
    )
