"""From one state to the next: the allowed steps, their events, and what a slot gets back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import openings, policies
from appointments.errors import (
    ForbiddenChange,
    HeldByOffer,
    HeldTogether,
    HoldExpired,
)
from appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentQuerySet,
    Offer,
    Slot,
    SlotClaim,
)

Status = Appointment.Status
# A time kept in place of another one is held, or waits for the clinic.
KEPT = (Status.HELD, Status.PROPOSED)
RELEASED, REPLACED = "La soltó el paciente", "Escogió otra hora"
OVER = "Se venció el tiempo"
# What a time was kept for ended meanwhile.
NOT_STANDING = "La cita que iba a cambiar ya no está en pie"


def locked(
    patient: Patient, appointment_id: UUID, *, by: User, now: datetime
) -> Appointment:
    """This patient's appointment, for this transaction alone.

    Raises NotActing when `by` does not act for this patient, or no longer does.
    """
    people.check_acts_for(by, patient, on=timezone.localdate(now))
    rows = locking(Appointment.objects.of(patient)).select_related("offer")
    found = rows.get(pk=appointment_id)
    found.patient = patient
    if found.booked_by_id == by.pk:
        found.booked_by = by
    return found


def locking(
    rows: AppointmentQuerySet, *, skip_locked: bool = False
) -> AppointmentQuerySet:
    """Rows locked by primary key; what they point to stays open to others."""
    return rows.select_for_update(
        of=("self",), no_key=True, skip_locked=skip_locked
    ).order_by("pk")


def with_kept(
    patient: Patient, appointment_id: UUID
) -> tuple[Appointment, list[Appointment]]:
    """It and the times kept in its place, locked by primary key; `patient` is locked already.

    Raises Appointment.DoesNotExist.
    """
    found = all_with_kept(Appointment.objects.of(patient), [appointment_id])
    if not found:
        raise Appointment.DoesNotExist
    for one in (found[0][0], *found[0][1]):
        one.patient = patient
    return found[0]


def all_with_kept(
    among: AppointmentQuerySet, wanted: Sequence[UUID]
) -> list[tuple[Appointment, list[Appointment]]]:
    """Several of them, each with the times kept in its place; their patients are locked already."""
    meant = Q(pk__in=wanted) | Q(replaces__in=wanted, status__in=KEPT)
    pks = among.filter(meant).values("pk")
    rows = list(
        locking(Appointment.objects.filter(pk__in=pks)).select_related("schedule")
    )
    # PostgreSQL chose what is kept before it waited for its lock.
    kept = [one for one in rows if one.pk not in wanted and one.status in KEPT]
    return [
        (one, [other for other in kept if other.replaces_id == one.pk])
        for one in rows
        if one.pk in wanted
    ]


def check_still_held(appointment: Appointment, now: datetime) -> None:
    if appointment.status != Status.HELD or is_over(appointment, now):
        raise HoldExpired


def is_over(appointment: Appointment, now: datetime) -> bool:
    return policies.hold_lapsed(expires_at=appointment.hold_expires_at, now=now)


def check_alone(appointment: Appointment) -> None:
    """What is held together is asked together; what is offered, by its offer."""
    if appointment.status == Status.HELD and appointment.group_id is not None:
        raise HeldTogether
    if is_offered(appointment):
        raise HeldByOffer


def is_offered(kept: Appointment) -> bool:
    """The waiting list keeps it for its patient, who answers the offer and not this row."""
    if kept.status != Status.HELD:
        return False
    offer = getattr(kept, "offer", None)
    return offer is not None and offer.status == Offer.Status.OPEN


def is_proposal(kept: Appointment) -> bool:
    """The clinic keeps it in place of a time asked for: it is answered with the request."""
    if kept.replaces_id is None:
        return False
    asked = Appointment.objects.filter(pk=kept.replaces_id, status=Status.PROPOSED)
    return asked.exists()


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
        start=appointment.start,
        site_id=appointment.site_id,
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
    """End holds and give their slots back."""
    end(appointments, to=Status.LAPSED, by=by, reason=reason, now=now)


def end(
    appointments: Sequence[Appointment],
    *,
    to: str,
    by: User | None,
    reason: str,
    now: datetime,
) -> None:
    """Leave the live states and give the slots back; one withdrawn meanwhile stays closed.

    Those who wait hear of what became free, and an offer ends with what was kept for it.
    The rows are locked by the caller. Raises ForbiddenChange.
    """
    if not appointments:
        return
    events = [move(one, to=to, by=by, now=now, reason=reason) for one in appointments]
    for one in appointments:
        one.hold_expires_at = one.answer_by = None
    ids = [one.pk for one in appointments]
    Appointment.objects.filter(pk__in=ids).update(
        status=to, hold_expires_at=None, answer_by=None
    )
    AppointmentEvent.objects.bulk_create(events)
    if any(event.from_status == Status.HELD for event in events):
        _close_offers(ids, now)
    claims = SlotClaim.objects.filter(appointment__in=ids)
    slots = list(claims.values_list("slot_id", flat=True))
    claims.delete()
    Slot.objects.filter(pk__in=slots, withdrawn=False).update(free=True)
    openings.note_slots(slots, now=now)


def _close_offers(ids: Sequence[UUID], now: datetime) -> None:
    """Nothing is kept for them any more: they ran out, or were withdrawn before."""
    still = Offer.objects.filter(appointment__in=ids, status=Offer.Status.OPEN)
    over = When(expires_at__lte=now, then=Value(Offer.Status.EXPIRED))
    ended = Case(over, default=Value(Offer.Status.WITHDRAWN))
    still.update(status=ended, answered_at=now)
