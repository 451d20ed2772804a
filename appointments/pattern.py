"""When a schedule attends: its weekly hours, minus holidays and absences, plus extra hours.

Moments are whole minutes since 1970 (UTC), so that days of thousands of schedules are
compared as numbers. A day is a local day of the site, cut from its own midnight.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

Span = tuple[int, int]

MINUTES_A_DAY = 1440
# «Hasta las 11:59 p. m.» is how a form says midnight.
LAST_MINUTE = 1439


@dataclass(frozen=True, slots=True)
class Pattern:
    """What decides the times of one schedule. Weekdays are ISO: 1 is Monday."""

    step: int
    first_day: date
    last_day: date | None
    weekly: Mapping[int, Sequence[Span]]
    closed_days: frozenset[date] = frozenset()
    closed: Sequence[Span] = ()
    extra: Sequence[Span] = field(default=())


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def minutes_into_day(clock: time) -> int:
    """A closing time of 23:59 is the end of the day."""
    minutes = clock.hour * 60 + clock.minute
    return MINUTES_A_DAY if minutes == LAST_MINUTE else minutes


def starts(pattern: Pattern, *, first_day: date, last_day: date) -> list[int]:
    """Each bookable start in these days, in order, none overlapping another."""
    first = max(first_day, pattern.first_day)
    last = min(last_day, pattern.last_day) if pattern.last_day else last_day
    begin, end = minute_of(midnight(first)), minute_of(midnight(last)) + MINUTES_A_DAY
    found = [start for day in _days(first, last) for start in _weekly(pattern, day)]
    for opens, closes in pattern.extra:
        found += [s for s in _grid(opens, closes, pattern.step) if begin <= s < end]
    return _apart([s for s in found if not _closed(pattern, s)], pattern.step)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _weekly(pattern: Pattern, day: date) -> Iterator[int]:
    hours = pattern.weekly.get(day.isoweekday())
    if not hours or day in pattern.closed_days:
        return
    base = minute_of(midnight(day))
    for opens, closes in hours:
        yield from _grid(base + opens, base + closes, pattern.step)


def _grid(opens: int, closes: int, step: int) -> range:
    """Starts whose whole slot fits."""
    return range(opens, closes - step + 1, step)


def _closed(pattern: Pattern, start: int) -> bool:
    """A slot that meets an absence is not published; the grid of the others stays."""
    end = start + pattern.step
    return any(start < until and end > since for since, until in pattern.closed)


def _apart(found: list[int], step: int) -> list[int]:
    """In order; of two that overlap (hours written twice), the first."""
    kept: list[int] = []
    for start in sorted(found):
        if not kept or start >= kept[-1] + step:
            kept.append(start)
    return kept
