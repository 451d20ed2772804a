"""Cancel, change and the clinic at the same instant: one outcome, and the messages agree."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, changes, invariants
from appointments.models import Appointment
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, act, bogota, book, hold, particular, times
from appointments.tests.test_contention import at_once
from portal.messaging.models import OutgoingMessage

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]
START = bogota(10, 8)
ROUNDS = 3


@pytest.fixture(autouse=True)
def paid_by_oneself(db):
    return particular()


@pytest.fixture
def booked():
    user = ContactDeviceFactory(user=UserFactory()).user
    schedule = ScheduleFactory()
    slots = times(schedule, *(START + timedelta(hours=n) for n in range(4)))
    return book(slots[0], user)


def begin(appointment, hours=1):
    return hold(
        appointment.schedule.slots.get(start=START + timedelta(hours=hours)),
        appointment.booked_by,
        replaces=appointment,
        search=str(hours),
    )


def told(kind):
    return OutgoingMessage.objects.filter(kind=f"appointments.{kind}").count()


def agree(appointment):
    """State, history and messages say the same; nobody has two, nobody has none."""
    one = Appointment.objects.get(pk=appointment.pk)
    cancelled = one.status == Appointment.Status.CANCELLED
    assert told("cancelled") + told("cancelled_by_clinic") == int(cancelled)
    assert told("moved") == one.moves
    assert one.version == 1 + one.moves + int(cancelled)
    live = Appointment.objects.of(one.patient).filter(status="booked")
    assert live.count() == int(not cancelled)
    assert invariants.violations(now=NOON) == []


@pytest.mark.parametrize("_", range(ROUNDS))
def test_cancel_against_change(booked, _):
    kept = begin(booked)

    at_once(
        lambda: act(changes.cancel, booked, reason=""),
        lambda: act(booking.confirm, kept),
    )

    assert Appointment.objects.get(pk=booked.pk).status == "cancelled"
    agree(booked)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_the_same_change_many_times(booked, _):
    kept = begin(booked)

    outcomes = at_once(*[lambda: act(booking.confirm, kept)] * 4)

    assert outcomes == ["held"] * 4
    agree(booked)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_two_changes_begun_at_once_keep_one_time(booked, _):
    at_once(lambda: begin(booked, 1), lambda: begin(booked, 2))

    kept = Appointment.objects.filter(replaces=booked, status="held")
    assert kept.count() == 1
    act(booking.confirm, kept.get())
    agree(booked)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_two_appointments_that_change_to_the_same_time(booked, _):
    other_user = UserFactory()
    (slot,) = times(booked.schedule, START + timedelta(hours=6))
    other = book(slot, other_user)

    outcomes = at_once(lambda: begin(booked, 3), lambda: begin(other, 3))

    assert outcomes == ["SlotTaken", "held"]
    assert invariants.violations(now=NOON) == []


@pytest.mark.parametrize("_", range(ROUNDS))
def test_the_patient_and_the_clinic_cancel(booked, _):
    chief = UserFactory(username="jefa", patient=None, is_staff=True, is_superuser=True)

    at_once(
        lambda: act(changes.cancel, booked, reason=""),
        lambda: changes.cancel_by_clinic(
            appointment_id=booked.pk, by=chief, reason="x", now=NOON
        ),
    )

    agree(booked)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_a_change_against_its_end(booked, _):
    """The hold lapses at the very moment in which it is confirmed."""
    kept = begin(booked)
    over = kept.hold_expires_at

    at_once(
        lambda: act(booking.confirm, kept, now=over - timedelta(seconds=1)),
        lambda: booking.lapse(now=over),
    )

    agree(booked)


def test_the_hour_kept_is_let_go_while_the_appointment_waits_to_be_cancelled(booked):
    """Its row was chosen while it was held, and is not any more when its lock is had."""
    kept, gone = begin(booked), threading.Event()

    def release():
        with transaction.atomic():
            act(booking.release, kept)
            gone.set()
            time.sleep(0.5)

    def cancel():
        gone.wait(timeout=30)
        act(changes.cancel, booked, reason="")

    assert at_once(release, cancel) == ["held", "held"]
    assert Appointment.objects.get(pk=booked.pk).status == "cancelled"
    agree(booked)
