"""All plans there are, one by one: written apart from the planner, to check it."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise, product

from appointments.planner import Option, Task

DAY = 24 * 60


def worth(chosen: Sequence[Option]) -> tuple[int, int, int]:
    """Trips, waiting and end."""
    trips = waiting = 0
    for day in by_day(chosen).values():
        trips += any(option.site is not None for option in day)
        for one, next_one in pairwise(day):
            waiting += next_one.start - one.end
    return trips, waiting, max(option.end for option in chosen)


def by_day(chosen: Sequence[Option]) -> dict[int, list[Option]]:
    days: dict[int, list[Option]] = defaultdict(list)
    for option in sorted(chosen, key=lambda option: option.start):
        days[option.start // DAY].append(option)
    return days


def broken(task: Task, chosen: Sequence[Option]) -> set[str]:
    """Which rules these options break."""
    rules = set()
    for number, option in enumerate(chosen):
        if option.item != number or option not in task.options[number]:
            rules.add("not one of the options")
    for day in by_day(chosen).values():
        rules |= _broken_pauses(task, day)
        rules |= _broken_fasting(task, day)
    for (first, then), days in task.precedence.items():
        between = chosen[then].start // DAY - chosen[first].start // DAY
        if between < days or (days == 0 and chosen[first].end > chosen[then].start):
            rules.add("precedence")
    return rules


def _broken_pauses(task: Task, day: list[Option]) -> set[str]:
    rules = set()
    if any(b.start - a.end < task.gap for a, b in pairwise(day)):
        rules.add("gap")
    away = [n for n, option in enumerate(day) if option.site is not None]
    for here, there in pairwise(away):
        one, other = day[here].site, day[there].site
        if one == other:
            continue
        between = day[here : there + 1]
        longest = max(b.start - a.end for a, b in pairwise(between))
        journey = task.travel.get((min(one, other), max(one, other)))
        if longest < (task.default_travel if journey is None else journey):
            rules.add("travel")
    return rules


def _broken_fasting(task: Task, day: list[Option]) -> set[str]:
    rules, eaten = set(), False
    for option in day:
        if option.item in task.fasting:
            if eaten or option.start % DAY >= DAY // 2:
                rules.add("fasting")
        else:
            eaten = True
    return rules


def best(task: Task) -> list[tuple[str, tuple[int, int, int]]]:
    """What each plan must be worth, of all there are."""
    worths = {
        worth(chosen) for chosen in product(*task.options) if not broken(task, chosen)
    }
    if not worths:
        return []
    soonest = min(worths, key=lambda w: (w[0], w[2], w[1]))
    least = min(worths)
    sooner = min(worths, key=lambda w: (w[2], w[0], w[1]))
    answer = [("soonest", soonest)]
    if least != soonest:
        answer.append(("least_waiting", least))
    if sooner[2] // DAY < soonest[2] // DAY:
        answer.append(("sooner_more_trips", sooner))
    return answer


def equals_of(task: Task, chosen: Sequence[Option]) -> list[tuple[Option, ...]]:
    """All plans that are worth the same."""
    return [
        other
        for other in product(*task.options)
        if worth(other) == worth(chosen) and not broken(task, other)
    ]
