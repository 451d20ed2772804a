"""The planner against all plans there are, on cases that dice made."""

import random
from collections.abc import Sequence

import pytest

from appointments.planner import Option, Task, plan
from appointments.tests.planner_brute_force import DAY, best, broken, equals_of, worth

pytestmark = pytest.mark.once


CASES = 2000
LOTS = 20
# Items and the most options of each: all products stay few.
SIZES = ((1, 9), (2, 16), (3, 11), (4, 6), (5, 4), (6, 3))
STEPS = (5, 10, 15, 20, 30, 1)


@pytest.mark.parametrize("lot", range(LOTS))
def test_plans_are_the_best_of_all(lot: int) -> None:
    for seed in range(lot * CASES // LOTS, (lot + 1) * CASES // LOTS):
        task = random_task(random.Random(seed))  # noqa: S311 - the same each time

        answer = plan(task)

        assert answer.proved
        got = [(p.purpose.value, (p.trips, p.waiting, p.end)) for p in answer.plans]
        assert got == best(task), seed
        for found in answer.plans:
            assert broken(task, found.chosen) == set(), seed
            assert worth(found.chosen) == (found.trips, found.waiting, found.end), seed


@pytest.mark.parametrize("lot", range(4))
def test_of_equals_the_one_that_is_earlier_looked_at_from_its_end(lot: int) -> None:
    for seed in range(lot * 100, lot * 100 + 100):
        task = tied_task(random.Random(seed))  # noqa: S311 - the same each time

        for found in plan(task).plans:
            equals = equals_of(task, found.chosen)
            assert found.chosen == min(equals, key=from_its_end), seed


def test_cases_reach_every_corner() -> None:
    """None, one, two and three plans; several trips; waiting; fasting; days between."""
    answers = [(task, best(task)) for task in map(random_task, dice(300))]

    assert {len(plans) for _, plans in answers} == {0, 1, 2, 3}
    assert {plans[0][1][0] for _, plans in answers if plans} >= {0, 1, 2, 3}
    solved = [task for task, plans in answers if plans]
    assert any(task.fasting for task in solved)
    assert {0, 1, 2} <= {days for task in solved for days in task.precedence.values()}


def test_checker_notices_a_wrong_plan() -> None:
    """Sabotage: each option of a right plan is swapped for every other of its item."""
    noticed, harmless = 0, 0
    for task in map(random_task, dice(200)):
        for found in plan(task).plans:
            for other in (o for options in task.options for o in options):
                wrong = list(found.chosen)
                if wrong[other.item] == other:
                    continue
                wrong[other.item] = other
                right = (found.trips, found.waiting, found.end)
                if broken(task, wrong) or worth(wrong) != right:
                    noticed += 1
                else:
                    harmless += 1  # a tie

    assert noticed > 1000
    assert harmless < noticed / 20


@pytest.mark.parametrize(
    ("rule", "task"),
    [
        (
            "gap",
            Task(options=[[Option(0, 480, 500, 1, 1)], [Option(1, 505, 525, 1, 2)]]),
        ),
        (
            "travel",
            Task(options=[[Option(0, 480, 500, 1, 1)], [Option(1, 520, 540, 2, 2)]]),
        ),
        (
            "fasting",
            Task(
                options=[[Option(0, 480, 500, 1, 1)], [Option(1, 540, 560, 1, 2)]],
                fasting=frozenset({1}),
            ),
        ),
        (
            "precedence",
            Task(
                options=[[Option(0, 480, 500, 1, 1)], [Option(1, 540, 560, 1, 2)]],
                precedence={(0, 1): 1},
            ),
        ),
    ],
)
def test_checker_names_the_broken_rule(rule: str, task: Task) -> None:
    chosen = [options[0] for options in task.options]

    assert broken(task, chosen) == {rule}
    assert plan(task).plans == ()


def dice(many: int) -> list[random.Random]:
    return [random.Random(seed) for seed in range(many)]  # noqa: S311


def random_task(dice: random.Random) -> Task:
    items, most = dice.choice(SIZES)
    step = dice.choice(STEPS)
    sites = dice.sample((None, 3, 5, 8, 9), dice.randint(1, 4))
    days = dice.sample(range(20_000, 20_012), dice.choice((1, 2, 2, 3, 4, 6)))
    opens = dice.choice((360, 480, 600))
    length = dice.choice((60, 180, 400, 600))
    pairs = [(a, b) for a in (3, 5, 8, 9) for b in (3, 5, 8, 9) if a < b]
    return Task(
        options=[
            [
                random_option(
                    dice, item, dice.choice(days), (opens, length, step), sites
                )
                for _ in range(dice.randint(1 + most // 2, most))
            ]
            for item in range(items)
        ],
        fasting=frozenset(i for i in range(items) if dice.random() < 0.1),
        precedence={
            (a, b): dice.choice((0, 0, 1, 1, 2, 3))
            for a in range(items)
            for b in range(items)
            if a != b and dice.random() < 0.5 / items**2
        },
        gap=dice.choice((0, 5, 10, 10, 15)),
        travel={
            pair: dice.choice((15, 20, 45, 90)) for pair in pairs if dice.random() < 0.4
        },
        default_travel=dice.choice((20, 60)),
    )


def tied_task(dice: random.Random) -> Task:
    """One day, few different times, many slots at each."""
    return Task(
        options=[
            [
                Option(item, start, start + 20, site, dice.randrange(10_000))
                for start in dice.sample(range(480, 720, 20), 3)
                for site in dice.sample((1, 1, 2, 3), 2)
            ]
            for item in range(dice.randint(1, 4))
        ],
        default_travel=dice.choice((10, 20, 40)),
    )


def from_its_end(chosen: Sequence[Option]) -> list[tuple[int, int]]:
    clock = sorted(chosen, key=lambda option: option.start, reverse=True)
    return [(option.start, option.key) for option in clock]


def random_option(
    dice: random.Random,
    item: int,
    day: int,
    hours: tuple[int, int, int],
    sites: list[int | None],
) -> Option:
    opens, length, step = hours
    start = day * DAY + opens + step * dice.randrange(length // step)
    minutes = step * dice.choice((1, 1, 2, 4))
    site = dice.choice(sites)
    return Option(item, start, start + minutes, site, dice.randrange(10_000))
