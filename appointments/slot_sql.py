"""The SQL of a search over slots, once for PostgreSQL and once for SQLite.

Both take the schedules as a small table of their own (`place`) and, for each, read its
own stretch of the index `slot_free` and stop at the limit: LATERAL on PostgreSQL, a
correlated subquery on SQLite, which has no LATERAL. `lapsed` are the slots whose hold
is over; there are few, found by the index of holds.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection

from appointments.models import Appointment, Slot, SlotClaim

NOON = 720
NO_LIMIT = 1_000_000

_SLOT = Slot._meta.db_table
_COLUMNS = "id, schedule_id, practitioner_id, site_id, start, day, minute"

_LAPSED = f"""
lapsed AS (
    SELECT claim.slot_id AS id
    FROM {Appointment._meta.db_table} a
    JOIN {SlotClaim._meta.db_table} claim ON claim.appointment_id = a.id
    WHERE a.status = 'held' AND a.hold_expires_at <= %(now)s
)"""  # noqa: S608 - names of our own tables

_AVAILABLE = "(n.free OR (NOT n.withdrawn AND n.id IN (SELECT id FROM lapsed)))"


class Place(NamedTuple):
    """A schedule to look in: from when to when, and how long the appointment is."""

    schedule_id: int
    earliest: datetime
    latest: datetime
    minutes: int
    slots: int
    step: int
    capacity: int
    # Which of several readings at once it belongs to (`tallies`).
    bunch: int = 0


class Tally(NamedTuple):
    """What one bunch of schedules has free in one half of a day."""

    bunch: int
    day: date
    part: str
    free: int
    first: datetime


@dataclass(frozen=True, slots=True)
class Search:
    places: Sequence[Place]
    now: datetime
    busy: Sequence[tuple[datetime, datetime]] = ()
    parts: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Query:
    """Conditions on a slot `c` at its place `m`, and the values they need."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **values: object) -> None:
        self.conditions.append(condition)
        self.values.update(values)

    @property
    def where(self) -> str:
        return " AND ".join(self.conditions)


def first_rows(
    search: Search,
    *,
    each: int,
    limit: int | None,
    after: tuple[datetime, int] | None = None,
) -> list[tuple]:
    """The first free slots in order: at most `each` of a schedule, `limit` in all.

    Those whose hold is over come besides; they are few.
    """
    query = _query(search)
    if after is not None:
        query.add(
            "c.start >= %(after)s AND (c.start > %(after)s OR c.id > %(after_id)s)",
            after=_moment(after[0]),
            after_id=after[1],
        )
    return _rows(search, query, "ASC", each, limit)


def last_rows(
    search: Search, *, each: int, limit: int, before: datetime
) -> list[tuple]:
    """The last free slots before a moment, the latest first."""
    query = _query(search)
    query.add("c.start < %(before)s", before=_moment(before))
    return _rows(search, query, "DESC", each, limit)


def one_by_time(search: Search, *, limit: int) -> list[tuple[int, int, date, int]]:
    """Of all that begins at one site in one minute, one slot: its id, site, day and minute.

    The first `limit` in order; those whose hold is over count as free.
    """
    if not search.places:
        return []
    query = _query(search)
    query.values |= {"limit": limit}
    sql = f"""
        WITH {_places()}, {_LAPSED}
        SELECT MIN(f.id), f.site_id, f.day, f.minute
        FROM ({_all_of_each(query.where)} UNION ALL
              SELECT c.id, c.site_id, c.day, c.minute {_over_lapsed(query.where)}) f
        GROUP BY f.day, f.minute, f.site_id
        ORDER BY f.day, f.minute, f.site_id
        LIMIT %(limit)s
    """  # noqa: S608 - conditions of this module; what people type are parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, query.values | _place_values(search.places))
        return [
            (slot, site, _day(day), minute)
            for slot, site, day, minute in cursor.fetchall()
        ]


def counts(search: Search) -> dict[date, int]:
    """Free slots by local day."""
    if not search.places:
        return {}
    query = _query(search)
    sql = f"""
        WITH {_places()}, {_LAPSED}
        SELECT f.day, SUM(f.free)
        FROM ({_counted(query.where)} UNION ALL
              SELECT c.day, COUNT(*) AS free {_over_lapsed(query.where)} GROUP BY c.day) f
        GROUP BY f.day
    """  # noqa: S608 - conditions of this module; what people type are parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, query.values | _place_values(search.places))
        return {_day(day): int(free) for day, free in cursor.fetchall()}


def tallies(search: Search) -> list[Tally]:
    """Free slots by bunch, local day and half of the day, with the first of each."""
    if not search.places:
        return []
    query = _query(search)
    query.values |= {"noon": NOON}
    half = "CASE WHEN c.minute < %(noon)s THEN 'am' ELSE 'pm' END"
    some = f"c.day, {half} AS part, COUNT(*) AS free, MIN(c.start) AS first"
    grouped = f"GROUP BY c.day, {half}"
    if _postgresql():
        each = f"""SELECT m.bunch, s.* FROM place m CROSS JOIN LATERAL (
            SELECT {some} FROM {_SLOT} c WHERE c.free AND {query.where} {grouped}) s"""  # noqa: S608
    else:
        each = f"""SELECT m.bunch, {some} FROM place m CROSS JOIN {_SLOT} c
            WHERE c.free AND {query.where} GROUP BY m.bunch, c.day, {half}"""  # noqa: S608
    sql = f"""
        WITH {_places()}, {_LAPSED}
        SELECT f.bunch, f.day, f.part, SUM(f.free), MIN(f.first)
        FROM ({each} UNION ALL SELECT m.bunch, {some} {_over_lapsed(query.where)}
              GROUP BY m.bunch, c.day, {half}) f
        GROUP BY f.bunch, f.day, f.part
    """  # noqa: S608 - conditions of this module; what people type are parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, query.values | _place_values(search.places))
        return [
            Tally(bunch, _day(day), part, int(free), _aware(first))
            for bunch, day, part, free, first in cursor.fetchall()
        ]


def _rows(
    search: Search, query: _Query, order: str, each: int, limit: int | None
) -> list[tuple]:
    if not search.places:
        return []
    query.values |= {"each": each, "limit": limit or NO_LIMIT}
    sql = f"""
        WITH {_places()}, {_LAPSED}
        SELECT {_COLUMNS}
        FROM ({_first_of_each(query.where, order)} UNION ALL
              SELECT {_listed("c")} {_over_lapsed(query.where)}) f
        ORDER BY start {order}, id {order}
        LIMIT %(limit)s
    """  # noqa: S608 - conditions of this module; what people type are parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, query.values | _place_values(search.places))
        return [_row(found) for found in cursor.fetchall()]


def _query(search: Search) -> _Query:
    query = _Query(values={"now": _moment(search.now)})
    query.add("c.schedule_id = m.schedule_id")
    query.add("c.start >= m.earliest AND c.start < m.latest")
    if search.parts == {"am"}:
        query.add("c.minute < %(noon)s", noon=NOON)
    if search.parts == {"pm"}:
        query.add("c.minute >= %(noon)s", noon=NOON)
    if search.weekdays:
        days = ", ".join(str(int(day)) for day in sorted(search.weekdays))
        query.add(f"{_iso_weekday('c.day')} IN ({days})")
    _keep_clear(query, search.busy)
    _whole(query, search.places)
    if any(place.capacity > 1 for place in search.places):
        query.add(_lowest_seat())
    return query


def _keep_clear(query: _Query, busy: Sequence[tuple[datetime, datetime]]) -> None:
    """Half-open intervals that must not meet the patient's other appointments."""
    end = _later("c.start", "m.minutes")
    for number, (start, until) in enumerate(busy):
        query.add(
            f"NOT (c.start < %(until_{number})s AND {end} > %(start_{number})s)",
            **{f"start_{number}": _moment(start), f"until_{number}": _moment(until)},
        )


def _whole(query: _Query, places: Sequence[Place]) -> None:
    """A long procedure: the slots that follow must be free as well."""
    for number in range(1, max((place.slots for place in places), default=1)):
        start = _later("c.start", f"{number} * m.step")
        query.add(
            f"""(m.slots <= {number} OR EXISTS (
                SELECT 1 FROM {_SLOT} n
                WHERE n.schedule_id = m.schedule_id AND n.start = {start}
                  AND {_AVAILABLE}))"""  # noqa: S608 - numbers of ours
        )


def _lowest_seat() -> str:
    """Of a group's free seats at one time, one."""
    return f"""(m.capacity = 1 OR NOT EXISTS (
        SELECT 1 FROM {_SLOT} n
        WHERE n.schedule_id = m.schedule_id AND n.start = c.start
          AND n.seat < c.seat AND {_AVAILABLE}))"""  # noqa: S608 - no parameters


def _listed(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in _COLUMNS.split(", "))


def _over_lapsed(where: str) -> str:
    return f"""
        FROM lapsed JOIN {_SLOT} c ON c.id = lapsed.id
        JOIN place m ON m.schedule_id = c.schedule_id
        WHERE NOT c.withdrawn AND NOT c.free AND {where}"""


def _first_of_each(where: str, order: str) -> str:
    chosen = f"""
        FROM {_SLOT} c WHERE c.free AND {where}
        ORDER BY c.start {order}, c.id {order} LIMIT %(each)s"""
    if _postgresql():
        return f"""SELECT s.* FROM place m
            CROSS JOIN LATERAL (SELECT {_listed("c")} {chosen}) s"""  # noqa: S608
    return f"""SELECT {_listed("s")} FROM place m
        CROSS JOIN {_SLOT} s ON s.id IN (SELECT c.id {chosen})"""  # noqa: S608


def _all_of_each(where: str) -> str:
    """Unsorted: for hundreds of times the sorting would cost more than the reading."""
    some = "SELECT c.id, c.site_id, c.day, c.minute FROM"
    if _postgresql():
        # OFFSET, so that no plan may read the whole table instead.
        return f"""SELECT s.* FROM place m CROSS JOIN LATERAL (
            {some} {_SLOT} c WHERE c.free AND {where} OFFSET 0) s"""  # noqa: S608
    return f"{some} place m CROSS JOIN {_SLOT} c WHERE c.free AND {where}"


def _counted(where: str) -> str:
    if _postgresql():
        # Grouped inside, so that no plan may read the whole table instead.
        return f"""SELECT s.day, s.free FROM place m CROSS JOIN LATERAL (
            SELECT c.day, COUNT(*) AS free FROM {_SLOT} c
            WHERE c.free AND {where} GROUP BY c.day) s"""  # noqa: S608
    return f"""SELECT c.day, COUNT(*) AS free FROM place m CROSS JOIN {_SLOT} c
        WHERE c.free AND {where} GROUP BY c.day"""  # noqa: S608


def _places() -> str:
    names = ", ".join(Place._fields)
    if _postgresql():
        return f"""place ({names}) AS (SELECT * FROM unnest(
            %(ids)s::bigint[], %(earliest)s::timestamptz[], %(latest)s::timestamptz[],
            %(minutes)s::int[], %(slots)s::int[], %(step)s::int[], %(capacity)s::int[],
            %(bunch)s::int[]))"""  # noqa: S608 - fixed names
    values = ", ".join(
        f"json_extract(value, '$[{at}]')" for at in range(len(Place._fields))
    )
    return f"""place ({names}) AS MATERIALIZED (
        SELECT {values} FROM json_each(%(places)s))"""  # noqa: S608 - fixed names


def _place_values(places: Sequence[Place]) -> dict[str, Any]:
    if not _postgresql():
        return {"places": json.dumps(places, default=_moment)}
    columns = [list(column) for column in zip(*places, strict=True)]
    return dict(zip(("ids", *Place._fields[1:]), columns, strict=True))


def _later(start: str, minutes: str) -> str:
    if _postgresql():
        return f"({start} + ({minutes}) * interval '1 minute')"
    return f"datetime({start}, '+' || ({minutes}) || ' minutes')"


def _iso_weekday(day: str) -> str:
    if _postgresql():
        return f"EXTRACT(ISODOW FROM {day})"
    return f"(CAST(strftime('%%w', {day}) AS INTEGER) + 6) %% 7 + 1"


def _moment(moment: datetime) -> object:
    """A parameter that compares with a stored moment; SQLite keeps them as text in UTC."""
    if _postgresql():
        return moment
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _row(found: tuple) -> tuple:
    *ids, start, day, minute = found
    return (*ids, _aware(start), _day(day), minute)


def _aware(moment: datetime | str) -> datetime:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _postgresql() -> bool:
    return connection.vendor == "postgresql"
