"""Until when a request is answered: to the second, at night, over weekends and holidays."""

from datetime import datetime, timedelta

import pytest

from appointments import answering
from appointments.tests.factories import BOGOTA

FAR = datetime(2026, 12, 1, 8, tzinfo=BOGOTA)
SECOND = timedelta(seconds=1)


def at(day, hour, minute=0, *, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=BOGOTA)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (at(2, 7), at(2, 15)),
        (at(2, 12), at(3, 10)),
        # The last quarter of an hour of Monday, the rest on Tuesday.
        (at(2, 16, 45), at(3, 14, 45)),
        # Half an hour before and after midnight, the same morning comes.
        (at(2, 23, 30), at(3, 15)),
        (at(3, 0, 30), at(3, 15)),
        # From Friday evening over the weekend.
        (at(6, 23, 30), at(9, 15)),
        (at(7, 0, 30), at(9, 15)),
        # Saint Joseph's, Monday 23 March, is nobody's business day.
        (at(20, 23, 30), at(24, 15)),
        (at(23, 0, 30), at(24, 15)),
        # Maundy Thursday and Good Friday.
        (at(1, 16, month=4), at(6, 14, month=4)),
    ],
)
def test_eight_business_hours(asked, due):
    assert answering.answer_by(start=FAR, now=asked) == due


def test_never_later_than_two_hours_before():
    assert answering.answer_by(start=at(3, 9), now=at(2, 12)) == at(3, 7)


def test_hours_are_a_setting(settings):
    settings.REQUEST_ANSWER_HOURS = 1.5

    assert answering.answer_by(start=FAR, now=at(2, 12)) == at(2, 13, 30)


@pytest.mark.parametrize(
    ("now", "earliest"),
    [
        (at(2, 12), at(2, 15)),
        (at(2, 16, 30), at(3, 9, 30)),
        (at(2, 23, 30), at(3, 10)),
        (at(3, 0, 30), at(3, 10)),
        (at(20, 23, 30), at(24, 10)),
    ],
)
def test_a_time_too_near_is_not_offered(now, earliest):
    """It leaves the clinic one business hour, and the patient two to get there."""
    assert answering.earliest_start(now) == earliest
    assert answering.answer_by(start=earliest, now=now) > now


@pytest.mark.parametrize(
    ("before", "over"), [(SECOND, False), (timedelta(0), True), (-SECOND, True)]
)
def test_over_at_the_very_second(before, over):
    due = at(3, 15)

    assert answering.is_over(due=due, now=due - before) is over


def test_proposed_time_is_kept_a_day_or_until_two_hours_before():
    assert answering.proposed_until(start=FAR, now=at(2, 12)) == at(3, 12)
    assert answering.proposed_until(start=at(3, 8), now=at(2, 12)) == at(3, 6)


@pytest.mark.parametrize(
    ("until", "may"),
    [
        (at(2, 13), True),
        (at(2, 13) - SECOND, False),
        (at(3, 6), True),
        (at(3, 6) + SECOND, False),
    ],
)
def test_patient_has_time_to_decide(until, may):
    start = at(3, 8)

    assert answering.may_propose(until=until, start=start, now=at(2, 12)) is may
