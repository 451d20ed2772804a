"""What was looked for in vain, by week: counts for the clinic's planning, and nobody in them.

A row says that in some week a service was asked for in a city, with an agreement, and
that nothing, or nothing soon, was free. Who asked is written nowhere: not here, not in
a session, not in the trail. So a search that is looked at twice may count twice; the
page leaves out what a browser says of itself (see `wizard.unmet`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.timezone import localdate

from appointments.models import UnmetDemand

EMPTY = UnmetDemand.Outcome.EMPTY
LATE = UnmetDemand.Outcome.LATE
FILED = UnmetDemand.Outcome.FILED

_TABLE = UnmetDemand._meta.db_table
# In one statement, so that no two searches of one instant count as one.
_UPSERT = f"""
    INSERT INTO {_TABLE}
        (week, procedure_id, city_code, agreement_id, modality, outcome, count)
    VALUES (%s, %s, %s, %s, %s, %s, 1)
    ON CONFLICT (week, procedure_id, city_code, agreement_id, modality, outcome)
    DO UPDATE SET count = {_TABLE}.count + 1
"""  # noqa: S608 - the name of our own table


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What of a search is kept. `city_code` is DIVIPOLA, empty for what has no place."""

    procedure_id: int
    agreement_id: int
    modality: str
    city_code: str = ""


def note(outcome: UnmetDemand.Outcome, sought: Sought, *, now: datetime) -> None:
    """Count one search more."""
    values: list[date | int | str] = [
        week_of(localdate(now)),
        sought.procedure_id,
        sought.city_code,
        sought.agreement_id,
        sought.modality,
        outcome.value,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, values)


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())
