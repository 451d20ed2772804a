"""The signed link of a reminder: which appointment, which hour of it, and who was asked.

Whoever has the link received it on a destination that was proved: that is enough to say
«voy» or «no puedo ir», and for nothing else. It serves until the appointment begins or
its hour changes, which its row says and not the link.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import Patient
from appointments.models import Appointment

SALT = "appointments.answer"


class BadLink(Exception):
    """Nobody signed this."""


@dataclass(frozen=True, slots=True)
class Link:
    """What was signed."""

    appointment_id: UUID
    version: int
    person: UUID


def path(appointment: Appointment, person: Patient) -> str:
    """The page where this person answers about this hour of the appointment."""
    said = f"{appointment.pk.hex}.{appointment.version}.{person.token.hex}"
    return reverse("appointments:answer", args=[_signer().sign(said)])


def read(token: str) -> Link:
    """Raises BadLink for anything that is not ours, whatever it looks like."""
    try:
        appointment, version, person = _signer().unsign(token).split(".")
        return Link(UUID(appointment), int(version), UUID(person))
    except (signing.BadSignature, ValueError):
        raise BadLink from None


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
