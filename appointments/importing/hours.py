"""Weekly hours as people write them: «lun-vie 08:00-12:00 | sáb 8:00 a. m. a 12 m.»."""

import re
from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise
from typing import Any

from appointments.models import WeeklyHours
from catalog.importing import cells
from catalog.importing.errors import RowRefused
from catalog.importing.report import shown
from catalog.words import fold

# A part of a week: ISO weekday, from, to («HH:MM»), as JSON keeps it.
Span = list[Any]

DAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
CLOCK = r"(\d{1,2})(?::(\d{2}))?(am|pm|m)?"
SPAN = re.compile(rf"([a-z,y-]+?){CLOCK}(?:-|a){CLOCK}")
LAST_MINUTE = time(23, 59)


def clean(cell: str) -> list[Span]:
    """Every span, in order; what overlaps on a day is refused."""
    found: list[Span] = []
    for one in cells.several(cell):
        found += _spans(one)
    if not found:
        raise RowRefused("falta.")
    return in_order(found)


def in_order(spans: Iterable[Span]) -> list[Span]:
    """Sorted, the repeated ones once."""
    found = sorted(set(map(tuple, spans)))
    for (day, _, closes), (next_day, opens, _) in pairwise(found):
        if day == next_day and opens < closes:
            raise RowRefused(f"el {DAYS[day - 1]} hay horas que se cruzan.")
    return [list(one) for one in found]


def read(schedule: Any) -> list[Span]:
    return sorted(
        [one.weekday, f"{one.opens:%H:%M}", f"{one.closes:%H:%M}"]
        for one in schedule.weekly_hours.all()
    )


def write(schedule: Any, spans: Iterable[Span]) -> None:
    """The hours of a schedule are those of the file."""
    WeeklyHours.objects.filter(schedule=schedule).delete()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(
            schedule=schedule,
            weekday=day,
            opens=time.fromisoformat(opens),
            closes=time.fromisoformat(closes),
        )
        for day, opens, closes in spans
    )


def _spans(said: str) -> list[Span]:
    """«lun-vie 08:00-12:00»: one span for each of its days."""
    plain = re.sub(r"(?<=[a-z])\s+a\s+(?=[a-z])", "-", fold(said).replace("–", "-"))
    plain = re.sub(r"[\s.]|\bde\b", "", plain)
    match = SPAN.fullmatch(plain)
    if match is None:
        raise RowRefused(
            f"«{shown(said)}» no se entiende: escriba el día y las horas, como "
            "lun-vie 08:00-12:00, con | entre uno y otro."
        )
    days, *clocks = match.groups()
    opens, closes = _time(clocks[:3], said), _time(clocks[3:], said)
    if opens >= closes:
        raise RowRefused(f"«{shown(said)}»: la hora final no es después de la inicial.")
    return [[day, f"{opens:%H:%M}", f"{closes:%H:%M}"] for day in _days(days, said)]


def _days(said: str, cell: str) -> list[int]:
    found: list[int] = []
    for part in re.split(r",|(?<=[a-z])y(?=[a-z])", said):
        first, _, last = part.partition("-")
        begin, end = _day(first, cell), _day(last or first, cell)
        if begin > end:
            raise RowRefused(f"«{shown(cell)}»: los días van de lunes a domingo.")
        found += range(begin, end + 1)
    return found


def _day(word: str, cell: str) -> int:
    known = [
        n for n, day in enumerate(DAYS, 1) if len(word) > 1 and day.startswith(word)
    ]
    if len(known) != 1:
        raise RowRefused(f"«{shown(cell)}» no dice un día: escriba lun, mar, mié…")
    return known[0]


def _time(clock: Sequence[str | None], cell: str) -> time:
    """Twelve at noon is «12 m.»; midnight, as the end of a day, «24:00» or «23:59»."""
    hours, minutes, half = int(clock[0] or 0), int(clock[1] or 0), clock[2]
    if half in ("am", "pm"):
        if not 1 <= hours <= 12:
            raise RowRefused(f"«{shown(cell)}» no dice una hora posible.")
        hours = hours % 12 + (12 if half == "pm" else 0)
    if (hours, minutes) == (24, 0):
        return LAST_MINUTE
    if hours > 23 or minutes > 59 or (half == "m" and hours != 12):
        raise RowRefused(f"«{shown(cell)}» no dice una hora posible.")
    return time(hours, minutes)
