"""How a place on the list ends, and an offer with it."""

from datetime import datetime
from uuid import UUID

from accounts.models import Patient, User
from appointments import lifecycle
from appointments.models import Appointment, Offer, WaitingListEntry
from portal.audit import trail

Status = WaitingListEntry.Status
WITHDRAWN = "La oferta se retiró"
HAS_IT = "Consiguió la cita"


def locked(entry_id: UUID, patient: Patient) -> WaitingListEntry:
    """This patient's place, for this transaction alone; what is kept for it is locked before."""
    offered = Appointment.objects.of(patient).filter(
        offer__entry=entry_id, status=Appointment.Status.HELD
    )
    list(lifecycle.locking(Appointment.objects.filter(pk__in=offered.values("pk"))))
    rows = WaitingListEntry.objects.of(patient).select_related("procedure")
    entry = rows.select_for_update(of=("self",), no_key=True).get(pk=entry_id)
    entry.patient = patient
    return entry


def end(
    entry: WaitingListEntry,
    *,
    to: str,
    because: str,
    now: datetime,
    by: User | None = None,
    assigned: Appointment | None = None,
) -> None:
    """They wait no more. What is kept for them goes on to the next. Locked by the caller."""
    entry.status, entry.ended_at, entry.ended_because = to, now, because
    entry.assigned = assigned or entry.assigned
    entry.save(update_fields=["status", "ended_at", "ended_because", "assigned"])
    withdraw(entry, by=by, now=now)
    record(f"waiting.{to}", entry, by=by, now=now)


def withdraw(entry: WaitingListEntry, *, by: User | None, now: datetime) -> None:
    """Its open offer, if there is one: the time goes back, and is noted."""
    kept = Appointment.objects.filter(
        offer__entry=entry,
        offer__status=Offer.Status.OPEN,
        status=Appointment.Status.HELD,
    )
    rows = lifecycle.locking(Appointment.objects.filter(pk__in=kept.values("pk")))
    lifecycle.let_go(list(rows), by=by, reason=WITHDRAWN, now=now)


def answer(offer: Offer, status: str, *, now: datetime) -> None:
    offer.status, offer.answered_at = status, now
    offer.save(update_fields=["status", "answered_at"])


def record(
    action: str,
    entry: WaitingListEntry,
    *,
    now: datetime,
    by: User | None = None,
    details: dict[str, trail.Detail] | None = None,
) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=entry,
        patient=entry.patient,
        at=now,
        details=details,
    )


def served(appointment: Appointment, *, now: datetime, by: User | None = None) -> None:
    """Who waited for this service has it now, however they came by it. Patient locked.

    Not where they wait for an hour before one that is still the sooner of the two.
    """
    waiting = WaitingListEntry.objects.waiting().filter(
        patient=appointment.patient_id, procedure=appointment.procedure_id
    )
    rows = waiting.select_related("instead_of")
    entry = rows.select_for_update(of=("self",), no_key=True).first()
    if entry is None:
        return
    later = entry.instead_of
    if later is not None and later != appointment and later.start <= appointment.start:
        return
    entry.patient = appointment.patient
    end(
        entry,
        to=Status.SERVED,
        because=HAS_IT,
        assigned=appointment,
        by=by,
        now=now,
    )
