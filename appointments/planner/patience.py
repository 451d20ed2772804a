"""Asks now and then whether the time is over."""

from collections.abc import Callable

BETWEEN = 100


class TimeOver(Exception):
    """What was found so far has to do."""


class Patience:
    def __init__(self, enough: Callable[[], bool]) -> None:
        self._enough, self._steps = enough, 0

    def step(self) -> None:
        """One more step of the search; every hundredth it asks."""
        self._steps += 1
        if self._steps % BETWEEN == 0:
            self.ask()

    def ask(self) -> None:
        if self._enough():
            raise TimeOver
