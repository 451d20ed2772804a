"""What the clock starts."""

import logging

from celery import shared_task
from django.utils import timezone

from accounts import retention

logger = logging.getLogger(__name__)


@shared_task(name="accounts.purge")
def purge() -> None:
    """Forget what has served."""
    counts = retention.purge(now=timezone.now())
    logger.info("Purged: %s", counts)
