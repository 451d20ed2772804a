"""What an account is made of, read at once for its owner."""

from dataclasses import dataclass
from datetime import date

from accounts import contact_change, contacts, coverages, people, totp
from accounts.models import Coverage, Patient, User
from portal.messaging import channels
from portal.messaging.models import Channel


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that «Mis datos» tells."""

    patient: Patient
    confirmed: frozenset[str]
    coverages: tuple[Coverage, ...]
    dependants: tuple[Patient, ...]
    has_app: bool
    can_change_phone: bool
    can_change_email: bool


def overview(*, user: User, today: date) -> Overview:
    """The account's owner, what they confirmed, who pays, and how they enter."""
    patient = Patient.objects.get(user=user)
    confirmed = contacts.account_addresses(user.pk, channels=Channel)
    return Overview(
        patient=patient,
        confirmed=frozenset(confirmed.values()),
        coverages=tuple(coverages.declared_by(patient)),
        dependants=tuple(
            row.dependant
            for row in people.guardianships_of(user, on=today)
            if row.dependant
        ),
        has_app=totp.is_on(user=user),
        can_change_phone=contact_change.phone_channel() is not None,
        can_change_email=Channel.EMAIL in channels.available(),
    )
