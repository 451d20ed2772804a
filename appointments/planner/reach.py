"""Which sets of items fit on which days, and when they can end: one sweep over all days."""

from appointments.planner.field import HOME, Field, Way

# What a set costs on a day: a trip, or nothing when all of it is by video.
TRIPS = (0, 1)


class Reach:
    """For each set done and each last place, the steps at which it can have ended."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self.ends: list[dict[int, int]] = [{} for _ in field.stops]
        for done, stops in enumerate(field.stops):
            for place, ways, beginnings in stops:
                ready = self._ready(done, ways)
                for then, length, starts in beginnings:
                    if hits := ready & starts:
                        ends = self.ends[then]
                        ends[place] = ends.get(place, 0) | hits << length
        self._any = [(ends.get(HOME, 0), _union(ends, but=HOME)) for ends in self.ends]
        # The days on which a set can be done (as fences), by trips.
        self.days = [
            (field.days_with(home), field.days_with(away)) for home, away in self._any
        ]
        self.least_trips = self._least_trips()

    def earliest_end(self, items: int, trips: int, day: int) -> int:
        """The first step of that day at which the set can be done."""
        return _lowest(self._field.day(self._any[items][trips], day))

    def ends_at(self, items: int, trips: int, bit: int) -> bool:
        return bool(self._any[items][trips] & bit)

    def _ready(self, done: int, ways: list[Way]) -> int:
        """From each day's first moment on at which one can be there and ready."""
        if not done:
            return self._field.inside
        ends, ready = self.ends[done], 0
        for shift, edge, sources in ways:
            bits = 0
            for place, some in ends.items():
                if place >= HOME if sources is None else place in sources:
                    bits |= some
            if bits:
                ready |= bits << shift & edge
        return self._field.from_first(ready) if ready else 0

    def _least_trips(self) -> list[int]:
        """For each set, the fewest trips that it can take, whatever the days."""
        never = len(self.ends)
        least = [0] + [never] * (len(self.ends) - 1)
        for items in range(1, len(least)):
            some = items
            while some:
                rest = least[items & ~some]
                for trips in TRIPS:
                    if self.days[some][trips] and rest + trips < least[items]:
                        least[items] = rest + trips
                some = (some - 1) & items
        return least


def _union(ends: dict[int, int], *, but: int) -> int:
    bits = 0
    for place, some in ends.items():
        if place != but:
            bits |= some
    return bits


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
