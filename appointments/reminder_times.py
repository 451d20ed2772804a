"""When an appointment is reminded: values in, answer out. No database, no clock.

Every moment is a local one: what is quiet is what the wall of the clinic says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

WEEK, TWO_DAYS, DAY, HOURS = "week", "two_days", "day", "hours"
MOMENTS = (WEEK, TWO_DAYS, DAY, HOURS)
BEFORE = {
    WEEK: timedelta(days=7),
    TWO_DAYS: timedelta(hours=48),
    DAY: timedelta(hours=24),
    HOURS: timedelta(hours=2),
}
# So long before the appointment each one has nothing more to say: the next says it.
USEFUL_UNTIL = {
    WEEK: timedelta(days=3),
    TWO_DAYS: timedelta(hours=26),
    DAY: timedelta(hours=2),
    HOURS: timedelta(0),
}

# What a procedure asks for (catalog.Procedure.Reminders).
WANTED_WITH_PREPARATION = {
    "auto": frozenset(MOMENTS),
    "all": frozenset(MOMENTS),
    "short": frozenset({DAY, HOURS}),
    "day": frozenset({DAY}),
    "none": frozenset[str](),
}
WANTED = WANTED_WITH_PREPARATION | {"auto": frozenset({DAY, HOURS})}

QUIET_FROM, QUIET_UNTIL = time(20), time(7)
# What would come in the quiet hours comes the evening before them, and not at their
# edge: a provider that fails then has two hours before it would wake somebody.
EVENING = time(18)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One of them: when it goes, and until when it is of any use."""

    moment: str
    due_at: datetime
    useful_until: datetime


def wanted_by(*, procedure_says: str, has_preparation: bool) -> frozenset[str]:
    """Which reminders this kind of service asks for."""
    table = WANTED_WITH_PREPARATION if has_preparation else WANTED
    return table[procedure_says]


def is_quiet(moment: datetime) -> bool:
    """From eight in the evening to seven in the morning nobody is disturbed."""
    return not QUIET_UNTIL <= moment.time() < QUIET_FROM


def out_of_the_quiet(moment: datetime) -> datetime:
    """That moment, or the evening before the quiet hours that it falls in: never later."""
    if not is_quiet(moment):
        return moment
    day = moment.date()
    if moment.time() < QUIET_UNTIL:
        day -= timedelta(days=1)
    return datetime.combine(day, EVENING, tzinfo=moment.tzinfo)


def reminders(
    *, start: datetime, now: datetime, wanted: Iterable[str]
) -> tuple[Reminder, ...]:
    """Those of `wanted` that are still to come, the earliest first.

    Two hours before an early appointment everybody sleeps. Then the last one goes the
    evening before, unless the one of the day before says it on that same day already.
    """
    chosen = set(wanted)
    found = [
        Reminder(
            moment,
            out_of_the_quiet(start - BEFORE[moment]),
            start - USEFUL_UNTIL[moment],
        )
        for moment in MOMENTS
        if moment in chosen
    ]
    to_come = [one for one in found if one.due_at > now]
    days = {one.due_at.date() for one in to_come if one.moment == DAY}
    return tuple(
        one
        for one in to_come
        if not (_was_moved(one, start) and one.due_at.date() in days)
    )


def _was_moved(one: Reminder, start: datetime) -> bool:
    return one.moment == HOURS and is_quiet(start - BEFORE[HOURS])
