"""What publishing looks at: patterns, the slots there are, and who is expected when."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from appointments import comparison, pattern, policies
from appointments.comparison import Existing, Wanted
from appointments.models import (
    Appointment,
    Holiday,
    Schedule,
    ScheduleException,
    Slot,
    SlotClaim,
)


@dataclass(frozen=True, slots=True)
class Task:
    """Which days of which schedules, seen at which moment."""

    schedule_ids: frozenset[int]
    from_date: date
    until_date: date | None
    now: datetime

    def last_day(self, schedule: Schedule) -> date:
        if self.until_date is not None:
            return self.until_date
        today = timezone.localdate(self.now)
        return policies.last_day(today=today, horizon_days=schedule.horizon_days)


def wanted(schedules: Sequence[Schedule], task: Task) -> dict[int, Wanted]:
    patterns = _patterns(schedules, task)
    existing = _existing(schedules, task)
    earliest = pattern.minute_of(task.now) + 1
    found = {}
    for schedule in schedules:
        published = schedule.pk in task.schedule_ids
        starts: list[int] = []
        if published:
            starts = pattern.starts(
                patterns[schedule.pk],
                first_day=task.from_date,
                last_day=task.last_day(schedule),
            )
        found[schedule.pk] = Wanted(
            schedule.pk,
            schedule.slot_minutes,
            schedule.capacity,
            [start for start in starts if start >= earliest],
            existing[schedule.pk],
            published,
        )
    return found


def _patterns(schedules: Sequence[Schedule], task: Task) -> dict[int, pattern.Pattern]:
    since = pattern.midnight(task.from_date)
    exceptions = list(ScheduleException.objects.filter(end__gt=since).order_by("pk"))
    holidays = list(
        Holiday.objects.filter(date__gte=task.from_date).prefetch_related("open_sites")
    )
    return {
        schedule.pk: pattern.Pattern(
            step=schedule.slot_minutes,
            first_day=schedule.start_date,
            last_day=schedule.end_date,
            weekly=_weekly(schedule),
            closed_days=frozenset(
                day.date
                for day in holidays
                if schedule.site not in day.open_sites.all()
            ),
            closed=_spans(exceptions, schedule, ScheduleException.Kind.CLOSED),
            extra=_spans(exceptions, schedule, ScheduleException.Kind.EXTRA),
        )
        for schedule in schedules
    }


def _weekly(schedule: Schedule) -> dict[int, list[pattern.Span]]:
    """The weekly hours; none where something it stands on is not active any more."""
    hours: dict[int, list[pattern.Span]] = defaultdict(list)
    active = schedule.active and schedule.practitioner.active and schedule.site.active
    for each in schedule.weekly_hours.all() if active else ():
        opens = pattern.minutes_into_day(each.opens)
        hours[each.weekday].append((opens, pattern.minutes_into_day(each.closes)))
    return hours


def _spans(
    exceptions: Sequence[ScheduleException], schedule: Schedule, kind: str
) -> list[pattern.Span]:
    return [
        (pattern.minute_of(one.start), pattern.minute_of(one.end))
        for one in exceptions
        if one.kind == kind
        and one.schedule_id in (None, schedule.pk)
        and one.practitioner_id in (None, schedule.practitioner_id)
        and one.site_id in (None, schedule.site_id)
    ]


def _existing(
    schedules: Sequence[Schedule], task: Task
) -> dict[int, dict[comparison.Seat, Existing]]:
    found: dict[int, dict[comparison.Seat, Existing]] = {s.pk: {} for s in schedules}
    until = pattern.midnight(
        max(task.last_day(schedule) for schedule in schedules) + timedelta(days=1)
    )
    slots = Slot.objects.filter(
        schedule__in=found,
        start__gt=task.now,
        start__gte=pattern.midnight(task.from_date),
        start__lt=until,
    )
    claimed = set(
        SlotClaim.objects.filter(slot__in=slots.filter(withdrawn=True)).values_list(
            "slot_id", flat=True
        )
    )
    rows = slots.values_list(
        "schedule_id", "start", "seat", "pk", "minutes", "free", "withdrawn"
    )
    last = {
        s.pk: pattern.midnight(task.last_day(s) + timedelta(days=1)) for s in schedules
    }
    for schedule_id, start, seat, pk, minutes, free, withdrawn in rows.iterator():
        if start < last[schedule_id]:
            found[schedule_id][pattern.minute_of(start), seat] = Existing(
                pk, minutes, free, withdrawn, pk in claimed
            )
    return found


def appointments(
    practitioner_ids: Sequence[int], task: Task
) -> dict[int, set[tuple[int, int, int]]]:
    live = Appointment.objects.live().filter(
        practitioner_id__in=practitioner_ids, end__gt=task.now
    )
    spans: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
    rows = live.values_list("practitioner_id", "start", "end", "schedule_id")
    for practitioner_id, start, end, schedule_id in rows.iterator():
        span = (pattern.minute_of(start), pattern.minute_of(end), schedule_id)
        spans[practitioner_id].add(span)
    return spans
