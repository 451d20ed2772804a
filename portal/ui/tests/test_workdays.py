"""Business days and hours: the law's holidays, weekends, closing time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.ui import workdays

BOGOTA = ZoneInfo("America/Bogota")


def local(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=BOGOTA)


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 12, 4), date(2026, 12, 10)),  # 8 December
        (date(2026, 12, 23), date(2026, 12, 29)),
        (date(2026, 7, 9), date(2026, 7, 15)),  # Ley 2578 de 2026: Monday the 13th
        (date(2027, 3, 23), date(2027, 3, 30)),  # Holy Week
        (date(2027, 1, 8), date(2027, 1, 14)),
    ],
)
def test_three_business_days(day, later):
    assert workdays.add_workdays(day, 3) == later


@pytest.mark.parametrize(
    ("asked", "hours", "answered"),
    [
        (local(2026, 11, 24, 9), 8, local(2026, 11, 24, 17)),
        (local(2026, 11, 24, 9), 9, local(2026, 11, 25, 8)),
        (local(2026, 11, 27, 16), 2, local(2026, 11, 30, 8)),  # over the weekend
        (local(2026, 11, 28, 23, 30), 1, local(2026, 11, 30, 8)),
        (local(2026, 12, 7, 16, 30), 1, local(2026, 12, 9, 7, 30)),  # a holiday
        (local(2026, 11, 24, 0, 30), 1, local(2026, 11, 24, 8)),
    ],
)
def test_business_hours_go_on_only_while_the_clinic_answers(asked, hours, answered):
    assert workdays.add_work_hours(asked, hours) == answered
