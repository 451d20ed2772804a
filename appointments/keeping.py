"""A time kept for a patient: the slots taken, the row written, its first step and its trace."""

from collections.abc import Collection, Sequence
from datetime import datetime

from accounts.models import Patient, User
from appointments import lifecycle, notifications, telling
from appointments.errors import SlotTaken
from appointments.models import Appointment, Slot, SlotClaim
from portal.audit import trail

Status = Appointment.Status


def lock(patient: Patient) -> None:
    """One at a time for each patient: limits and overlaps are theirs."""
    rows = Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk)
    rows.values_list("pk").get()


def lock_all(patients: Collection[int]) -> None:
    """Several of them, always in the same order: nobody waits in a circle."""
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=patients)
    list(rows.order_by("pk").values_list("pk"))


def take(wanted: Sequence[int]) -> None:
    """The decision: who updates the rows has the time."""
    taken = Slot.objects.filter(pk__in=wanted, free=True).update(free=False)
    if taken != len(wanted):
        raise SlotTaken


def write(
    held: Appointment, wanted: Sequence[int], *, by: User | None, now: datetime
) -> None:
    """A new appointment begins as a hold of the slots that were taken for it."""
    event = lifecycle.move(held, to=Status.HELD, by=by, now=now)
    held.save(force_insert=True)
    event.save(force_insert=True)
    _claim(held, wanted)
    record("appointment.held", held, by=by, now=now)


def ask(
    appointment: Appointment, *, answer_by: datetime, by: User | None, now: datetime
) -> Appointment:
    """Turn the hold into a request, which keeps its time until the clinic answers.

    The row is locked by the caller, who has checked that it is held still.
    """
    propose(appointment, answer_by=answer_by, by=by, now=now)
    telling.tell(notifications.REQUESTED, appointment, now=now, expires_at=answer_by)
    return appointment


def propose(
    appointment: Appointment, *, answer_by: datetime, by: User | None, now: datetime
) -> None:
    """The same, without telling anybody: the caller does."""
    event = lifecycle.move(appointment, to=Status.PROPOSED, by=by, now=now)
    appointment.hold_expires_at = None
    appointment.answer_by = answer_by
    appointment.save(update_fields=["status", "hold_expires_at", "answer_by"])
    event.save(force_insert=True)
    record("appointment.requested", appointment, by=by, now=now)


def book(appointment: Appointment, *, by: User | None, now: datetime) -> None:
    """Turn the hold into an appointment. Locked and checked by the caller, who tells of it."""
    event = lifecycle.move(appointment, to=Status.BOOKED, by=by, now=now)
    appointment.hold_expires_at = None
    appointment.confirmed_at = now
    appointment.save(update_fields=["status", "hold_expires_at", "confirmed_at"])
    event.save(force_insert=True)
    record("appointment.booked", appointment, by=by, now=now)


def record(
    action: str, appointment: Appointment, *, by: User | None, now: datetime
) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=appointment,
        patient=appointment.patient,
        at=now,
    )


def _claim(held: Appointment, wanted: Sequence[int]) -> None:
    """The second wall: a slot has one owner."""
    SlotClaim.objects.bulk_create(
        [SlotClaim(slot_id=pk, appointment=held) for pk in wanted]
    )
