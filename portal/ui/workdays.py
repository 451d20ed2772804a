"""Business days and business hours in Colombia, for the clocks that the law and the clinic set.

The holidays are the law's (Ley 51 de 1983; Ley 2578 de 2026), not the agenda's table.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays as law
from django.utils import timezone

# The hours in which requests are answered.
OPENS, CLOSES = time(7), time(17)


def is_workday(day: date) -> bool:
    """From Monday to Friday, and no holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def add_workdays(day: date, count: int) -> date:
    """The business day that comes that many business days later; the day itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def add_work_hours(moment: datetime, hours: float) -> datetime:
    """When that many business hours have passed, from that moment on."""
    left = timedelta(hours=hours)
    now = _opening(timezone.localtime(moment))
    while left > (rest := _at(now.date(), CLOSES) - now):
        left -= rest
        now = _opening(_at(now.date(), CLOSES))
    return now + left


def _opening(local: datetime) -> datetime:
    """This very moment within business hours, or the next opening."""
    day = local.date()
    if is_workday(day) and local < _at(day, CLOSES):
        return max(local, _at(day, OPENS))
    return _at(add_workdays(day, 1), OPENS)


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


@lru_cache(maxsize=8)
def _holidays(year: int) -> law.HolidayBase:
    return law.country_holidays("CO", years=year)
