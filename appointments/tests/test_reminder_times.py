"""When an appointment is reminded: a table of hours, of now, and of what is wanted."""

from datetime import datetime, timedelta

import pytest

from appointments import reminder_times
from appointments.reminder_times import DAY, HOURS, MOMENTS, TWO_DAYS, WEEK
from appointments.tests.factories import BOGOTA

LONG_AGO = datetime(2026, 3, 1, 12, tzinfo=BOGOTA)
USUAL = frozenset({DAY, HOURS})
EVERY = frozenset(MOMENTS)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=BOGOTA)


def planned(start, *, now=LONG_AGO, wanted=EVERY):
    found = reminder_times.reminders(start=start, now=now, wanted=wanted)
    return {one.moment: one.due_at for one in found}


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # In the day: each at its own hour.
        (
            at(20, 10, 20),
            {
                WEEK: at(13, 10, 20),
                TWO_DAYS: at(18, 10, 20),
                DAY: at(19, 10, 20),
                HOURS: at(20, 8, 20),
            },
        ),
        # The first hour that lets the last one be after seven.
        (
            at(20, 9),
            {WEEK: at(13, 9), TWO_DAYS: at(18, 9), DAY: at(19, 9), HOURS: at(20, 7)},
        ),
        # One minute earlier everybody sleeps; the day before was told by day.
        (
            at(20, 8, 59),
            {WEEK: at(13, 8, 59), TWO_DAYS: at(18, 8, 59), DAY: at(19, 8, 59)},
        ),
        (at(20, 7), {WEEK: at(13, 7), TWO_DAYS: at(18, 7), DAY: at(19, 7)}),
        # At 6:40 all of them would wake somebody: each goes the evening before, and the
        # one of the day before is then so early that the last one goes as well.
        (
            at(20, 6, 40),
            {
                WEEK: at(12, 18),
                TWO_DAYS: at(17, 18),
                DAY: at(18, 18),
                HOURS: at(19, 18),
            },
        ),
        # In the evening: what would come at eight or later comes at six.
        (
            at(20, 20),
            {
                WEEK: at(13, 18),
                TWO_DAYS: at(18, 18),
                DAY: at(19, 18),
                HOURS: at(20, 18),
            },
        ),
        (
            at(20, 19, 59),
            {
                WEEK: at(13, 19, 59),
                TWO_DAYS: at(18, 19, 59),
                DAY: at(19, 19, 59),
                HOURS: at(20, 17, 59),
            },
        ),
        # At midnight and a half: of the day before in the clock's sense.
        (
            at(20, 0, 30),
            {
                WEEK: at(12, 18),
                TWO_DAYS: at(17, 18),
                DAY: at(18, 18),
                HOURS: at(19, 18),
            },
        ),
        (
            at(20, 23, 30),
            {
                WEEK: at(13, 18),
                TWO_DAYS: at(18, 18),
                DAY: at(19, 18),
                HOURS: at(20, 18),
            },
        ),
    ],
)
def test_each_hour_of_the_day(start, expected):
    assert planned(start) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(19, 8, 19), {DAY: at(19, 8, 20)}),
        # Booked within the day: the evening before (ux.md: «hoy a las 6:00 p. m.»).
        (at(19, 8, 20), {HOURS: at(19, 18)}),
        (at(19, 17, 59), {HOURS: at(19, 18)}),
        (at(19, 18), {}),
        (at(19, 23, 30), {}),
        (at(20, 0, 30), {}),
        (at(20, 8, 20), {}),
    ],
)
def test_an_early_appointment_by_when_it_was_booked(now, expected):
    assert planned(at(20, 8, 20), now=now, wanted=USUAL) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(19, 23, 30), {HOURS: at(20, 13)}),
        (at(20, 0, 30), {HOURS: at(20, 13)}),
        (at(20, 12, 59), {HOURS: at(20, 13)}),
        (at(20, 13), {}),
    ],
)
def test_nothing_is_planned_in_the_past(now, expected):
    assert planned(at(20, 15), now=now, wanted=EVERY) == expected


def test_who_wants_only_the_last_one_has_it_the_evening_before():
    assert planned(at(20, 8, 20), wanted={HOURS}) == {HOURS: at(19, 18)}


@pytest.mark.parametrize("wanted", [set(), {WEEK}, {TWO_DAYS}, {DAY}, {WEEK, DAY}])
def test_only_what_is_wanted(wanted):
    assert set(planned(at(20, 15), wanted=wanted)) == wanted


@pytest.mark.parametrize("minutes", range(0, 24 * 60, 10))
def test_never_in_the_quiet_hours_never_late_never_twice_at_once(minutes):
    """Whatever the hour of the appointment."""
    start = at(20, 0) + timedelta(minutes=minutes)

    found = reminder_times.reminders(start=start, now=LONG_AGO, wanted=EVERY)

    for one in found:
        assert 7 <= one.due_at.hour < 20
        assert one.due_at <= start - reminder_times.BEFORE[one.moment]
        assert one.due_at < one.useful_until <= start
    days = [one.due_at.date() for one in found]
    assert found[-1].due_at >= start - timedelta(days=1)
    assert len({one.due_at for one in found}) == len(found)
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("says", "prepares", "wanted"),
    [
        ("auto", False, USUAL),
        ("auto", True, EVERY),
        ("all", False, EVERY),
        ("all", True, EVERY),
        ("short", False, USUAL),
        ("short", True, USUAL),
        ("day", True, {DAY}),
        ("none", True, set()),
    ],
)
def test_what_a_procedure_asks_for(says, prepares, wanted):
    found = reminder_times.wanted_by(procedure_says=says, has_preparation=prepares)

    assert found == wanted


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [
        (6, 59, True),
        (7, 0, False),
        (19, 59, False),
        (20, 0, True),
        (23, 30, True),
        (0, 30, True),
    ],
)
def test_the_quiet_hours(hour, minute, quiet):
    assert reminder_times.is_quiet(at(20, hour, minute)) is quiet
