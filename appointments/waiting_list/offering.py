"""To offer what became free: the first by order whom it fits, or nobody.

Each opening in a transaction of its own, which takes its note with it: a worker that
dies in between leaves the note, one that works at the same time leaves it alone.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from appointments import (
    admission,
    keeping,
    notifications,
    papers,
    references,
    waiting_order,
    wishes,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    BookingError,
    NotOffered,
    NotWaiting,
    OfferPending,
    PaperMissing,
    PatientBusy,
    SlotTaken,
    TooManyAppointments,
)
from appointments.models import Appointment, Offer, Opening, Slot, WaitingListEntry
from appointments.waiting_list import ending, looking, matching, saying
from appointments.waiting_list.apart import tried
from appointments.waiting_list.judging import Chosen, Facts, Reason, Time
from catalog import instructions

AT_ONCE = 2_000

log = logging.getLogger(__name__)


class Unreached(BookingError):
    """Nobody can be told of this offer: it is not made."""


class Elsewhere(BookingError):
    """They wait no more, or another time is kept for them by now."""


def offer_out(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Look at what became free, and offer each time to one person; how many offers."""
    tried("matching the new", partial(matching.match_the_new, now=now))
    tried("new times", partial(matching.open_schedules, now=now))
    made, last = 0, 0
    for _ in range(limit):
        try:
            found = _next(last, now)
        except Exception as error:
            # One that cannot be decided must not keep the others: it is tried again.
            log.exception("an opening stays: %s", type(error).__name__)
            found = _skip(last)
        if found is None:
            break
        last, offered = found
        made += offered
    return made


@retrying
@refusals
@transaction.atomic
def offer_this(*, entry_id: UUID, slot_id: int, by: User, now: datetime) -> Offer:
    """This very time to this person, because the clinic chose so.

    It has to fit them as any other does. Raises NotWaiting, OfferPending, SlotTaken,
    PatientBusy, PaperMissing, TooManyAppointments, Unreached, NotOffered.
    """
    free = Slot.objects.filter(pk=slot_id, free=True, start__gt=now)
    slot = free.select_related("schedule__site").first()
    if slot is None:
        raise SlotTaken
    entry = looking.waiting_for(slot, now=now).filter(pk=entry_id).first()
    if entry is None:
        raise _why_not(entry_id)
    facts = Facts([entry], ThisTime(slot, now=now))
    found = facts.reason_against(entry)
    if isinstance(found, Reason):
        raise REFUSED.get(found, NotOffered)
    chosen = Chosen(entry, *found, facts.kinds(entry))
    try:
        return _offer(chosen, slot, Counter(), now, by=by)
    except Elsewhere:
        raise _why_not(entry_id) from None


def _why_not(entry_id: UUID) -> BookingError:
    waiting = WaitingListEntry.objects.waiting().filter(pk=entry_id)
    if not waiting.exists():
        return NotWaiting()
    open_ones = Offer.objects.filter(entry=entry_id, status=Offer.Status.OPEN)
    return OfferPending() if open_ones.exists() else NotOffered()


class ThisTime(Time):
    """One that begins here and nowhere else."""

    def begins(self, slots: int) -> datetime | None:
        start = self.slot.start
        row = [start + self.step * n for n in range(slots)]
        return start if slots == 1 or set(row) <= set(self._free) else None


@retrying
@transaction.atomic
def _next(last: int, now: datetime) -> tuple[int, int] | None:
    """Decide about the first opening after this key that no other worker has in hand."""
    openings = Opening.objects.filter(pk__gt=last, slot__isnull=False).order_by("pk")
    opening = openings.select_for_update(of=("self",), skip_locked=True).first()
    if opening is None:
        return None
    key = opening.pk
    offer = _offer_time(opening.slot_id, now)  # type: ignore[arg-type]  # asked for
    opening.delete()
    return key, int(offer is not None)


def _skip(last: int) -> tuple[int, int] | None:
    openings = Opening.objects.filter(pk__gt=last, slot__isnull=False).order_by("pk")
    pk = openings.values_list("pk", flat=True).first()
    return None if pk is None else (pk, 0)


def _offer_time(slot_id: int, now: datetime) -> Offer | None:
    """To the first whom it fits. None: it is nobody's, taken, withdrawn or past."""
    free = Slot.objects.filter(pk=slot_id, free=True, start__gt=now)
    slot = free.select_related("schedule__site").first()
    if slot is None:
        return None
    passed_over: Counter[str] = Counter()
    for chosen in _fitting(slot, passed_over, now):
        try:
            return _offer(chosen, slot, passed_over, now)
        except SlotTaken:
            return None
        except Elsewhere:
            continue
        except BookingError as refusal:
            passed_over[_reason(refusal)] += 1
    return None


def _fitting(slot: Slot, passed_over: Counter[str], now: datetime) -> Iterator[Chosen]:
    time = Time(slot, now=now)
    for entries in looking.in_chunks(looking.waiting_for(slot, now=now)):
        facts = Facts(entries, time)
        for entry in entries:
            found = facts.reason_against(entry)
            if isinstance(found, Reason):
                passed_over[found] += 1
            else:
                yield Chosen(entry, *found, facts.kinds(entry))


@refusals
@transaction.atomic
def _offer(
    chosen: Chosen,
    slot: Slot,
    passed_over: Counter[str],
    now: datetime,
    *,
    by: User | None = None,
) -> Offer:
    """Keep it for them, as long as the distance allows, and tell them. Or not a thing."""
    entry = chosen.entry
    keeping.lock(entry.patient)
    _check_waits(entry)
    held = _hold(chosen, _slot_at(slot, chosen.start), now)
    told = notifications.recipients(held, on=timezone.localdate(now))
    if not told:
        raise Unreached
    since = timezone.localdate(entry.created_at)
    place = waiting_order.Place(entry.pk, entry.created_at, chosen.kinds)
    explained = waiting_order.explained(place, since=since, passed_over=passed_over)
    if by is not None:
        explained["chosen"] = True
    offer = Offer.objects.create(
        entry=entry,
        appointment=held,
        offered_at=now,
        expires_at=chosen.chance.until,
        explained=explained,
    )
    saying.tell(
        notifications.OFFERED,
        offer,
        told,
        due_at=chosen.chance.told_at,
        expires_at=offer.expires_at,
        now=now,
    )
    ending.record(
        "waiting.offered",
        entry,
        by=by,
        now=now,
        details={
            "preferred": bool(chosen.kinds),
            "before": sum(passed_over.values()),
            "waited_since": since.isoformat(),
        },
    )
    return offer


def _check_waits(entry: WaitingListEntry) -> None:
    """Somebody may have come to them, or they to somebody, while this waited for the lock."""
    waiting = WaitingListEntry.objects.waiting().filter(pk=entry.pk)
    rows = waiting.select_for_update(of=("self",), no_key=True)
    open_ones = Offer.objects.filter(entry=entry, status=Offer.Status.OPEN)
    if not rows.exists() or open_ones.exists():
        raise Elsewhere


def _slot_at(slot: Slot, start: datetime) -> Slot:
    if start == slot.start:
        return slot
    free = Slot.objects.filter(schedule=slot.schedule_id, start=start, free=True)
    found = free.order_by("seat").first()
    if found is None:
        raise SlotTaken
    found.schedule = slot.schedule
    return found


def _hold(chosen: Chosen, slot: Slot, now: datetime) -> Appointment:
    """Everything that a patient is asked when they hold it themselves, asked of them too."""
    entry = chosen.entry
    wish = wishes.Wish(
        slot,
        entry.procedure,
        entry.patient,
        entry.agreement,
        entry.asked_by,
        entry.search,
        entry.instead_of,
    )
    admission.check_offered(
        slot=slot,
        procedure=entry.procedure,
        patient=entry.patient,
        agreement=entry.agreement,
        now=now,
    )
    paper = admission.check_papers(wish)
    wanted = wishes.slots_for(wish)
    stay = _own(entry, now)
    keeping.take(wanted)
    admission.check_overlaps(stay, slot=slot, end=wish.end)
    held = _row(wish, paper, chosen.chance.until, now)
    keeping.write(held, wanted, by=None, now=now)
    return held


def _own(entry: WaitingListEntry, now: datetime) -> list[Appointment]:
    """What they have, without what this would take the place of; that it still stands."""
    occupying = Appointment.objects.of(entry.patient).occupying(at=now)
    own = list(occupying.filter(end__gt=now).select_related("schedule"))
    if entry.instead_of_id is None:
        return own
    stays = [one for one in own if one.pk != entry.instead_of_id]
    stands = any(
        one.pk == entry.instead_of_id and one.status == Appointment.Status.BOOKED
        for one in own
    )
    if not stands or any(one.replaces_id == entry.instead_of_id for one in stays):
        raise Elsewhere
    return stays


def _row(
    wish: wishes.Wish, paper: papers.Missing, until: datetime, now: datetime
) -> Appointment:
    slot = wish.slot
    return Appointment(
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
        hold_expires_at=until,
        # The clinic says until when; nobody extends it.
        hold_extended=True,
        instruction_set=instructions.for_procedure(wish.procedure),
        exclusive=slot.schedule.capacity == 1,
        search=wish.search,
        replaces=wish.replaces,
        service_request=paper.declared,
        order_promised=paper.anything,
        booked_by=wish.by,
        created_at=now,
    )


# The same to who offers a time themselves.
REFUSED: dict[Reason, type[BookingError]] = {
    Reason.BUSY: PatientBusy,
    Reason.LIMITS: TooManyAppointments,
    Reason.PAPERS: PaperMissing,
}
REASONS: dict[str, Reason] = {
    "Unreached": Reason.UNREACHED,
    "PatientBusy": Reason.BUSY,
}


def _reason(refusal: BookingError) -> str:
    return REASONS.get(type(refusal).__name__, Reason.NOT_OFFERED)
