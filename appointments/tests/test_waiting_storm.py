"""Many times free themselves at once, and a worker is killed in the middle: nothing is lost,
nothing is offered twice. Real workers and a real broker."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection

from appointments import invariants, jobs, notifications, openings
from appointments.models import Offer, Opening, Slot, WaitingListEntry
from appointments.tests.factories import ScheduleFactory, SlotFactory
from appointments.tests.network import at
from appointments.tests.steps import particular
from appointments.tests.waiting import somebody
from portal.messaging.models import OutgoingMessage
from portal.testing.worker import Worker, database_url, wait_until

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
SCHEDULES, TIMES_EACH, WAITING_EACH = 3, 30, 34


@pytest.fixture
def broker(tmp_path):
    """Environment of the workers, and a connection to ring their bell."""
    if connection.vendor == "postgresql":
        configured = settings.CELERY_BROKER_URL
        host = configured if configured.startswith("redis") else "redis://127.0.0.1/0"
        url = f"{host.rpartition('/')[0]}/6"
        redis.Redis.from_url(url).flushdb()
        yield {"CELERY_BROKER_URL": url}, Connection(url)
        redis.Redis.from_url(url).flushdb()
    else:
        folders = {"data_folder_in": "in", "data_folder_out": "in"}
        folders |= {"processed_folder": "done", "control_folder": "control"}
        for folder in folders.values():
            (tmp_path / folder).mkdir(exist_ok=True)
        options = {name: str(tmp_path / folder) for name, folder in folders.items()}
        yield (
            {"CELERY_BROKER_URL": "filesystem://", "QUEUE_FOLDER": str(tmp_path)},
            Connection("filesystem://localhost//", transport_options=options),
        )


@pytest.fixture
def worker(broker, tmp_path):
    environment = broker[0] | {
        "PORTAL_MODE": "test",
        "DATABASE_URL": database_url(),
    }
    return lambda: Worker(environment, log=tmp_path / "worker.log")


def storm() -> None:
    """So many times, noted at once, and somewhat more people who wait for them."""
    now = timezone.now()
    for _ in range(SCHEDULES):
        schedule = ScheduleFactory()
        slots = [
            SlotFactory(
                schedule=schedule, start=at(5 + n // 15, 9, 0) + 20 * n * MINUTE
            )
            for n in range(TIMES_EACH)
        ]
        waiting = [_entry(schedule, now - n * MINUTE) for n in range(WAITING_EACH)]
        WaitingListEntry.objects.bulk_create(waiting)
        openings.note_slots([slot.pk for slot in slots], now=now)


def _entry(schedule, since) -> WaitingListEntry:
    user = somebody()
    return WaitingListEntry(
        patient=user.patient,
        asked_by=user,
        agreement=particular(),
        procedure=schedule.procedures.get(),
        modality=schedule.modality,
        first_day=since.date(),
        last_day=since.date() + timedelta(days=30),
        notice_minutes=60,
        created_at=since - timedelta(days=1),
    )


def nobody_was_passed_over() -> None:
    """Who has no offer has waited less than everybody of that service who has one."""
    rows = WaitingListEntry.objects.order_by("procedure", "created_at")
    served: dict[int, list[bool]] = {}
    for of, offer in rows.values_list("procedure", "offers"):
        served.setdefault(of, []).append(offer is not None)
    for row in served.values():
        assert row == sorted(row, reverse=True)


def test_killed_in_the_middle_of_a_storm(worker, broker):
    """Acceptance 3."""
    storm()
    many = SCHEDULES * TIMES_EACH

    def ring():
        jobs.offer_openings.apply_async(connection=broker[1], expires=5)

    with worker() as victim:
        assert wait_until(
            lambda: Offer.objects.count() >= 5, seconds=90, meanwhile=ring
        )
        victim.kill()
    left = Opening.objects.count()
    with worker(), worker():
        done = wait_until(
            lambda: not Opening.objects.exists(), seconds=90, meanwhile=ring
        )

    assert left > 0
    assert done
    offers = Offer.objects.filter(status=Offer.Status.OPEN)
    assert offers.count() == many
    assert offers.values("entry").distinct().count() == many
    times = offers.values("appointment__schedule", "appointment__start")
    assert times.distinct().count() == many
    assert not Slot.objects.filter(free=True).exists()
    told = OutgoingMessage.objects.filter(kind=notifications.OFFERED, channel="email")
    assert told.count() == many
    nobody_was_passed_over()
    assert invariants.violations(now=timezone.now()) == []
