"""«Varias citas»: held all or none, confirmed all or none, cancelled together.

Locks as everywhere, in a fixed order: the patients by primary key, then appointments by
primary key, then slots by primary key, which one UPDATE decides. Between holding and
confirming a group is one thing; afterwards each appointment lives its own life.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.errors import NotActing
from accounts.models import Patient, User
from appointments import (
    admission,
    answering,
    cancellation,
    changes,
    holding,
    keeping,
    lifecycle,
    notifications,
    policies,
    reminders,
    requests,
    telling,
    waiting_list,
    wishes,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    BasketSize,
    HoldAlreadyExtended,
    HoldExpired,
    NotHeld,
    PlanLost,
    SlotTaken,
)
from appointments.models import Appointment, AppointmentGroup
from catalog.models import Agreement, Procedure

Status = Appointment.Status
LOST = "No se pudieron pedir todas juntas"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One time of a plan, for whom and for what."""

    slot_id: int
    procedure: Procedure
    patient: Patient
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Cancellable:
    """One that stands, and what is in the way of cancelling it online, if anything."""

    appointment: Appointment
    barrier: policies.Barrier | None


def hold(
    *,
    chosen: Sequence[Chosen],
    opened_for: Patient,
    by: User,
    search: str,
    now: datetime,
) -> AppointmentGroup:
    """Keep every time of a plan for ten minutes, or none of them.

    The same plan twice is one group; another plan of the same basket takes its place.
    Raises PlanLost with the time that somebody else has, BasketSize, NotActing, and what
    holding one alone raises, each saying by `slot_id` which time it is about.
    """
    if not policies.FEWEST_TOGETHER <= len(chosen) <= policies.MOST_TOGETHER:
        raise BasketSize
    try:
        return _hold(
            chosen=chosen, opened_for=opened_for, by=by, search=search, now=now
        )
    except SlotTaken as refusal:
        lost = refusal.slot_id or _lost(chosen, now)
        raise PlanLost(lost) from refusal


@retrying
@refusals
@transaction.atomic
def _hold(
    *,
    chosen: Sequence[Chosen],
    opened_for: Patient,
    by: User,
    search: str,
    now: datetime,
) -> AppointmentGroup:
    group = AppointmentGroup(
        patient=opened_for, search=search, booked_by=by, created_at=now
    )
    former = wishes.former_groups(group)
    asked_for = {one.patient.pk for one in chosen}
    patients = asked_for.union(*former.values())
    wanting = _wanting(chosen, group, patients, now)
    keeping.lock_all(patients)
    _check_acts(by, {*asked_for, opened_for.pk}, now)
    theirs = holding.own(patients, now=now)
    same = _same(theirs, wanting)
    if same is not None:
        return same
    group.save(force_insert=True)
    holding.keep(wanting, theirs, now=now, groups=former)
    return group


def confirm(*, group_id: UUID, by: User, now: datetime) -> AppointmentGroup:
    """All become appointments, or requests where the clinic must accept. Twice is once.

    If one cannot be, none is: what was held too long, or for somebody for whom this
    account acts no longer, goes back to the agenda, and the refusal says why.
    """
    try:
        return _confirm(group_id=group_id, by=by, now=now)
    except (HoldExpired, NotActing):
        _give_back(group_id=group_id, by=by, now=now)
        raise


@retrying
@refusals
@transaction.atomic
def _confirm(*, group_id: UUID, by: User, now: datetime) -> AppointmentGroup:
    group, rows = _locked(group_id, by=by, now=now)
    if group.confirmed_at is not None:
        return group
    _check_still_held(rows, now)
    for one in rows:
        with holding.about_its_slot(one):
            admission.check_ready(appointment=one, now=now)
    patients = {one.patient_id for one in rows}
    holding.check_room(rows, holding.own(patients, now=now))
    for one in rows:
        answer_by = admission.answer_by(one, now=now)
        if answer_by is None:
            keeping.book(one, by=by, now=now)
        else:
            keeping.propose(one, answer_by=answer_by, by=by, now=now)
    group.confirmed_at = now
    group.save(update_fields=["confirmed_at"])
    told = telling.tell_together(notifications.GROUP_CONFIRMED, group, rows, now=now)
    for one, persons in zip(rows, told, strict=True):
        reminders.plan(one, told=persons, now=now)
        if one.status == Status.BOOKED:
            waiting_list.served(one, by=by, now=now)
    return group


@retrying
@transaction.atomic
def extend(*, group_id: UUID, by: User, now: datetime) -> AppointmentGroup:
    """Ten minutes more for all of them, once."""
    group, rows = _locked(group_id, by=by, now=now)
    _check_still_held(rows, now)
    if any(one.hold_extended for one in rows):
        raise HoldAlreadyExtended
    for one in rows:
        assert one.hold_expires_at is not None  # noqa: S101 - it is held
        one.hold_expires_at = policies.extended_until(one.hold_expires_at)
        one.hold_extended = True
        one.save(update_fields=["hold_expires_at", "hold_extended"])
        keeping.record("appointment.hold_extended", one, by=by, now=now)
    return group


@retrying
@transaction.atomic
def read_instructions(*, group_id: UUID, by: User, now: datetime) -> AppointmentGroup:
    """The recommendations of all were on one page; the first time counts."""
    group, rows = _locked(group_id, by=by, now=now)
    if group.confirmed_at is not None:
        return group
    _check_still_held(rows, now)
    for one in rows:
        if one.instructions_read_at is None:
            one.instructions_read_at = now
            one.save(update_fields=["instructions_read_at"])
            keeping.record("appointment.instructions_read", one, by=by, now=now)
    return group


@retrying
@transaction.atomic
def release(*, group_id: UUID, by: User, now: datetime) -> AppointmentGroup:
    """These times are not wanted after all. Twice is once. Raises NotHeld once confirmed."""
    group, rows = _locked(group_id, by=by, now=now)
    if group.confirmed_at is not None:
        raise NotHeld
    held = [one for one in rows if one.status == Status.HELD]
    lifecycle.let_go(held, by=by, reason=lifecycle.RELEASED, now=now)
    for one in held:
        keeping.record("appointment.released", one, by=by, now=now)
    return group


@retrying
@transaction.atomic
def cancel(
    *, group_id: UUID, by: User, reason: str, now: datetime
) -> list[Cancellable]:
    """Cancel of a group what may be cancelled online; the rest stands, with what is in its way.

    Only of those for whom this account acts. Twice is once. Answers what was looked at.
    """
    group = AppointmentGroup.objects.get(pk=group_id)
    acted = people.acts_for(by, on=timezone.localdate(now))
    among = Appointment.objects.filter(group=group, patient__in=acted)
    patients = set(among.values_list("patient_id", flat=True))
    if not patients:
        raise NotActing
    keeping.lock_all(patients)
    _check_acts(by, patients, now)
    mine = Appointment.objects.filter(patient__in=patients)
    ids = list(among.values_list("pk", flat=True))
    found = dict(lifecycle.all_with_kept(mine, ids))
    looked_at = cancellable(list(found), now=now)
    why = changes.REASONS.get(reason, "")
    for one in looked_at:
        if one.barrier is None:
            _cancel(one.appointment, found[one.appointment], by=by, why=why, now=now)
    return looked_at


def cancellable(rows: Sequence[Appointment], *, now: datetime) -> list[Cancellable]:
    """Those that stand, in the order of the clock, each by its own policy.

    The limit of a week counts those that come before it here too. Needs the schedules.
    """
    standing = sorted(
        (one for one in rows if _stands(one, now)), key=lambda one: (one.start, one.pk)
    )
    found, counted = [], dict[int, int]()
    for one in standing:
        barrier = _barrier(one, counted, now)
        found.append(Cancellable(one, barrier))
        if barrier is None and one.status == Status.BOOKED:
            counted[one.patient_id] += 1
    return found


# --- Look ----------------------------------------------------------------------


def _wanting(
    chosen: Sequence[Chosen],
    group: AppointmentGroup,
    patients: Collection[int],
    now: datetime,
) -> list[wishes.Wish]:
    """Everything is within reach, or this leaves without having locked a thing."""
    slots = holding.within_reach(
        [one.slot_id for one in chosen], patients=patients, now=now
    )
    gone = next((one.slot_id for one in chosen if one.slot_id not in slots), None)
    if gone is not None:
        raise PlanLost(gone)
    return [
        wishes.Wish(
            slots[one.slot_id],
            one.procedure,
            one.patient,
            one.agreement,
            group.booked_by,
            "",
            group=group,
        )
        for one in chosen
    ]


def _lost(chosen: Sequence[Chosen], now: datetime) -> int:
    """Which of them somebody else has, looked up after the refusal."""
    patients = {one.patient.pk for one in chosen}
    ids = [one.slot_id for one in chosen]
    there = holding.within_reach(ids, patients=patients, now=now)
    return next((pk for pk in ids if pk not in there), ids[0])


def _check_acts(by: User, patients: Collection[int], now: datetime) -> None:
    acted = people.acts_for(by, on=timezone.localdate(now)).filter(pk__in=patients)
    if acted.count() != len(patients):
        raise NotActing


def _same(
    theirs: holding.Own, wanting: Sequence[wishes.Wish]
) -> AppointmentGroup | None:
    """The group that this account already has with exactly these times, if there is one."""
    found = [_same_of(theirs, wish) for wish in wanting]
    ids = {one.group_id if one else None for one in found}
    pk = ids.pop()
    if pk is None or ids:
        return None
    group = AppointmentGroup.objects.get(pk=pk)
    whole = Appointment.objects.live().filter(group=group).count() == len(wanting)
    mine = group.booked_by_id == wanting[0].by.pk
    return group if whole and mine else None


def _same_of(theirs: holding.Own, wish: wishes.Wish) -> Appointment | None:
    wanted = (wish.slot.schedule_id, wish.slot.start, wish.procedure.pk)
    for one in theirs[wish.patient.pk]:
        if (one.schedule_id, one.start, one.procedure_id) == wanted:
            return one if one.agreement_id == wish.agreement.pk else None
    return None


def _locked(
    group_id: UUID, *, by: User, now: datetime
) -> tuple[AppointmentGroup, list[Appointment]]:
    """The group and its appointments by their hour, for this transaction alone.

    Raises NotActing when `by` does not act for everybody in it, or no longer does.
    """
    rows = Appointment.objects.filter(group=group_id)
    patients = set(rows.values_list("patient_id", flat=True))
    keeping.lock_all(patients)
    group = AppointmentGroup.objects.get(pk=group_id)
    _check_acts(by, patients, now)
    found = lifecycle.locking(rows.for_page().select_related("booked_by", "replaces"))
    return group, sorted(found, key=lambda one: (one.start, one.pk))


def _check_still_held(rows: Sequence[Appointment], now: datetime) -> None:
    """Whole or not at all."""
    if not rows:
        raise HoldExpired
    for one in rows:
        lifecycle.check_still_held(one, now)


def _stands(one: Appointment, now: datetime) -> bool:
    if one.status == Status.PROPOSED:
        return not answering.is_over(due=one.answer_by, now=now)
    return one.status == Status.BOOKED and one.start > now


def _barrier(
    one: Appointment, counted: dict[int, int], now: datetime
) -> policies.Barrier | None:
    """A request is withdrawn whatever the rules say of appointments."""
    if one.status == Status.PROPOSED:
        return None
    if one.patient_id not in counted:
        counted[one.patient_id] = cancellation.cancelled_in_a_week(one.patient, now=now)
    return policies.barrier_to_cancel(
        cancellation.rules_for(one),
        start=one.start,
        now=now,
        cancellations=counted[one.patient_id],
    )


# --- Write ---------------------------------------------------------------------


@retrying
@transaction.atomic
def _give_back(*, group_id: UUID, by: User, now: datetime) -> None:
    """What is still held of a group that cannot be confirmed whole; only by who held it."""
    rows = Appointment.objects.filter(group=group_id, group__confirmed_at=None)
    mine = rows.filter(group__booked_by=by)
    keeping.lock_all(set(mine.values_list("patient_id", flat=True)))
    held = [one for one in lifecycle.locking(mine) if one.status == Status.HELD]
    over = [one for one in held if lifecycle.is_over(one, now)]
    rest = [one for one in held if one not in over]
    lifecycle.let_go(over, by=None, reason=lifecycle.OVER, now=now)
    lifecycle.let_go(rest, by=None, reason=LOST, now=now)


def _cancel(
    one: Appointment,
    kept: Sequence[Appointment],
    *,
    by: User,
    why: str,
    now: datetime,
) -> None:
    if one.status == Status.PROPOSED:
        requests.give_up(one, by=by, reason=why, now=now)
        return
    changes.end(one, kept, by=by, reason=why, now=now)
    telling.tell(notifications.CANCELLED, one, now=now)
