"""One appointment takes the time that is kept for it: never two, never none."""

from datetime import datetime

from accounts.models import User
from appointments import lifecycle, openings, reminders
from appointments.models import Appointment, Slot, SlotClaim

Status = Appointment.Status
PASSED = "Pasó a ser la hora de la cita"
TAKEN_OVER = (
    "schedule",
    "practitioner",
    "site",
    "modality",
    "start",
    "end",
    "exclusive",
    "overbooked",
    "instruction_set",
    "instructions_read_at",
    "search",
)
# What changes in the appointment itself by taking it.
OWN = ("version", "answer_by", "confirmed_at", "attendance_confirmed_at", "status")

PAPERS = ("service_request", "order_promised")


def take(
    *, kept: Appointment, to: Appointment, by: User | None, reason: str, now: datetime
) -> Appointment:
    """`to` gets the time of `kept`, its own goes back to the agenda, and `kept` lapses.

    Both rows are locked by the caller, who has decided that it may be. `to` stays the
    same appointment, with the same reference and calendar entry, one version later, and
    is booked: a request that takes a proposed time is accepted by it.
    """
    lapsed = lifecycle.move(kept, to=Status.LAPSED, by=by, now=now, reason=PASSED)
    kept.hold_expires_at = kept.answer_by = None
    kept.save(update_fields=["status", "hold_expires_at", "answer_by"])
    lapsed.save(force_insert=True)
    left = list(
        SlotClaim.objects.filter(appointment=to).values_list("slot_id", flat=True)
    )
    SlotClaim.objects.filter(appointment=to).delete()
    SlotClaim.objects.filter(appointment=kept).update(appointment=to)
    Slot.objects.filter(pk__in=left, withdrawn=False).update(free=True)
    openings.note_slots(left, now=now)
    _become(to, kept, by=by, reason=reason, now=now)
    reminders.plan(to, now=now)
    return to


def _become(
    to: Appointment, kept: Appointment, *, by: User | None, reason: str, now: datetime
) -> None:
    for name in TAKEN_OVER:
        setattr(to, name, getattr(kept, name))
    _papers_of(to, kept)
    to.version += 1
    to.answer_by = None
    to.confirmed_at = to.confirmed_at or now
    # Who said «voy» said it of the other hour.
    to.attendance_confirmed_at = None
    moved = lifecycle.move(to, to=Status.BOOKED, by=by, now=now, reason=reason)
    to.save(update_fields=[*TAKEN_OVER, *OWN, *PAPERS])
    moved.save(force_insert=True)


def _papers_of(to: Appointment, kept: Appointment) -> None:
    """The order that covers the other day, if its patient chose that day with one."""
    if kept.service_request_id or kept.order_promised:
        to.service_request_id = kept.service_request_id or to.service_request_id
        to.order_promised = kept.order_promised
