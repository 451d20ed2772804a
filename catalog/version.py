"""The number that whatever is remembered about the catalogue hangs on.

Who changes the catalogue (importers, admin, publishing of schedules) calls `bump`
inside the transaction of the change. Who remembers something keys it by `current()`.
Numbers are drawn, not counted: one that a rollback took back never comes again.
A process asks the database at most every two seconds; its own bumps it sees at once.
"""

import secrets
import time
from threading import local

from django.db import connection, transaction

from catalog.models import CatalogVersion

LOOK_AGAIN_AFTER = 2.0  # seconds

_THE_ONE = 1
_seen: tuple[int, float] | None = None
_mine = local()


def current() -> int:
    """The catalogue's version, at most two seconds old."""
    global _seen
    if _is_pending():
        # Only who is changing it may use this number: for the others the
        # catalogue is still the old one, and they would remember it as the new.
        return int(_mine.number)
    seen = _seen
    if seen is None or time.monotonic() - seen[1] > LOOK_AGAIN_AFTER:
        seen = _seen = (_read(), time.monotonic())
    return seen[0]


def bump() -> None:
    """The catalogue changed: what was remembered about it no longer counts."""
    _mine.number = _draw()
    row = CatalogVersion(pk=_THE_ONE, number=_mine.number)
    CatalogVersion.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["number"]
    )
    transaction.on_commit(forget)


def forget() -> None:
    """Look in the database at the next question."""
    global _seen
    _seen = None


def _is_pending() -> bool:
    """Whether this thread's transaction has bumped and not ended."""
    return any(after[1] is forget for after in connection.run_on_commit)


def _read() -> int:
    number = CatalogVersion.objects.values_list("number", flat=True).first()
    if number is not None:
        return number
    row, _ = CatalogVersion.objects.get_or_create(
        pk=_THE_ONE, defaults={"number": _draw()}
    )
    return row.number


def _draw() -> int:
    return secrets.randbits(53)
