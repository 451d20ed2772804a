"""What goes to the outbox of an offer: subject and event are the offer's, not its row's."""

from datetime import datetime
from uuid import UUID

from appointments.models import Offer
from appointments.telling import Told
from portal.messaging import outbox


def tell(
    kind: str,
    offer: Offer,
    told: Told,
    *,
    now: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """To each of those who are told of its appointment. Twice is once."""
    for person, reach in told:
        outbox.put(
            kind=kind,
            event=event(kind, offer.pk),
            recipient_ref=str(person.pk),
            subject_ref=str(offer.pk),
            channels=reach,
            due_at=due_at,
            expires_at=expires_at,
            now=now,
        )


def event(kind: str, offer_id: UUID) -> str:
    return f"{kind}:{offer_id}"
