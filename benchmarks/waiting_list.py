"""A storm of freed times: PORTAL_MODE=test DATABASE_URL=… python -m benchmarks.waiting_list

On a network made by `benchmarks.scenery`: so many times become free at one instant and
ten times as many people wait, for many services or for few. One worker offers them out. In
the same run, as a measure: the portal's plain holds, one after the other. Every offer is
a transaction of its own, as in the worker; what was offered stays held in that database.
"""

import argparse
import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import django

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import ContactDevice, Patient, User  # noqa: E402
from appointments import booking, openings, waiting_list  # noqa: E402
from appointments.models import Offer, Opening, Slot, WaitingListEntry  # noqa: E402
from catalog.models import Agreement, Procedure  # noqa: E402

DOCUMENT = "WAIT"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--waiting", type=int, default=5_000)
    args = parser.parse_args()
    now = timezone.now()
    print(f"{'':34} {'times':>6} {'waiting':>8} {'offers':>7} {'s':>7} {'per s':>7}")
    rate = holds(people(args.times), now)
    for name, services in (("many services", 200), ("few services", 4)):
        nobody_waits(now)
        measure(name, services, people(args.waiting), args.times, now, rate)
    nobody_waits(now)


def measure(
    name: str,
    services: int,
    patients: Sequence[Patient],
    times: int,
    now: datetime,
    holds_a_second: float,
) -> None:
    slots = free_slots(times, services)
    wait(patients, slots, now)
    openings.note_slots([slot.pk for slot in slots], now=now)
    begun = time.perf_counter()
    made = waiting_list.offer_out(now=now)
    lasted = time.perf_counter() - begun
    rate = made / lasted
    print(
        f"{name:34} {len(slots):6} {len(patients):8} {made:7} {lasted:7.1f} {rate:7.0f}"
    )
    print(
        f"{'':34} a plain hold is {holds_a_second / rate:.1f} times as fast as an offer; "
        f"twice: {twice()}; left: {Opening.objects.count()}",
        flush=True,
    )


def nobody_waits(now: datetime) -> None:
    """Those of a run before; what was offered to them stays held until it lapses."""
    WaitingListEntry.objects.waiting().update(status="left", ended_at=now)
    Offer.objects.filter(status="open").update(status="withdrawn", answered_at=now)


def twice() -> int:
    open_ones = Offer.objects.filter(status=Offer.Status.OPEN).order_by()
    times = open_ones.values("appointment__schedule", "appointment__start")
    return times.annotate(n=Count("pk")).filter(n__gt=1).count()


def holds(patients: Sequence[Patient], now: datetime) -> float:
    """Plain holds, one after the other, of as many people as there are."""
    agreement = Agreement.objects.get()
    slots = free_slots(len(patients), 200)
    with CaptureQueriesContext(connection) as asked:
        hold(slots[0], patients[0], agreement, now)
    begun = time.perf_counter()
    for slot, patient in zip(slots[1:], patients[1:], strict=False):
        hold(slot, patient, agreement, now)
    lasted = time.perf_counter() - begun
    rate = (len(slots) - 1) / lasted
    print(
        f"{'plain holds (' + str(len(asked)) + ' statements each)':34} "
        f"{len(slots):6} {'':8} {'':7} {lasted:7.1f} {rate:7.0f}",
        flush=True,
    )
    return rate


def hold(slot: Slot, patient: Patient, agreement: Agreement, now: datetime) -> None:
    booking.hold(
        slot_id=slot.pk,
        procedure=short_procedure(slot),
        patient=patient,
        agreement=agreement,
        by=patient.user,
        search="bench",
        now=now,
    )


def short_procedure(slot: Slot) -> Procedure:
    return slot.schedule.procedures.filter(minutes__lte=20).order_by("pk").first()


def free_slots(many: int, services: int) -> list[Slot]:
    """Of so many schedules at most, from the third day on."""
    soon = timezone.now() + timedelta(days=3)
    free = Slot.objects.filter(free=True, start__gt=soon)
    wanted = free.order_by("schedule").values_list("schedule", flat=True).distinct()
    schedules = list(wanted[:services])
    rows = free.filter(schedule__in=schedules).select_related("schedule__site")
    return list(rows.order_by("start", "schedule")[:many])


def wait(patients: Sequence[Patient], slots: Sequence[Slot], now: datetime) -> None:
    """Everybody waits for what one of these times is for, as long as they say."""
    agreement = Agreement.objects.get()
    of = {slot.schedule_id: short_procedure(slot) for slot in slots}
    procedures = [of[slot.schedule_id] for slot in slots]
    today = timezone.localdate(now)
    WaitingListEntry.objects.bulk_create(
        (
            WaitingListEntry(
                patient=patient,
                asked_by=patient.user,
                agreement=agreement,
                procedure=procedures[n % len(procedures)],
                modality=slots[0].schedule.modality,
                first_day=today,
                last_day=today + timedelta(days=120),
                # A fifth can only come on days that these are not.
                weekdays="7" if n % 5 == 0 else "",
                notice_minutes=60,
                created_at=now - timedelta(days=30) + timedelta(minutes=n),
            )
            for n, patient in enumerate(patients)
        ),
        batch_size=2_000,
    )


def people(many: int) -> list[Patient]:
    """People with an account who can be told."""
    first = Patient.objects.filter(document_number__startswith=DOCUMENT).count()
    patients = Patient.objects.bulk_create(
        (
            Patient(
                document_type="CC",
                document_number=f"{DOCUMENT}{first + n}",
                given_names="Rosa",
                family_names=f"Peña {n}",
                birth_date=f"{1940 + n % 60}-01-01",
                sex=Patient.Sex.FEMALE,
            )
            for n in range(many)
        ),
        batch_size=2_000,
    )
    users = User.objects.bulk_create(
        (User(username=f"{DOCUMENT}{p.pk}", patient=p) for p in patients),
        batch_size=2_000,
    )
    ContactDevice.objects.bulk_create(
        (
            ContactDevice(
                user=user,
                name="email",
                channel="email",
                destination=f"{user.pk}@example.com",
                confirmed=True,
                confirmed_at=timezone.now(),
            )
            for user in users
        ),
        batch_size=2_000,
    )
    keys = [patient.pk for patient in patients]
    rows = Patient.objects.filter(pk__in=keys).select_related("user").order_by("pk")
    return list(rows)


if __name__ == "__main__":
    main()
