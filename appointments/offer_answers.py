"""«Aceptar», «No me sirve»: what somebody answers to an offer, without signing in.

The link was signed for one person and one offer. Everything else is looked at when it
is used: what the offer is by then, and whether the person is still its patient or acts
for them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils.timezone import localdate

from accounts import people
from accounts.models import Patient, User
from appointments import keeping, lifecycle, telehealth, waiting_list
from appointments.contention import refusals, retrying
from appointments.errors import OfferOver
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.offer_links import Link
from portal.audit import trail
from portal.audit.origin import Origin

Status = Offer.Status
ANSWERED = "waiting.answered_by_link"
STANDING = (Appointment.Status.BOOKED, Appointment.Status.PROPOSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks about now."""

    offer: Offer
    # What is kept for them; once accepted, what they have.
    appointment: Appointment
    person: Patient
    is_open: bool
    # A video call needs a consent that nobody gives without signing in.
    must_enter: bool = False

    @property
    def is_declined(self) -> bool:
        return self.offer.status == Status.DECLINED

    @property
    def is_accepted(self) -> bool:
        """It is theirs, or the clinic is asked, and that stands."""
        accepted = self.offer.status == Status.ACCEPTED
        return accepted and self.appointment.status in STANDING

    @property
    def waits_for_the_clinic(self) -> bool:
        return self.appointment.status == Appointment.Status.PROPOSED

    @property
    def still_waits(self) -> bool:
        return self.offer.entry.status == WaitingListEntry.Status.WAITING


def asked(link: Link, *, now: datetime) -> Asked:
    """Only a look: nothing changes, however often a machine follows the link.

    Raises OfferOver when this person has nothing to do with it any more.
    """
    rows = Offer.objects.select_related(
        "entry__patient__user", "appointment__site", "appointment__replaces__site"
    )
    offer = rows.filter(pk=link.offer_id).first()
    if offer is None:
        raise OfferOver
    person = _person(link, offer.entry.patient, now)
    is_open = _is_open(offer, now)
    must_enter = is_open and telehealth.is_missing(offer.appointment)
    return Asked(offer, _meant(offer), person, is_open=is_open, must_enter=must_enter)


@retrying
@refusals
@transaction.atomic
def accept(link: Link, *, origin: Origin, now: datetime) -> Appointment:
    """«Aceptar». Twice is once. Raises OfferOver and what `waiting_list.accept` raises."""
    found = _locked(link, now)
    taken = waiting_list.accept(
        offer_id=found.offer.pk,
        patient=found.offer.entry.patient,
        by=_account(found.person),
        now=now,
    )
    if found.offer.status == Status.OPEN:
        _record(found, "accepted", origin=origin, now=now)
    return taken


@retrying
@transaction.atomic
def decline(link: Link, *, origin: Origin, now: datetime) -> None:
    """«No me sirve»: they stay on the list. Twice is once. Raises OfferOver."""
    found = _locked(link, now)
    waiting_list.decline(
        offer_id=found.offer.pk,
        patient=found.offer.entry.patient,
        by=_account(found.person),
        now=now,
    )
    if found.offer.status == Status.OPEN:
        _record(found, "declined", origin=origin, now=now)


def _locked(link: Link, now: datetime) -> Asked:
    """Nobody answers it between this look and the end."""
    keeping.lock(asked(link, now=now).offer.entry.patient)
    return asked(link, now=now)


def _meant(offer: Offer) -> Appointment:
    """Of one that came sooner and was accepted: the appointment that has its hour now."""
    held = offer.appointment
    if offer.status != Status.ACCEPTED or held.replaces is None:
        return held
    return held.replaces if held.status == Appointment.Status.LAPSED else held


def _is_open(offer: Offer, now: datetime) -> bool:
    held = offer.appointment
    return (
        offer.status == Status.OPEN
        and not offer.is_over(now=now)
        and held.status == Appointment.Status.HELD
        and not lifecycle.is_over(held, now)
    )


def _person(link: Link, patient: Patient, now: datetime) -> Patient:
    """The patient, or somebody who acts for them today (ACC-03)."""
    if patient.token == link.person:
        return patient
    for guardian in people.guardians_of(patient, on=localdate(now)):
        if guardian.token == link.person:
            return guardian
    raise OfferOver


def _account(person: Patient) -> User | None:
    """Who has no account, or closed it, answers all the same: the trace names the link alone."""
    user: User | None = getattr(person, "user", None)
    return user if user is not None and user.is_active else None


def _record(
    found: Asked,
    answer: Literal["accepted", "declined"],
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """By the link and not by a session: the account is the one the link was sent to."""
    trail.record(
        action=ANSWERED,
        actor=_account(found.person),
        subject=found.offer.entry,
        patient=found.offer.entry.patient,
        request_context=origin,
        at=now,
        details={"by_link": True, "answer": answer},
    )
