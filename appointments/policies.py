"""Rules: values in, answer out. No database, no clock."""

from datetime import date, datetime, timedelta
from math import ceil

HOLD_FOR = timedelta(minutes=10)

# Nobody needs more (BOK-08).
MOST_HOLDS = 3
MOST_TO_COME = 12
MOST_TO_COME_IN_SPECIALTY = 3

# From each state, the states it may go to. Anything else is a mistake (BOK-10).
CHANGES: dict[str, frozenset[str]] = {
    "": frozenset({"held"}),
    "held": frozenset({"booked", "proposed", "lapsed"}),
    "proposed": frozenset({"booked", "declined", "cancelled"}),
    "booked": frozenset({"arrived", "fulfilled", "noshow", "cancelled"}),
    "arrived": frozenset({"fulfilled", "cancelled"}),
    "fulfilled": frozenset(),
    "noshow": frozenset(),
    "cancelled": frozenset(),
    "declined": frozenset(),
    "lapsed": frozenset(),
}


def may_change(*, old: str, new: str) -> bool:
    return new in CHANGES[old]


def hold_until(now: datetime) -> datetime:
    return now + HOLD_FOR


def extended_until(expires_at: datetime) -> datetime:
    return expires_at + HOLD_FOR


def hold_lapsed(*, expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is None or expires_at <= now


def slots_needed(*, minutes: int, slot_minutes: int) -> int:
    """How many consecutive slots a procedure takes."""
    return max(1, ceil(minutes / slot_minutes))


def earliest_start(*, now: datetime, notice_minutes: int) -> datetime:
    """The first moment that leaves the notice that the schedule asks for."""
    return now + timedelta(minutes=notice_minutes)


def last_day(*, today: date, horizon_days: int) -> date:
    """The last day that can be asked for today."""
    return today + timedelta(days=horizon_days)


def age_on(day: date, *, birth_date: date) -> int:
    """Years completed; born on 29 February, a year more on 1 March."""
    before_birthday = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before_birthday


def fits_age(*, age_years: int, youngest: int | None, oldest: int | None) -> bool:
    old_enough = youngest is None or age_years >= youngest
    return old_enough and (oldest is None or age_years <= oldest)


def fits_sex(*, sex: str, procedure_sex: str) -> bool:
    """Who is non-binary is offered everything: what fits is for the professional to say."""
    return procedure_sex == "any" or sex in ("non_binary", procedure_sex)


def may_hold_another(*, holds: int) -> bool:
    return holds < MOST_HOLDS


def may_have_another(*, to_come: int) -> bool:
    return to_come < MOST_TO_COME


def may_have_another_in_specialty(*, to_come: int) -> bool:
    return to_come < MOST_TO_COME_IN_SPECIALTY
