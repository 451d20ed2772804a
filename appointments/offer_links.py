"""The signed link of an offer: which offer, and who of those who were told of it.

Whoever has the link received it on a destination that was proved: that is enough to say
«acepto» or «no me sirve», and for nothing else. What the offer is by then, its row says.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import Patient
from appointments.models import Offer

SALT = "appointments.offer"


class BadLink(Exception):
    """Nobody signed this."""


@dataclass(frozen=True, slots=True)
class Link:
    """What was signed."""

    offer_id: UUID
    person: UUID


def path(offer: Offer, person: Patient) -> str:
    """The page where this person answers to this offer."""
    said = f"{offer.pk.hex}.{person.token.hex}"
    return reverse("appointments:offer_link", args=[_signer().sign(said)])


def read(token: str) -> Link:
    """Raises BadLink for anything that is not ours, whatever it looks like."""
    try:
        offer, person = _signer().unsign(token).split(".")
        return Link(UUID(offer), UUID(person))
    except (signing.BadSignature, ValueError):
        raise BadLink from None


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
