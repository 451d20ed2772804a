"""Keep times for patients: one alone, or several that stand or fall together, by the same steps.

The caller has locked the patients. What follows is always in this order: look whether
each time is for its patient, lock what gives way, decide by one conditional UPDATE of
all slots, write.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from appointments import (
    admission,
    cancellation,
    keeping,
    policies,
    references,
    wishes,
)
from appointments.errors import BookingError, PatientBusy, SlotTaken
from appointments.models import Appointment, Slot, SlotClaim
from appointments.papers import Missing
from appointments.policies import Rules
from appointments.wishes import Wish
from catalog import instructions

Status = Appointment.Status
Own = Mapping[int, Sequence[Appointment]]


def within_reach(
    wanted: Collection[int], *, patients: Collection[int], now: datetime
) -> Mapping[int, Slot]:
    """Of these slots those that are free, these patients' own, or of a hold that is over.

    In one look, and without having locked a thing: who comes too late, as most do in a
    race, leaves with it.
    """
    holders = Appointment.objects.filter(claims__slot=OuterRef("pk"))
    over = Q(status=Status.HELD, hold_expires_at__lte=now)
    whose = Q(patient__in=patients)
    in_reach = Q(free=True) | Exists(holders.filter(over | whose))
    # One by one: a number that no key can be is then no key, on every database.
    any_of = reduce(or_, (Q(pk=pk) for pk in wanted))
    rows = Slot.objects.filter(in_reach & any_of).select_related("schedule")
    return {slot.pk: slot for slot in rows}


def own(patients: Collection[int], *, now: datetime) -> dict[int, list[Appointment]]:
    """What each of these people has or keeps, still to come."""
    rows = Appointment.objects.filter(patient__in=patients).occupying(at=now)
    found: dict[int, list[Appointment]] = {pk: [] for pk in patients}
    for one in rows.filter(end__gt=now).select_related("schedule", "offer"):
        found[one.patient_id].append(one)
    return found


def keep(
    wanting: Sequence[Wish],
    theirs: Own,
    *,
    now: datetime,
    groups: Collection[UUID] = (),
) -> list[Appointment]:
    """Hold every one of these times, or none.

    `theirs` is what the patients have, read after they were locked; `groups` are those
    that this one takes the place of. A refusal says which time it is about.
    """
    papers = [_admit(wish, now) for wish in wanting]
    slots = _slots(wanting)
    every = sorted(pk for some in slots for pk in some)
    ended = wishes.make_way(wanting, every, now, groups=groups)
    stay = [_staying(wish, theirs, ended) for wish in wanting]
    for n, wish in enumerate(wanting):
        with about(wish.slot.pk):
            admission.check_limits(
                stay[n],
                rules=_rules(wish),
                specialty_id=wish.slot.schedule.specialty_id,
                beside=_beside(wish, wanting[:n]),
            )
    _take(every, wanting, slots)
    for n, wish in enumerate(wanting):
        with about(wish.slot.pk):
            _check_apart(wish, wanting[:n])
            admission.check_overlaps(stay[n], slot=wish.slot, end=wish.end)
    return [
        _write(wish, slots[n], papers[n], now)
        for n, wish in sorted(enumerate(wanting), key=lambda one: one[1].slot.pk)
    ]


def check_room(appointments: Sequence[Appointment], theirs: Own) -> None:
    """Holds become appointments: only now they count as such, each of them."""
    asked = {one.pk for one in appointments}
    before: dict[int, list[int]] = {}
    for one in appointments:
        beside = before.setdefault(one.patient_id, [])
        mine = theirs[one.patient_id]
        schedule = next(each.schedule for each in mine if each.pk == one.pk)
        place = cancellation.place_of(
            schedule, procedure_id=one.procedure_id, agreement_id=one.agreement_id
        )
        with about_its_slot(one):
            admission.check_room(
                [each for each in mine if each.pk not in asked],
                rules=cancellation.rules_at(place),
                specialty_id=schedule.specialty_id,
                beside=beside,
            )
        beside.append(schedule.specialty_id)


@contextmanager
def about(slot_id: int) -> Iterator[None]:
    """Of several, a refusal says which one it is about."""
    try:
        yield
    except BookingError as refusal:
        refusal.slot_id = refusal.slot_id or slot_id
        raise


@contextmanager
def about_its_slot(appointment: Appointment) -> Iterator[None]:
    """The same of one that is held already."""
    try:
        yield
    except BookingError as refusal:
        claims = appointment.claims.order_by("slot__start", "slot_id")
        refusal.slot_id = claims.values_list("slot_id", flat=True).first()
        raise


# --- Look ----------------------------------------------------------------------


def _admit(wish: Wish, now: datetime) -> Missing:
    """It is for this patient, and its papers are there or promised."""
    with about(wish.slot.pk):
        admission.check_offered(
            slot=wish.slot,
            procedure=wish.procedure,
            patient=wish.patient,
            agreement=wish.agreement,
            now=now,
        )
        return admission.check_papers(wish)


def _slots(wanting: Sequence[Wish]) -> list[list[int]]:
    """What each takes; no seat twice."""
    found: list[list[int]] = []
    for wish in wanting:
        with about(wish.slot.pk):
            taken = {pk for some in found for pk in some}
            found.append(wishes.slots_for(wish, without=taken))
    return found


def _take(
    every: Sequence[int], wanting: Sequence[Wish], slots: Sequence[Sequence[int]]
) -> None:
    """Where several are decided at once, the refusal says which one was lost."""
    try:
        keeping.take(every)
    except SlotTaken as refusal:
        if len(wanting) > 1:
            claimed = SlotClaim.objects.filter(slot_id__in=every)
            gone = set(claimed.values_list("slot_id", flat=True))
            pairs = zip(wanting, slots, strict=True)
            lost = [wish.slot.pk for wish, some in pairs if gone & set(some)]
            refusal.slot_id = lost[0] if lost else None
        raise


def _staying(wish: Wish, theirs: Own, ended: Collection[UUID]) -> list[Appointment]:
    gone = {*ended, wish.replaces.pk} if wish.replaces else ended
    return [one for one in theirs[wish.patient.pk] if one.pk not in gone]


def _beside(wish: Wish, before: Sequence[Wish]) -> list[int]:
    """The specialties of what the same person asks for together with it."""
    same = [other for other in before if other.patient.pk == wish.patient.pk]
    return [other.slot.schedule.specialty_id for other in same]


def _check_apart(wish: Wish, before: Sequence[Wish]) -> None:
    """Who goes along is with each of them in turn, whoever they are for."""
    start, end = wish.slot.start, wish.end
    if any(other.slot.start < end and other.end > start for other in before):
        raise PatientBusy


def _rules(wish: Wish) -> Rules:
    place = cancellation.place_of(
        wish.slot.schedule,
        procedure_id=wish.procedure.pk,
        agreement_id=wish.agreement.pk,
    )
    return cancellation.rules_at(place)


# --- Write ---------------------------------------------------------------------


def _write(
    wish: Wish, wanted: Sequence[int], paper: Missing, now: datetime
) -> Appointment:
    slot = wish.slot
    held = Appointment(
        reference=references.new(),
        patient=wish.patient,
        schedule=slot.schedule,
        practitioner_id=slot.practitioner_id,
        site_id=slot.site_id,
        procedure=wish.procedure,
        agreement=wish.agreement,
        modality=slot.schedule.modality,
        start=slot.start,
        end=wish.end,
        hold_expires_at=policies.hold_until(now),
        instruction_set=instructions.for_procedure(wish.procedure),
        exclusive=slot.schedule.capacity == 1,
        search=wish.search,
        replaces=wish.replaces,
        group=wish.group,
        service_request=paper.declared,
        order_promised=paper.anything,
        booked_by=wish.by,
        created_at=now,
    )
    keeping.write(held, wanted, by=wish.by, now=now)
    return held
