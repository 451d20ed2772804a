"""The same thing, done by several at one instant."""

import threading
from collections.abc import Callable

from django.db import connections


def together(work: Callable[[], object], count: int = 6) -> None:
    """Do the same in so many threads at one instant."""
    start = threading.Barrier(count)

    def run() -> None:
        try:
            start.wait()
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
