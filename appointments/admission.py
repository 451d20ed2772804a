"""Whether a time is for this patient: all that the pages saw to, once more on the server.

Nothing here trusts what came with the request (BOK-06, BOK-07, BOK-08, BOK-09).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from accounts import coverages
from accounts.models import Patient
from appointments import (
    answering,
    cancellation,
    history,
    lifecycle,
    offer,
    papers,
    policies,
    telehealth,
)
from appointments.errors import (
    ByTelephone,
    ConsentMissing,
    InstructionsUnread,
    NotOffered,
    OtherAge,
    PatientBusy,
    PersonInactive,
    SlotTaken,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
)
from appointments.models import Appointment, Schedule, ServiceRequest, Slot
from appointments.papers import Missing
from appointments.policies import Rules
from appointments.wishes import Wish
from catalog.models import Agreement, Procedure


def check_offered(
    *,
    slot: Slot,
    procedure: Procedure,
    patient: Patient,
    agreement: Agreement,
    now: datetime,
) -> None:
    """The time is published, within notice and horizon, and fits patient and agreement.

    The age is that of the appointment's day: who is offered a time has today's.
    """
    today, day = timezone.localdate(now), timezone.localdate(slot.start)
    if not patient.active:
        raise PersonInactive
    if slot.withdrawn or not _in_window(slot, now):
        raise NotOffered
    control = procedure.visit == Procedure.Visit.CONTROL
    criteria = offer.Criteria(
        agreement_id=agreement.pk,
        age_years=policies.age_on(day, birth_date=patient.birth_date),
        sex=patient.sex,
        attended=history.attended_specialties(patient) if control else frozenset(),
        procedure_id=procedure.pk,
    )
    if not offer.is_offered(schedule_id=slot.schedule_id, criteria=criteria):
        age = policies.age_on(today, birth_date=patient.birth_date)
        fits = replace(criteria, age_years=age)
        if offer.is_offered(schedule_id=slot.schedule_id, criteria=fits):
            raise OtherAge
        raise NotOffered
    asked = offer.is_by_request(schedule_id=slot.schedule_id, criteria=criteria)
    if asked and slot.start < answering.earliest_start(now):
        raise NotOffered
    if not coverages.usable(patient=patient, agreement=agreement, today=today):
        raise NotOffered


def check_papers(wish: Wish) -> Missing:
    """What the appointment needs on paper is there for its day, or promised where it may be.

    Raises OrderMissing, AuthorizationMissing or OrderOutOfDate.
    """
    found = papers.missing(
        patient=wish.patient,
        procedure=wish.procedure,
        agreement=wish.agreement,
        day=timezone.localdate(wish.slot.start),
    )
    papers.refuse(found.in_earnest if wish.brings_papers else found.gap)
    return found


def check_limits(
    live: Sequence[Appointment],
    *,
    rules: Rules,
    specialty_id: int,
    beside: Sequence[int] = (),
) -> None:
    """Nobody keeps more times than one person needs (BOK-08): `live` is what they have.

    A time held is no appointment yet: it counts as one when it is confirmed. What is
    held together is one hold, and what the clinic offers is none. `beside`: the specialties of what is asked for with it.
    """
    held = [one for one in live if one.status == Appointment.Status.HELD]
    held = [one for one in held if not lifecycle.is_offered(one)]
    holds = len({one.group_id or one.pk for one in held})
    if not policies.may_hold_another(rules, holds=holds):
        raise TooManyHolds
    check_room(live, rules=rules, specialty_id=specialty_id, beside=beside)


def check_room(
    live: Sequence[Appointment],
    *,
    rules: Rules,
    specialty_id: int,
    beside: Sequence[int] = (),
) -> None:
    """One appointment more fits among those that this person has to come (BOK-08)."""
    to_come = [one.schedule.specialty_id for one in live if not _only_kept(one)]
    to_come += beside
    same = to_come.count(specialty_id)
    if not policies.may_have_another(rules, to_come=len(to_come)):
        raise TooManyAppointments
    if not policies.may_have_another_in_specialty(rules, to_come=same):
        raise TooManyInSpecialty


def check_may_move(appointment: Appointment, *, now: datetime) -> None:
    """Its patient may still change its time online, to the second."""
    barrier = policies.barrier_to_move(
        cancellation.rules_for(appointment),
        start=appointment.start,
        now=now,
        moves=appointment.moves,
    )
    if barrier is not None:
        raise ByTelephone(barrier)


def _only_kept(one: Appointment) -> bool:
    """A hold, or a time that waits to take the place of an appointment that counts itself."""
    return one.status == Appointment.Status.HELD or (
        one.status == Appointment.Status.PROPOSED and one.replaces_id is not None
    )


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
    standing = usable and appointment.patient.active
    if appointment.start <= now or not standing:
        raise NotOffered
    _check_order_serves(appointment)


def _check_order_serves(appointment: Appointment) -> None:
    """Staff may have looked at its order while the time was kept, and said that it does not serve.

    Raises OrderMissing or AuthorizationMissing.
    """
    order = appointment.service_request
    if order is None or order.state != ServiceRequest.State.REJECTED:
        return
    asked = papers.asked(appointment.procedure, appointment.agreement)
    day = timezone.localdate(appointment.start)
    without = Missing(asked, papers.gap_of(asked, None, day))
    papers.refuse(without.in_earnest if appointment.order_promised else without.gap)


def answer_by(appointment: Appointment, *, now: datetime) -> datetime | None:
    """Until when the clinic answers, where somebody must accept; None if it is assigned at once.

    Another hour for an appointment is answered while that appointment is still to come.
    Raises NotOffered when nobody could answer in time any more.
    """
    schedule = Schedule.objects.filter(pk=appointment.schedule_id)
    if not schedule.by_request(appointment.procedure).exists():
        return None
    start = appointment.start
    if appointment.replaces is not None:
        start = min(start, appointment.replaces.start)
    due = answering.answer_by(start=start, now=now)
    if answering.is_over(due=due, now=now):
        raise NotOffered
    return due


def _in_window(slot: Slot, now: datetime) -> bool:
    schedule = slot.schedule
    earliest = policies.earliest_start(now=now, notice_minutes=schedule.notice_minutes)
    last = policies.last_day(
        today=timezone.localdate(now), horizon_days=schedule.horizon_days
    )
    return slot.start >= earliest and slot.day <= last
