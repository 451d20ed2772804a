"""When one practitioner is already somewhere, so that nobody is published at two places."""

from bisect import bisect_left, insort


class Diary:
    """Spans of minutes, each of a schedule. Half-open: one may begin where another ends."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, int]] = []
        self._longest = 0

    def add(self, start: int, end: int, schedule_id: int) -> None:
        insort(self._spans, (start, end, schedule_id))
        self._longest = max(self._longest, end - start)

    def clash(self, start: int, end: int) -> int | None:
        """The schedule that already has some of this time, if one has."""
        at = bisect_left(self._spans, (end,))
        while at and self._spans[at - 1][0] > start - self._longest:
            at -= 1
            if self._spans[at][1] > start:
                return self._spans[at][2]
        return None
