"""What a patient wants, which slots it takes, and what gives way to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Patient, User
from appointments import lifecycle, policies
from appointments.errors import (
    ChangePending,
    NotStanding,
    OfferPending,
    OtherService,
    PatientBusy,
    SameTime,
    SlotTaken,
)
from appointments.models import (
    Appointment,
    AppointmentGroup,
    AppointmentQuerySet,
    Offer,
    Slot,
    SlotClaim,
)
from catalog.models import Agreement, Procedure

Status = Appointment.Status


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants which time, for what."""

    slot: Slot
    procedure: Procedure
    patient: Patient
    agreement: Agreement
    by: User
    search: str
    # The appointment that is to get this time: a change of hour.
    replaces: Appointment | None = None
    # The patient said that they bring on the day what may be brought then.
    brings_papers: bool = True
    # Those that are asked for together with it.
    group: AppointmentGroup | None = None

    @property
    def end(self) -> datetime:
        return self.slot.start + timedelta(minutes=self.procedure.minutes)


def check_replaces(own: Sequence[Appointment], wish: Wish) -> None:
    """What is to get this time still stands, is for the same, and waits for no other time.

    `own` is what this patient has, read after the patient was locked.
    """
    if wish.replaces is None:
        return
    pk = wish.replaces.pk
    old = next((one for one in own if one.pk == pk), None)
    if old is None or old.status != Status.BOOKED:
        raise NotStanding
    if (old.procedure_id, old.agreement_id) != (wish.procedure.pk, wish.agreement.pk):
        raise OtherService
    kept = [one for one in own if one.replaces_id == pk]
    if any(lifecycle.is_offered(one) for one in kept):
        raise OfferPending
    if any(one.status == Status.PROPOSED for one in kept):
        raise ChangePending


def same_time(own: Sequence[Appointment], wish: Wish) -> Appointment | None:
    """What this patient already has at this time, if it is the same thing."""
    time = (wish.slot.schedule_id, wish.slot.start)
    found = next((one for one in own if (one.schedule_id, one.start) == time), None)
    if found is None:
        return None
    replaces = wish.replaces.pk if wish.replaces else None
    if found.pk == replaces:
        raise SameTime
    same = (wish.procedure.pk, wish.agreement.pk, replaces)
    if (found.procedure_id, found.agreement_id, found.replaces_id) == same:
        return found
    if found.status != Status.HELD:
        raise PatientBusy
    return None


def slots_for(wish: Wish, *, without: Collection[int] = ()) -> list[int]:
    """The slot and those that follow it as long as the procedure lasts, one seat of each.

    `without`: those that somebody else of the same group takes.
    """
    slot, step = wish.slot, wish.slot.schedule.slot_minutes
    needed = policies.slots_needed(minutes=wish.procedure.minutes, slot_minutes=step)
    if slot.pk in without:
        raise SlotTaken
    if needed == 1:
        return [slot.pk]
    starts = [slot.start + timedelta(minutes=step * n) for n in range(1, needed)]
    following = (
        Slot.objects.filter(
            schedule_id=slot.schedule_id, start__in=starts, withdrawn=False
        )
        .exclude(pk__in=without)
        .order_by("start", "-free", "seat")
    )
    seats: dict[datetime, int] = {}
    for start, pk in following.values_list("start", "pk"):
        seats.setdefault(start, pk)
    if len(seats) < needed - 1:
        raise SlotTaken
    return sorted([slot.pk, *seats.values()])


def make_way(
    wanting: Sequence[Wish],
    wanted: Sequence[int],
    now: datetime,
    *,
    groups: Collection[UUID] = (),
) -> set[UUID]:
    """End what gives way: these patients' former holds, and holds over that are in the way.

    What is held together goes together: with one of a group, its others. `groups` are
    those that the new one takes the place of, whoever they were for.
    """
    candidates = _candidates(wanting, wanted, now, groups)
    giving_way = lifecycle.locking(
        Appointment.objects.filter(pk__in=candidates.values("pk"))
    )
    # Somebody may have confirmed or extended while this waited for the lock.
    held = [one for one in giving_way if one.status == Status.HELD]
    over = [one for one in held if lifecycle.is_over(one, now)]
    former = _former([one for one in held if one not in over], wanting, groups)
    _lock_slots(wanted, [*over, *former])
    lifecycle.let_go(over, by=None, reason=lifecycle.OVER, now=now)
    lifecycle.let_go(former, by=wanting[0].by, reason=lifecycle.REPLACED, now=now)
    return {one.pk for one in (*over, *former)}


def former_groups(group: AppointmentGroup) -> dict[UUID, set[int]]:
    """What the same account holds of the same basket, and for whom: another plan of it."""
    rows = Appointment.objects.filter(status=Status.HELD, group__in=_same(group))
    found: dict[UUID, set[int]] = {}
    for pk, patient_id in rows.values_list("group_id", "patient_id"):
        found.setdefault(pk, set()).add(patient_id)
    return found


def _same(group: AppointmentGroup) -> QuerySet[AppointmentGroup]:
    return AppointmentGroup.objects.filter(
        booked_by=group.booked_by_id,
        patient=group.patient_id,
        search=group.search,
        confirmed_at=None,
    )


def _former(
    held: Sequence[Appointment], wanting: Sequence[Wish], groups: Collection[UUID]
) -> list[Appointment]:
    patients = {wish.patient.pk for wish in wanting}
    own = [one for one in held if one.patient_id in patients]
    together = {one.group_id for one in own if one.group_id} | set(groups)
    return [one for one in held if one in own or one.group_id in together]


def _candidates(
    wanting: Sequence[Wish],
    wanted: Sequence[int],
    now: datetime,
    groups: Collection[UUID],
) -> AppointmentQuerySet:
    held = Appointment.objects.filter(status=Status.HELD)
    former = reduce(or_, map(_given_up, wanting)) | Q(group__in=groups)
    # Of the others of a group only what is held: they end with it.
    broken = held.filter(former, group__isnull=False).values("group")
    near = reduce(or_, map(_near, wanting))
    over = Q(hold_expires_at__lte=now) & (Q(claims__slot__in=wanted) | near)
    return held.filter(former | Q(group__in=broken) | over)


def _given_up(wish: Wish) -> Q:
    """This patient's hold of the same search, or at the same time."""
    same_time = Q(schedule=wish.slot.schedule_id, start=wish.slot.start)
    # A change of hour and a new appointment by the same search are two things.
    replaces = wish.replaces.pk if wish.replaces else None
    same_search = Q(search=wish.search, replaces=replaces, group=None)
    # What another guardian holds for the same person is theirs to let go; those of one
    # group are kept side by side.
    mine = same_time if wish.group else same_search | same_time
    mine = Q(booked_by=wish.by) & mine
    if replaces:
        mine |= Q(replaces=replaces)
    # What is offered is answered, and goes by no other way.
    offered = Q(offer__status=Offer.Status.OPEN)
    return Q(patient=wish.patient) & mine & ~offered


def _near(wish: Wish) -> Q:
    whose = Q(patient=wish.patient) | Q(practitioner=wish.slot.practitioner_id)
    return Q(start__lt=wish.end, end__gt=wish.slot.start) & whose


def _lock_slots(wanted: Sequence[int], ended: Sequence[Appointment]) -> None:
    """Several slots are locked by primary key: two patients never wait in a circle.

    Only those that can be had: who finds the slot taken must not queue for its lock.
    """
    if len(wanted) == 1 and not ended:
        return
    freed = SlotClaim.objects.filter(appointment__in=ended).values("slot_id")
    slots = Slot.objects.filter(Q(pk__in=wanted, free=True) | Q(pk__in=freed))
    list(slots.select_for_update(no_key=True).order_by("pk").values_list("pk"))
