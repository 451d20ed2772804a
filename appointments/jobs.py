"""What the clock starts (see CELERY_BEAT_SCHEDULE)."""

import logging

from celery import shared_task
from django.utils import timezone

from appointments import booking, holidays, schedules

log = logging.getLogger(__name__)


@shared_task(name="appointments.lapse_holds")
def lapse_holds() -> None:
    """Each minute: give back the times that nobody confirmed."""
    booking.lapse(now=timezone.now())


@shared_task(name="appointments.publish_slots", time_limit=3600)
def publish_slots() -> None:
    """Each night: the agenda grows by one day, to the horizon of each schedule."""
    now = timezone.now()
    today = timezone.localdate(now)
    holidays.load(years=(today.year, today.year + 1))
    report = schedules.publish(from_date=today, now=now)
    log.info(
        "published: %d new, %d returned, %d withdrawn, %d refused, %d affected",
        report.added,
        report.returned,
        report.withdrawn,
        report.refused,
        len(report.affected),
    )
