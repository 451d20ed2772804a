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
from appointments import lifecycle, telehealth, waiting_list
from appointments.contention import retrying
from appointments.errors import AnswerOver
from appointments.models import Appointment, Offer
from appointments.offer_links import Link
from portal.audit import trail
from portal.audit.origin import Origin

Status = Offer.Status
ANSWERED = "waiting.answered_by_link"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks about now."""

    offer: Offer
    appointment: Appointment
    person: Patient
    is_open: bool
    # A video call needs a consent that nobody gives without signing in.
    must_enter: bool


def asked(link: Link, *, now: datetime) -> Asked:
    """Only a look: nothing changes, however often a machine follows the link.

    Raises AnswerOver when this person has nothing to do with it any more.
    """
    rows = Offer.objects.select_related("entry").filter(pk=link.offer_id)
    offer = rows.first()
    if offer is None:
        raise AnswerOver
    held = (
        Appointment.objects.for_page()
        .select_related("patient__user", "replaces__site")
        .get(pk=offer.appointment_id)
    )
    person = _person(link, held.patient, now)
    is_open = _is_open(offer, held, now)
    must_enter = is_open and telehealth.is_missing(held)
    return Asked(offer, held, person, is_open=is_open, must_enter=must_enter)


@retrying
@transaction.atomic
def accept(link: Link, *, origin: Origin, now: datetime) -> Appointment:
    """«Aceptar». Twice is once. Raises AnswerOver and what `waiting_list.accept` raises."""
    found = asked(link, now=now)
    taken = waiting_list.accept(
        offer_id=found.offer.pk,
        patient=found.appointment.patient,
        by=_account(found.person),
        now=now,
    )
    if found.offer.status == Status.OPEN:
        _record(found, "accepted", origin=origin, now=now)
    return taken


@retrying
@transaction.atomic
def decline(link: Link, *, origin: Origin, now: datetime) -> None:
    """«No me sirve»: they stay on the list. Twice is once. Raises AnswerOver, OfferOver."""
    found = asked(link, now=now)
    waiting_list.decline(
        offer_id=found.offer.pk,
        patient=found.appointment.patient,
        by=_account(found.person),
        now=now,
    )
    if found.offer.status == Status.OPEN:
        _record(found, "declined", origin=origin, now=now)


def _person(link: Link, patient: Patient, now: datetime) -> Patient:
    """The patient, or somebody who acts for them today (ACC-03)."""
    if patient.token == link.person:
        return patient
    for guardian in people.guardians_of(patient, on=localdate(now)):
        if guardian.token == link.person:
            return guardian
    raise AnswerOver


def _is_open(offer: Offer, held: Appointment, now: datetime) -> bool:
    return (
        offer.status == Status.OPEN
        and not offer.is_over(now=now)
        and held.status == Appointment.Status.HELD
        and not lifecycle.is_over(held, now)
    )


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
        subject=found.offer,
        patient=found.appointment.patient,
        request_context=origin,
        at=now,
        details={"by_link": True, "answer": answer},
    )
