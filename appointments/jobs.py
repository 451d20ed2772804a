"""What the clock starts (see CELERY_BEAT_SCHEDULE)."""

import logging
from functools import partial

from celery import shared_task
from django.utils import timezone

from appointments import (
    booking,
    holidays,
    orders,
    reminders,
    requests,
    schedules,
    waiting_list,
)
from appointments.waiting_list.apart import tried

log = logging.getLogger(__name__)


@shared_task(name="appointments.lapse_holds")
def lapse_holds() -> None:
    """Each minute: give back the times that nobody confirmed."""
    booking.lapse(now=timezone.now())


@shared_task(name="appointments.expire_requests")
def expire_requests() -> None:
    """Every two minutes: end the requests that the clinic did not answer, with an apology."""
    requests.expire(now=timezone.now())


@shared_task(name="appointments.offer_openings", time_limit=600)
def offer_openings() -> None:
    """Each half minute, and when a time becomes free: it goes to the next who waits.

    Whatever ails what is over, what became free is offered.
    """
    now = timezone.now()
    tried("offers that ran out", partial(waiting_list.expire, now=now))
    tried("places that are over", partial(waiting_list.close_over, now=now))
    offered = waiting_list.offer_out(now=now)
    if offered:
        log.info("offers made: %d", offered)


@shared_task(name="appointments.match_waiting", time_limit=800)
def match_waiting() -> None:
    """Each quarter of an hour: the times that are free, once more for all who wait."""
    noted = waiting_list.match_all(now=timezone.now())
    if noted:
        log.info("free times noted once more: %d", noted)


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


@shared_task(name="appointments.plan_reminders", time_limit=3600)
def plan_reminders() -> None:
    """Each hour: the reminders of who can be told by now, and could not when it was booked."""
    planned = reminders.plan_missing(now=timezone.now())
    if planned:
        log.info("appointments reminded after all: %d", planned)


@shared_task(name="appointments.purge_uploads")
def purge_uploads() -> None:
    """Each hour: delete the files that no order points to."""
    forgotten = orders.purge(now=timezone.now())
    if forgotten:
        log.info("uploads forgotten: %d", forgotten)
