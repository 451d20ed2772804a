"""How dear a search of the agenda is: PORTAL_MODE=test DATABASE_URL=… python -m benchmarks.agenda

Asks many different searches of a network made by `benchmarks.scenery`. In between, in
the same run, the cheapest query there is (one slot by its key) and the cheapest page
there is (session, user, template, one line). Prints distributions and their ratios.
"""

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Patient, User  # noqa: E402
from appointments import availability, offer  # noqa: E402
from appointments.availability import Window  # noqa: E402
from appointments.models import Slot, TutorialView  # noqa: E402
from catalog.models import Agreement, City, Procedure, Site  # noqa: E402

FIRST_CITY = "11000"
SHOWN = 50


class Times:
    """Milliseconds of each kind of thing."""

    def __init__(self) -> None:
        self._of: dict[str, list[float]] = {}

    def measure(self, name: str, do: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        answer = do(*args)
        self._of.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        return answer

    def table(self, against: dict[str, str]) -> None:
        print(f"{'':34} {'n':>6} {'p50 ms':>8} {'p95 ms':>8} {'x p50':>7} {'x p95':>7}")
        for name, times in self._of.items():
            middle, high = quantiles(times)
            base = against.get(name)
            ratio = ""
            if base:
                base_middle, base_high = quantiles(self._of[base])
                ratio = f"{middle / base_middle:7.1f} {high / base_high:7.1f}"
            print(f"{name:34} {len(times):6} {middle:8.2f} {high:8.2f} {ratio}")


def quantiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles([*times, times[0]], n=20)
    return cuts[9], cuts[18]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument(
        "--first-city",
        action="store_true",
        help="only what the smallest network has too",
    )
    args = parser.parse_args()
    print(f"{Slot.objects.count():,} slots, {Slot.objects.free().count():,} free")
    times, dice = Times(), random.Random(7)  # noqa: S311 - the same searches each time
    searches = Searches(dice, first_city=args.first_city)
    cold(times, searches)
    for _ in range(args.searches):
        one_search(times, searches, dice)
    pages(times, searches, args.pages)
    times.table(
        {
            "first 50 times": "one slot by its key",
            "next 50 times": "one slot by its key",
            "90 days counted": "one slot by its key",
            "first time of each site": "one slot by its key",
            "agenda page": "minimal page",
        }
    )


class Searches:
    """Questions as patients ask them, most of them in the first and largest city."""

    def __init__(self, dice: random.Random, *, first_city: bool) -> None:
        self._dice, self._first_only = dice, first_city
        self.agreement = Agreement.objects.get()
        self.procedures = list(Procedure.objects.order_by("pk"))
        self.first = City.objects.get(code=FIRST_CITY)
        self.cities = list(City.objects.order_by("pk"))
        self.sites = list(Site.objects.filter(city=self.first).order_by("pk"))

    def criteria(self) -> offer.Criteria:
        lot = self._dice.random()
        procedure = self._dice.choice(self.procedures)
        city, site = self.first, None
        if lot < 0.35 and not self._first_only:
            city = self._dice.choice(self.cities)
        elif lot < 0.55:
            site = self._dice.choice(self.sites)
        return offer.Criteria(
            agreement_id=self.agreement.pk,
            age_years=46,
            sex="female",
            procedure_id=procedure.pk,
            modality="presencial",
            city_id=city.pk,
            site_id=site.pk if site else None,
        )

    def window(self) -> Window:
        now, lot = timezone.now(), self._dice.random()
        first = timezone.localdate(now) + timedelta(days=self._dice.randrange(60))
        if lot < 0.5:
            return Window(now=now)
        if lot < 0.75:
            return Window(now=now, first_day=first, parts=frozenset({"am"}))
        weekdays = frozenset(self._dice.sample(range(1, 8), 2))
        return Window(now=now, first_day=first, weekdays=weekdays)


def cold(times: Times, searches: Searches) -> None:
    offer.forget()
    criteria = searches.criteria()
    times.measure("matching, catalogue just changed", lambda: offer.matching(criteria))


def one_search(times: Times, searches: Searches, dice: random.Random) -> None:
    criteria, window = searches.criteria(), searches.window()
    schedules = times.measure("matching schedules", lambda: offer.matching(criteria))
    where = {"schedules": schedules, "window": window}
    found = times.measure(
        "first 50 times", lambda: availability.free_times(**where, limit=SHOWN)
    )
    if found:
        after = found[-1].key
        times.measure(
            "next 50 times",
            lambda: availability.free_times(**where, limit=SHOWN, after=after),
        )
    times.measure("90 days counted", lambda: availability.count_by_day(**where))
    times.measure(
        "first time of each site", lambda: availability.first_by_site(**where)
    )
    times.measure("one slot by its key", by_key, dice)


def by_key(dice: random.Random) -> object:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, schedule_id, practitioner_id, site_id, start, day, minute"
            " FROM appointments_slot WHERE id = %s",
            [dice.randrange(1, 300_000)],
        )
        return cursor.fetchone()


@override_settings(ROOT_URLCONF="benchmarks.minimal")
def pages(times: Times, searches: Searches, many: int) -> None:
    patient = Patient.objects.earliest("pk")
    user = User.objects.filter(patient=patient).first() or User.objects.create_user(
        "CC:50000000", patient=patient
    )
    TutorialView.objects.get_or_create(user=user)
    browser = Client()
    browser.force_login(user)
    shown = 0
    while shown < many:
        address = agenda_address(patient, searches)
        answer = times.measure("agenda page", browser.get, address)
        shown += answer.status_code == 200
        assert answer.status_code == 200, (answer.status_code, answer.get("Location"))
        times.measure("minimal page", browser.get, reverse("minimal"))


def agenda_address(patient: Patient, searches: Searches) -> str:
    criteria = searches.criteria()
    procedure = next(p for p in searches.procedures if p.pk == criteria.procedure_id)
    city = next(c for c in searches.cities if c.pk == criteria.city_id)
    answers = {
        "convenio": searches.agreement.code,
        "tipo": "medicina",
        "modalidad": "presencial",
        "busqueda": "procedimiento",
        "procedimiento": procedure.code,
        "ciudad": city.code,
        "sede": "todas",
        "cuando": "ya",
    }
    return reverse("appointments:agenda", args=[patient.token], query=answers)


if __name__ == "__main__":
    main()
