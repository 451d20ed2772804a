"""Putting messages in the outbox."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction

from portal.messaging import outbox, tasks
from portal.messaging.errors import UnknownKind
from portal.messaging.models import OutgoingMessage
from portal.testing import samples
from portal.testing.clock import NOON
from portal.testing.threads import together

pytestmark = pytest.mark.django_db


def put(**changes):
    facts = {
        "kind": samples.NOTICE.name,
        "event": "appointment:1",
        "recipient_ref": "patient:1",
        "subject_ref": "appointment:1",
        "channels": ["sms", "email"],
        "now": NOON,
    }
    outbox.put(**facts | changes)


def test_one_message_by_each_channel():
    put()

    rows = OutgoingMessage.objects.order_by("channel")
    assert [(r.channel, r.state, r.due_at) for r in rows] == [
        ("email", "queued", NOON),
        ("sms", "queued", NOON),
    ]


def test_the_same_event_twice_is_said_once():
    """NOT-02"""
    put()
    put(now=NOON + timedelta(hours=1), channels=["email"])

    assert OutgoingMessage.objects.count() == 2


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"event": "other"}, {"recipient_ref": "guardian:2"}]
)
def test_another_version_event_or_recipient_is_another_message(changes):
    put()
    put(**changes)

    assert OutgoingMessage.objects.count() == 4


def test_channels_that_do_not_work_here_are_left_out(settings):
    settings.TWILIO_ACCOUNT_SID = ""

    put(channels=["sms", "whatsapp", "email"])

    assert OutgoingMessage.objects.get().channel == "email"


def test_an_unknown_kind_is_refused():
    with pytest.raises(UnknownKind):
        put(kind="nobody.knows")


def test_nothing_is_said_of_what_was_undone():
    """NOT-01: the row lives and dies with the change it tells."""
    with transaction.atomic():
        put()
        transaction.set_rollback(True)

    assert OutgoingMessage.objects.count() == 0


def test_the_bell_rings_after_the_commit(django_capture_on_commit_callbacks, rung):
    """NOT-01, NOT-14: by id alone, urgent kinds in their own queue."""
    with django_capture_on_commit_callbacks(execute=True):
        put(kind=samples.CODE.name, channels=["sms"])
        assert rung == []

    assert rung == [("urgent", [str(OutgoingMessage.objects.get().pk)])]


@pytest.mark.contention
@pytest.mark.django_db(transaction=True)
def test_the_same_event_from_six_schedulers_is_said_once():
    """NOT-02"""
    together(put)

    assert OutgoingMessage.objects.count() == 2


def test_the_bell_does_not_ring_for_later(django_capture_on_commit_callbacks, rung):
    with django_capture_on_commit_callbacks(execute=True):
        put(due_at=NOON + timedelta(seconds=1))

    assert rung == []


@pytest.fixture
def rung():
    """What was published, read from the broker."""
    tasks._bell.rest_until = 0.0
    app = tasks.deliver.app
    seen = []
    with app.connection_for_write() as broker:
        queues = [broker.SimpleQueue(name) for name in ("urgent", "celery")]
        for queue in queues:
            queue.clear()
        yield _Rung(queues, seen)
        for queue in queues:
            queue.close()


def _waiting(queue):
    """How many; Redis knows no queue that is empty."""
    try:
        return queue.qsize()
    except queue.channel.connection.client.channel_errors:
        return 0


class _Rung(list):
    """Compares by what waits in the queues now."""

    def __init__(self, queues, seen):
        self.queues, self.seen = queues, seen

    def __eq__(self, expected):
        for queue in self.queues:
            # Not its size: Redis has no queue at all where nothing waits.
            with suppress(queue.Empty):
                while True:
                    self.seen.append((queue.queue.name, queue.get_nowait().payload[0]))
        return self.seen == expected

    __hash__ = None
