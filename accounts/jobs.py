"""What the clock starts."""

import logging

from celery import shared_task
from django.utils import timezone

from accounts import guardianships, retention

logger = logging.getLogger(__name__)


@shared_task(name="accounts.purge")
def purge() -> None:
    """Forget what has served."""
    counts = retention.purge(now=timezone.now())
    logger.info("Purged: %s", counts)


@shared_task(name="accounts.end_guardianships")
def end_guardianships() -> None:
    """Children who came of age, and guardianships whose term passed."""
    count = guardianships.end_those_over(now=timezone.now())
    logger.info("Guardianships over: %d", count)
