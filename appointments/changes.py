"""After booking: cancel, give notice, have another time. The clinic's cancelling too.

Locks as everywhere: the patient first, then appointments by primary key. What is done
twice is done once; what the rules do not allow online is refused by name, to the
second, and nothing that was is lost by a refusal.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import (
    admission,
    cancellation,
    keeping,
    lifecycle,
    moving,
    notifications,
    policies,
    telling,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    AlreadyBegun,
    ByTelephone,
    NotHeld,
    NotStanding,
    NotThisSite,
)
from appointments.models import Appointment

Status = Appointment.Status
MAY_CANCEL = "appointments.cancel_by_clinic"
MOVED = "Cambió la hora"
# Why a patient cancels, if they say it (ux.md, «cancelar»).
REASONS = {
    "hora": "No puedo ir a esa hora",
    "innecesaria": "Ya no la necesito",
    "otra": "Conseguí otra cita",
    "otro": "Otro motivo",
}


@retrying
@transaction.atomic
def cancel(
    *, appointment_id: UUID, patient: Patient, by: User, reason: str, now: datetime
) -> Appointment:
    """The patient does not want it any more, in time. Twice is once."""
    appointment, kept = _locked(appointment_id, patient, by=by, now=now)
    if appointment.status == Status.CANCELLED:
        return appointment
    _check_stands(appointment)
    barrier = policies.barrier_to_cancel(
        cancellation.rules_for(appointment),
        start=appointment.start,
        now=now,
        cancellations=cancellation.cancelled_in_a_week(patient, now=now),
    )
    if barrier is not None:
        raise ByTelephone(barrier)
    end(appointment, kept, by=by, reason=REASONS.get(reason, ""), now=now)
    telling.tell(notifications.CANCELLED, appointment, now=now)
    return appointment


@retrying
@transaction.atomic
def cannot_go(
    *, appointment_id: UUID, patient: Patient, by: User | None, now: datetime
) -> Appointment:
    """«Avisar que no puedo ir»: whatever the rules say, until it begins. Twice is once.

    `by` is nobody when it came by the signed link of somebody without an account: who
    read the link has seen whose it is.

    It costs nothing and counts against nobody (Ley 1438 de 2011, art. 55): a notice
    that comes late still lets somebody else use the hour.
    """
    appointment, kept = _locked(appointment_id, patient, by=by, now=now)
    if appointment.status == Status.CANCELLED:
        return appointment
    _check_stands(appointment)
    if not policies.may_give_notice(start=appointment.start, now=now):
        raise AlreadyBegun
    end(appointment, kept, by=by, reason=cancellation.CANNOT_GO, now=now)
    telling.tell(notifications.CANCELLED, appointment, now=now)
    return appointment


@retrying
@transaction.atomic
def cancel_by_clinic(
    *, appointment_id: UUID, by: User, reason: str, now: datetime
) -> Appointment:
    """The clinic cannot attend it: it says why to its own, and apologises to the patient.

    Staff do it for their own sites (ACC-07). Raises NotThisSite, NotStanding.
    """
    patient = Patient.objects.get(appointments=appointment_id)
    keeping.lock(patient)
    appointment, kept = lifecycle.with_kept(patient, appointment_id)
    _check_site(appointment, by)
    if appointment.status not in (Status.BOOKED, Status.ARRIVED):
        raise NotStanding
    end(appointment, kept, by=by, reason=reason, now=now)
    telling.tell(notifications.CANCELLED_BY_CLINIC, appointment, now=now)
    return appointment


def is_change(appointment_id: UUID) -> bool:
    """Whether this hold is for an appointment that changes its time."""
    return Appointment.objects.filter(
        pk=appointment_id, replaces__isnull=False
    ).exists()


def is_done(kept: Appointment) -> bool:
    """Whether this hold already became the hour of the appointment that it was for."""
    if kept.replaces_id is None or kept.status != Status.LAPSED:
        return False
    return _passed(kept)


def change(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """The appointment gets the time that `appointment_id` keeps for it. Twice is once.

    Where the clinic must accept that time, it becomes a request and the appointment
    stands until the answer. Never two, never none. When what was to change no longer stands, the time kept goes
    back to the agenda and NotStanding says so.
    """
    try:
        return _change(appointment_id=appointment_id, patient=patient, by=by, now=now)
    except NotStanding:
        _give_back(appointment_id=appointment_id, patient=patient, by=by, now=now)
        raise


@retrying
@refusals
@transaction.atomic
def _change(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    kept, old = _both(appointment_id, patient, by=by, now=now)
    if kept.status == Status.PROPOSED:
        return kept
    if is_done(kept):
        return old
    if old.status == Status.PROPOSED:
        # A proposal is taken with its request (requests.take_proposal), not confirmed.
        raise NotHeld
    lifecycle.check_alone(kept)
    lifecycle.check_still_held(kept, now)
    _check_stands(old)
    admission.check_may_move(old, now=now)
    admission.check_ready(appointment=kept, now=now)
    answer_by = admission.answer_by(kept, now=now)
    if answer_by is not None:
        return keeping.ask(kept, answer_by=answer_by, by=by, now=now)
    old.moves += 1
    moving.take(kept=kept, to=old, by=by, reason=MOVED, now=now)
    old.save(update_fields=["moves"])
    keeping.record("appointment.moved", old, by=by, now=now)
    telling.tell(notifications.MOVED, old, now=now)
    return old


@retrying
@transaction.atomic
def _give_back(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> None:
    kept, _ = _both(appointment_id, patient, by=by, now=now)
    if kept.status == Status.HELD:
        lifecycle.let_go([kept], by=by, reason=lifecycle.NOT_STANDING, now=now)


# --- Look ----------------------------------------------------------------------


def _locked(
    appointment_id: UUID, patient: Patient, *, by: User | None, now: datetime
) -> tuple[Appointment, Sequence[Appointment]]:
    """This patient's appointment and what is kept for it, for this transaction alone."""
    keeping.lock(patient)
    if by is not None:
        people.check_acts_for(by, patient, on=timezone.localdate(now))
    return lifecycle.with_kept(patient, appointment_id)


def _both(
    appointment_id: UUID, patient: Patient, *, by: User, now: datetime
) -> tuple[Appointment, Appointment]:
    """The time kept, and the appointment that it is kept for."""
    keeping.lock(patient)
    people.check_acts_for(by, patient, on=timezone.localdate(now))
    either = Q(pk=appointment_id) | Q(replacements=appointment_id)
    pks = Appointment.objects.of(patient).filter(either).values("pk")
    rows = lifecycle.locking(Appointment.objects.filter(pk__in=pks))
    found = {one.pk: one for one in rows.select_related("schedule", "offer")}
    for one in found.values():
        one.patient = patient
    kept = found[appointment_id]
    return kept, found[kept.replaces_id]


def _check_stands(appointment: Appointment) -> None:
    if appointment.status != Status.BOOKED:
        raise NotStanding


def _check_site(appointment: Appointment, by: User) -> None:
    if not people.may_at(by, MAY_CANCEL, site_id=appointment.site_id):
        raise NotThisSite


def _passed(kept: Appointment) -> bool:
    """It lapsed because its appointment took its time."""
    last = kept.events.last()
    return last is not None and last.reason == moving.PASSED


# --- Write ---------------------------------------------------------------------


def end(
    appointment: Appointment,
    kept: Sequence[Appointment],
    *,
    by: User | None,
    reason: str,
    now: datetime,
) -> None:
    """It is cancelled, and what is kept for it goes back. Locked and checked by the caller."""
    lifecycle.let_go(kept, by=by, reason=lifecycle.NOT_STANDING, now=now)
    appointment.version += 1
    appointment.save(update_fields=["version"])
    lifecycle.end([appointment], to=Status.CANCELLED, by=by, reason=reason, now=now)
    keeping.record("appointment.cancelled", appointment, by=by, now=now)
