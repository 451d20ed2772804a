"""«Varias citas»: PORTAL_MODE=test DATABASE_URL=… python -m benchmarks.planner

Asks for the best plans of several appointments of one patient in one city within 30 days,
on a network made by `benchmarks.scenery`: the whole answer (schedules that match, free
times, planner, the chosen slots), the planner alone, and in between, in the same run, an
agenda search (schedules that match, first 50 free times) of each basket's city. Prints
distributions, and the ratio of each answer to the agenda search.
"""

import argparse
import os
import random
import statistics
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import django

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from accounts.models import Patient  # noqa: E402
from appointments import availability, offer, planner, planning  # noqa: E402
from appointments.availability import Window  # noqa: E402
from appointments.models import Slot  # noqa: E402
from appointments.planning import Basket, Found, Part  # noqa: E402
from catalog.models import Agreement, City, Procedure  # noqa: E402

FIRST_CITY, ELSEWHERE = "11000", 0.35  # as in benchmarks.agenda
SHOWN = 50
DAYS = 30
# The most that each may take, as a multiple of the agenda search's 95th percentile.
AT_MOST = {2: 15, 3: 15, 4: 15, 6: 60}
AGENDA = "agenda search"


class Times:
    """Milliseconds of each kind of thing."""

    def __init__(self) -> None:
        self.of: dict[str, list[float]] = {}

    def measure(
        self, name: str, do: Callable[..., Any], *args: Any, **more: Any
    ) -> Any:
        begun = time.perf_counter()
        answer = do(*args, **more)
        self.of.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        return answer

    def high(self, name: str) -> float:
        return statistics.quantiles(self.of[name], n=20)[18]

    def table(self) -> None:
        print(
            f"{'':28} {'n':>5} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8} {'x p95':>7} limit"
        )
        for name, times in sorted(self.of.items(), key=lambda of: of[0] != AGENDA):
            middle, high = statistics.median(times), self.high(name)
            ratio = high / self.high(AGENDA)
            limit = AT_MOST.get(int(name[0])) if name.endswith("answer") else None
            verdict = (
                f"{limit:4} {'kept' if ratio <= limit else 'BROKEN'}" if limit else ""
            )
            print(
                f"{name:28} {len(times):5} {middle:8.2f} {high:8.2f} {max(times):8.2f}"
                f" {ratio:7.1f} {verdict}"
            )


class Baskets:
    """What families ask for together: different procedures, in one city."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._agreement = Agreement.objects.get()
        self._procedures = list(Procedure.objects.order_by("pk"))
        self._first = City.objects.get(code=FIRST_CITY)
        self._cities = list(City.objects.order_by("pk"))
        self._patients = somebody_new()

    def basket(self, items: int) -> Basket:
        dice, now = self._dice, timezone.now()
        patient = dice.choice(self._patients)
        city = dice.choice(self._cities) if dice.random() < ELSEWHERE else self._first
        first = timezone.localdate(now) + timedelta(days=dice.randrange(60))
        parts = frozenset({"am"}) if dice.random() < 0.25 else frozenset()
        return Basket(
            parts=tuple(
                Part(patient, self._agreement, procedure, "presencial")
                for procedure in dice.sample(self._procedures, items)
            ),
            window=Window(
                now=now,
                first_day=first,
                last_day=first + timedelta(days=DAYS - 1),
                parts=parts,
            ),
            city_id=city.pk,
        )


def main() -> None:
    args = arguments()
    print(f"{Slot.objects.count():,} slots, {Slot.objects.free().count():,} free")
    offer.forget()
    times, answers = Times(), Counter()
    baskets = Baskets(random.Random(7))  # noqa: S311 - the same baskets each time
    planned: dict[int, list[int]] = {}
    for number in range(args.answers + 5):
        for items in args.items:
            basket = baskets.basket(items)
            into = times if number >= 5 else Times()  # the first ones warm up
            into.measure(AGENDA, agenda_search, basket)
            found = whole_answer(into, basket, planned.setdefault(items, []))
            answers[items, outcome(found)] += 1
    times.table()
    for items, many in planned.items():
        print(f"{items} items: {statistics.median(many):,.0f} free times (p50) planned")
    for (items, what), many in sorted(answers.items()):
        print(f"{items} items: {many} times {what}")
    print(f"memory of one answer of {args.items[-1]} items: {memory(basket):.1f} MB")


def somebody_new() -> list[Patient]:
    """Those of the scenery have far more appointments than anybody has."""
    return [
        Patient.objects.get_or_create(
            document_type="CC",
            document_number=str(70_000_000 + n),
            defaults={
                "given_names": "Rosa",
                "family_names": f"Peña {n}",
                "birth_date": date(1980, 1, 1),
                "sex": Patient.Sex.FEMALE,
            },
        )[0]
        for n in range(20)
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=200, help="of each size")
    parser.add_argument("--items", type=int, nargs="+", default=[2, 3, 4, 6])
    return parser.parse_args()


def agenda_search(basket: Basket) -> object:
    """The agenda of the basket's first procedure, as the patient meets it."""
    part, window = basket.parts[0], basket.window
    criteria = offer.Criteria(
        agreement_id=part.agreement.pk,
        age_years=46,
        sex=part.patient.sex,
        procedure_id=part.procedure.pk,
        modality=part.modality,
        city_id=basket.city_id,
    )
    return availability.free_times(
        schedules=offer.matching(criteria),
        window=replace(window, last_day=None),
        limit=SHOWN,
    )


def whole_answer(times: Times, basket: Basket, planned: list[int]) -> Found:
    """Through the door that the page uses; the planner's share is measured on the way."""
    name, plan = f"{len(basket.parts)} items", planner.plan

    def measured(task: planner.Task, **more: Any) -> planner.Answer:
        planned.append(sum(map(len, task.options)))
        return times.measure(f"{name}: planner alone", plan, task, **more)

    planner.plan = measured
    try:
        return times.measure(
            f"{name}: whole answer", planning.plans, basket, now=basket.window.now
        )
    finally:
        planner.plan = plan


def outcome(found: Found) -> str:
    proved = "" if found.proved else ", not proved"
    return f"{len(found.plans)} plans{proved}"


def memory(basket: Basket) -> float:
    """The peak, in another answer that is not timed."""
    tracemalloc.start()
    planning.plans(basket, now=basket.window.now)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1_000_000


if __name__ == "__main__":
    main()
