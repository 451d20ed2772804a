"""What was said is forgotten after a year, and never before it was said."""

from datetime import timedelta

import pytest

from portal.messaging import retention, tasks
from portal.messaging.models import OutgoingMessage
from portal.messaging.tests.factories import killed, queued
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
A_YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    "state", ["sent", "delivered", "failed", "uncertain", "dropped"]
)
def test_what_ended_goes_after_a_year(state):
    queued("email", state=state)

    assert retention.purge(now=NOON + A_YEAR - timedelta(seconds=1)) == 0
    assert retention.purge(now=NOON + A_YEAR) == 1
    assert not OutgoingMessage.objects.exists()


def test_what_waits_or_is_on_its_way_stays():
    queued("email")
    killed("sms")

    assert retention.purge(now=NOON + 2 * A_YEAR) == 0


def test_the_year_counts_from_the_hour_it_was_due():
    """A reminder may wait for months in the table."""
    message = queued("email", state="sent")
    OutgoingMessage.objects.update(created_at=NOON - 2 * A_YEAR)

    assert retention.purge(now=NOON + timedelta(days=1)) == 0
    assert OutgoingMessage.objects.get() == message


def test_many_go_in_small_pieces(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for number in range(5):
        queued("email", state="sent", event=f"sample:{number}")

    assert retention.purge(now=NOON + A_YEAR) == 5


def test_the_clock_does_it_each_night(settings):
    queued("email", state="sent")
    OutgoingMessage.objects.update(due_at=NOON - 2 * A_YEAR)

    tasks.purge()

    assert settings.CELERY_BEAT_SCHEDULE["messaging.purge"]["task"] == tasks.purge.name
    assert not OutgoingMessage.objects.exists()
