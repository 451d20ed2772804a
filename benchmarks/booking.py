"""How many bookings a second: PORTAL_MODE=test DATABASE_URL=… python -m benchmarks.booking

On a network made by `benchmarks.scenery`, with several processes at once and in turns:
the cheapest booking there is (one UPDATE and one INSERT in a transaction, by hand), the
cheapest page, the portal's hold and confirmation on different times, and holds of many
patients on the same few times.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context

import django

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Count, Min  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Patient, User  # noqa: E402
from appointments import booking  # noqa: E402
from appointments.errors import BookingError  # noqa: E402
from appointments.models import Appointment, Slot, SlotClaim  # noqa: E402
from catalog.models import Agreement, Procedure  # noqa: E402

FEW = 50
DOCUMENT = "BENCH"

Work = tuple[str, list[tuple[int, int]], float]
Outcome = tuple[Counter, list[float], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_minimal (slot_id bigint PRIMARY KEY, patient_id bigint)"
        )
    each = int(args.seconds * 600)
    patients = iter(people(args.workers * each * 3))
    slots = iter(free_slots(args.workers * each * 2 + FEW))
    print(f"{'':26} {'per s':>8} {'p50 ms':>8} {'p99 ms':>8}   outcomes")
    rates = {}
    few = list(islice(slots, FEW))
    for name in (
        "minimal booking",
        "minimal page",
        "hold and confirm",
        "same fifty times",
    ):
        works = []
        for _ in range(args.workers):
            own = (
                few * (each // FEW) if name.startswith("same") else islice(slots, each)
            )
            pairs = (
                [] if name == "minimal page" else list(zip(own, patients, strict=False))
            )
            works.append((name, pairs, args.seconds))
        rates[name] = run(name, works, args.workers)
    ratio = rates["minimal booking"] / rates["hold and confirm"]
    print(f"a minimal booking is {ratio:.1f} times as fast as hold and confirm")
    ratio = rates["minimal page"] / rates["hold and confirm"]
    print(f"a minimal page is {ratio:.1f} times as fast as hold and confirm")
    doubles = SlotClaim.objects.values("slot").annotate(n=Count("pk")).filter(n__gt=1)
    overlaps = (
        Appointment.objects.live()
        .values("practitioner", "start")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    print(f"double bookings: {doubles.count() + overlaps.count()}")


def run(name: str, works: list[Work], workers: int) -> float:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        outcomes, times, longest = Counter(), [], 0.0
        for counted, measured, lasted in pool.map(work, works):
            outcomes += counted
            times += measured
            longest = max(longest, lasted)
    times.sort()
    middle, high = times[len(times) // 2], times[len(times) * 99 // 100]
    rate = len(times) / longest
    shown = ", ".join(f"{k} {n}" for k, n in outcomes.most_common())
    print(f"{name:26} {rate:8.0f} {middle:8.2f} {high:8.2f}   {shown}", flush=True)
    return rate


def work(task: Work) -> Outcome:
    """One process, for so many seconds."""
    name, pairs, seconds = task
    act = ACTS[name]()
    connection.ensure_connection()
    pause_until_others_are_ready()
    outcomes: Counter = Counter()
    times, started = [], time.perf_counter()
    end = started + seconds
    for pair in pairs or endless():
        begun = time.perf_counter()
        if begun >= end:
            break
        outcomes[act(*pair)] += 1
        times.append((time.perf_counter() - begun) * 1000)
    return outcomes, times, time.perf_counter() - started


def pause_until_others_are_ready() -> None:
    """Processes take a second or two to begin: all wait for the same tick of the clock."""
    now = time.time()
    time.sleep(5 - now % 5)


def endless() -> Iterator[tuple[int, int]]:
    while True:
        yield 0, 0


def minimal_booking() -> Callable[[int, int], str]:
    def act(slot_id: int, patient_id: int) -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE appointments_slot SET free = false WHERE id = %s AND free",
                [slot_id],
            )
            cursor.execute(
                "INSERT INTO bench_minimal VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [slot_id, patient_id],
            )
        return "done"

    return act


def minimal_page() -> Callable[[int, int], str]:
    settings = override_settings(ROOT_URLCONF="benchmarks.minimal")
    settings.enable()
    browser = Client()
    browser.force_login(User.objects.get(username="recepcion"))

    def act(slot_id: int, patient_id: int) -> str:
        return "done" if browser.get("/minimal/").status_code == 200 else "error"

    return act


def hold_and_confirm() -> Callable[[int, int], str]:
    hold = only_hold()

    def act(slot_id: int, patient_id: int) -> str:
        held = hold(slot_id, patient_id)
        if isinstance(held, str):
            return held
        booking.confirm(
            appointment_id=held.pk,
            patient=held.patient,
            by=held.booked_by,
            now=timezone.now(),
        )
        return "done"

    return act


def same_times() -> Callable[[int, int], str]:
    hold = only_hold()

    def act(slot_id: int, patient_id: int) -> str:
        held = hold(slot_id, patient_id)
        return held if isinstance(held, str) else "done"

    return act


def only_hold() -> Callable[[int, int], Appointment | str]:
    agreement, by = Agreement.objects.get(), User.objects.get(username="recepcion")
    first = dict(
        Procedure.objects.order_by().values_list("specialty").annotate(first=Min("pk"))
    )
    procedures = Procedure.objects.in_bulk(first.values())

    def act(slot_id: int, patient_id: int) -> Appointment | str:
        patient = Patient.objects.get(pk=patient_id)
        wanted = Slot.objects.values_list("schedule__specialty").get(pk=slot_id)[0]
        try:
            return booking.hold(
                slot_id=slot_id,
                procedure=procedures[first[wanted]],
                patient=patient,
                agreement=agreement,
                by=by,
                search="bench",
                now=timezone.now(),
            )
        except BookingError as refusal:
            return type(refusal).__name__

    return act


ACTS: dict[str, Callable[[], Callable]] = {
    "minimal booking": minimal_booking,
    "minimal page": minimal_page,
    "hold and confirm": hold_and_confirm,
    "same fifty times": same_times,
}


def people(many: int) -> list[int]:
    """Patients without appointments, who can be written to."""
    have = Patient.objects.filter(document_number__startswith=DOCUMENT)
    begun = have.count()
    made = Patient.objects.bulk_create(
        (
            Patient(
                document_type="CC",
                document_number=f"{DOCUMENT}{begun + n}",
                given_names="Rosa",
                family_names="Peña",
                birth_date="1980-01-01",
                sex="female",
                email=f"rosa{n}@example.com",
                contact_confirmed_at=timezone.now(),
            )
            for n in range(many)
        ),
        batch_size=5_000,
    )
    return [patient.pk for patient in made]


def free_slots(many: int) -> list[int]:
    """Free times from the day after tomorrow on, of every schedule in turn."""
    since = timezone.now() + timedelta(days=2)
    found = Slot.objects.free().filter(
        start__gt=since, start__lt=since + timedelta(days=60)
    )
    return list(found.order_by("start", "pk").values_list("pk", flat=True)[:many])


if __name__ == "__main__":
    main()
