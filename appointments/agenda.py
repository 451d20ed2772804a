"""The agenda of one search: the first time, the days that have any, and some days by schedule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Q

from appointments import availability, offer
from appointments.availability import FreeTime, ScheduleRef, Window
from appointments.models import Appointment, Slot

DAYS_SHOWN = 5
SCHEDULES_SHOWN = 8
MOST_TIMES = 1000


@dataclass(frozen=True, slots=True)
class Quest:
    """A search ready for the agenda: what, when, and when the patient cannot."""

    criteria: offer.Criteria
    window: Window
    busy: Sequence[tuple[datetime, datetime]] = ()

    @property
    def schedules(self) -> tuple[ScheduleRef, ...]:
        return availability.matching(self.criteria)


@dataclass(frozen=True, slots=True)
class Agenda:
    first: FreeTime
    counts: dict[date, int]
    shown: date
    times: tuple[FreeTime, ...]
    page: int
    pages: int

    @property
    def days(self) -> list[date]:
        return [self.shown + timedelta(days=n) for n in range(DAYS_SHOWN)]

    @property
    def next_day(self) -> date | None:
        """The first later day that has a time."""
        later = (day for day in self.counts if day > self.days[-1])
        return min(later, default=None)


def read(quest: Quest, *, shown: date | None, page: int) -> Agenda | None:
    """The agenda around a day, the first one with times if none is asked; None if empty."""
    schedules = quest.schedules
    counts = availability.count_by_day(
        schedules=schedules, window=quest.window, busy=quest.busy
    )
    if not counts:
        return None
    soonest = min(counts)
    day = _within(shown, soonest, max(counts))
    window = _around(quest.window, day)
    fitting, first = _those_with_times(schedules, window, quest.busy)
    if day != soonest or first is None:
        first = first_time(quest)
    if first is None:
        return None
    pages = max(1, -(-len(fitting) // SCHEDULES_SHOWN))
    page = min(max(page, 1), pages)
    some = fitting[(page - 1) * SCHEDULES_SHOWN : page * SCHEDULES_SHOWN]
    times = availability.free_times(
        schedules=some, window=window, busy=quest.busy, limit=MOST_TIMES
    )
    return Agenda(first, counts, day, tuple(times), page, pages)


def first_time(quest: Quest) -> FreeTime | None:
    found = availability.free_times(
        schedules=quest.schedules, window=quest.window, busy=quest.busy, limit=1
    )
    return found[0] if found else None


def total(quest: Quest) -> int:
    """How many times a search has."""
    counts = availability.count_by_day(
        schedules=quest.schedules, window=quest.window, busy=quest.busy
    )
    return sum(counts.values())


def start_of(slot_id: int) -> datetime | None:
    """When a slot begins, also one that is no longer free."""
    starts = Slot.objects.filter(pk=slot_id).values_list("start", flat=True)
    return starts.first()


def schedule_of(slot_id: int) -> int | None:
    """Whose slot it is."""
    schedules = Slot.objects.filter(pk=slot_id).values_list("schedule_id", flat=True)
    return schedules.first()


def same_again(appointment: Appointment, *, now: datetime) -> int | None:
    """The slot of a hold that ended, if nobody else has it."""
    slots = Slot.objects.filter(
        schedule=appointment.schedule_id, start=appointment.start, withdrawn=False
    )
    lapsed = Appointment.objects.lapsed(at=now)
    free = slots.filter(Q(free=True) | Q(claim__appointment__in=lapsed))
    return free.order_by("-free", "seat").values_list("pk", flat=True).first()


def _within(wanted: date | None, first: date, last: date) -> date:
    if wanted is None:
        return first
    return min(max(wanted, first), last)


def _around(window: Window, day: date) -> Window:
    last = day + timedelta(days=DAYS_SHOWN - 1)
    if window.last_day is not None:
        last = min(last, window.last_day)
    return replace(window, first_day=day, last_day=last)


def _those_with_times(
    schedules: Sequence[ScheduleRef],
    window: Window,
    busy: Sequence[tuple[datetime, datetime]],
) -> tuple[list[ScheduleRef], FreeTime | None]:
    """The schedules with a time in those days, the soonest first; and that first time."""
    first = availability.first_by_schedule(
        schedules=schedules, window=window, busy=busy
    )
    found = [schedule for schedule in schedules if schedule.id in first]
    found.sort(key=lambda schedule: first[schedule.id].key)
    return found, first[found[0].id] if found else None
