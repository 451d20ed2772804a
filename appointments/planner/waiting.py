"""Raises the waiting one step at a time, on all days at once.

`ends[done]` has, for each amount of waiting so far, where and when a set can have been
done with just that much and not with less. So the first amount at which a set ends on a
day is the least waiting of that set on that day, and the lowest bit its earliest end.
"""

from appointments.planner.field import HOME, Field, Stop, Way, subsets
from appointments.planner.patience import Patience

Places = dict[int, int]
NOWHERE: Places = {}


class Waiting:
    """Sets within `items`, on the steps of the day that are `alive`."""

    def __init__(
        self, field: Field, *, items: int, alive: int, patience: Patience
    ) -> None:
        self.field, self._patience = field, patience
        self.amount = -1
        self._alive = alive
        self._sets = sorted(subsets(items))
        size = len(field.stops)
        self.ends: list[list[Places]] = [[] for _ in range(size)]
        self._anywhere: list[list[int]] = [[] for _ in range(size)]
        self._fresh: list[Places] = [{} for _ in range(size)]
        self._seen: list[Places] = [{} for _ in range(size)]
        # By the number of the stop; a place may have several.
        self._idle: list[Places] = [{} for _ in range(size)]
        self._was_idle: list[Places] = [{} for _ in range(size)]
        self._stops = [_within(items, stops) for stops in field.stops]
        self._stir = [field.longest + 1] * size  # steps since something ended

    def step(self) -> None:
        """One step more of waiting."""
        self.amount += 1
        if not self.amount:
            for stop in self._stops[0]:
                self._begin(stop, self._alive)
        for done in self._sets:
            self._patience.step()
            self._end(done)
            if self._idle[done] or self._stir[done] <= self.field.longest:
                self._go_on(done)

    def forget(self) -> None:
        """Let go of what no pause reaches back to."""
        old = self.amount - self.field.longest - 1
        if old >= 0:
            for done in self._sets:
                self.ends[done][old] = NOWHERE
                self._anywhere[done][old] = 0

    def _end(self, done: int) -> None:
        """What has just ended, where it had not been seen with less waiting."""
        fresh, self._fresh[done] = self._fresh[done], {}
        ends: Places = {}
        anywhere, seen = 0, self._seen[done]
        for place, bits in fresh.items():
            before = seen.get(place, 0)
            bits &= self._alive & ~before
            if bits:
                seen[place] = before | bits
                ends[place] = bits
                if place >= HOME:
                    anywhere |= bits
        self.ends[done].append(ends)
        self._anywhere[done].append(anywhere)
        self._stir[done] = 0 if ends else self._stir[done] + 1

    def _go_on(self, done: int) -> None:
        """Who is ready now begins what begins now, and goes on being ready."""
        idle, was_idle = self._idle[done], self._was_idle[done]
        now: Places = {}
        edge = self.field.idle
        for number, stop in enumerate(self._stops[done]):
            ready = idle.get(number, 0) << 1 & edge | self._arrived(done, stop.ways)
            ready &= ~was_idle.get(number, 0)
            if ready:
                now[number] = ready
                was_idle[number] = was_idle.get(number, 0) | ready
                self._begin(stop, ready)
        self._idle[done] = now

    def _arrived(self, done: int, ways: list[Way]) -> int:
        ready, ends, amount = 0, self.ends[done], self.amount
        for shift, edge, sources in ways:
            if shift > amount:
                break
            if sources is None:
                bits = self._anywhere[done][amount - shift]
            elif places := ends[amount - shift]:
                bits = 0
                for source in sources:
                    bits |= places.get(source, 0)
            else:
                continue
            if bits:
                ready |= bits << shift & edge
        return ready

    def _begin(self, stop: Stop, ready: int) -> None:
        place = stop.place
        for then, length, starts in stop.beginnings:
            if hits := ready & starts:
                fresh = self._fresh[then]
                fresh[place] = fresh.get(place, 0) | hits << length


def _within(items: int, stops: list[Stop]) -> list[Stop]:
    """Only what begins one of these items."""
    return [
        stop._replace(beginnings=beginnings)
        for stop in stops
        if (beginnings := [to for to in stop.beginnings if not to[0] & ~items])
    ]
