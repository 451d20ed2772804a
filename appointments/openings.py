"""Times that became free, noted for those who wait, in the transaction that frees them.

Only a note: who is offered what is decided later (`waiting_list.offer_out`). What was
noted is never lost: a worker that dies in the middle leaves the row where it was. The
bell after the commit spares the wait for the clock; without it nothing is missed.
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from celery import current_app
from django.db import transaction

from appointments.models import Opening, Slot

TASK = "appointments.offer_openings"
BELL_EXPIRES = 30.0  # seconds; the clock comes as often
# After the bell failed once, this process leaves it alone for so long.
BELL_REST = 5.0

log = logging.getLogger(__name__)


@dataclass
class _Bell:
    rest_until: float = 0.0


_bell = _Bell()


def note_slots(slot_ids: Sequence[int], *, now: datetime) -> None:
    """These times may be offered, as far as they are free and to come. Twice is once.

    A row that is there already is touched and not passed over: whoever is looking at it
    at this instant ends first, and then it is written anew. So the freeing that comes
    late is not lost with the row of the one before.
    """
    if not slot_ids:
        return
    free = Slot.objects.filter(pk__in=slot_ids, free=True, start__gt=now)
    rows = free.order_by("pk").values_list("pk", "schedule_id")
    found = [Opening(slot_id=pk, schedule_id=of, since=now) for pk, of in rows]
    if not found:
        return
    Opening.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["slot"],
        update_fields=["schedule"],
    )
    ring()


def note_schedules(schedule_ids: Collection[int], *, now: datetime) -> None:
    """These schedules have new times, which ones the worker sees. Twice is once.

    The rows that are there are locked: the worker leaves them until this is committed.
    """
    if not schedule_ids:
        return
    there = Opening.objects.filter(slot=None, schedule__in=schedule_ids).order_by("pk")
    known = set(
        there.select_for_update(of=("self",)).values_list("schedule_id", flat=True)
    )
    missing = sorted(set(schedule_ids) - known)
    Opening.objects.bulk_create(
        [Opening(schedule_id=pk, since=now) for pk in missing], ignore_conflicts=True
    )
    ring()


def ring() -> None:
    """Wake a worker once this is committed."""
    transaction.on_commit(partial(_wake))


def _wake() -> None:
    """A broken bell delays the offers until the clock comes, and no more (NOT-13)."""
    if time.monotonic() < _bell.rest_until:
        return
    try:
        current_app.send_task(TASK, expires=BELL_EXPIRES, retry=False)
    except Exception as error:  # noqa: BLE001 each broker fails with its own classes
        _bell.rest_until = time.monotonic() + BELL_REST
        log.warning("openings wait for the clock: %s", type(error).__name__)
