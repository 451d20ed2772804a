"""From what is free to openings: at joining, after new times, and now and then for all.

A time that was free before somebody waited for it is noted as if it had just become
free: the order decides whose it is, as of any other.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from appointments import availability, offer, openings, policies, waiting_order
from appointments.contention import retrying
from appointments.models import Opening, Schedule, Slot, WaitingListEntry
from appointments.waiting_list import judging, looking
from appointments.waiting_list.apart import tried
from catalog.models import Modality

# Looked at for somebody who joins; the first of them that serves is noted.
TIMES = 30
SCHEDULES_AT_ONCE = 50
# People who wait, looked at for one schedule with new times.
MOST_WAITING = 1_000
# Read at once of all who wait.
PAGE = 200
# What each is judged by.
WITH = ("patient", "procedure", "instead_of")
# Who joined so short ago is looked at once more: their place and a time that became free
# may have been written at one instant, neither of which saw the other.
JUST_NOW = timedelta(minutes=2)
JUST_NOW_AT_MOST = 200


def match(entry: WaitingListEntry, *, now: datetime) -> int | None:
    """Note the first time that is free already and would be offered to them; its key."""
    for time in fitting(entry, now=now, limit=TIMES):
        openings.note_slots([time.slot_id], now=now)
        return time.slot_id
    return None


def fitting(
    entry: WaitingListEntry, *, now: datetime, limit: int, only: int | None = None
) -> Iterator[availability.FreeTime]:
    """Of the first free times within what they can do, those that serve them, in order.

    By the rules of the offer itself: whoever could not be told in time is not served.
    `only`: in that schedule.
    """
    found = _schedules(entry, now)
    refs = tuple(ref for ref in found if only is None or ref.id == only)
    parts = frozenset({entry.part}) if entry.part else frozenset()
    window = availability.Window(
        now=now,
        first_day=entry.first_day,
        last_day=entry.last_day,
        parts=parts,
        weekdays=entry.iso_weekdays,
    )
    busy = availability.busy_of(entry.patient, now, replaces=entry.instead_of)
    times = availability.free_times(
        schedules=refs,
        window=window,
        busy=busy,
        after=(_earliest(entry, now), 0),
        limit=limit,
    )
    by_request = {ref.id: ref.by_request for ref in refs}
    later = entry.instead_of.start if entry.instead_of else None
    for time in times:
        sooner = later is None or time.start < later
        chance = judging.chance(
            entry, by_request=by_request[time.schedule_id], start=time.start, now=now
        )
        if sooner and chance is not None and not _had_it(entry, time):
            yield time


def _earliest(entry: WaitingListEntry, now: datetime) -> datetime:
    """Before this nothing can be offered to them: the times too near fill no page."""
    told = waiting_order.first_told(
        now=timezone.localtime(now), may_wake=entry.may_wake
    )
    return told + timedelta(minutes=entry.notice_minutes) + policies.OFFER_AT_LEAST


def match_all(*, now: datetime) -> int:
    """For each who waits and is offered nothing, the first time that is free and serves them.

    A time is looked at when it becomes free. Who could not take it at that instant,
    because another one was kept for them, a paper was missing, they were busy or the
    clinic had still to answer, can perhaps by now. How many times were noted.
    """
    noted: set[int] = set()
    last: UUID | None = None
    while page := _page(last):
        found = [tried("matching", partial(_match_one, one, now)) for one in page]
        noted.update(slot for slot in found if slot is not None)
        last = page[-1].pk
    return len(noted)


def match_again(entry_id: UUID, *, now: datetime) -> int | None:
    """The same for one, if they still wait."""
    entry = _unserved().filter(pk=entry_id).first()
    return None if entry is None else match(entry, now=now)


def _unserved() -> QuerySet[WaitingListEntry]:
    rows = WaitingListEntry.objects.waiting().filter(~looking.offered_now())
    return rows.select_related(*WITH)


def _page(last: UUID | None) -> list[WaitingListEntry]:
    rows = _unserved() if last is None else _unserved().filter(pk__gt=last)
    return list(rows.order_by("pk")[:PAGE])


@retrying
@transaction.atomic
def _match_one(entry: WaitingListEntry, now: datetime) -> int | None:
    return match(entry, now=now)


def match_the_new(*, now: datetime) -> None:
    """Those who joined this minute, once more."""
    entries = WaitingListEntry.objects.waiting().filter(
        created_at__gt=now - JUST_NOW, offers=None
    )
    rows = entries.select_related(*WITH)
    for entry in rows.order_by("created_at", "pk")[:JUST_NOW_AT_MOST]:
        tried("matching the new", partial(_match_one, entry, now))


def open_schedules(*, now: datetime) -> None:
    """Turn what is noted of whole schedules into openings of their times."""
    last = 0
    while pk := _open_next(last, now):
        last = pk


@retrying
@transaction.atomic
def _open_next(last: int, now: datetime) -> int | None:
    """Some schedules, and the last key; what is written down goes with its note.

    The note of one that cannot be opened stays.
    """
    rows = Opening.objects.filter(slot=None, pk__gt=last).order_by("pk")
    mine = list(
        rows.select_for_update(of=("self",), skip_locked=True)[:SCHEDULES_AT_ONCE]
    )
    if not mine:
        return None
    wanted = _somebody_waits({opening.schedule_id for opening in mine})
    failed = {
        schedule.pk
        for schedule in wanted
        if tried("new times", partial(_open, schedule, now)) is None
    }
    done = [opening.pk for opening in mine if opening.schedule_id not in failed]
    Opening.objects.filter(pk__in=done).delete()
    return mine[-1].pk


@transaction.atomic
def _open(schedule: Schedule, now: datetime) -> int:
    """Note a time of it for each who waits; how many."""
    times = _times_for(schedule, now)
    _note(times, now)
    return len(times)


def _somebody_waits(schedule_ids: Collection[int]) -> list[Schedule]:
    waiting = WaitingListEntry.objects.waiting().filter(
        procedure__schedules=OuterRef("pk"), modality=OuterRef("modality")
    )
    found = Schedule.objects.filter(Exists(waiting), pk__in=schedule_ids)
    return list(found.select_related("site").order_by("pk"))


def _times_for(schedule: Schedule, now: datetime) -> list[availability.FreeTime]:
    """A time for each who waits, in order: the first that serves them and nobody has yet."""
    free = Slot.objects.filter(schedule=schedule, free=True, start__gt=now).count()
    chosen: dict[int, availability.FreeTime] = {}
    for entry in _waiting_for(schedule, now):
        if len(chosen) >= free:
            break
        limit = len(chosen) + TIMES
        times = fitting(entry, now=now, limit=limit, only=schedule.pk)
        found = next((time for time in times if time.slot_id not in chosen), None)
        if found is not None:
            chosen[found.slot_id] = found
    return list(chosen.values())


def _waiting_for(schedule: Schedule, now: datetime) -> list[WaitingListEntry]:
    entries = WaitingListEntry.objects.waiting().filter(
        procedure__in=schedule.procedures.values("pk"), modality=schedule.modality
    )
    anybody = Q(practitioner=None) | Q(practitioner=schedule.practitioner_id)
    entries = entries.filter(anybody)
    if schedule.modality != Modality.VIRTUAL:
        entries = entries.filter(looking.here(schedule))
    entries = entries.filter(~looking.offered_now())
    ranked = looking.ranked(entries, on=timezone.localdate(now))
    return list(ranked.select_related(*WITH)[:MOST_WAITING])


def _note(times: Sequence[availability.FreeTime], now: datetime) -> None:
    """Those that are noted already are being looked at for the same people."""
    rows = [
        Opening(slot_id=time.slot_id, schedule_id=time.schedule_id, since=now)
        for time in sorted(times, key=lambda time: time.slot_id)
    ]
    Opening.objects.bulk_create(rows, ignore_conflicts=True)


def _schedules(entry: WaitingListEntry, now: datetime) -> tuple[offer.ScheduleRef, ...]:
    criteria = looking.criteria(
        entry.patient,
        agreement_id=entry.agreement_id,
        procedure=entry.procedure,
        modality=entry.modality,
        day=timezone.localdate(now),
    )
    found = offer.matching(criteria)
    if entry.practitioner_id:
        found = tuple(s for s in found if s.practitioner_id == entry.practitioner_id)
    if entry.modality == Modality.VIRTUAL:
        return found
    sites = set(entry.sites.values_list("pk", flat=True))
    return tuple(
        s
        for s in found
        if (not sites or s.site_id in sites)
        and (entry.city_id is None or s.city_id == entry.city_id)
    )


def _had_it(entry: WaitingListEntry, time: availability.FreeTime) -> bool:
    """It was offered to them before, or theirs."""
    given_up = looking.given_up(time.schedule_id, time.start)
    return given_up.filter(patient=entry.patient_id).exists()
