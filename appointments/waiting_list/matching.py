"""From what is free to openings: at joining, and after new times were published.

A time that was free before somebody waited for it is noted as if it had just become
free: the order decides whose it is, as of any other.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from appointments import availability, offer, openings, policies
from appointments.contention import retrying
from appointments.models import Opening, Schedule, Slot, WaitingListEntry
from appointments.waiting_list import looking
from catalog.models import Modality

# Looked at for somebody who joins; the first of them that serves is noted.
TIMES = 30
SCHEDULES_AT_ONCE = 50
# People who wait, and times, looked at for one schedule with new times.
MOST_WAITING, MOST_TIMES = 1_000, 3_000
# Who joined so short ago is looked at once more: their place and a time that became free
# may have been written at one instant, neither of which saw the other.
JUST_NOW = timedelta(minutes=2)
JUST_NOW_AT_MOST = 200


def match(entry: WaitingListEntry, *, now: datetime) -> int | None:
    """Note the first time that is free already and within what they can do; its key."""
    for time in fitting(entry, now=now, limit=TIMES):
        openings.note_slots([time.slot_id], now=now)
        return time.slot_id
    return None


def fitting(
    entry: WaitingListEntry, *, now: datetime, limit: int
) -> Iterator[availability.FreeTime]:
    """Of the first free times within what they can do, those that serve them, in order."""
    refs = _schedules(entry, now)
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
        schedules=refs, window=window, busy=busy, limit=limit
    )
    later = entry.instead_of.start if entry.instead_of else None
    spare = timedelta(minutes=entry.notice_minutes) + policies.OFFER_AT_LEAST
    for time in times:
        sooner = later is None or time.start < later
        if sooner and time.start - spare >= now and not _had_it(entry, time):
            yield time


def match_the_new(*, now: datetime) -> None:
    """Those who joined this minute, once more."""
    entries = WaitingListEntry.objects.waiting().filter(
        created_at__gt=now - JUST_NOW, offers=None
    )
    rows = entries.select_related("patient", "procedure", "instead_of")
    for entry in rows.order_by("created_at", "pk")[:JUST_NOW_AT_MOST]:
        with transaction.atomic():
            match(entry, now=now)


def open_schedules(*, now: datetime) -> None:
    """Turn what is noted of whole schedules into openings of their times."""
    last = 0
    while pk := _open_next(last, now):
        last = pk


@retrying
@transaction.atomic
def _open_next(last: int, now: datetime) -> int | None:
    """Some schedules, and the last key; what is written down goes with its note."""
    rows = Opening.objects.filter(slot=None, pk__gt=last).order_by("pk")
    mine = list(
        rows.select_for_update(of=("self",), skip_locked=True)[:SCHEDULES_AT_ONCE]
    )
    if not mine:
        return None
    wanted = _somebody_waits({opening.schedule_id for opening in mine})
    for schedule in wanted:
        _note(_times_for(schedule, now), now)
    Opening.objects.filter(pk__in=[opening.pk for opening in mine]).delete()
    return mine[-1].pk


def _somebody_waits(schedule_ids: Collection[int]) -> list[Schedule]:
    waiting = WaitingListEntry.objects.waiting().filter(
        procedure__schedules=OuterRef("pk"), modality=OuterRef("modality")
    )
    found = Schedule.objects.filter(Exists(waiting), pk__in=schedule_ids)
    return list(found.select_related("site").order_by("pk"))


def _times_for(schedule: Schedule, now: datetime) -> list[Slot]:
    """A time for each who waits, in order: the first that they can come to and nobody has yet."""
    waiting = _waiting_for(schedule, now)
    times = list(
        Slot.objects.filter(schedule=schedule, free=True, start__gt=now).order_by(
            "start", "pk"
        )[:MOST_TIMES]
    )
    chosen: list[Slot] = []
    for entry in waiting:
        found = next((one for one in times if _fits(entry, one)), None)
        if found is not None:
            times.remove(found)
            chosen.append(found)
        if not times:
            break
    return chosen


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
    return list(ranked.select_related("instead_of")[:MOST_WAITING])


def _fits(entry: WaitingListEntry, slot: Slot) -> bool:
    later = entry.instead_of
    sooner = later is None or slot.start < later.start
    return sooner and entry.fits_day(slot.day, slot.minute)


def _note(slots: Sequence[Slot], now: datetime) -> None:
    """Those that are noted already are being looked at for the same people."""
    rows = [
        Opening(slot_id=slot.pk, schedule_id=slot.schedule_id, since=now)
        for slot in sorted(slots, key=lambda slot: slot.pk)
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
