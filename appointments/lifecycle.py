"""From one state to the next: the allowed steps, their events, and what a slot gets back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import Patient, User
from appointments import policies
from appointments.errors import ForbiddenChange, HoldExpired
from appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentQuerySet,
    Slot,
    SlotClaim,
)

Status = Appointment.Status
RELEASED, REPLACED = "La soltó el paciente", "Escogió otra hora"


def locked(patient: Patient, appointment_id: UUID) -> Appointment:
    """This patient's appointment, for this transaction alone."""
    return locking(Appointment.objects.of(patient)).get(pk=appointment_id)


def locking(
    rows: AppointmentQuerySet, *, skip_locked: bool = False
) -> AppointmentQuerySet:
    """Rows locked by primary key; what they point to stays open to others."""
    return rows.select_for_update(
        of=("self",), no_key=True, skip_locked=skip_locked
    ).order_by("pk")


def check_still_held(appointment: Appointment, now: datetime) -> None:
    if appointment.status != Status.HELD or is_over(appointment, now):
        raise HoldExpired


def is_over(appointment: Appointment, now: datetime) -> bool:
    return policies.hold_lapsed(expires_at=appointment.hold_expires_at, now=now)


def move(
    appointment: Appointment,
    *,
    to: str,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> AppointmentEvent:
    """Change the state of this object and answer its event; the caller writes both."""
    old = appointment.status
    if not policies.may_change(old=old, new=to):
        raise ForbiddenChange(f"{old} → {to}")
    appointment.status = to
    return AppointmentEvent(
        appointment=appointment,
        from_status=old,
        to_status=to,
        version=appointment.version,
        at=now,
        by=by,
        reason=reason,
    )


def let_go(
    appointments: Sequence[Appointment],
    *,
    by: User | None,
    reason: str,
    now: datetime,
) -> None:
    """End holds and give their slots back; a slot withdrawn meanwhile stays closed."""
    if not appointments:
        return
    events = [
        move(one, to=Status.LAPSED, by=by, now=now, reason=reason)
        for one in appointments
    ]
    for one in appointments:
        one.hold_expires_at = None
    ids = [one.pk for one in appointments]
    Appointment.objects.filter(pk__in=ids).update(
        status=Status.LAPSED, hold_expires_at=None
    )
    AppointmentEvent.objects.bulk_create(events)
    claims = SlotClaim.objects.filter(appointment__in=ids)
    slots = list(claims.values_list("slot_id", flat=True))
    claims.delete()
    Slot.objects.filter(pk__in=slots, withdrawn=False).update(free=True)
