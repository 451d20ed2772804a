"""Killed workers lose nothing and repeat only what may be repeated (NOT-03, 04, 11, 12).

Real workers, a real broker (Redis with PostgreSQL, files with SQLite), real servers.
"""

import time
from collections import Counter

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection

from portal.messaging import delivery, tasks
from portal.messaging.models import OutgoingMessage
from portal.messaging.tests.factories import queued
from portal.testing import samples
from portal.testing.clock import NOON
from portal.testing.threads import together
from portal.testing.worker import Worker, database_url, wait_until

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]
LEASE = 4
OPEN = ["queued", "sending"]


@pytest.fixture
def broker(tmp_path):
    """Environment of the workers, and a connection to ring their bell."""
    if connection.vendor == "postgresql":
        configured = settings.CELERY_BROKER_URL
        host = configured if configured.startswith("redis") else "redis://127.0.0.1/0"
        url = f"{host.rpartition('/')[0]}/7"
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
def worker(broker, smtp_server, twilio_server, tmp_path):
    """Start a worker that talks to the servers of this test."""
    environment = broker[0] | {
        "PORTAL_MODE": "test",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": smtp_server.url,
        "TWILIO_API_BASE": twilio_server.url,
        "TWILIO_ACCOUNT_SID": twilio_server.account,
        "TWILIO_AUTH_TOKEN": twilio_server.token,
        "MESSAGING_LEASE": str(LEASE),
    }
    return lambda: Worker(environment, log=tmp_path / "worker.log")


def fill(count):
    """So many SMS, as many codes by e-mail and as many notices by e-mail."""
    now = timezone.now()
    for number in range(count):
        queued(
            "sms",
            samples.CODE,
            subject_ref=f"s{number}",
            recipient_ref=f"+57{number:010}",
        )
        for kind in (samples.CODE, samples.NOTICE):
            name = f"{kind.name}.{number}"
            queued("email", kind, subject_ref=name, recipient_ref=f"{name}@example.com")
    OutgoingMessage.objects.update(due_at=now, created_at=now)


def copies(messages, start=""):
    """How many copies arrived, by destination."""
    return Counter(m.to for m in messages if m.to.startswith(start))


def test_killed_workers_lose_nothing_and_repeat_no_sms(
    worker, broker, smtp_server, twilio_server, tmp_path
):
    fill(20)
    smtp_server.faults.slow = twilio_server.faults.slow = 0.5

    def arrived():
        return len(smtp_server.messages) + len(twilio_server.messages)

    def ring():
        tasks.sweep.apply_async(connection=broker[1], expires=5)

    for goal in (5, 15):
        with worker() as victim:
            assert wait_until(lambda g=goal: arrived() >= g, seconds=40, meanwhile=ring)
            victim.kill()
    killed_at_work = OutgoingMessage.objects.filter(state="sending").count()
    smtp_server.faults.slow = twilio_server.faults.slow = 0
    rows = OutgoingMessage.objects
    with worker(), worker():
        done = wait_until(
            lambda: not rows.filter(state__in=OPEN).exists(), seconds=60, meanwhile=ring
        )

    assert done
    assert killed_at_work > 0
    assert set(copies(twilio_server.messages).values()) == {1}
    assert len(twilio_server.messages) == 20
    codes = copies(smtp_server.messages, samples.CODE.name)
    uncertain = rows.filter(state="uncertain")
    assert set(codes.values()) == {1}
    assert set(uncertain.values_list("kind", flat=True)) <= {samples.CODE.name}
    assert rows.filter(state="sent").count() + uncertain.count() == 60
    assert len(codes) + uncertain.count() >= 20
    assert len(copies(smtp_server.messages, samples.NOTICE.name)) == 20
    ids = {mail.message_id for mail in smtp_server.messages}
    assert len(ids) == len(copies(smtp_server.messages))
    log = (tmp_path / "worker.log").read_text()
    assert "messaging.deliver" in log
    assert "@example.com" not in log
    assert "+57" not in log


def test_workers_that_take_the_same_message_at_once_send_it_once(twilio_server):
    """NOT-03"""
    message = queued("sms")

    together(lambda: delivery.deliver(message_id=str(message.pk), now=NOON))

    assert len(twilio_server.messages) == 1


def _look_and_then_write(message, *, now):
    found = OutgoingMessage.objects.to_send(at=now).filter(pk=message.pk).exists()
    time.sleep(0.3)
    if found:
        message.state, message.lease_until = "sending", now
        message.save()
    return found


def test_without_the_claim_it_would_be_sent_more_than_once(twilio_server, monkeypatch):
    """The sabotage twin of the test above."""
    monkeypatch.setattr(delivery, "_claim", _look_and_then_write)
    message = queued("sms")

    together(lambda: delivery.deliver(message_id=str(message.pk), now=NOON))

    assert len(twilio_server.messages) > 1
