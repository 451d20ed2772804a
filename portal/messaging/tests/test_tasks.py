"""The bell, and the sweep that does without it."""

import time
from datetime import timedelta

import kombu.transport.redis  # noqa: F401 its import is not what is timed here
import pytest
from django.utils import timezone

from portal.messaging import links, tasks
from portal.messaging.models import OutgoingMessage, ShortLink
from portal.messaging.tests.factories import queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rested_bell():
    tasks._bell.rest_until = 0.0
    yield
    tasks._bell.rest_until = 0.0


@pytest.fixture
def broken_broker(monkeypatch):
    """A broker where nobody listens, with the options that production has."""
    app = tasks.deliver.app
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    old = app.conf.broker_url, app.conf.broker_write_url
    app.conf.broker_url = app.conf.broker_write_url = "redis://127.0.0.1:9/0"
    app.conf.broker_transport_options = {"max_retries": 0, "socket_connect_timeout": 1}
    yield
    app.conf.broker_url, app.conf.broker_write_url = old
    app.conf.broker_transport_options = {}


def test_a_broken_broker_neither_fails_nor_slows_the_request(broken_broker, caplog):
    """NOT-13: under a second, nothing raised, nothing personal in the log."""
    start = time.monotonic()

    tasks.wake(["0d9d6b0e-0000-4000-8000-000000000000"], urgent=True)
    tasks.wake(["0d9d6b0e-0000-4000-8000-000000000001"], urgent=True)

    assert time.monotonic() - start < 1
    assert [r.getMessage() for r in caplog.records] == [
        "messages wait for the sweep: OperationalError"
    ]


def test_the_task_sends_the_message(smtp_server):
    message = queued("email")
    OutgoingMessage.objects.update(due_at=timezone.now())

    tasks.deliver(str(message.pk))

    message.refresh_from_db()
    assert message.state == "sent"
    assert len(smtp_server.messages) == 1


def test_a_task_for_a_row_that_is_gone_does_nothing():
    tasks.deliver("0d9d6b0e-0000-4000-8000-000000000000")


def test_the_sweep_rings_for_what_is_due_and_drops_what_is_late():
    """NOT-11: the database says what to send, not the broker."""
    now = timezone.now()
    due = queued("email", subject_ref="due")
    lost = queued("email", subject_ref="lost", state="sending", lease_until=now)
    late = queued("email", subject_ref="late", expires_at=now)
    OutgoingMessage.objects.update(due_at=now)
    with tasks.deliver.app.connection_for_write() as broker:
        queue = broker.SimpleQueue("celery")
        queue.clear()

        tasks.sweep()

        rung = {queue.get_nowait().payload[0][0] for _ in range(queue.qsize())}
        queue.close()
    late.refresh_from_db()
    assert rung == {str(due.pk), str(lost.pk)}
    assert late.state == "dropped"


def test_the_sweep_forgets_links_that_expired():
    now = timezone.now()
    links.shorten(path="/viejo/", now=now, expires_at=now)
    links.shorten(path="/nuevo/", now=now, expires_at=now + timedelta(hours=1))

    tasks.sweep()

    assert ShortLink.objects.get().path == "/nuevo/"


def test_the_sweep_comes_every_thirty_seconds(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["messaging.sweep"]
    assert (entry["task"], entry["schedule"]) == (tasks.sweep.name, 30.0)
