"""Until when a request is answered, and until when a proposed time is kept.

Business hours in Colombia, holidays out. Values in, answer out.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings

from portal.ui import workdays

# The patient knows this long before; a request that is not answered by then is over.
ANSWERED_BEFORE = timedelta(hours=2)
# The clinic has at least this, in business hours: a time too near for it is not offered.
LEAST_HOURS = 1.0
# A patient who is offered another time has at least this to look at it.
LEAST_TO_DECIDE = timedelta(hours=1)


def answer_by(*, start: datetime, now: datetime) -> datetime:
    """The clinic answers before this; at this very second the request is over."""
    return min(_within_hours(now, settings.REQUEST_ANSWER_HOURS), _last(start))


@lru_cache(maxsize=64)
def earliest_start(now: datetime) -> datetime:
    """The first time that may be asked for: it leaves the clinic a business hour to answer."""
    return _within_hours(now, LEAST_HOURS) + ANSWERED_BEFORE


def proposed_until(*, start: datetime, now: datetime) -> datetime:
    """Until when a proposed time is kept, if staff say nothing else."""
    return min(now + timedelta(hours=settings.PROPOSAL_HOURS), _last(start))


def may_propose(*, until: datetime, start: datetime, now: datetime) -> bool:
    """It leaves the patient time to decide, and to get there."""
    return now + LEAST_TO_DECIDE <= until <= _last(start)


def is_over(*, due: datetime | None, now: datetime) -> bool:
    return due is None or due <= now


def _last(start: datetime) -> datetime:
    return start - ANSWERED_BEFORE


def _within_hours(now: datetime, hours: float) -> datetime:
    return workdays.add_work_hours(now, hours)
