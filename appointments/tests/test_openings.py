"""What becomes free is noted, wherever it is freed, once, and never lost."""

from datetime import time

import pytest
from celery import current_app
from django.db import transaction

from accounts.tests.factories import UserFactory
from appointments import (
    attendance,
    booking,
    changes,
    openings,
    requests,
    schedules,
    waiting_list,
)
from appointments.models import (
    Offer,
    Opening,
    Schedule,
    ScheduleException,
    Slot,
)
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import (
    NOON,
    act,
    after,
    bogota,
    book,
    hold,
    one_time,
    times,
    weekly,
)
from appointments.tests.waiting import decline, offered, somebody, waits
from catalog import version

pytestmark = pytest.mark.django_db
START = bogota(5, 9)


@pytest.fixture
def slot():
    return one_time(START)


def noted():
    return set(Opening.objects.values_list("slot", flat=True))


def test_a_cancelled_appointment(slot):
    act(changes.cancel, book(slot), reason="")

    assert noted() == {slot.pk}


def test_notice_that_somebody_cannot_go(slot):
    act(changes.cannot_go, book(slot))

    assert noted() == {slot.pk}


def test_cancelled_by_the_clinic(slot):
    chief = UserFactory(staff=True, is_superuser=True)

    changes.cancel_by_clinic(
        appointment_id=book(slot).pk, by=chief, reason="x", now=NOON
    )

    assert noted() == {slot.pk}


def test_a_hold_let_go(slot):
    act(booking.release, hold(slot))

    assert noted() == {slot.pk}


def test_a_hold_that_lapsed(slot):
    hold(slot)

    booking.lapse(now=after(11))

    assert noted() == {slot.pk}


def test_a_hold_replaced_by_another(slot):
    user = somebody()
    hold(slot, user, search="a")

    hold(one_time(bogota(5, 10)), user, search="a")

    assert noted() == {slot.pk}


def test_an_hour_changed(slot):
    mine = book(slot)
    (other,) = times(slot.schedule, bogota(6, 9))

    act(booking.confirm, hold(other, mine.booked_by, replaces=mine))

    assert noted() == {slot.pk}


@pytest.fixture
def asked(slot):
    Schedule.objects.update(booking=Schedule.Booking.REQUEST)
    version.bump()
    return book(slot)


def test_a_request_withdrawn(slot, asked):
    act(requests.withdraw, asked)

    assert noted() == {slot.pk}


def test_a_request_not_accepted(slot, asked):
    chief = UserFactory(staff=True, is_superuser=True)

    requests.decline(appointment_id=asked.pk, by=chief, reason="x", now=NOON)

    assert noted() == {slot.pk}


def test_a_request_that_nobody_answered(slot, asked):
    requests.expire(now=asked.answer_by)

    assert noted() == {slot.pk}


def test_what_is_past_is_nobodys(slot):
    mine, chief = book(slot), UserFactory(staff=True, is_superuser=True)

    attendance.miss(appointment_id=mine.pk, by=chief, now=START)

    assert noted() == set()


def test_a_time_withdrawn_meanwhile_stays_closed(slot):
    mine = book(slot)
    Slot.objects.update(withdrawn=True)

    act(changes.cannot_go, mine)

    assert noted() == set()


def test_noted_twice_is_once_and_keeps_since_when(slot):
    openings.note_slots([slot.pk], now=NOON)

    openings.note_slots([slot.pk], now=after(5))

    assert Opening.objects.get().since == NOON


def test_the_bell_rings_after_the_commit(
    slot, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, **facts: rung.append(name)
    )
    with django_capture_on_commit_callbacks() as callbacks:
        openings.note_slots([slot.pk], now=NOON)
    assert rung == []

    for callback in callbacks:
        callback()

    assert rung == ["appointments.offer_openings"]


def test_a_broken_bell_is_left_alone_for_a_while(
    slot, monkeypatch, django_capture_on_commit_callbacks
):
    tried = []

    def broken(name, **facts):
        tried.append(name)
        raise OSError

    monkeypatch.setattr(openings, "_bell", openings._Bell())
    monkeypatch.setattr(current_app, "send_task", broken)
    for minute in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            openings.note_slots([slot.pk], now=after(minute))

    assert tried == ["appointments.offer_openings"]
    assert noted() == {slot.pk}


# --- New times -----------------------------------------------------------------------


@pytest.fixture
def schedule():
    return weekly(ScheduleFactory(horizon_days=7), 4, opens=time(9), closes=time(10))


def publish(now=NOON):
    return schedules.publish(from_date=now.date(), now=now)


def test_new_times_are_noted_by_schedule(schedule):
    publish()

    assert list(Opening.objects.values_list("schedule", "slot")) == [
        (schedule.pk, None)
    ]


def test_nothing_new_is_nothing_noted(schedule):
    publish()
    Opening.objects.all().delete()

    publish()

    assert not Opening.objects.exists()


def test_times_that_return_are_new_ones(schedule):
    publish()
    absence = ScheduleException.objects.create(
        schedule=schedule, kind="closed", start=bogota(5, 0), end=bogota(6, 0)
    )
    publish()
    Opening.objects.all().delete()
    absence.delete()

    publish()

    assert Opening.objects.get().schedule == schedule


def test_noting_a_schedule_twice_is_once(schedule):
    for minute in range(2):
        openings.note_schedules([schedule.pk], now=after(minute))

    assert Opening.objects.count() == 1


def test_each_who_waits_has_a_time_of_the_new_ones(schedule):
    entries = [waits(schedule, n) for n in range(4)]
    publish()

    assert waiting_list.offer_out(now=after(60)) == 3

    starts = [one and offered(one).appointment.start for one in entries[:3]]
    assert starts == [bogota(5, 9), bogota(5, 9, 20), bogota(5, 9, 40)]
    assert offered(entries[3]) is None
    assert not Opening.objects.exists()


def test_where_nobody_waits_a_new_schedule_is_forgotten(schedule):
    publish()

    assert waiting_list.offer_out(now=NOON) == 0
    assert not Opening.objects.exists()


def test_a_new_time_goes_to_whom_it_fits(schedule):
    waits(schedule, part="pm")
    entry = waits(schedule, 5, part="am", weekdays="4")
    publish()

    waiting_list.offer_out(now=after(60))

    assert Offer.objects.get().entry == entry


def test_one_that_cannot_be_decided_does_not_keep_the_others(slot, monkeypatch):
    (other,) = times(slot.schedule, bogota(6, 9))
    openings.note_slots([slot.pk, other.pk], now=NOON)
    decide = waiting_list.offering._offer_time

    def stumble(slot_id, now):
        if slot_id == slot.pk:
            raise ZeroDivisionError
        return decide(slot_id, now)

    monkeypatch.setattr(waiting_list.offering, "_offer_time", stumble)
    with transaction.atomic():
        waiting_list.offer_out(now=NOON)

    assert noted() == {slot.pk}


def test_a_new_day_is_offered_to_who_declined_the_only_time(schedule):
    times(schedule, bogota(4, 9))
    entry = waits(schedule)
    waiting_list.offer_out(now=NOON)
    decline(offered(entry))
    publish()

    waiting_list.offer_out(now=NOON)

    assert offered(entry).appointment.start == bogota(5, 9)


def test_who_had_the_first_of_the_new_times_is_offered_another(schedule):
    publish()
    first = Slot.objects.filter(schedule=schedule).earliest("start")
    entry = waits(schedule)
    Opening.objects.filter(schedule=schedule, slot=None).delete()
    waiting_list.offer_out(now=NOON)
    offer = offered(entry)
    assert offer.appointment.start == first.start
    decline(offer)
    Opening.objects.all().delete()
    openings.note_schedules([schedule.pk], now=NOON)

    waiting_list.offer_out(now=after(60))

    assert offered(entry).appointment.start == bogota(5, 9, 20)


def test_a_schedule_that_cannot_be_opened_keeps_its_note(schedule, monkeypatch):
    other = weekly(ScheduleFactory(horizon_days=7), 4, opens=time(9), closes=time(10))
    entries = [waits(schedule), waits(other)]
    publish()
    choose = waiting_list.matching._times_for

    def stumble(one, now):
        if one == schedule:
            raise ZeroDivisionError
        return choose(one, now)

    monkeypatch.setattr(waiting_list.matching, "_times_for", stumble)
    waiting_list.offer_out(now=after(60))

    assert [bool(offered(entry)) for entry in entries] == [False, True]
    assert list(Opening.objects.values_list("schedule", "slot")) == [
        (schedule.pk, None)
    ]
