"""What the tests of the waiting list do again and again, in one line each."""

from datetime import date, timedelta

from accounts.models import User
from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import waiting_list
from appointments.models import Appointment, Offer, Schedule, WaitingListEntry
from appointments.tests.steps import NOON, particular
from appointments.waiting_list import Wanted


def somebody(**facts: object) -> User:
    """A person with an account, who can be told."""
    user = UserFactory(**facts)
    ContactDeviceFactory(user=user)
    return user


def wanted(user: User, schedule: Schedule, **changes: object) -> Wanted:
    facts: dict = {
        "patient": user.patient,
        "agreement": particular(),
        "procedure": schedule.procedures.first(),
        "modality": schedule.modality,
        "first_day": date(2026, 3, 2),
        "last_day": date(2026, 3, 31),
        "notice_minutes": 60,
    }
    return Wanted(**facts | changes)


def join(user: User, schedule: Schedule, **changes: object) -> WaitingListEntry:
    now = changes.pop("now", NOON)
    return waiting_list.join(wanted(user, schedule, **changes), by=user, now=now)


def waits(schedule: Schedule, minutes: float = 0, **changes: object):
    """Somebody who waits for this, since so many minutes after noon."""
    user = changes.pop("user", None) or somebody()
    return join(user, schedule, now=NOON + timedelta(minutes=minutes), **changes)


def offered(entry: WaitingListEntry) -> Offer | None:
    """What is offered to them now."""
    rows = Offer.objects.filter(entry=entry, status=Offer.Status.OPEN)
    return rows.select_related("appointment", "entry").first()


def accept(offer: Offer, *, now=NOON) -> Appointment:
    entry = offer.entry
    return waiting_list.accept(
        offer_id=offer.pk, patient=entry.patient, by=entry.asked_by, now=now
    )


def decline(offer: Offer, *, now=NOON) -> Offer:
    entry = offer.entry
    return waiting_list.decline(
        offer_id=offer.pk, patient=entry.patient, by=entry.asked_by, now=now
    )


def leave(entry: WaitingListEntry, *, now=NOON) -> WaitingListEntry:
    return waiting_list.leave(
        entry_id=entry.pk, patient=entry.patient, by=entry.asked_by, now=now
    )
