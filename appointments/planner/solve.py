"""The three plans: first any, at once; then each made the best and proved."""

from collections.abc import Callable, Sequence

from appointments.planner.field import Ground
from appointments.planner.patience import Patience, TimeOver
from appointments.planner.reach import Reach
from appointments.planner.sequences import Block, Earliest, by_end, by_trips
from appointments.planner.shapes import (
    MOST_ITEMS,
    Answer,
    Option,
    Plan,
    Purpose,
    Task,
    described,
    never,
)
from appointments.planner.sweep import Land, Sweep
from appointments.planner.trace import exactly, roughly


def plan(task: Task, *, enough: Callable[[], bool] = never) -> Answer:
    """The best plans. Past `enough()`, the best that were found, and not proved.

    The first plan, as early as can be with the fewest trips, takes no search worth
    interrupting (milliseconds); only then does it begin to ask.
    """
    if len(task.options) > MOST_ITEMS:
        raise ValueError(f"At most {MOST_ITEMS} items.")
    ground = Ground(task)
    if not ground.possible:
        return Answer((), proved=True)
    search = _Search(ground, Patience(enough))
    try:
        search.run()
    except TimeOver:
        return Answer(search.plans(), proved=False)
    return Answer(search.plans(), proved=True)


class _Search:
    def __init__(self, ground: Ground, patience: Patience) -> None:
        field = ground.field()
        self._land = Land(ground, field, Reach(field), patience)
        self._found: dict[Purpose, list[Option]] = {}

    def run(self) -> None:
        blocks = self._earliest(Patience(never)).blocks(by_trips)
        if not blocks:
            return
        soonest = self._rough(Purpose.SOONEST, blocks)
        self._land.patience.ask()
        trips, deadline = _trips(blocks), _deadline(blocks)
        self._sweep(Purpose.LEAST_WAITING, Sweep(self._land, trips=trips))
        if self._end(Purpose.LEAST_WAITING) == soonest:
            self._found[Purpose.SOONEST] = self._found.pop(Purpose.LEAST_WAITING)
        else:
            sweep = Sweep(self._land, trips=trips, deadline=deadline)
            self._sweep(Purpose.SOONEST, sweep)
        self._sooner(deadline[0])

    def plans(self) -> tuple[Plan, ...]:
        """What was found, by purpose; of two of which one is no worse, that one."""
        found = {
            purpose: described(purpose, self._found[purpose])
            for purpose in Purpose
            if purpose in self._found
        }
        least = found.get(Purpose.LEAST_WAITING)
        if least is not None and _no_worse(found[Purpose.SOONEST], least):
            del found[Purpose.LEAST_WAITING]
        elif least is not None and _no_worse(least, found[Purpose.SOONEST]):
            del found[Purpose.LEAST_WAITING]
            found[Purpose.SOONEST] = described(Purpose.SOONEST, least.chosen)
        return tuple(found.values())

    def _sooner(self, soonest_day: int) -> None:
        """More trips, when the last of them is on an earlier day."""
        blocks = self._earliest(self._land.patience).blocks(by_end)
        if blocks[-1].day >= soonest_day:
            return
        self._rough(Purpose.SOONER_MORE_TRIPS, blocks)
        sweep = Sweep(self._land, trips=_trips(blocks), deadline=_deadline(blocks))
        self._sweep(Purpose.SOONER_MORE_TRIPS, sweep)

    def _earliest(self, patience: Patience) -> Earliest:
        land = self._land
        return Earliest(land.ground, land.field, land.reach, patience)

    def _rough(self, purpose: Purpose, blocks: Sequence[Block]) -> int:
        land = self._land
        self._keep(
            purpose,
            [
                o
                for b in blocks
                for o in roughly(land.ground, land.field, land.reach, b)
            ],
        )
        return self._end(purpose)

    def _sweep(self, purpose: Purpose, sweep: Sweep) -> None:
        """What the sweep has found counts even when it is interrupted."""
        land = self._land
        try:
            sweep.run()
        finally:
            if sweep.best is not None:
                blocks = sweep.best[2]
                self._keep(
                    purpose,
                    [o for b in blocks for o in exactly(land.ground, land.field, b)],
                )

    def _keep(self, purpose: Purpose, chosen: list[Option]) -> None:
        self._found[purpose] = sorted(chosen, key=lambda option: option.item)

    def _end(self, purpose: Purpose) -> int:
        return max(option.end for option in self._found[purpose])


def _trips(blocks: Sequence[Block]) -> int:
    return sum(block.trips for block in blocks)


def _deadline(blocks: Sequence[Block]) -> tuple[int, int]:
    return blocks[-1].day, blocks[-1].end


def _no_worse(plan: Plan, than: Plan) -> bool:
    return all(a <= b for a, b in zip(plan.worth, than.worth, strict=True))
