"""Send what is due, in the test's own process, by the code that the worker runs."""

from datetime import datetime

from portal.messaging import delivery


def deliver_all(now: datetime) -> None:
    """Send everything that is due at this moment."""
    while delivery.deliver_due(now=now) == delivery.SWEEP_SIZE:
        continue
