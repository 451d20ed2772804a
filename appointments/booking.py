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

from accounts.models import Patient, User
from appointments import (
    admission,
    lifecycle,
    notifications,
    policies,
    references,
    wishes,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    HoldAlreadyExtended,
    NotHeld,
    SlotTaken,
)
from appointments.models import Appointment, Slot, SlotClaim
from catalog import instructions
from catalog.models import Agreement, Procedure
from portal.audit import trail
from portal.messaging import outbox

Status = Appointment.Status

LAPSED_AT_ONCE = 500


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
) -> Appointment:
    """Keep a time for this patient while they read and check their answers.

    The same time twice is one hold. Another time of the same search takes the place of
    the one before, and a hold whose time is over gives way to anybody.
    """
    slot = _slot_within_reach(slot_id, patient, now)
    wish = wishes.Wish(slot, procedure, patient, agreement, by, search)
    _lock(patient)
    own = _own(patient, now)
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
    wanted = wishes.slots_for(wish)
    ended = wishes.make_way(wish, wanted, now)
    stay = [one for one in own if one.pk not in ended]
    admission.check_limits(stay, specialty_id=slot.schedule.specialty_id)
    _take(wanted)
    admission.check_overlaps(stay, slot=slot, end=wish.end)
    return _write(wish, wanted, now)


@retrying
@transaction.atomic
def extend(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """Ten minutes more, once."""
    appointment = lifecycle.locked(patient, appointment_id)
    lifecycle.check_still_held(appointment, now)
    if appointment.hold_extended or appointment.hold_expires_at is None:
        raise HoldAlreadyExtended
    appointment.hold_expires_at = policies.extended_until(appointment.hold_expires_at)
    appointment.hold_extended = True
    appointment.save(update_fields=["hold_expires_at", "hold_extended"])
    _record("appointment.hold_extended", appointment, by=by, now=now)
    return appointment


@retrying
@transaction.atomic
def read_instructions(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """The patient went on from the recommendations; the first time counts."""
    appointment = lifecycle.locked(patient, appointment_id)
    if appointment.status == Status.BOOKED or appointment.instructions_read_at:
        return appointment
    lifecycle.check_still_held(appointment, now)
    appointment.instructions_read_at = now
    appointment.save(update_fields=["instructions_read_at"])
    _record("appointment.instructions_read", appointment, by=by, now=now)
    return appointment


@retrying
@transaction.atomic
def release(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """The patient does not want this time after all. Twice is once."""
    appointment = lifecycle.locked(patient, appointment_id)
    if appointment.status == Status.LAPSED:
        return appointment
    if appointment.status != Status.HELD:
        raise NotHeld
    lifecycle.let_go([appointment], by=by, reason=lifecycle.RELEASED, now=now)
    _record("appointment.released", appointment, by=by, now=now)
    return appointment


@retrying
@transaction.atomic
def confirm(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """Turn the hold into an appointment and tell the patient. Twice is once."""
    appointment = lifecycle.locked(patient, appointment_id)
    if appointment.status == Status.BOOKED:
        return appointment
    lifecycle.check_still_held(appointment, now)
    admission.check_ready(appointment=appointment, now=now)
    event = lifecycle.move(appointment, to=Status.BOOKED, by=by, now=now)
    appointment.hold_expires_at = None
    appointment.confirmed_at = now
    appointment.save(update_fields=["status", "hold_expires_at", "confirmed_at"])
    event.save(force_insert=True)
    _record("appointment.booked", appointment, by=by, now=now)
    _tell(appointment, now)
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


def _lock(patient: Patient) -> None:
    """One at a time for each patient: limits and overlaps are theirs."""
    rows = Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk)
    rows.values_list("pk").get()


def _own(patient: Patient, now: datetime) -> list[Appointment]:
    """What this patient has or keeps, still to come."""
    occupying = Appointment.objects.of(patient).occupying(at=now).filter(end__gt=now)
    return list(occupying.select_related("schedule"))


# --- Write ---------------------------------------------------------------------


def _take(wanted: Sequence[int]) -> None:
    """The decision: who updates the rows has the time."""
    taken = Slot.objects.filter(pk__in=wanted, free=True).update(free=False)
    if taken != len(wanted):
        raise SlotTaken


def _write(wish: wishes.Wish, wanted: Sequence[int], now: datetime) -> Appointment:
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
        booked_by=wish.by,
        created_at=now,
    )
    event = lifecycle.move(held, to=Status.HELD, by=wish.by, now=now)
    held.save(force_insert=True)
    event.save(force_insert=True)
    _claim(held, wanted)
    _record("appointment.held", held, by=wish.by, now=now)
    return held


def _claim(held: Appointment, wanted: Sequence[int]) -> None:
    """The second wall: a slot has one owner."""
    SlotClaim.objects.bulk_create(
        [SlotClaim(slot_id=pk, appointment=held) for pk in wanted]
    )


def _tell(appointment: Appointment, now: datetime) -> None:
    outbox.put(
        kind=notifications.CONFIRMED,
        event=f"{notifications.CONFIRMED}:{appointment.pk}",
        version=appointment.version,
        recipient_ref=str(appointment.patient_id),
        subject_ref=str(appointment.pk),
        channels=notifications.reached(appointment.patient),
        expires_at=appointment.end,
        now=now,
    )


def _record(action: str, appointment: Appointment, *, by: User, now: datetime) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=appointment,
        patient=appointment.patient,
        at=now,
    )
