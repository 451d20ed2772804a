"""Whether a time is for this patient: all that the pages saw to, once more on the server.

Nothing here trusts what came with the request (BOK-06, BOK-07, BOK-08, BOK-09).
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from accounts import coverages
from accounts.models import Patient
from appointments import history, offer, policies, telehealth
from appointments.errors import (
    ConsentMissing,
    InstructionsUnread,
    NotOffered,
    PatientBusy,
    SlotTaken,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
)
from appointments.models import Appointment, Slot
from catalog.models import Agreement, Procedure


def check_offered(
    *,
    slot: Slot,
    procedure: Procedure,
    patient: Patient,
    agreement: Agreement,
    now: datetime,
) -> None:
    """The time is published, within notice and horizon, and fits patient and agreement."""
    today = timezone.localdate(now)
    if slot.withdrawn or not _in_window(slot, now):
        raise NotOffered
    control = procedure.visit == Procedure.Visit.CONTROL
    criteria = offer.Criteria(
        agreement_id=agreement.pk,
        age_years=policies.age_on(today, birth_date=patient.birth_date),
        sex=patient.sex,
        attended=history.attended_specialties(patient) if control else frozenset(),
        procedure_id=procedure.pk,
    )
    if not offer.is_offered(schedule_id=slot.schedule_id, criteria=criteria):
        raise NotOffered
    if not coverages.usable(patient=patient, agreement=agreement, today=today):
        raise NotOffered


def check_limits(live: Sequence[Appointment], *, specialty_id: int) -> None:
    """Nobody keeps more times than one person needs (BOK-08): `live` is what they have."""
    holds = sum(one.status == Appointment.Status.HELD for one in live)
    same = sum(one.schedule.specialty_id == specialty_id for one in live)
    if not policies.may_hold_another(holds=holds):
        raise TooManyHolds
    if not policies.may_have_another(to_come=len(live)):
        raise TooManyAppointments
    if not policies.may_have_another_in_specialty(to_come=same):
        raise TooManyInSpecialty


def check_overlaps(live: Sequence[Appointment], *, slot: Slot, end: datetime) -> None:
    """Nobody in two places: neither the patient (BOK-02) nor the practitioner.

    Holds that are over and stood in the way have been ended before.
    """
    if any(one.start < end and one.end > slot.start for one in live):
        raise PatientBusy
    others = Appointment.objects.live().overlapping(start=slot.start, end=end)
    alone = others.filter(
        practitioner=slot.practitioner_id, exclusive=True, overbooked=False
    )
    if slot.schedule.capacity == 1 and alone.exists():
        raise SlotTaken


def check_ready(*, appointment: Appointment, now: datetime) -> None:
    """Before confirming: no step was skipped, and what held at the beginning still holds."""
    if appointment.instruction_set_id and not appointment.instructions_read_at:
        raise InstructionsUnread
    if telehealth.is_missing(appointment):
        raise ConsentMissing
    usable = coverages.usable(
        patient=appointment.patient,
        agreement=appointment.agreement,
        today=timezone.localdate(now),
    )
    if appointment.start <= now or not usable:
        raise NotOffered


def _in_window(slot: Slot, now: datetime) -> bool:
    schedule = slot.schedule
    earliest = policies.earliest_start(now=now, notice_minutes=schedule.notice_minutes)
    last = policies.last_day(
        today=timezone.localdate(now), horizon_days=schedule.horizon_days
    )
    return slot.start >= earliest and slot.day <= last
