"""What the tests about requests do again and again."""

from datetime import datetime

from accounts.models import User
from accounts.tests.factories import UserFactory
from appointments import requests
from appointments.models import Appointment, Slot
from appointments.tests.steps import NOON, act, book, one_time


def member(name: str = "Marta Gil", **fields: object) -> User:
    """Somebody of the staff who may answer at every site."""
    fields.setdefault("is_superuser", True)
    return UserFactory(staff=True, staff_name=name, **fields)


def ask(
    start: datetime | None = None,
    user: User | None = None,
    *,
    now: datetime = NOON,
    **schedule: object,
) -> Appointment:
    """A request of Monday at noon; for Tuesday at eight if nothing else is said."""
    schedule.setdefault("booking", "request")
    return book(one_time(start, **schedule), user, now=now)


def decide(do, request: Appointment, *, now: datetime = NOON, **changes):
    """Something that the staff does with a request."""
    facts = {"appointment_id": request.pk, "now": now}
    if "by" not in changes:
        facts["by"] = member()
    return do(**facts | changes)


def propose(request: Appointment, slot: Slot, **changes) -> Appointment:
    return decide(requests.propose, request, slot_id=slot.pk, **changes)


def answer(do, request: Appointment, *, now: datetime = NOON, **changes):
    """Something that its own patient does with a request."""
    return act(do, request, now=now, **changes)
