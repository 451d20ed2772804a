"""The items over several days: a block is what is done on one day."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from appointments.planner.field import Field, Ground, Rules, subsets
from appointments.planner.patience import Patience
from appointments.planner.reach import TRIPS, Reach

Worth = Callable[[int, int, int], tuple[int, int, int]]


class Block(NamedTuple):
    """These items on this day (by number), ending at this step."""

    items: int
    trips: int
    day: int
    end: int
    waiting: int = -1  # not known


def by_trips(trips: int, day: int, end: int) -> tuple[int, int, int]:
    return trips, day, end


def by_end(trips: int, day: int, end: int) -> tuple[int, int, int]:
    return day, end, trips


class Earliest:
    """The best blocks by trips and end alone: each block on its earliest day.

    An earlier day never hurts, since every rule between days is a least distance.
    """

    def __init__(
        self, ground: Ground, field: Field, reach: Reach, patience: Patience
    ) -> None:
        self._ground, self._field, self._reach = ground, field, reach
        self._rules, self._patience = ground.moves.rules, patience
        self._best: tuple[int, int, int] | None = None
        self._blocks: list[Block] = []

    def blocks(self, worth: Worth) -> list[Block]:
        self._best, self._blocks = None, []
        items = self._rules.items
        self._go_on(worth, self._rules.full, [], (0,) * items)
        return self._blocks

    def _go_on(
        self, worth: Worth, rest: int, before: list[Block], ready: tuple[int, ...]
    ) -> None:
        for some in subsets(rest):
            if not self._rules.may_be_next_day(some, rest):
                continue
            for trips in TRIPS:
                if self._reach.days[some][trips]:
                    self._take(worth, (rest, some, trips), before, ready)

    def _take(
        self,
        worth: Worth,
        choice: tuple[int, int, int],
        before: list[Block],
        ready: tuple[int, ...],
    ) -> None:
        self._patience.step()
        rest, some, trips = choice
        day = self._field.next_day(
            self._reach.days[some][trips], self._first_day(some, before, ready)
        )
        if day is None:
            return
        spent = trips + sum(block.trips for block in before)
        others = rest & ~some
        if others:
            least = worth(spent + self._reach.least_trips[others], day + 1, 0)
            if self._best is None or least < self._best:
                known = self._ground.days[day]
                now_ready = self._rules.ready_after(some, known, ready)
                blocks = [*before, Block(some, trips, day, -1)]
                self._go_on(worth, others, blocks, now_ready)
            return
        end = self._reach.earliest_end(some, trips, day)
        found = worth(spent, day, end)
        if self._best is None or found < self._best:
            self._best, self._blocks = found, [*before, Block(some, trips, day, end)]

    def _first_day(self, some: int, before: list[Block], ready: tuple[int, ...]) -> int:
        after = before[-1].day + 1 if before else 0
        latest = max(day for item, day in enumerate(ready) if some >> item & 1)
        return max(after, self._ground.from_day(latest)) if latest else after


# Done so far, and from which day (a date's number) on what is left may come.
State = tuple[int, tuple[int, ...]]
Found = tuple[int, int, tuple[Block, ...]]  # trips, waiting, blocks


class LeastWaiting:
    """The least waiting over several days, of the blocks that are known."""

    def __init__(
        self, rules: Rules, days: list[int], least_trips: list[int], most: int
    ) -> None:
        self._rules, self._days = rules, days
        self._least_trips, self._most = least_trips, most
        self._next = cache(self._next_sets)

    def best(
        self, known: dict[tuple[int, int], dict[int, Block]], patience: Patience
    ) -> Found | None:
        """Day by day: each state with the fewest trips and least waiting that led there."""
        states: dict[State, Found] = {(0, (0,) * self._rules.items): (0, 0, ())}
        done: Found | None = None
        for day in sorted({day for blocks in known.values() for day in blocks}):
            for state, found in list(states.items()):
                patience.step()
                for block in self._on(day, state, found[0], known):
                    then = _with(found, block)
                    if state[0] | block.items == self._rules.full:
                        done = then if done is None else min(done, then, key=_cost)
                    else:
                        _keep(states, self._state(state, block), then)
        return done

    def _on(
        self,
        day: int,
        state: State,
        trips: int,
        known: dict[tuple[int, int], dict[int, Block]],
    ) -> list[Block]:
        done, ready = state
        return [
            block
            for pair in self._next(done, trips)
            if (block := known.get(pair, {}).get(day)) is not None
            and self._may(pair[0], self._days[day], ready)
        ]

    def _may(self, items: int, day: int, ready: tuple[int, ...]) -> bool:
        return not any(
            items >> item & 1 and least > day for item, least in enumerate(ready)
        )

    def _state(self, state: State, block: Block) -> State:
        done = state[0] | block.items
        day = self._days[block.day]
        ready = self._rules.ready_after(block.items, day, state[1])
        # What is over, or true anyway from the next day on, makes no difference.
        return done, tuple(
            0 if done >> item & 1 or least <= day + 1 else least
            for item, least in enumerate(ready)
        )

    def _next_sets(self, done: int, trips: int) -> list[tuple[int, int]]:
        rest = self._rules.full & ~done
        return [
            (some, more)
            for some in subsets(rest)
            if self._rules.may_be_next_day(some, rest)
            for more in TRIPS
            if trips + more + self._least_trips[rest & ~some] <= self._most
        ]


def _with(found: Found, block: Block) -> Found:
    trips, waiting, blocks = found
    return trips + block.trips, waiting + block.waiting, (*blocks, block)


def _cost(found: Found) -> tuple[int, int, int, int]:
    last = found[2][-1]
    return found[0], found[1], last.day, last.end


def _keep(states: dict[State, Found], state: State, found: Found) -> None:
    kept = states.get(state)
    if kept is None or found[:2] < kept[:2]:
        states[state] = found
