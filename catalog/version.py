"""The number that whatever is remembered about the catalogue hangs on.

Who changes the catalogue (importers, admin, publishing of schedules) calls `bump`
inside the transaction of the change. Who remembers something keys it by `current()`.
Numbers are drawn, not counted: one that a rollback took back never comes again.
A process asks the database at most every two seconds; its own bumps it sees at once.
"""

import secrets
import time

from django.db import transaction

from catalog.models import CatalogVersion

LOOK_AGAIN_AFTER = 2.0  # seconds

_THE_ONE = 1
_seen: tuple[int, float] | None = None


def current() -> int:
    """The catalogue's version, at most two seconds old."""
    global _seen
    seen = _seen
    if seen is None or time.monotonic() - seen[1] > LOOK_AGAIN_AFTER:
        seen = _seen = (_read(), time.monotonic())
    return seen[0]


def bump() -> None:
    """The catalogue changed: what was remembered about it no longer counts."""
    row = CatalogVersion(pk=_THE_ONE, number=_draw())
    CatalogVersion.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["number"]
    )
    forget()
    # Another thread may look between now and the commit, and see the old number.
    transaction.on_commit(forget)


def forget() -> None:
    """Look in the database at the next question."""
    global _seen
    _seen = None


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
