"""The task as bits: a long integer has one bit per grid step, day after day.

The grid is the largest step that every start and every length is a multiple of (twenty
minutes, five…). A day is `stride` bits: its opening hours and one more, the fence, that
keeps days apart. Shifting such a string moves all days at once.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import gcd
from typing import NamedTuple

from appointments.planner.shapes import DAY, NOON, Free, Option, Task

# Places. Sites count from one; minus a site is there already, and for it alone: who
# takes a video call after the journey to it and before the item there.
HOME = 0


class Lane(NamedTuple):
    """Starts of one item at one place (at home: by video), all of the same length."""

    item: int
    place: int
    length: int
    starts: int


class Way(NamedTuple):
    """How to be ready: after `shift` steps, from these places (None: home or any site)."""

    shift: int
    edge: int
    sources: tuple[int, ...] | None


class Stop(NamedTuple):
    """Where to go on: at which place one then is, how one gets ready, and what begins.

    A beginning is the set with the new item, its length, and its starts.
    """

    place: int
    ways: list[Way]
    beginnings: list[tuple[int, int, int]]


class Rules:
    """Which items may follow which, on one day and from day to day."""

    def __init__(self, task: Task) -> None:
        self.items = len(task.options)
        self.full = (1 << self.items) - 1
        self.lags = [(a, b, days) for (a, b), days in sorted(task.precedence.items())]
        # Whoever is in bars[item] must not be done yet that day when the item comes.
        self.bars = [0] * self.items
        others = sum(1 << i for i in range(self.items) if i not in task.fasting)
        for item in task.fasting:
            self.bars[item] |= others
        for first, then, days in self.lags:
            self.bars[first] |= 1 << then
            if days:
                self.bars[then] |= 1 << first

    def may_be_next_day(self, chosen: int, rest: int) -> bool:
        """Nothing of this set waits for something that would come on a later day."""
        later = rest & ~chosen
        return not any(chosen >> b & 1 and later >> a & 1 for a, b, _ in self.lags)

    def ready_after(
        self, chosen: int, day: int, ready: tuple[int, ...]
    ) -> tuple[int, ...]:
        """From which day on each item may come, once this set has been on that day."""
        if not any(days > 1 and chosen >> a & 1 for a, _, days in self.lags):
            return ready
        days_of = list(ready)
        for a, b, days in self.lags:
            if chosen >> a & 1:
                days_of[b] = max(days_of[b], day + days)
        return tuple(days_of)


class Field:
    """The bits of some days, and how one moves over them."""

    def __init__(
        self, *, width: int, days: int, lanes: Sequence[Lane], moves: "Moves"
    ) -> None:
        self.width, self.stride, self.lanes = width, width + 1, lanes
        self._moves = moves
        self._ones = ((1 << self.stride * days) - 1) // ((1 << self.stride) - 1)
        self._edges: dict[int, int] = {}
        self.inside = self.edge(0)
        self.fence = self._ones << width
        self._sites = sorted({lane.place for lane in lanes} - {HOME})
        self._stay = {place: self._from(place) for place in (HOME, *self._sites)}
        self._ways = {site: self._towards(site) for site in self._sites}
        self.stops = [self._stops(done) for done in range(moves.rules.full + 1)]

    @property
    def longest(self) -> int:
        """The longest shift of all."""
        every = [*self._ways.values(), *self._stay.values()]
        return max((way.shift for ways in every for way in ways), default=0)

    @cached_property
    def idle(self) -> int:
        """Where one may be after one step of doing nothing."""
        return self.edge(1)

    def edge(self, shift: int) -> int:
        """The steps of each day that something shifted so far may land on."""
        if shift not in self._edges:
            steps = max(0, (1 << self.width) - (1 << shift))
            self._edges[shift] = self._ones * steps
        return self._edges[shift]

    def day(self, bits: int, number: int) -> int:
        """What there is on one day."""
        return bits >> number * self.stride & (1 << self.width) - 1

    def whole_days(self, fences: int) -> int:
        """Every step of the days with these fences."""
        return fences - (fences >> self.width)

    def pause(self, source: int, place: int, lane: Lane) -> int | None:
        """The least steps from one place to an item that leaves one at the other."""
        stays = lane.place == HOME and place >= HOME
        if source == place or (source == -place and source < HOME):
            return self._moves.steps(HOME, HOME)
        if stays or source < HOME:
            return None
        return self._moves.steps(source, abs(place))

    def follows(self, done: int, item: int) -> bool:
        """The item may come when just these are done that day."""
        return not done & self._moves.rules.bars[item]

    def from_first(self, bits: int) -> int:
        """On each day, every step from the first one of these on."""
        return (self.fence - bits | bits) & self.inside

    def days_with(self, bits: int) -> int:
        """The fences of the days that have any."""
        return self.fence & ~(self.fence - bits)

    def next_day(self, fences: int, number: int) -> int | None:
        """The first of these days from that number on."""
        rest = fences >> number * self.stride
        if not rest:
            return None
        return number + ((rest & -rest).bit_length() - 1) // self.stride

    def only(self, number: int) -> "Field":
        """The field of one day alone."""
        lanes = [
            lane._replace(starts=bits)
            for lane in self.lanes
            if (bits := self.day(lane.starts, number))
        ]
        return Field(width=self.width, days=1, lanes=lanes, moves=self._moves)

    def _stops(self, done: int) -> list[Stop]:
        sites: dict[int, list[tuple[int, int, int]]] = {}
        videos: list[tuple[int, int, int]] = []
        for item, place, length, starts in self.lanes:
            if not done >> item & 1 and self.follows(done, item):
                to = (done | 1 << item, length, starts)
                (sites.setdefault(place, []) if place else videos).append(to)
        stops = [Stop(site, self._ways[site], to) for site, to in sites.items()]
        if not videos:
            return stops
        if not done:
            return [*stops, Stop(HOME, self._stay[HOME], videos)]
        here = {lane.place for lane in self.lanes if done >> lane.item & 1} | {HOME}
        stops += [Stop(place, self._stay[place], videos) for place in sorted(here)]
        return stops + [Stop(-site, self._ways[site], videos) for site in sites]

    def _from(self, *places: int) -> list[Way]:
        """By going nowhere."""
        shift = self._moves.steps(HOME, HOME)
        return [Way(shift, self.edge(shift), places)]

    def _towards(self, site: int) -> list[Way]:
        ways = self._from(-site)
        for shift, sources in self._moves.towards(site):
            ways.append(Way(shift, self.edge(shift), sources))
        return [way for way in ways if way.edge]


class Moves:
    """Pauses in grid steps, and the order of the items."""

    def __init__(self, task: Task, *, sites: Sequence[int], grid: int) -> None:
        self.rules = Rules(task)
        self._grid = grid
        self._gap = -(-task.gap // grid)
        self._between = {
            (one, two): -(-task.pause(site, other) // grid)
            for one, site in enumerate(sites, 1)
            for two, other in enumerate(sites, 1)
        }
        self._towards = {
            site: self._groups(site, range(len(sites) + 1))
            for site in range(1, len(sites) + 1)
        }

    def steps(self, source: int, place: int) -> int:
        """From place to place, none of them a minus; leaving home is not counted."""
        return self._between.get((source, place), self._gap)

    def towards(self, site: int) -> list[tuple[int, tuple[int, ...] | None]]:
        """The shortest first; a longer one includes who could be there sooner.

        That costs nothing (they would be there, waiting), and the longest is then the
        same for all sites: everybody.
        """
        return self._towards[site]

    def _groups(
        self, site: int, places: range
    ) -> list[tuple[int, tuple[int, ...] | None]]:
        shifts = [self.steps(source, site) for source in places]
        groups: list[tuple[int, tuple[int, ...] | None]] = []
        for shift in sorted(set(shifts)):
            sources = tuple(place for place in places if shifts[place] <= shift)
            groups.append((shift, None if len(sources) == len(places) else sources))
        return groups


class Ground:
    """Between the task's minutes and the field's steps."""

    def __init__(self, task: Task) -> None:
        self._options = task.options
        # By item, site and length: when those begin that serve.
        self._starts: dict[tuple[int, int | None, int], set[int]] = {}
        for item, options in enumerate(task.options):
            self._read(item, options, fasting=item in task.fasting)
        self._every = set().union(*self._starts.values())
        begins = {start % DAY for start in self._every}
        lengths = {length for _, _, length in self._starts}
        self._base = min(begins, default=0)
        self.grid = gcd(*(m - self._base for m in begins), *lengths) or 1
        self.days = sorted({start // DAY for start in self._every})
        sites = sorted({site for _, site, _ in self._starts if site is not None})
        self._place: dict[int | None, int] = {None: HOME}
        self._place.update((site, n) for n, site in enumerate(sites, 1))
        self._site = [None, *sites]
        self.moves = Moves(task, sites=sites, grid=self.grid)
        last = max(begins, default=0) + max(lengths, default=0)
        self._width = (last - self._base) // self.grid + 1

    @property
    def possible(self) -> bool:
        """Each item has some free time that serves."""
        items = {item for item, _, _ in self._starts}
        return len(items) == len(self._options) > 0

    def field(self) -> Field:
        number = {day: n for n, day in enumerate(self.days)}
        bit_of = {}
        for start in self._every:
            day, minute = divmod(start, DAY)
            step = (minute - self._base) // self.grid
            bit_of[start] = 1 << number[day] * (self._width + 1) + step
        return Field(
            width=self._width,
            days=len(self.days),
            moves=self.moves,
            lanes=[
                Lane(
                    item,
                    self._place[site],
                    length // self.grid,
                    sum(map(bit_of.__getitem__, starts)),
                )
                for (item, site, length), starts in self._starts.items()
            ],
        )

    def from_day(self, day: int) -> int:
        """The number of the first day of the field that is not before this one."""
        return bisect_left(self.days, day)

    def option(self, lane: Lane, *, day: int, step: int) -> Option:
        """The one with the smallest key among those that begin here."""
        start = self.days[day] * DAY + self._base + step * self.grid
        end, site = start + lane.length * self.grid, self._site[lane.place]
        then = [free for free in self._options[lane.item] if free[1] == start]
        return min(
            (Option(*free) for free in then if free[2:4] == (end, site)),
            key=lambda option: option.key,
        )

    def _read(self, item: int, options: Sequence[Free], *, fasting: bool) -> None:
        """One quick look at each, since there may be thousands."""
        starts: dict[tuple[int | None, int], list[int]] = {}
        for _, start, end, site, _ in options:
            kind = site, end - start
            if kind in starts:
                starts[kind].append(start)
            else:
                starts[kind] = [start]
        for (site, length), of_kind in starts.items():
            last = min(DAY - length, NOON - 1) if fasting else DAY - length
            serving = {start for start in of_kind if start % DAY <= last}
            if serving and length > 0:
                self._starts[item, site, length] = serving


def subsets(items: int) -> Iterator[int]:
    """The sets within a set that are not empty, the whole one first."""
    some = items
    while some:
        yield some
        some = (some - 1) & items
