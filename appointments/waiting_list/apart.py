"""One of many: what one row stumbles over must not keep the others waiting."""

import logging
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


def tried(what: str, do: Callable[[], Answer]) -> Answer | None:
    """What it answers; None where it failed, of which nothing is logged but the kind.

    `do` undoes its own half-done work (`transaction.atomic`). It is tried again next time.
    """
    try:
        return do()
    except Exception as error:  # noqa: BLE001
        log.error("%s: one stays: %s", what, type(error).__name__)  # noqa: TRY400
        return None
