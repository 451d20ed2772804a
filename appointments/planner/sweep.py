"""The least waiting with so many trips: sweeps, and stops when nothing less can come."""

from functools import cached_property
from typing import NamedTuple

from appointments.planner.field import HOME, Field, Ground, subsets
from appointments.planner.patience import Patience
from appointments.planner.reach import TRIPS, Reach
from appointments.planner.sequences import Block, Found, LeastWaiting
from appointments.planner.trace import places_of
from appointments.planner.waiting import Waiting

Pair = tuple[int, int]  # a set of items, and what it costs in trips


class Land(NamedTuple):
    """What is the same for all sweeps of a task."""

    ground: Ground
    field: Field
    reach: Reach
    patience: Patience


class Sweep:
    """`best` is what is known so far; after `run`, the least there is.

    With a deadline (day and step), only plans that end at that very step count.
    """

    best: Found | None = None

    def __init__(
        self, land: Land, *, trips: int, deadline: tuple[int, int] | None = None
    ) -> None:
        self._land, self._trips = land, trips
        self._full = land.ground.moves.rules.full
        self._wanted = self._first_wanted(deadline)
        self._known: dict[Pair, dict[int, Block]] = {}
        self._over_days = LeastWaiting(
            land.ground.moves.rules, land.ground.days, land.reach.least_trips, trips
        )
        self._waiting = Waiting(
            land.field,
            items=self._full,
            alive=self._alive(deadline),
            patience=land.patience,
        )

    def run(self) -> None:
        news = False
        while not self._over():
            self._waiting.step()
            news = self._note() or news
            if self.best is None and news and self._complete():
                self._combine()
                news = False
            self._waiting.forget()
        if news:
            self._combine()

    def _over(self) -> bool:
        """What is still unknown waits longer than the best, or there is no more."""
        amount = self._waiting.amount
        if self.best is not None and amount + 1 + self._elsewhere > self.best[1]:
            return True
        return amount > self._land.field.width or not any(self._wanted.values())

    def _first_wanted(self, deadline: tuple[int, int] | None) -> dict[Pair, int]:
        """For each set that a plan with so few trips may need: on which days, as bits."""
        reach, field = self._land.reach, self._land.field
        wanted = {}
        for items in subsets(self._full):
            others = reach.least_trips[self._full & ~items]
            for trips in TRIPS:
                if trips + others > self._trips:
                    continue
                bits = field.whole_days(reach.days[items][trips])
                if deadline is not None:
                    begins = deadline[0] * field.stride
                    end = 1 << begins + deadline[1]
                    bits &= (1 << begins) - 1
                    bits |= end if reach.ends_at(items, trips, end) else 0
                if bits:
                    wanted[items, trips] = bits
        return wanted

    def _alive(self, deadline: tuple[int, int] | None) -> int:
        alive = 0
        for bits in self._wanted.values():
            alive |= bits
        if deadline is not None:
            day, end = deadline
            alive |= ((2 << end) - 1) << day * self._land.field.stride
        return alive

    @cached_property
    def _elsewhere(self) -> int:
        """The least waiting of the other days of a plan, whichever this one is."""
        reach = self._land.reach
        gap = self._land.ground.moves.steps(HOME, HOME)
        must_leave = sum(
            1 << item
            for item in range(self._full.bit_length())
            if not reach.days[1 << item][0]
        )
        return (
            min(
                max(
                    0,
                    (self._full & ~items & must_leave).bit_count()
                    - self._trips
                    + trips,
                )
                for items, trips in self._wanted
            )
            * gap
        )

    def _note(self) -> bool:
        """Write down which sets have just been done for the first time on which days."""
        field, amount, news = self._land.field, self._waiting.amount, False
        for pair, wanted in self._wanted.items():
            items, trips = pair
            bits = 0
            for some in places_of(self._waiting.ends[items][amount], trips).values():
                bits |= some
            bits &= wanted
            while bits:
                news = True
                day, end = divmod((bits & -bits).bit_length() - 1, field.stride)
                block = Block(items, trips, day, end, amount)
                self._known.setdefault(pair, {})[day] = block
                not_this_day = ~(field.day(-1, 0) << day * field.stride)
                bits &= not_this_day
                wanted &= not_this_day
            self._wanted[pair] = wanted
        return news

    def _complete(self) -> bool:
        """The sets known can make a whole, were it not for the days."""
        never = self._trips + 1
        least = [0] + [never] * self._full
        for items in range(1, self._full + 1):
            for some in subsets(items):
                for trips in TRIPS:
                    if (some, trips) in self._known:
                        least[items] = min(least[items], least[items & ~some] + trips)
        return least[self._full] < never

    def _combine(self) -> None:
        self.best = self._over_days.best(self._known, self._land.patience) or self.best
