"""Slots in bulk: one INSERT … SELECT makes thousands of rows out of runs of starts."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from appointments.models import Slot

RUNS_AT_ONCE = 5_000


class Run(NamedTuple):
    """Starts at equal distance on one local day: `count` of them, every `step` minutes."""

    schedule_id: int
    practitioner_id: int
    site_id: int
    seat: int
    day: date
    minute: int
    start: int  # minutes since 1970
    length: int
    step: int


_INSERT = """
    INSERT INTO {slots} (schedule_id, practitioner_id, site_id, seat, day, minute,
                         minutes, start, free, withdrawn)
    WITH RECURSIVE run AS (SELECT {columns} FROM {source}),
    number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < %(longest)s)
    SELECT schedule_id, practitioner_id, site_id, seat, {day}, minute + n * step,
           step, {start}, TRUE, FALSE
    FROM run CROSS JOIN number WHERE n < length
    ORDER BY schedule_id, run.start, n, seat
    ON CONFLICT DO NOTHING"""


def insert(runs: Sequence[Run]) -> int:
    """Write every slot of these runs, leaving alone those that exist; how many are new."""
    written = 0
    with connection.cursor() as cursor:
        for first in range(0, len(runs), RUNS_AT_ONCE):
            some = runs[first : first + RUNS_AT_ONCE]
            values: dict[str, Any] = {
                "runs": json.dumps(some, default=date.isoformat),
                "longest": max(run.length for run in some),
            }
            cursor.execute(_insert(), values)
            written += cursor.rowcount
    return written


def _insert() -> str:
    moment = "(run.start + n * step) * 60"
    if connection.vendor == "postgresql":
        return _INSERT.format(
            slots=Slot._meta.db_table,
            columns=_columns("(value ->> {})::{}", date_type="date"),
            source="jsonb_array_elements(%(runs)s::jsonb)",
            day="day",
            start=f"to_timestamp({moment})",
        )
    return _INSERT.format(
        slots=Slot._meta.db_table,
        columns=_columns("json_extract(value, '$[{}]')", date_type=""),
        source="json_each(%(runs)s)",
        day="day",
        start=f"datetime({moment}, 'unixepoch')",
    )


def _columns(read: str, *, date_type: str) -> str:
    """Each value of a run by its position, under its name."""
    return ", ".join(
        f"{read.format(at, date_type if name == 'day' else 'bigint')} AS {name}"
        for at, name in enumerate(Run._fields)
    )
