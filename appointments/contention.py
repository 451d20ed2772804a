"""What to do when the database itself says no: try again, or say which rule it was."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection

from appointments.errors import PatientBusy, SlotTaken

P = ParamSpec("P")
T = TypeVar("T")

MOST_TRIES = 3
# PostgreSQL: deadlock detected, serialization failure.
_TRY_AGAIN = ("40P01", "40001")


def retrying(do: Callable[P, T]) -> Callable[P, T]:
    """Run a whole transaction again when it lost a deadlock, three times at most."""

    @wraps(do)
    def with_tries(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(MOST_TRIES - 1):
            try:
                return do(*args, **kwargs)
            except (OperationalError, IntegrityError) as error:
                # Inside somebody else's transaction there is nothing left to repeat.
                if connection.in_atomic_block or not _worth_repeating(error):
                    raise
        return do(*args, **kwargs)

    return with_tries


def refusals(do: Callable[P, T]) -> Callable[P, T]:
    """Say a broken constraint as the refusal that it stands for."""

    @wraps(do)
    def with_words(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return do(*args, **kwargs)
        except IntegrityError as error:
            refusal = _refusal(str(error))
            if refusal is None:
                raise
            raise refusal from error

    return with_words


def _worth_repeating(error: Exception) -> bool:
    code = getattr(error.__cause__, "pgcode", None)
    # The reference is drawn by lot: once in a long while it exists already.
    return code in _TRY_AGAIN or "reference" in str(error)


def _refusal(message: str) -> type[Exception] | None:
    if "appointment_patient_once" in message:
        return PatientBusy
    if "appointment_practitioner_once" in message or "slotclaim" in message:
        return SlotTaken
    return None
