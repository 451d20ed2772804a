"""Taking a time: hold, extend, let go, confirm, lapse. The only writer of appointments.

Order of every use case: lock, look, decide, write, audit, outbox (design §4). Locks are
taken patient first, then appointments, then slots, each by primary key. What decides
who gets a slot is the conditional UPDATE of its row; the unique claim and, on
PostgreSQL, the exclusion constraints say no as well.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import (
    admission,
    changes,
    holding,
    keeping,
    lifecycle,
    notifications,
    policies,
    reminders,
    telling,
    waiting_list,
    wishes,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    HoldAlreadyExtended,
    NotHeld,
    SlotTaken,
)
from appointments.models import Appointment
from catalog.models import Agreement, Procedure

Status = Appointment.Status

LAPSED_AT_ONCE = 500
# What confirming leads to, at once or when the clinic accepts.
ASKED_FOR = (Status.BOOKED, Status.PROPOSED)


@retrying
@refusals
@transaction.atomic
def hold(  # noqa: PLR0913 - everything that is checked again here
    *,
    slot_id: int,
    procedure: Procedure,
    patient: Patient,
    agreement: Agreement,
    by: User,
    search: str,
    now: datetime,
    replaces: Appointment | None = None,
    brings_papers: bool = True,
) -> Appointment:
    """Keep a time for this patient while they read and check their answers.

    The same time twice is one hold. Another time of the same search takes the place of
    the one before, and a hold whose time is over gives way to anybody. With `replaces`
    that appointment is to get this time: it stands until then, and counts no more than
    it did. Without `brings_papers` the patient was not asked, or did not say, whether
    they bring the order on the day: then it must be there.
    """
    slot = holding.within_reach([slot_id], patients=[patient.pk], now=now).get(slot_id)
    if slot is None:
        raise SlotTaken
    wish = wishes.Wish(
        slot, procedure, patient, agreement, by, search, replaces, brings_papers
    )
    keeping.lock(patient)
    people.check_acts_for(by, patient, on=timezone.localdate(now))
    theirs = holding.own([patient.pk], now=now)
    if replaces is not None:
        wishes.check_replaces(theirs[patient.pk], wish)
        admission.check_may_move(replaces, now=now)
    mine = wishes.same_time(theirs[patient.pk], wish)
    if mine is not None:
        return mine
    (held,) = holding.keep([wish], theirs, now=now)
    return held


@retrying
@transaction.atomic
def extend(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """Ten minutes more, once."""
    appointment = lifecycle.locked(patient, appointment_id, by=by, now=now)
    lifecycle.check_alone(appointment)
    lifecycle.check_still_held(appointment, now)
    if appointment.hold_extended or appointment.hold_expires_at is None:
        raise HoldAlreadyExtended
    appointment.hold_expires_at = policies.extended_until(appointment.hold_expires_at)
    appointment.hold_extended = True
    appointment.save(update_fields=["hold_expires_at", "hold_extended"])
    keeping.record("appointment.hold_extended", appointment, by=by, now=now)
    return appointment


@retrying
@transaction.atomic
def read_instructions(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """The patient went on from the recommendations; the first time counts."""
    appointment = lifecycle.locked(patient, appointment_id, by=by, now=now)
    if appointment.status in ASKED_FOR or appointment.instructions_read_at:
        return appointment
    lifecycle.check_alone(appointment)
    lifecycle.check_still_held(appointment, now)
    appointment.instructions_read_at = now
    appointment.save(update_fields=["instructions_read_at"])
    keeping.record("appointment.instructions_read", appointment, by=by, now=now)
    return appointment


@retrying
@transaction.atomic
def release(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """The patient does not want this time after all. Twice is once."""
    appointment = lifecycle.locked(patient, appointment_id, by=by, now=now)
    if appointment.status == Status.LAPSED:
        return appointment
    lifecycle.check_alone(appointment)
    if appointment.status != Status.HELD or lifecycle.is_proposal(appointment):
        raise NotHeld
    lifecycle.let_go([appointment], by=by, reason=lifecycle.RELEASED, now=now)
    keeping.record("appointment.released", appointment, by=by, now=now)
    return appointment


def confirm(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """Turn the hold into an appointment, or into a request where the clinic must accept it.

    A hold for an appointment that changes its hour gives it that hour: then the answer
    is that appointment. The patient is told which. Twice is once.
    """
    if changes.is_change(appointment_id):
        return changes.change(
            appointment_id=appointment_id, patient=patient, by=by, now=now
        )
    return _confirm(appointment_id=appointment_id, patient=patient, by=by, now=now)


@retrying
@transaction.atomic
def _confirm(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    keeping.lock(patient)
    appointment = lifecycle.locked(patient, appointment_id, by=by, now=now)
    if appointment.status in ASKED_FOR:
        return appointment
    lifecycle.check_alone(appointment)
    lifecycle.check_still_held(appointment, now)
    admission.check_ready(appointment=appointment, now=now)
    holding.check_room([appointment], holding.own([patient.pk], now=now))
    answer_by = admission.answer_by(appointment, now=now)
    if answer_by is not None:
        return keeping.ask(appointment, answer_by=answer_by, by=by, now=now)
    keeping.book(appointment, by=by, now=now)
    told = telling.tell(notifications.CONFIRMED, appointment, now=now)
    reminders.plan(appointment, told=told, now=now)
    waiting_list.served(appointment, by=by, now=now)
    return appointment


def lapse(*, now: datetime) -> int:
    """End the holds whose time is over and give their slots back; how many."""
    ended = 0
    while batch := _lapse_some(now):
        ended += batch
    return ended


@retrying
@transaction.atomic
def _lapse_some(now: datetime) -> int:
    over = lifecycle.locking(Appointment.objects.lapsed(at=now), skip_locked=True)
    appointments = list(over[:LAPSED_AT_ONCE])
    lifecycle.let_go(appointments, by=None, reason=lifecycle.OVER, now=now)
    return len(appointments)
