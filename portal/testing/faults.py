"""What the servers of the tests have in common: how they run, and what goes wrong."""

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


@dataclass
class Faults:
    """What goes wrong with the next messages. Set it while the server runs.

    `fail_next`: so many attempts are answered with `fail_with`; `slow`: seconds
    between taking a message and saying so; `lose_next`: so many attempts are taken, and the connection
    is cut before the answer; `refuse`: destinations that never work.
    """

    fail_next: int = 0
    fail_with: int = 0
    lose_next: int = 0
    slow: float = 0.0
    refuse: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def fails(self) -> bool:
        return self._take("fail_next")

    def loses(self) -> bool:
        return self._take("lose_next")

    def _take(self, name: str) -> bool:
        with self._lock:
            left = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0


class Running:
    """Starts with `with` and stops at its end."""

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
