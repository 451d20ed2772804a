"""Small things that the portal remembers of a person: the agreement in use, the tutorial seen."""

from datetime import datetime

from accounts.models import Patient, User
from appointments.models import TutorialView
from catalog.models import Agreement


def use_agreement(*, patient: Patient, agreement: Agreement) -> None:
    """From now on appointments are asked for with this agreement."""
    Patient.objects.filter(pk=patient.pk).update(preferred_agreement=agreement)
    patient.preferred_agreement = agreement


def tutorial_seen(*, user: User, now: datetime) -> None:
    """Read or skipped; twice is once."""
    TutorialView.objects.get_or_create(user=user, defaults={"seen_at": now})


def has_seen_tutorial(user: User) -> bool:
    return TutorialView.objects.filter(user=user).exists()
