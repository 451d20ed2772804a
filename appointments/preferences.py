"""Small things that the portal remembers of a person: the agreement in use, the tutorial
seen, when and where to be reminded."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from accounts import people
from accounts.models import Patient, User
from appointments import reminders
from appointments.models import ReminderPreference, TutorialView
from catalog.models import Agreement
from portal.audit import trail
from portal.messaging.models import Channel


def use_agreement(*, patient: Patient, agreement: Agreement) -> None:
    """From now on appointments are asked for with this agreement."""
    Patient.objects.filter(pk=patient.pk).update(preferred_agreement=agreement)
    patient.preferred_agreement = agreement


def tutorial_seen(*, user: User, now: datetime) -> None:
    """Read or skipped; twice is once."""
    TutorialView.objects.get_or_create(user=user, defaults={"seen_at": now})


def has_seen_tutorial(user: User) -> bool:
    return TutorialView.objects.filter(user=user).exists()


@transaction.atomic
def choose_reminders(
    *,
    user: User,
    moments: Collection[str],
    channels: dict[str, bool],
    now: datetime,
) -> ReminderPreference:
    """From now on, also for the appointments there are: of this person and of their dependants.

    `channels` says yes or no for each one that was offered; the others stay as they were.
    What was planned and is wanted no more dies when its hour comes.
    """
    patient = user.patient
    assert patient is not None  # noqa: S101 - the page is for patients
    said = {
        name: moment in moments for moment, name in ReminderPreference.MOMENTS.items()
    } | {
        ReminderPreference.CHANNELS[Channel(channel)]: wanted
        for channel, wanted in channels.items()
    }
    chosen, _ = ReminderPreference.objects.update_or_create(
        patient=patient, defaults={**said, "updated_at": now}
    )
    trail.record(
        action="reminders.chosen", actor=user, patient=patient, subject=patient, at=now
    )
    reminders.plan_again(people.acts_for(user, on=localdate(now)), now=now)
    return chosen
