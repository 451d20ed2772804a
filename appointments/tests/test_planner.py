"""What the planner promises, rule by rule. The hours are of day 0 unless said."""

from collections.abc import Callable
from itertools import count

import pytest

from appointments.planner import MOST_ITEMS, Option, Plan, Purpose, Task, plan

NORTH, SOUTH, VIDEO = 1, 2, None
KEYS = count(1)


def at(hour: int, minute: int = 0, *, day: int = 0) -> int:
    return day * 1440 + hour * 60 + minute


def times(item: int, *starts: int, site: int | None = NORTH, minutes: int = 20):
    return [Option(item, start, start + minutes, site, next(KEYS)) for start in starts]


def starts(found: Plan) -> list[int]:
    return [option.start for option in found.chosen]


def only(task: Task) -> Plan:
    answer = plan(task)
    assert answer.proved
    (found,) = answer.plans
    assert found.purpose is Purpose.SOONEST
    return found


def test_fasting_comes_first_and_in_the_morning() -> None:
    laboratory = times(0, at(8), at(11, 40), at(13))
    control = times(1, at(7), at(12, 20))

    found = only(Task(options=[laboratory, control], fasting=frozenset({0})))

    assert starts(found) == [at(11, 40), at(12, 20)]


def test_two_that_fast_come_before_the_one_that_does_not() -> None:
    options = [
        times(0, at(7), at(9)),
        times(1, at(7, 30), at(9, 30)),
        times(2, at(7, 30), at(8)),
    ]

    found = only(Task(options=options, fasting=frozenset({0, 1})))

    assert starts(found) == [at(7), at(7, 30), at(8)]


def test_fasting_in_the_afternoon_is_impossible() -> None:
    task = Task(options=[times(0, at(12), at(15))], fasting=frozenset({0}))

    assert plan(task).plans == ()


@pytest.mark.parametrize(
    ("days", "control"),
    [(0, at(9)), (1, at(7, day=1)), (3, at(7, day=3)), (4, at(7, day=6))],
)
def test_laboratory_comes_days_before_the_control(days: int, control: int) -> None:
    options = [
        times(0, at(8)),
        times(1, at(7), at(9), at(7, day=1), at(7, day=3), at(7, day=6)),
    ]

    found = only(Task(options=options, precedence={(0, 1): days}))

    assert starts(found) == [at(8), control]
    assert found.trips == (2 if days else 1)


def test_days_before_hold_when_a_third_one_shares_the_first_day() -> None:
    options = [
        times(0, at(8), at(8, day=2)),
        times(1, at(9, day=3), at(9, day=5)),
        times(2, at(8, 30, day=2), at(9, 30, day=5)),
    ]

    answer = plan(Task(options=options, precedence={(0, 1): 3}))

    assert [(p.trips, p.waiting, starts(p)) for p in answer.plans] == [
        (2, 10, [at(8, day=2), at(9, day=5), at(8, 30, day=2)]),
        (3, 0, [at(8), at(9, day=3), at(8, 30, day=2)]),
    ]


def test_control_before_the_laboratory_is_impossible() -> None:
    task = Task(
        options=[times(0, at(9)), times(1, at(8), at(8, day=-1))],
        precedence={(0, 1): 0},
    )

    assert plan(task).plans == ()


@pytest.mark.parametrize(
    ("gap", "second"), [(0, at(8, 20)), (10, at(8, 30)), (11, at(8, 40))]
)
def test_gap_from_room_to_room(gap: int, second: int) -> None:
    options = [times(0, at(8)), times(1, at(8, 20), at(8, 30), at(8, 40))]

    found = only(Task(options=options, gap=gap))

    assert starts(found) == [at(8), second]
    assert found.waiting == second - at(8, 20)


@pytest.mark.parametrize(
    ("travel", "second"),
    [
        ({}, at(9, 20)),
        ({(NORTH, SOUTH): 30}, at(8, 50)),
        ({(NORTH, SOUTH): 5}, at(8, 30)),
    ],
)
def test_travel_between_sites_counts_as_waiting(
    travel: dict[tuple[int, int], int], second: int
) -> None:
    options = [
        times(0, at(8), site=SOUTH),
        times(1, at(8, 25), at(8, 30), at(8, 50), at(9, 20)),
    ]

    found = only(Task(options=options, travel=travel))

    assert starts(found) == [at(8), second]
    assert (found.trips, found.waiting) == (1, second - at(8, 20))


def test_staying_at_one_site_waits_less_than_travelling() -> None:
    options = [
        times(0, at(8)) + times(0, at(10)),
        times(1, at(10, 40)) + times(1, at(9, 20), site=SOUTH),
    ]

    sooner, quieter = plan(Task(options=options)).plans

    assert (sooner.purpose, starts(sooner)) == (Purpose.SOONEST, [at(8), at(9, 20)])
    assert (quieter.purpose, starts(quieter)) == (
        Purpose.LEAST_WAITING,
        [at(10), at(10, 40)],
    )


def test_video_on_the_same_day_costs_no_trip_and_no_travel() -> None:
    options = [times(0, at(8)), times(1, at(8, 30), site=VIDEO)]

    found = only(Task(options=options))

    assert (found.trips, found.waiting) == (1, 10)


def test_video_on_another_day_costs_no_trip() -> None:
    options = [times(0, at(8)), times(1, at(8, day=1), site=VIDEO)]

    found = only(Task(options=options))

    assert (found.trips, found.waiting) == (1, 0)


def test_all_by_video_is_no_trip() -> None:
    options = [times(0, at(8), site=VIDEO), times(1, at(9), site=VIDEO)]

    assert only(Task(options=options)).trips == 0


def test_video_call_is_not_taken_on_the_way() -> None:
    def task(arrival: int) -> Task:
        return Task(
            options=[
                times(0, at(8)),
                times(1, at(8, 50), site=VIDEO),
                times(2, arrival, site=SOUTH),
            ],
            # Without this it would be shorter to call before or after.
            precedence={(0, 1): 0, (1, 2): 0},
        )

    assert plan(task(at(9, 40))).plans == ()
    assert only(task(at(10, 10))).waiting == 30 + 60


def test_three_ways_to_be_best() -> None:
    options = [
        times(0, at(8), at(8, day=2), at(8, day=4)),
        times(1, at(9, day=1), at(11, day=2), at(8, 30, day=4)),
    ]

    answer = plan(Task(options=options))

    assert [(p.purpose.value, p.trips, p.waiting, p.end) for p in answer.plans] == [
        ("soonest", 1, 160, at(11, 20, day=2)),
        ("least_waiting", 1, 10, at(8, 50, day=4)),
        ("sooner_more_trips", 2, 0, at(9, 20, day=1)),
    ]


def test_more_trips_on_the_same_day_are_not_worth_saying() -> None:
    options = [
        times(0, at(8), at(10, day=1)),
        times(1, at(9, day=1), at(10, 30, day=1)),
    ]

    found = only(Task(options=options, precedence={(0, 1): 0}))

    assert (found.trips, found.end) == (1, at(10, 50, day=1))


def test_six_items_one_after_the_other() -> None:
    options = [times(item, at(7) + item * 30) for item in range(MOST_ITEMS)]

    found = only(Task(options=options))

    assert (found.trips, found.waiting) == (1, 50)


def test_six_items_on_six_days() -> None:
    options = [times(item, at(7, day=6 - item)) for item in range(MOST_ITEMS)]

    found = only(Task(options=options))

    assert (found.trips, found.waiting, found.end) == (6, 0, at(7, 20, day=6))


def test_seven_items_are_refused() -> None:
    with pytest.raises(ValueError, match="At most 6"):
        plan(Task(options=[times(item, at(7)) for item in range(MOST_ITEMS + 1)]))


@pytest.mark.parametrize(
    "options",
    [
        [],
        [[]],
        [times(0, at(8)), []],
        [times(0, at(8)), times(1, at(8, 10))],
        [times(0, at(23, 50))],
    ],
    ids=["nothing", "no-time", "one-without", "both-at-once", "past-midnight"],
)
def test_impossible(options: list[list[Option]]) -> None:
    answer = plan(Task(options=options))

    assert (answer.plans, answer.proved) == ((), True)


def test_of_equal_times_the_smaller_key() -> None:
    start = at(8)
    options = [[Option(0, start, start + 20, 1, key) for key in (9, 4, 7)]]

    assert only(Task(options=options)).chosen[0].key == 4


def test_of_equal_sites_the_smaller_key() -> None:
    start = at(8)
    options = [[Option(0, start, start + 20, site, 10 - site) for site in (1, 2, 3)]]

    assert only(Task(options=options)).chosen[0].key == 7


def test_of_equal_plans_the_one_that_starts_earlier() -> None:
    options = [
        times(0, at(8)),
        times(1, at(8, 30), at(8, 50), at(9, 10)),
        times(2, at(9, 40)),
    ]

    assert starts(only(Task(options=options))) == [at(8), at(8, 30), at(9, 40)]


def test_same_task_in_another_order_same_answer() -> None:
    options = [times(item, *range(at(7), at(12), 20)) for item in range(3)]
    turned = [list(reversed(of_item)) for of_item in options]

    assert plan(Task(options=options)) == plan(Task(options=turned))


def test_times_off_the_grid_are_exact() -> None:
    options = [
        times(0, at(7, 1), minutes=13),
        times(1, at(7, 23), at(7, 24), at(7, 31), minutes=7),
    ]

    found = only(Task(options=options))

    assert (starts(found), found.waiting) == ([at(7, 1), at(7, 24)], 10)


def test_enough_stops_with_a_plan_that_is_not_proved() -> None:
    answer = plan(dense(), enough=lambda: True)

    assert not answer.proved
    assert [p.purpose for p in answer.plans] == [Purpose.SOONEST]
    assert answer.plans[0].trips == 1


@pytest.mark.parametrize("patience", [2, 3, 5, 8, 12])
def test_enough_later_never_makes_it_worse(patience: int) -> None:
    answer = plan(dense(), enough=after(patience))

    best = plan(dense()).plans
    assert min(p.worth for p in best) <= min(p.worth for p in answer.plans)
    assert answer.plans[0].end == best[0].end
    assert len(answer.plans) == len({p.worth for p in answer.plans})


def test_enough_is_asked_often() -> None:
    asked = count()

    plan(dense(), enough=lambda: next(asked) < 0)

    assert next(asked) > 5


def after(many: int) -> Callable[[], bool]:
    asked = count(1)
    return lambda: next(asked) > many


def dense() -> Task:
    """Six items at three sites, each at its own minutes, so that none fit closely."""
    return Task(
        options=[
            [
                option
                for day in range(5)
                for site in range(3)
                for option in times(
                    item,
                    *range(at(7, 7 * item + day, day=day), at(16, day=day), 55),
                    site=site + 1,
                    minutes=15 + 5 * (item % 2),
                )
            ]
            for item in range(MOST_ITEMS)
        ]
    )
