"""Which level says what, and every rule at its very moment."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.tests.factories import UserFactory
from appointments import booking, cancellation, changes, policies
from appointments.errors import (
    ByTelephone,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
)
from appointments.models import Appointment, CancellationPolicy
from appointments.policies import NETWORK, Barrier
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import act, bogota, book, hold, one_time, times
from catalog import version

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LEVELS = ("schedule", "procedure", "specialty", "site", "agreement", "default")
# Where a day ends and where it begins, in Bogotá: no deadline may slip over midnight.
STARTS = (bogota(10, 23, 30), bogota(11, 0, 30))
LONG_BEFORE = bogota(2, 12)


def write(level, appointment, **said):
    """A policy of this level, and nothing in the others but the network's."""
    rows = CancellationPolicy.objects
    if level == "default":
        row, _ = rows.get_or_create(is_default=True)
    else:
        keys = {
            "schedule": appointment.schedule,
            "procedure": appointment.procedure,
            "specialty": appointment.schedule.specialty,
            "site": appointment.site,
            "agreement": appointment.agreement,
        }
        row, _ = rows.get_or_create(**{level: keys[level]})
    for name, value in said.items():
        setattr(row, name, value)
    row.save()
    version.bump()


def booked(start, **changes_of_hold):
    facts = {"now": LONG_BEFORE} | changes_of_hold
    return book(one_time(start, horizon_days=60), **facts)


def cancel(appointment, now, reason=""):
    return act(changes.cancel, appointment, now=now, reason=reason)


def begin_change(appointment, now, start=None):
    """Another hour of the same schedule, held for it."""
    (slot,) = times(
        appointment.schedule, start or appointment.start + timedelta(days=1)
    )
    return hold(
        slot,
        appointment.booked_by,
        procedure=appointment.procedure,
        agreement=appointment.agreement,
        now=now,
        replaces=appointment,
    )


# --- Which level ------------------------------------------------------------------


def test_the_network_says_what_nobody_else_says():
    appointment = booked(STARTS[0])

    rules = cancellation.rules_for(appointment)

    assert rules == NETWORK
    assert set(rules.said_by.values()) == {"default"}


def test_without_any_row_the_rules_are_the_same():
    CancellationPolicy.objects.all().delete()
    version.bump()

    assert cancellation.rules_for(booked(STARTS[0])) == NETWORK


@pytest.mark.parametrize("level", range(len(LEVELS) - 1))
def test_the_most_specific_level_wins(level):
    """Each level against the next more general one."""
    appointment = booked(STARTS[0])
    write(LEVELS[level], appointment, cancel_notice_minutes=10)
    write(LEVELS[level + 1], appointment, cancel_notice_minutes=20)

    rules = cancellation.rules_for(appointment)

    assert rules.cancel_notice == timedelta(minutes=10)
    assert rules.said_by["cancel_notice"] == LEVELS[level]


def test_what_a_level_leaves_empty_the_next_one_says():
    appointment = booked(STARTS[0])
    write("schedule", appointment, cancel_notice_minutes=0)
    write("specialty", appointment, most_changes=0, cancel_notice_minutes=60)
    write("agreement", appointment, online="phone", most_changes=9)

    rules = cancellation.rules_for(appointment)

    expected = replace(
        NETWORK, cancel_notice=timedelta(0), most_changes=0, online=False
    )
    assert rules == expected
    assert rules.said_by["online"] == "agreement"


def test_a_policy_of_something_else_says_nothing_here():
    one, other = booked(STARTS[0]), booked(STARTS[1])
    write("schedule", other, online="phone")
    write("procedure", other, most_changes=0)

    assert cancellation.rules_for(one) == NETWORK


def test_rules_cost_no_query_once_known(django_assert_num_queries):
    appointment = booked(STARTS[0])
    cancellation.rules_for(appointment)

    with django_assert_num_queries(0):
        cancellation.rules_for(appointment)


# --- Every level and action, at the boundary (acceptance 2) --------------------------

MOMENTS = ((-SECOND, True), (timedelta(0), True), (SECOND, False))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("off", "allowed"), MOMENTS)
@pytest.mark.parametrize("level", LEVELS)
def test_cancelling_at_the_boundary(level, off, allowed, start):
    appointment = booked(start)
    write(level, appointment, cancel_notice_minutes=90)
    now = start - timedelta(minutes=90) + off

    if not allowed:
        with pytest.raises(ByTelephone) as refusal:
            cancel(appointment, now)
        assert refusal.value.barrier == Barrier.LATE
    else:
        cancel(appointment, now)

    appointment.refresh_from_db()
    assert (appointment.status == Appointment.Status.CANCELLED) is allowed


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("off", "allowed"), MOMENTS)
@pytest.mark.parametrize("level", LEVELS)
def test_beginning_a_change_at_the_boundary(level, off, allowed, start):
    appointment = booked(start)
    write(level, appointment, change_notice_minutes=90)
    now = start - timedelta(minutes=90) + off

    if not allowed:
        with pytest.raises(ByTelephone) as refusal:
            begin_change(appointment, now)
        assert refusal.value.barrier == Barrier.LATE
    else:
        assert begin_change(appointment, now).replaces == appointment


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("off", "allowed"), MOMENTS)
@pytest.mark.parametrize("level", LEVELS)
def test_confirming_a_change_at_the_boundary(level, off, allowed, start):
    appointment = booked(start)
    write(level, appointment, change_notice_minutes=90)
    deadline = start - timedelta(minutes=90)
    kept = begin_change(appointment, deadline - timedelta(minutes=1))

    if not allowed:
        with pytest.raises(ByTelephone):
            act(changes.change, kept, now=deadline + off)
    else:
        act(changes.change, kept, now=deadline + off)

    appointment.refresh_from_db()
    assert (appointment.start != start) is allowed


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("off", [off for off, _ in MOMENTS])
@pytest.mark.parametrize("level", LEVELS)
def test_only_by_telephone_at_any_moment(level, off, start):
    appointment = booked(start)
    write(level, appointment, online="phone")
    now = start - timedelta(hours=24) + off

    for do in (cancel, begin_change):
        with pytest.raises(ByTelephone) as refusal:
            do(appointment, now)
        assert refusal.value.barrier == Barrier.PHONE_ONLY


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("done", "allowed"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize("level", LEVELS)
def test_changes_at_the_boundary(level, done, allowed, start):
    appointment = booked(start)
    write(level, appointment, most_changes=2)
    Appointment.objects.filter(pk=appointment.pk).update(moves=done)
    appointment.refresh_from_db()

    if allowed:
        begin_change(appointment, LONG_BEFORE)
    else:
        with pytest.raises(ByTelephone) as refusal:
            begin_change(appointment, LONG_BEFORE)
        assert refusal.value.barrier == Barrier.CHANGES


LIMITS = (
    ("most_holds", TooManyHolds),
    ("most_to_come", TooManyAppointments),
    ("most_to_come_in_specialty", TooManyInSpecialty),
)


@pytest.mark.parametrize(("limit", "refusal"), LIMITS)
@pytest.mark.parametrize("level", LEVELS)
def test_limits_at_the_boundary(level, limit, refusal):
    """BOK-08: as many as the level says, and not one more."""
    user = UserFactory()
    schedule = ScheduleFactory(horizon_days=60)
    slots = times(schedule, *(bogota(9 + n, *at) for n, at in enumerate(HOURS)))
    take = hold if limit == "most_holds" else book
    first = take(slots[0], user, now=LONG_BEFORE, search="0")
    write(level, first, **{limit: 2})
    take(slots[1], user, now=LONG_BEFORE, search="1")

    with pytest.raises(refusal):
        hold(slots[2], user, now=LONG_BEFORE, search="2")


HOURS = ((23, 30), (0, 30), (8, 0))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("level", LEVELS)
def test_cancellations_of_a_week_at_the_boundary(level, start):
    """The one before counts for seven days, to the second."""
    user = UserFactory()
    before, appointment = booked(bogota(30, 8), user=user), booked(start, user=user)
    write(level, appointment, most_cancellations_a_week=1, cancel_notice_minutes=0)
    week = timedelta(days=7)
    cancel(before, start - week)

    with pytest.raises(ByTelephone) as refusal:
        cancel(appointment, start - SECOND)
    assert refusal.value.barrier == Barrier.WEEK

    cancel(appointment, start)
    appointment.refresh_from_db()
    assert appointment.status == Appointment.Status.CANCELLED


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("off", "allowed"), MOMENTS)
def test_notice_until_it_begins(off, allowed, start):
    assert policies.may_give_notice(start=start, now=start + off) is allowed


def test_deadline_in_another_zone_is_the_same_moment():
    start = STARTS[1]
    elsewhere = start.astimezone(ZoneInfo("Asia/Tokyo"))

    assert policies.cancel_until(NETWORK, start=start) == policies.cancel_until(
        NETWORK, start=elsewhere
    )


# --- Holds are no appointments -----------------------------------------------------


def test_three_holds_do_not_stand_in_the_way_of_a_third_appointment():
    user = UserFactory()
    schedule = ScheduleFactory()
    slots = times(schedule, *(bogota(3, hour) for hour in (8, 9, 10, 11)))
    book(slots[0], user, search="0")
    hold(slots[1], user, search="1")
    hold(slots[2], user, search="2")

    assert hold(slots[3], user, search="3").status == Appointment.Status.HELD


def test_a_hold_counts_as_an_appointment_when_it_is_confirmed():
    user = UserFactory()
    schedule = ScheduleFactory()
    slots = times(schedule, *(bogota(3, hour) for hour in (8, 9, 10, 11)))
    held = hold(slots[0], user, search="0")
    for number, slot in enumerate(slots[1:], start=1):
        book(slot, user, search=str(number))

    with pytest.raises(TooManyInSpecialty):
        act(booking.confirm, held)
