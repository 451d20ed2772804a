"""Taking a time: hold, extend, let go, confirm, lapse. The only writer of appointments.

Order of every use case: lock, look, decide, write, audit, outbox (design §4). Locks are
taken patient first, then appointments, then slots, each by primary key. What decides
who gets a slot is the conditional UPDATE of its row; the unique claim and, on
PostgreSQL, the exclusion constraints say no as well.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import (
    admission,
    cancellation,
    changes,
    keeping,
    lifecycle,
    notifications,
    policies,
    references,
    reminders,
    telling,
    wishes,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    HoldAlreadyExtended,
    NotHeld,
    SlotTaken,
)
from appointments.models import Appointment, Slot
from appointments.papers import Missing
from catalog import instructions
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
    slot = _slot_within_reach(slot_id, patient, now)
    wish = wishes.Wish(
        slot, procedure, patient, agreement, by, search, replaces, brings_papers
    )
    keeping.lock(patient)
    people.check_acts_for(by, patient, on=timezone.localdate(now))
    own = _own(patient, now)
    _check_replaces(own, wish, now)
    mine = wishes.same_time(own, wish)
    if mine is not None:
        return mine
    admission.check_offered(
        slot=wish.slot,
        procedure=procedure,
        patient=patient,
        agreement=agreement,
        now=now,
    )
    paper = admission.check_papers(wish)
    wanted = wishes.slots_for(wish)
    ended = wishes.make_way(wish, wanted, now)
    stay = [one for one in own if one.pk not in ended and one != replaces]
    admission.check_limits(
        stay, rules=_rules(wish), specialty_id=slot.schedule.specialty_id
    )
    keeping.take(wanted)
    admission.check_overlaps(stay, slot=slot, end=wish.end)
    return _write(wish, wanted, paper, now)


@retrying
@transaction.atomic
def extend(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """Ten minutes more, once."""
    appointment = lifecycle.locked(patient, appointment_id, by=by, now=now)
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
    lifecycle.check_still_held(appointment, now)
    admission.check_ready(appointment=appointment, now=now)
    _check_room(appointment, now)
    answer_by = admission.answer_by(appointment, now=now)
    if answer_by is not None:
        return keeping.ask(appointment, answer_by=answer_by, by=by, now=now)
    event = lifecycle.move(appointment, to=Status.BOOKED, by=by, now=now)
    appointment.hold_expires_at = None
    appointment.confirmed_at = now
    appointment.save(update_fields=["status", "hold_expires_at", "confirmed_at"])
    event.save(force_insert=True)
    keeping.record("appointment.booked", appointment, by=by, now=now)
    told = telling.tell(notifications.CONFIRMED, appointment, now=now)
    reminders.plan(appointment, told=told, now=now)
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
    lifecycle.let_go(appointments, by=None, reason="Se venció el tiempo", now=now)
    return len(appointments)


# --- Look ----------------------------------------------------------------------


def _slot_within_reach(slot_id: int, patient: Patient, now: datetime) -> Slot:
    """A slot that is free, this patient's own, or of a hold that is over: in one look.

    Who comes too late, as most do in a race, leaves here without having locked a thing.
    """
    holders = Appointment.objects.filter(claims__slot=OuterRef("pk"))
    over = Q(status=Status.HELD, hold_expires_at__lte=now)
    in_reach = Q(free=True) | Exists(holders.filter(over | Q(patient=patient)))
    slot = Slot.objects.filter(in_reach, pk=slot_id).select_related("schedule").first()
    if slot is None:
        raise SlotTaken
    return slot


def _own(patient: Patient, now: datetime) -> list[Appointment]:
    """What this patient has or keeps, still to come."""
    occupying = Appointment.objects.of(patient).occupying(at=now).filter(end__gt=now)
    return list(occupying.select_related("schedule"))


def _check_replaces(own: list[Appointment], wish: wishes.Wish, now: datetime) -> None:
    if wish.replaces is not None:
        wishes.check_replaces(own, wish)
        admission.check_may_move(wish.replaces, now=now)


def _check_room(appointment: Appointment, now: datetime) -> None:
    """A hold becomes an appointment: only now it counts as one."""
    own = _own(appointment.patient, now)
    schedule = next(one.schedule for one in own if one == appointment)
    place = cancellation.place_of(
        schedule,
        procedure_id=appointment.procedure_id,
        agreement_id=appointment.agreement_id,
    )
    admission.check_room(
        [one for one in own if one != appointment],
        rules=cancellation.rules_at(place),
        specialty_id=schedule.specialty_id,
    )


def _rules(wish: wishes.Wish) -> policies.Rules:
    place = cancellation.place_of(
        wish.slot.schedule,
        procedure_id=wish.procedure.pk,
        agreement_id=wish.agreement.pk,
    )
    return cancellation.rules_at(place)


# --- Write ---------------------------------------------------------------------


def _write(
    wish: wishes.Wish, wanted: Sequence[int], paper: Missing, now: datetime
) -> Appointment:
    slot = wish.slot
    held = Appointment(
        reference=references.new(),
        patient=wish.patient,
        schedule=slot.schedule,
        practitioner_id=slot.practitioner_id,
        site_id=slot.site_id,
        procedure=wish.procedure,
        agreement=wish.agreement,
        modality=slot.schedule.modality,
        start=slot.start,
        end=wish.end,
        hold_expires_at=policies.hold_until(now),
        instruction_set=instructions.for_procedure(wish.procedure),
        exclusive=slot.schedule.capacity == 1,
        search=wish.search,
        replaces=wish.replaces,
        service_request=paper.declared,
        order_promised=paper.anything,
        booked_by=wish.by,
        created_at=now,
    )
    keeping.write(held, wanted, by=wish.by, now=now)
    return held
