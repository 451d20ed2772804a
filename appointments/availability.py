"""Which times are free: the second step of a search, over the schedules that match.

Each schedule answers from its own stretch of the index of free slots and stops after
`limit` rows, so the cost follows the schedules that match and not the table
(design §3). Pages follow by key (start, slot), never by OFFSET. A slot whose hold is
over counts as free although no job has said so yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from accounts.models import Patient
from appointments import answering, policies, slot_sql
from appointments.models import Appointment, Slot
from appointments.offer import Criteria, ScheduleRef, matching

__all__ = [
    "Criteria",
    "FreeTime",
    "ScheduleRef",
    "Window",
    "busy_of",
    "count_by_day",
    "engagements_of",
    "first_by_schedule",
    "first_by_site",
    "free_times",
    "matching",
    "nearest",
    "one_by_time",
    "tallies",
    "these",
]

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """When the patient can come. No part of the day and no weekday means any."""

    now: datetime
    first_day: date | None = None
    last_day: date | None = None
    parts: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()


class Engagement(NamedTuple):
    """When a patient has something; of a hold that gives way to its own search, which one."""

    span: Interval
    search: str = ""


class FreeTime(NamedTuple):
    """A time that can be held. `day` and `minute` are the site's own."""

    slot_id: int
    schedule_id: int
    practitioner_id: int
    site_id: int
    start: datetime
    day: date
    minute: int

    @property
    def key(self) -> tuple[datetime, int]:
        """Where the next page of times goes on."""
        return self.start, self.slot_id


def free_times(
    *,
    schedules: Sequence[ScheduleRef],
    window: Window,
    busy: Sequence[Interval] = (),
    after: tuple[datetime, int] | None = None,
    limit: int,
) -> list[FreeTime]:
    """The first free times in order; with `after`, those that follow that key."""
    search = _search(schedules, window, busy)
    return _times(slot_sql.first_rows(search, each=limit, limit=limit, after=after))


def one_by_time(
    *,
    schedules: Sequence[ScheduleRef],
    window: Window,
    busy: Sequence[Interval] = (),
    limit: int,
) -> list[tuple[int, int, date, int]]:
    """A slot for each site, day and minute that has any: slot, site, day and minute, in order."""
    search = _search(schedules, window, busy)
    return slot_sql.one_by_time(search, limit=limit)


def these(slot_ids: Sequence[int]) -> dict[int, FreeTime]:
    """The times behind slots that a search has just found, by slot."""
    columns = FreeTime._fields[1:]
    rows = Slot.objects.filter(pk__in=slot_ids).values_list("pk", *columns)
    return {row[0]: FreeTime(*row) for row in rows}


def count_by_day(
    *,
    schedules: Sequence[ScheduleRef],
    window: Window,
    busy: Sequence[Interval] = (),
) -> dict[date, int]:
    """How many free times each day has, for the days that have any."""
    return slot_sql.counts(_search(schedules, window, busy))


def tallies(
    *,
    bunches: Mapping[ScheduleRef, int],
    window: Window,
    busy: Sequence[Interval] = (),
) -> list[slot_sql.Tally]:
    """What each bunch of schedules has free by day and half of the day, in one reading."""
    search = _search(tuple(bunches), window, busy)
    numbers = bunches.values()
    places = [
        place._replace(bunch=number)
        for place, number in zip(search.places, numbers, strict=True)
    ]
    return slot_sql.tallies(replace(search, places=places))


def first_by_schedule(
    *,
    schedules: Sequence[ScheduleRef],
    window: Window,
    busy: Sequence[Interval] = (),
) -> dict[int, FreeTime]:
    """The first free time of each schedule that has one, the soonest first."""
    found: dict[int, FreeTime] = {}
    for time in _firsts(schedules, window, busy):
        found.setdefault(time.schedule_id, time)
    return found


def first_by_site(
    *,
    schedules: Sequence[ScheduleRef],
    window: Window,
    busy: Sequence[Interval] = (),
) -> dict[int, FreeTime]:
    """The first free time of each site that has one, the soonest first."""
    found: dict[int, FreeTime] = {}
    for time in _firsts(schedules, window, busy):
        found.setdefault(time.site_id, time)
    return found


def nearest(
    *,
    schedules: Sequence[ScheduleRef],
    window: Window,
    lost: datetime,
    busy: Sequence[Interval] = (),
    limit: int = 3,
) -> list[FreeTime]:
    """The free times nearest to one that was lost, in the order of the clock."""
    search = _search(schedules, window, busy)
    later = slot_sql.first_rows(search, each=limit, limit=limit, after=(lost, 0))
    sooner = slot_sql.last_rows(search, each=limit, limit=limit, before=lost)
    found = sorted(_times([*sooner, *later]), key=lambda t: abs(t.start - lost))
    return sorted(found[:limit], key=lambda time: time.key)


def busy_of(
    patient: Patient,
    now: datetime,
    *,
    search: str = "",
    replaces: Appointment | None = None,
) -> list[Interval]:
    """When this patient already has something; the hold of this same search gives way.

    So does the appointment that changes its hour, and what is held for it.
    """
    engaged = engagements_of(patient, now, replaces=replaces)
    return [one.span for one in engaged if not search or one.search != search]


def engagements_of(
    patient: Patient, now: datetime, *, replaces: Appointment | None = None
) -> list[Engagement]:
    """What this patient already has, once for the searches that ask in several ways."""
    live = Appointment.objects.of(patient).occupying(at=now).filter(end__gt=now)
    held = Appointment.Status.HELD
    if replaces is not None:
        live = live.exclude(pk=replaces.pk).exclude(status=held, replaces=replaces)
    rows = live.order_by("start", "pk").values_list(
        "start", "end", "status", "search", "replaces"
    )
    return [
        Engagement(
            (start, end), search if status == held and not old and not replaces else ""
        )
        for start, end, status, search, old in rows
    ]


def starts_between(schedule: ScheduleRef, window: Window) -> Interval:
    """From when and until when this schedule may be booked: notice, horizon and window."""
    earliest = policies.earliest_start(
        now=window.now, notice_minutes=schedule.notice_minutes
    )
    if schedule.by_request:
        earliest = max(earliest, answering.earliest_start(window.now))
    last = policies.last_day(
        today=timezone.localdate(window.now), horizon_days=schedule.horizon_days
    )
    if window.first_day is not None:
        earliest = max(earliest, midnight(window.first_day))
    if window.last_day is not None:
        last = min(last, window.last_day)
    return earliest, midnight(last + timedelta(days=1))


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001


def _firsts(
    schedules: Sequence[ScheduleRef], window: Window, busy: Sequence[Interval]
) -> list[FreeTime]:
    """The first time of each schedule, from the free ones and from the lapsed ones."""
    search = _search(schedules, window, busy)
    return _times(slot_sql.first_rows(search, each=1, limit=None))


def _search(
    schedules: Sequence[ScheduleRef], window: Window, busy: Sequence[Interval]
) -> slot_sql.Search:
    return slot_sql.Search(
        places=[
            slot_sql.Place(
                schedule.id,
                *starts_between(schedule, window),
                schedule.minutes or schedule.slot_minutes,
                schedule.slots,
                schedule.slot_minutes,
                schedule.capacity,
            )
            for schedule in schedules
        ],
        now=window.now,
        busy=busy,
        parts=window.parts,
        weekdays=window.weekdays,
    )


def _times(rows: Sequence[tuple]) -> list[FreeTime]:
    return [FreeTime(*row) for row in rows]
