"""What the worker does. The broker is only a bell: the rows are the truth (NOT-11)."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from celery import shared_task
from django.utils import timezone

from portal.messaging import delivery, links, retention

log = logging.getLogger(__name__)

SWEEP_SECONDS = 30.0  # what one sweep rang for, the next will ring for again
RING_LASTS = 600.0  # seconds; by then the sweep has rung many times
# After the bell failed once, this process does not pull it again for so long: a
# request that puts three messages waits for the broker once, not three times.
BELL_REST = 5.0


@dataclass
class _Bell:
    rest_until: float = 0.0


_bell = _Bell()


@shared_task(name="messaging.deliver", time_limit=delivery.TASK_LIMIT)
def deliver(message_id: str) -> None:
    """Send one message; the first retry comes at once (NOT-05)."""
    if delivery.deliver(message_id=message_id, now=timezone.now()):
        wake([message_id], urgent=True)


@shared_task(name="messaging.sweep", time_limit=delivery.TASK_LIMIT)
def sweep() -> None:
    """Ring for whatever is due, or was taken by a worker that never came back."""
    now = timezone.now()
    delivery.drop_expired(now=now)
    links.forget_expired(now=now)
    urgent, others = delivery.due(now=now)
    wake(urgent, urgent=True, expires=SWEEP_SECONDS)
    wake(others, urgent=False, expires=SWEEP_SECONDS)


@shared_task(name="messaging.purge", time_limit=3600)
def purge() -> None:
    """Each night: forget what was said more than a year ago."""
    log.info("messages purged: %d", retention.purge(now=timezone.now()))


def wake(
    message_ids: Iterable[str], *, urgent: bool, expires: float = RING_LASTS
) -> None:
    """Ring the bell for these messages. A broken bell delays them, and no more (NOT-13)."""
    if time.monotonic() < _bell.rest_until:
        return
    try:
        for message_id in message_ids:
            deliver.apply_async(
                args=(message_id,),
                queue="urgent" if urgent else "celery",
                expires=expires,
                retry=False,
            )
    except Exception as error:  # noqa: BLE001 each broker fails with its own classes
        _bell.rest_until = time.monotonic() + BELL_REST
        log.warning("messages wait for the sweep: %s", type(error).__name__)
