"""What the person says to an offer: it serves, or it does not.

A tap is enough. What they have to read is on the page and in the message of the offer.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import (
    admission,
    holding,
    keeping,
    lifecycle,
    moving,
    notifications,
    reminders,
    telling,
)
from appointments.contention import refusals, retrying
from appointments.errors import NotStanding, OfferOver
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.waiting_list import ending, matching

Status = Appointment.Status
SWAPPED = "Aceptó una hora que se liberó antes"
NOT_WANTED = "No le sirvió la hora que le ofrecimos"


@retrying
@refusals
@transaction.atomic
def accept(
    *, offer_id: UUID, patient: Patient, by: User | None, now: datetime
) -> Appointment:
    """The time is theirs. Twice is once.

    With an appointment that it takes the place of, that one gets this time, as it is, and
    its own goes back and is offered on: never two, never none. No notice is asked for
    it and no change counted, the clinic offers it. Where the clinic must accept the
    time it is a request, and they wait until the answer.

    `by` is nobody when it came by the signed link. Raises OfferOver, NotStanding,
    ConsentMissing, PatientBusy, PaperMissing, NotOffered, TooManyAppointments,
    NotActing, Offer.DoesNotExist.
    """
    offer, held, later = _locked(offer_id, patient, by=by, now=now)
    if offer.status == Offer.Status.ACCEPTED:
        return later if later and held.status == Status.LAPSED else held
    _check_open(offer, held, now)
    if held.instructions_read_at is None:
        held.instructions_read_at = now
        held.save(update_fields=["instructions_read_at"])
    admission.check_ready(appointment=held, now=now)
    ending.answer(offer, Offer.Status.ACCEPTED, now=now)
    ending.record("waiting.accepted", offer.entry, by=by, now=now)
    if later is not None:
        _check_later(later, now)
    else:
        holding.check_room([held], holding.own([patient.pk], now=now))
    answer_by = admission.answer_by(held, now=now)
    if answer_by is not None:
        _wait_for_the_clinic(offer.entry, held)
        return keeping.ask(held, answer_by=answer_by, by=by, now=now)
    taken = _swap(held, later, by, now) if later else _book(held, by, now)
    ending.served(taken, by=by, now=now)
    return taken


@retrying
@transaction.atomic
def decline(
    *, offer_id: UUID, patient: Patient, by: User | None, now: datetime
) -> Offer:
    """«No me sirve»: they stay on the list, and the time goes on to the next. Twice is once.

    Raises OfferOver, NotActing, Offer.DoesNotExist.
    """
    offer, held, _ = _locked(offer_id, patient, by=by, now=now)
    if offer.status == Offer.Status.DECLINED:
        return offer
    _check_open(offer, held, now)
    ending.answer(offer, Offer.Status.DECLINED, now=now)
    lifecycle.let_go([held], by=by, reason=NOT_WANTED, now=now)
    ending.record("waiting.declined", offer.entry, by=by, now=now)
    matching.match(offer.entry, now=now)
    return offer


# --- Look ----------------------------------------------------------------------


def _locked(
    offer_id: UUID, patient: Patient, *, by: User | None, now: datetime
) -> tuple[Offer, Appointment, Appointment | None]:
    """The offer, what is held for it and what that would take the place of, in lock order."""
    keeping.lock(patient)
    if by is not None:
        people.check_acts_for(by, patient, on=timezone.localdate(now))
    row = Offer.objects.filter(entry__patient=patient).get(pk=offer_id)
    either = Q(pk=row.appointment_id) | Q(replacements=row.appointment_id)
    keys = Appointment.objects.of(patient).filter(either).values("pk")
    rows = lifecycle.locking(Appointment.objects.filter(pk__in=keys))
    found = {one.pk: one for one in rows.select_related("schedule", "booked_by")}
    for one in found.values():
        one.patient = patient
    entry = _entry(row.entry_id, patient)
    offer = Offer.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    offer.entry, held = entry, found[offer.appointment_id]
    later = found.get(held.replaces_id) if held.replaces_id else None
    return offer, held, later


def _entry(entry_id: UUID, patient: Patient) -> WaitingListEntry:
    rows = WaitingListEntry.objects.select_related("procedure", "instead_of")
    entry = rows.select_for_update(of=("self",), no_key=True).get(pk=entry_id)
    entry.patient = patient
    return entry


def _check_open(offer: Offer, held: Appointment, now: datetime) -> None:
    """It is theirs still: nobody answered, the clock did not, and the time is kept."""
    if offer.status != Offer.Status.OPEN or offer.is_over(now=now):
        raise OfferOver
    if held.status != Status.HELD or lifecycle.is_over(held, now):
        raise OfferOver


def _check_later(later: Appointment, now: datetime) -> None:
    if later.status != Status.BOOKED or later.start <= now:
        raise NotStanding


# --- Write ---------------------------------------------------------------------


def _wait_for_the_clinic(entry: WaitingListEntry, held: Appointment) -> None:
    """They keep their place until the clinic accepts it; meanwhile nothing else is offered."""
    entry.assigned = held
    entry.save(update_fields=["assigned"])


def _swap(
    held: Appointment, later: Appointment, by: User | None, now: datetime
) -> Appointment:
    moving.take(kept=held, to=later, by=by, reason=SWAPPED, now=now)
    keeping.record("appointment.moved", later, by=by, now=now)
    telling.tell(notifications.MOVED, later, now=now)
    return later


def _book(held: Appointment, by: User | None, now: datetime) -> Appointment:
    keeping.book(held, by=by, now=now)
    told = telling.tell(notifications.CONFIRMED, held, now=now)
    reminders.plan(held, told=told, now=now)
    return held
