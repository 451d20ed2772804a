"""What the messages about an appointment say. When they go is the outbox's business."""

from appointments.notifications import (
    accepted,
    confirmed,
    declined,
    ended,
    expired,
    filed,
    filed_closed,
    group_confirmed,
    moved,
    offer_expired,
    offered,
    order_rejected,
    proposed_time,
    reminder,
    requested,
    video,
    withdrawn,
)
from appointments.notifications.recipients import (
    TOLD_BY,
    Addressee,
    addressee,
    addressee_of,
    destinations,
    reached,
    recipients,
    recipients_of,
)
from appointments.reminder_times import MOMENTS
from portal.messaging import kinds
from portal.messaging.kinds import Kind

CONFIRMED = "appointments.confirmed"
REQUESTED = "appointments.requested"
ACCEPTED = "appointments.accepted"
DECLINED = "appointments.declined"
EXPIRED = "appointments.expired"
PROPOSED_TIME = "appointments.proposed_time"
WITHDRAWN = "appointments.withdrawn"
CANCELLED = "appointments.cancelled"
CANCELLED_BY_CLINIC = "appointments.cancelled_by_clinic"
MOVED = "appointments.moved"
OFFERED = "appointments.offered"
OFFER_EXPIRED = "appointments.offer_expired"
FILED = "appointments.filed"
FILED_CLOSED = "appointments.filed_closed"
ORDER_REJECTED = "appointments.order_rejected"
VIDEO = "appointments.video"
GROUP_CONFIRMED = "appointments.group_confirmed"
REMINDERS = {moment: f"{reminder.PREFIX}{moment}" for moment in MOMENTS}

__all__ = [
    "ACCEPTED",
    "CANCELLED",
    "CANCELLED_BY_CLINIC",
    "CONFIRMED",
    "DECLINED",
    "EXPIRED",
    "FILED",
    "FILED_CLOSED",
    "GROUP_CONFIRMED",
    "MOVED",
    "OFFERED",
    "OFFER_EXPIRED",
    "ORDER_REJECTED",
    "PROPOSED_TIME",
    "REMINDERS",
    "REQUESTED",
    "TOLD_BY",
    "VIDEO",
    "WITHDRAWN",
    "Addressee",
    "addressee",
    "addressee_of",
    "destinations",
    "reached",
    "recipients",
    "recipients_of",
    "register",
]

OF_REQUESTS: dict[str, kinds.Compose] = {
    REQUESTED: requested.compose,
    ACCEPTED: accepted.compose,
    DECLINED: declined.compose,
    EXPIRED: expired.compose,
    PROPOSED_TIME: proposed_time.compose,
    WITHDRAWN: withdrawn.compose,
}


def register() -> None:
    """Called once, when the app is ready."""
    kinds.register(Kind(CONFIRMED, confirmed.compose, on_uncertain=kinds.REPEAT))
    kinds.register(
        Kind(GROUP_CONFIRMED, group_confirmed.compose, on_uncertain=kinds.REPEAT)
    )
    kinds.register(Kind(CANCELLED, ended.as_asked, on_uncertain=kinds.REPEAT))
    kinds.register(
        Kind(CANCELLED_BY_CLINIC, ended.by_clinic, on_uncertain=kinds.REPEAT)
    )
    kinds.register(Kind(MOVED, moved.compose, on_uncertain=kinds.REPEAT))
    for kind, compose in OF_REQUESTS.items():
        kinds.register(Kind(kind, compose, on_uncertain=kinds.REPEAT))
    for name in REMINDERS.values():
        kinds.register(Kind(name, reminder.compose))
    kinds.register(Kind(VIDEO, video.compose, urgent=True))
    kinds.register(Kind(OFFERED, offered.compose, urgent=True))
    kinds.register(Kind(OFFER_EXPIRED, offer_expired.compose))
    kinds.register(Kind(FILED, filed.compose, on_uncertain=kinds.REPEAT))
    kinds.register(Kind(FILED_CLOSED, filed_closed.compose, on_uncertain=kinds.REPEAT))
    kinds.register(Kind(ORDER_REJECTED, order_rejected.compose))
