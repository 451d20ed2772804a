"""What the planner is asked and what it answers. Minutes are of the local wall clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

DAY = 1440
NOON = 720
MOST_ITEMS = 6


class Option(NamedTuple):
    """A free time of an item: minutes since 1970-01-01 00:00, and the slot's id.

    No site: by video. It begins and ends on one day; one that does not is not taken.
    """

    item: int
    start: int
    end: int
    site: int | None
    key: int


# The same as a bare tuple. Thousands of these cost the collector of garbage nothing,
# since it lets go of tuples that hold only numbers; it keeps watching Options.
Free = tuple[int, int, int, int | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Whoever goes along is with each person in turn, so all items follow one another.

    `fasting`: begins before noon, and before every item of that day that does not fast.
    `precedence`: least days from the first to the second; with 0, the same day serves if
    the first one comes before. The pause between two items is at least `gap`, and there
    is one that the journey fits in when the site changes: `travel`, from the smaller
    site's id to the larger's. A video call is taken where one happens to be, before or
    after a journey, never on the way.
    """

    options: Sequence[Sequence[Free]]
    fasting: frozenset[int] = frozenset()
    precedence: Mapping[tuple[int, int], int] = field(default_factory=dict)
    gap: int = 10
    travel: Mapping[tuple[int, int], int] = field(default_factory=dict)
    default_travel: int = 60

    def pause(self, site: int, other: int) -> int:
        """The least minutes from an item at one site to the next at the other."""
        if site == other:
            return self.gap
        pair = min(site, other), max(site, other)
        return max(self.gap, self.travel.get(pair, self.default_travel))


class Purpose(StrEnum):
    """What a plan is the best for."""

    SOONEST = "soonest"
    LEAST_WAITING = "least_waiting"
    SOONER_MORE_TRIPS = "sooner_more_trips"


@dataclass(frozen=True, slots=True)
class Plan:
    """An option for each item, by item; trips are days on which somebody leaves home."""

    purpose: Purpose
    chosen: tuple[Option, ...]
    trips: int
    waiting: int
    end: int

    @property
    def worth(self) -> tuple[int, int, int]:
        """Fewest trips, then least waiting, then earliest end."""
        return self.trips, self.waiting, self.end


@dataclass(frozen=True, slots=True)
class Answer:
    """At most three plans; not proved: better ones may exist, the time was over."""

    plans: tuple[Plan, ...]
    proved: bool


def never() -> bool:
    """There is time enough to prove it."""
    return False


def described(purpose: Purpose, chosen: Sequence[Option]) -> Plan:
    """The plan that these options make, counted from the options themselves."""
    days: dict[int, list[Option]] = {}
    for option in chosen:
        days.setdefault(option.start // DAY, []).append(option)
    return Plan(
        purpose=purpose,
        chosen=tuple(chosen),
        trips=sum(any(o.site is not None for o in day) for day in days.values()),
        waiting=sum(
            max(o.end for o in day)
            - min(o.start for o in day)
            - sum(o.end - o.start for o in day)
            for day in days.values()
        ),
        end=max(option.end for option in chosen),
    )
