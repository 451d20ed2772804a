"""Which times a block was made of: read back from its end."""

from collections.abc import Iterator
from typing import NamedTuple

from appointments.planner.field import HOME, Field, Ground, Lane
from appointments.planner.patience import Patience
from appointments.planner.reach import Reach
from appointments.planner.sequences import Block
from appointments.planner.shapes import Option, never
from appointments.planner.waiting import Waiting


class Moment(NamedTuple):
    """A set done, where, and at which step it ended, after how much waiting."""

    done: int
    place: int
    end: int
    waiting: int = 0


def places_of(ends: dict[int, int], trips: int) -> dict[int, int]:
    """Those that cost so many trips."""
    return {
        place: bits for place, bits in ends.items() if bool(trips) == (place != HOME)
    }


def exactly(ground: Ground, field: Field, block: Block) -> list[Option]:
    """The options of a block whose least waiting is known.

    Of several it takes, from the last one back, the one that starts earliest, and of
    those at the same time the one with the smallest key.
    """
    one_day = field.only(block.day)
    waiting = Waiting(
        one_day,
        items=block.items,
        alive=(2 << block.end) - 1,
        patience=Patience(never),
    )
    while waiting.amount < block.waiting:
        waiting.step()
    moments = _last(waiting.ends[block.items][block.waiting], block)
    chosen: list[Option] = []
    while moments[0].done:
        steps = [
            (ground.option(lane, day=block.day, step=start), before)
            for moment in moments
            for lane, start in _lasts(one_day, moment)
            for before in _with_waiting(one_day, waiting, moment, (lane, start))
        ]
        last = min((option for option, _ in steps), key=lambda o: (o.start, o.key))
        chosen.append(last)
        moments = [before for option, before in steps if option == last]
    return chosen


def roughly(ground: Ground, field: Field, reach: Reach, block: Block) -> list[Option]:
    """Options of a block, each of them as late as the next allows; quick, not the best."""
    one_day = field.only(block.day)
    ends = [
        {place: field.day(bits, block.day) for place, bits in places.items()}
        for places in reach.ends
    ]
    end = block.end
    if end < 0:
        end = reach.earliest_end(block.items, block.trips, block.day)
    moment = min(_last(ends[block.items], block._replace(end=end)))
    chosen = []
    while moment.done:
        lane, start, moment = max(
            (lane, start, before)
            for lane, start in _lasts(one_day, moment)
            for before in _at_the_latest(one_day, ends, moment, (lane, start))
        )
        chosen.append(ground.option(lane, day=block.day, step=start))
    return chosen


def _last(ends: dict[int, int], block: Block) -> list[Moment]:
    return [
        Moment(block.items, place, block.end, block.waiting)
        for place, bits in places_of(ends, block.trips).items()
        if bits >> block.end & 1
    ]


def _lasts(field: Field, moment: Moment) -> Iterator[tuple[Lane, int]]:
    """What may have ended at this moment, and its start."""
    for lane in field.lanes:
        start = moment.end - lane.length
        before = moment.done & ~(1 << lane.item)
        # By video from anywhere, once one has left home.
        here = lane.place == moment.place or (lane.place == HOME and before)
        if (
            here
            and before != moment.done
            and start >= 0
            and lane.starts >> start & 1
            and field.follows(before, lane.item)
        ):
            yield lane, start


def _with_waiting(
    field: Field, waiting: Waiting, moment: Moment, last: tuple[Lane, int]
) -> Iterator[Moment]:
    """The moments from which just this much waiting leads to the last item."""
    lane, start = last
    done = moment.done & ~(1 << lane.item)
    if not done:
        if not moment.waiting:
            yield Moment(0, HOME, start)
        return
    for amount in range(moment.waiting + 1):
        paused = moment.waiting - amount
        for place, bits in waiting.ends[done][amount].items():
            least = field.pause(place, moment.place, lane)
            if least is None or least > paused or paused > start:
                continue
            if bits >> (start - paused) & 1:
                yield Moment(done, place, start - paused, amount)


def _at_the_latest(
    field: Field, ends: list[dict[int, int]], moment: Moment, last: tuple[Lane, int]
) -> Iterator[Moment]:
    """At each place, the latest moment from which one is in time for the last item."""
    lane, start = last
    done = moment.done & ~(1 << lane.item)
    if not done:
        yield Moment(0, HOME, start)
        return
    for place, bits in ends[done].items():
        least = field.pause(place, moment.place, lane)
        if least is None or least > start:
            continue
        if in_time := bits & (2 << (start - least)) - 1:
            yield Moment(done, place, in_time.bit_length() - 1)
