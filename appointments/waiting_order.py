"""Who of those who wait comes first, when they can be told, and until when they may answer.

Values in, answer out: no database, no clock.
"""

from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from appointments import policies, reminder_times

FIRST, OTHERS = 0, 1


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place: what the law says of them, and since when they wait."""

    entry_id: UUID
    since: datetime
    kinds: tuple[str, ...] = ()


def born_until(on: date) -> date:
    """The latest birth date of an older adult that day; the law counts them itself."""
    year = on.year - policies.OLDER_ADULT_YEARS
    if (on.month, on.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, on.month, on.day)


def rank(place: Place) -> int:
    """Whom the law prefers comes before the others, whichever of its reasons it is."""
    return FIRST if place.kinds else OTHERS


def key(place: Place) -> tuple[int, datetime, UUID]:
    """Priority, then time waiting; at the same instant, something that never changes."""
    return rank(place), place.since, place.entry_id


def in_order(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=key)


def explained(
    place: Place, *, since: date, passed_over: Mapping[str, int]
) -> dict[str, object]:
    """Why this person and nobody else: codes and counts, nothing that names anybody."""
    why = {reason: n for reason, n in sorted(passed_over.items()) if n}
    return {
        "priority": sorted(place.kinds),
        "waited_since": since.isoformat(),
        "before": sum(why.values()),
        "why": why,
    }


@dataclass(frozen=True, slots=True)
class Chance:
    """When the message can reach the person, and until when the time is kept for them."""

    told_at: datetime
    until: datetime


def chance(
    *, start: datetime, now: datetime, notice: timedelta, may_wake: bool
) -> Chance | None:
    """When they are told and until when they may answer, by the wall of the clinic: local moments.

    From eight in the evening to seven in the morning nobody is woken but who said so,
    and they only for a time of that same day, or one too near to wait until seven. None
    where there is no time to read it, to answer it and to get there.
    """
    if not reminder_times.is_quiet(now):
        return _told(now, start, notice)
    if may_wake and start.date() == now.date():
        return _told(now, start, notice)
    later = _told(_next_morning(now), start, notice)
    return later or (_told(now, start, notice) if may_wake else None)


def first_told(*, now: datetime, may_wake: bool) -> datetime:
    """The first moment at which somebody can be told at all."""
    if may_wake or not reminder_times.is_quiet(now):
        return now
    return _next_morning(now)


def _told(told_at: datetime, start: datetime, notice: timedelta) -> Chance | None:
    if not policies.may_offer(start=start, told_at=told_at, notice=notice):
        return None
    until = policies.offer_until(start=start, told_at=told_at, notice=notice)
    return Chance(told_at, until)


def _next_morning(now: datetime) -> datetime:
    day = now.date()
    if now.time() >= reminder_times.QUIET_FROM:
        day += timedelta(days=1)
    return datetime.combine(day, reminder_times.QUIET_UNTIL, tzinfo=now.tzinfo)


def first_run(
    starts: Sequence[datetime], *, around: datetime, step: timedelta, slots: int
) -> datetime | None:
    """Where an appointment of so many slots begins that takes in this one, the earliest.

    `starts` are those with a free seat. None where they are not enough in a row.
    """
    free = set(starts)
    for back in range(slots - 1, -1, -1):
        begin = around - step * back
        if all(begin + step * n in free for n in range(slots)):
            return begin
    return None
