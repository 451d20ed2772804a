"""Which times a pattern gives; no database."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments import pattern
from appointments.tests.factories import BOGOTA

MONDAY = date(2026, 3, 2)
HOUR = 60


def weekday_mornings(**changes):
    facts = {
        "step": 20,
        "first_day": date(2026, 1, 1),
        "last_day": None,
        "weekly": {1: [(8 * HOUR, 9 * HOUR)]},
    }
    return pattern.Pattern(**facts | changes)


def clocks(made, *, first=MONDAY, last=MONDAY):
    """The local starts, as «2 08:20»: day of the month and clock."""
    starts = pattern.starts(made, first_day=first, last_day=last)
    moments = [datetime.fromtimestamp(s * 60, UTC).astimezone(BOGOTA) for s in starts]
    return [f"{m.day} {m:%H:%M}" for m in moments]


def span(day, opens, closes):
    return tuple(
        pattern.minute_of(datetime(2026, 3, day, hour, minute, tzinfo=BOGOTA))
        for hour, minute in (opens, closes)
    )


def test_whole_slots_within_the_hours():
    assert clocks(weekday_mornings()) == ["2 08:00", "2 08:20", "2 08:40"]


def test_slot_that_does_not_fit_is_not_published():
    hours = {1: [(8 * HOUR, 8 * HOUR + 50)]}

    assert clocks(weekday_mornings(weekly=hours)) == ["2 08:00", "2 08:20"]


def test_iso_weekday_of_the_local_day():
    """Sunday is 7, and 23:30 in Bogotá is Monday although it is Tuesday in UTC."""
    made = weekday_mornings(
        weekly={7: [(8 * HOUR, 8 * HOUR + 20)], 1: [(23 * HOUR + 30, 24 * HOUR)]},
        step=20,
    )

    found = clocks(made, first=date(2026, 3, 1), last=date(2026, 3, 3))

    assert found == ["1 08:00", "2 23:30"]


def test_half_past_midnight_belongs_to_its_own_day():
    made = weekday_mornings(weekly={1: [(30, 50)]})

    assert clocks(made, first=MONDAY, last=date(2026, 3, 3)) == ["2 00:30"]


def test_until_the_last_minute_means_until_midnight():
    assert pattern.minutes_into_day(time(23, 59)) == 24 * HOUR
    assert pattern.minutes_into_day(time(23, 58)) == 24 * HOUR - 2


def test_dates_of_the_schedule_are_both_included():
    made = weekday_mornings(
        first_day=date(2026, 3, 9), last_day=date(2026, 3, 16), step=60
    )

    found = clocks(made, first=MONDAY, last=date(2026, 3, 30))

    assert found == ["9 08:00", "16 08:00"]


def test_closed_day_has_no_weekly_hours():
    assert clocks(weekday_mornings(closed_days=frozenset({MONDAY}))) == []


def test_absence_takes_what_it_meets_and_the_grid_stays():
    made = weekday_mornings(closed=[span(2, (8, 10), (8, 20))])

    assert clocks(made) == ["2 08:20", "2 08:40"]


def test_absence_that_ends_when_a_slot_begins_leaves_it():
    made = weekday_mornings(closed=[span(2, (7, 0), (8, 40))])

    assert clocks(made) == ["2 08:40"]


def test_extra_hours_also_on_a_closed_day():
    made = weekday_mornings(
        closed_days=frozenset({MONDAY}), extra=[span(2, (17, 0), (17, 40))]
    )

    assert clocks(made) == ["2 17:00", "2 17:20"]


def test_absence_is_stronger_than_extra_hours():
    day = span(2, (17, 0), (17, 40))

    assert clocks(weekday_mornings(weekly={}, closed=[day], extra=[day])) == []


def test_extra_hours_outside_the_days_asked_for_wait():
    made = weekday_mornings(extra=[span(3, (8, 0), (8, 20))])

    assert "3 08:00" not in clocks(made)


def test_hours_written_twice_do_not_overlap():
    hours = {1: [(8 * HOUR, 9 * HOUR), (8 * HOUR + 10, 9 * HOUR + 10)]}

    found = clocks(weekday_mornings(weekly=hours))

    assert found == ["2 08:00", "2 08:20", "2 08:40"]


def test_nothing_when_the_days_end_before_they_begin():
    assert clocks(weekday_mornings(), first=MONDAY, last=date(2026, 3, 1)) == []


spans = st.lists(
    st.tuples(st.integers(0, 1380), st.integers(5, 400)).map(
        lambda s: (s[0], min(s[0] + s[1], 1440))
    ),
    max_size=4,
)


@given(
    step=st.integers(5, 90),
    weekly=st.dictionaries(st.integers(1, 7), spans),
    extra=spans,
)
def test_starts_are_in_order_and_never_overlap(step, weekly, extra):
    base = pattern.minute_of(pattern.midnight(MONDAY))
    made = weekday_mornings(
        step=step, weekly=weekly, extra=[(base + a, base + b) for a, b in extra]
    )

    found = pattern.starts(made, first_day=MONDAY, last_day=date(2026, 3, 15))

    assert all(b - a >= step for a, b in pairwise(found))


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 12, 31)])
def test_midnight_is_the_sites(day):
    assert pattern.midnight(day) == datetime(
        day.year, day.month, day.day, 5, tzinfo=UTC
    )
