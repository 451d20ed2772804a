"""Which times are free, for whom and when."""

from datetime import date, timedelta

import pytest

from accounts.tests.factories import UserFactory
from appointments import availability, booking, offer
from appointments.availability import Window
from appointments.models import Slot
from appointments.policies import HOLD_FOR
from appointments.tests.factories import BOGOTA, ScheduleFactory, SlotFactory
from appointments.tests.steps import (
    NOON,
    act,
    after,
    bogota,
    book,
    hold,
    one_time,
    particular,
    times,
)
from catalog.tests.factories import ProcedureFactory

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def refs(*schedules, **criteria):
    """The schedules as a search for their procedure sees them."""
    facts = {"agreement_id": particular().pk, "age_years": 47, "sex": "female"}
    found = []
    for schedule in schedules:
        procedure = schedule.procedures.first()
        found += availability.matching(
            offer.Criteria(procedure_id=procedure.pk, **facts | criteria)
        )
    return tuple(found)


def window(now=NOON, **limits):
    return Window(now=now, **limits)


def clocks(found):
    moments = [time.start.astimezone(BOGOTA) for time in found]
    return [f"{moment.day} {moment:%H:%M}" for moment in moments]


def free(*schedules, limit=50, busy=(), after=None, **limits):
    return availability.free_times(
        schedules=refs(*schedules),
        window=window(**limits),
        busy=busy,
        after=after,
        limit=limit,
    )


def test_free_times_in_order_over_several_schedules():
    here, there = ScheduleFactory(), ScheduleFactory()
    times(here, bogota(4, 9), bogota(3, 9))
    times(there, bogota(3, 8), bogota(5, 8))

    assert clocks(free(here, there)) == ["3 08:00", "3 09:00", "4 09:00", "5 08:00"]


def test_free_time_says_all_that_a_page_needs():
    slot = one_time()

    (found,) = free(slot.schedule)

    assert found == (
        slot.pk,
        slot.schedule_id,
        slot.practitioner_id,
        slot.site_id,
        slot.start,
        date(2026, 3, 3),
        480,
    )


def test_schedules_that_were_not_asked_for_do_not_appear():
    mine, other = one_time(), one_time()

    assert [t.slot_id for t in free(mine.schedule)] == [mine.pk]
    assert other.pk not in [t.slot_id for t in free(mine.schedule)]


def test_no_schedule_no_time():
    assert free() == []
    assert availability.count_by_day(schedules=(), window=window()) == {}


def test_next_page_follows_the_key():
    """Two at the same instant are told apart by their slot."""
    here, there = ScheduleFactory(), ScheduleFactory()
    for schedule in (here, there):
        times(schedule, bogota(3, 8), bogota(3, 9))
    everything = free(here, there)

    pages, key = [], None
    while page := free(here, there, limit=1, after=key):
        pages += page
        key = page[-1].key

    assert pages == everything
    assert len(pages) == 4


@pytest.mark.parametrize(
    ("minutes_before", "offered"), [(120 + 1 / 60, 1), (120, 1), (120 - 1 / 60, 0)]
)
def test_notice_to_the_second(minutes_before, offered):
    """BOK-07"""
    slot = one_time()
    now = slot.start - timedelta(minutes=minutes_before)

    assert len(free(slot.schedule, now=now)) == offered


def test_horizon_ends_with_its_local_day():
    schedule = ScheduleFactory(horizon_days=10)
    times(schedule, bogota(12, 23, 30), bogota(13, 0, 30))

    assert clocks(free(schedule)) == ["12 23:30"]
    assert clocks(free(schedule, now=bogota(3, 0, 30))) == ["12 23:30", "13 00:30"]


def test_each_schedule_has_its_own_notice_and_horizon():
    quick = ScheduleFactory(notice_minutes=0, horizon_days=0)
    slow = ScheduleFactory(notice_minutes=1440, horizon_days=30)
    for schedule in (quick, slow):
        times(schedule, bogota(2, 12, 20), bogota(4, 8))

    assert clocks(free(quick, slow)) == ["2 12:20", "4 08:00"]


def test_from_and_to_are_local_days_both_included():
    schedule = ScheduleFactory()
    times(
        schedule,
        bogota(3, 23, 30),
        bogota(4, 0, 30),
        bogota(4, 23, 30),
        bogota(5, 0, 30),
    )

    found = free(schedule, first_day=date(2026, 3, 4), last_day=date(2026, 3, 4))

    assert clocks(found) == ["4 00:30", "4 23:30"]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"am"}, ["3 11:40"]),
        ({"pm"}, ["3 12:00", "3 18:00"]),
        ({"am", "pm"}, ["3 11:40", "3 12:00", "3 18:00"]),
        (set(), ["3 11:40", "3 12:00", "3 18:00"]),
    ],
)
def test_part_of_the_day(parts, found):
    schedule = ScheduleFactory()
    times(schedule, bogota(3, 11, 40), bogota(3, 12), bogota(3, 18))

    assert clocks(free(schedule, parts=frozenset(parts))) == found


@pytest.mark.parametrize(
    ("weekdays", "found"), [({2}, ["3 23:30"]), ({7}, ["8 08:00"]), ({2, 7}, 2)]
)
def test_iso_weekdays_of_the_local_day(weekdays, found):
    """Tuesday the 3rd at 23:30 is Wednesday in UTC."""
    schedule = ScheduleFactory()
    times(schedule, bogota(3, 23, 30), bogota(4, 8), bogota(8, 8))

    shown = clocks(free(schedule, weekdays=frozenset(weekdays)))

    assert (len(shown) if isinstance(found, int) else shown) == found


def test_times_that_meet_another_appointment_of_the_patient_are_left_out():
    """Half-open: one may begin where the other ends."""
    schedule = ScheduleFactory()
    times(schedule, *(bogota(3, 8, minute) for minute in (0, 20, 40)), bogota(3, 9))

    found = free(schedule, busy=[(bogota(3, 8, 20), bogota(3, 8, 50))])

    assert clocks(found) == ["3 08:00", "3 09:00"]


def test_long_procedure_needs_the_slots_that_follow():
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=60))
    times(
        schedule, *(bogota(3, 8, m) for m in (0, 20, 40)), bogota(3, 9), bogota(3, 10)
    )

    assert clocks(free(schedule)) == ["3 08:00", "3 08:20"]


def test_long_procedure_with_a_hole_in_the_middle():
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=60))
    slots = times(schedule, *(bogota(3, 8, m) for m in (0, 20, 40)), bogota(3, 9))
    Slot.objects.filter(pk=slots[2].pk).update(free=False)

    assert free(schedule) == []


def test_long_procedure_meets_an_appointment_with_its_whole_length():
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=40))
    times(schedule, *(bogota(3, 8, m) for m in (0, 20, 40)))

    found = free(schedule, busy=[(bogota(3, 8, 30), bogota(3, 8, 40))])

    assert found == []


def test_group_shows_one_time_however_many_seats():
    schedule = ScheduleFactory(capacity=3)
    seats = [
        SlotFactory(schedule=schedule, start=bogota(3, 8), seat=n) for n in (1, 2, 3)
    ]
    book(seats[0])

    (found,) = free(schedule)

    assert found.slot_id == seats[1].pk


def test_held_time_is_not_free_until_its_moment():
    slot = one_time()
    hold(slot)

    before = free(slot.schedule, now=NOON + HOLD_FOR - SECOND)
    after_it = free(slot.schedule, now=NOON + HOLD_FOR)

    assert (len(before), len(after_it)) == (0, 1)


def test_hold_that_is_over_counts_in_order_and_once():
    schedule = ScheduleFactory()
    slots = times(schedule, bogota(3, 8), bogota(3, 9), bogota(3, 10))
    hold(slots[1])

    found = free(schedule, now=NOON + HOLD_FOR)

    assert clocks(found) == ["3 08:00", "3 09:00", "3 10:00"]


def test_hold_that_is_over_makes_room_for_a_long_procedure():
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=40))
    slots = times(schedule, bogota(3, 8), bogota(3, 8, 20))
    hold(slots[0])

    assert clocks(free(schedule, now=NOON + HOLD_FOR)) == ["3 08:00"]


def test_hold_that_is_over_on_a_withdrawn_slot_is_nothing():
    slot = one_time()
    hold(slot)
    Slot.objects.filter(pk=slot.pk).update(withdrawn=True)

    assert free(slot.schedule, now=NOON + HOLD_FOR) == []


def test_days_with_their_counts():
    here, there = ScheduleFactory(), ScheduleFactory()
    times(here, bogota(3, 8), bogota(3, 9), bogota(4, 23, 30))
    held = times(there, bogota(3, 8), bogota(5, 8))
    hold(held[1])

    counts = availability.count_by_day(
        schedules=refs(here, there), window=window(now=NOON + HOLD_FOR)
    )

    assert counts == {date(2026, 3, 3): 3, date(2026, 3, 4): 1, date(2026, 3, 5): 1}


def test_counts_agree_with_the_times():
    schedule = ScheduleFactory(capacity=2)
    for seat in (1, 2):
        times(schedule, bogota(3, 8), bogota(3, 14), bogota(8, 8), seat=seat)
    limits = {"parts": frozenset({"am"}), "weekdays": frozenset({2})}

    counts = availability.count_by_day(
        schedules=refs(schedule), window=window(**limits)
    )

    assert sum(counts.values()) == len(free(schedule, **limits)) == 1


def test_first_time_of_each_site_and_schedule():
    here, there, full = ScheduleFactory(), ScheduleFactory(), ScheduleFactory()
    other = ScheduleFactory(site=there.site)
    times(here, bogota(4, 8), bogota(5, 8))
    times(there, bogota(3, 9))
    times(other, bogota(3, 8))
    searched = refs(here, there, full, other)

    by_site = availability.first_by_site(schedules=searched, window=window())
    by_schedule = availability.first_by_schedule(schedules=searched, window=window())

    assert clocks(by_site.values()) == ["3 08:00", "4 08:00"]
    assert list(by_site) == [there.site_id, here.site_id]
    assert list(by_schedule) == [other.pk, there.pk, here.pk]


def test_nearest_to_a_lost_time_on_both_sides():
    schedule = ScheduleFactory()
    lost = one_time(bogota(4, 8)).start
    times(schedule, bogota(3, 8), bogota(3, 17), bogota(4, 8, 20), bogota(6, 8))

    found = availability.nearest(
        schedules=refs(schedule), window=window(), lost=lost, limit=2
    )

    assert clocks(found) == ["3 17:00", "4 08:20"]


def test_busy_with_what_is_live():
    user = UserFactory()
    booked = book(one_time(bogota(3, 8)), user)
    held = hold(one_time(bogota(3, 9)), user, search="a")
    gone = hold(one_time(bogota(3, 10)), user, search="b")
    act(booking.release, gone)

    busy = availability.busy_of(user.patient, NOON)

    assert busy == [(booked.start, booked.end), (held.start, held.end)]


def test_hold_of_this_same_search_gives_way():
    user = UserFactory()
    hold(one_time(), user, search="a")

    assert availability.busy_of(user.patient, NOON, search="a") == []


def test_hold_that_is_over_does_not_keep_the_patient_busy():
    user = UserFactory()
    hold(one_time(), user)

    assert availability.busy_of(user.patient, NOON + HOLD_FOR) == []


def test_dates_at_the_ends_of_the_calendar_do_no_harm():
    """WEB-07"""
    slot = one_time()

    found = free(slot.schedule, first_day=date.min, last_day=date.max)
    nothing = free(slot.schedule, first_day=date.max)

    assert (len(found), nothing) == (1, [])


@pytest.mark.parametrize("many", [1, 12])
def test_one_query_however_many_schedules(many, django_assert_num_queries):
    schedules = [one_time().schedule for _ in range(many)]
    searched = refs(*schedules)

    with django_assert_num_queries(3):
        availability.free_times(schedules=searched, window=window(), limit=20)
        availability.count_by_day(schedules=searched, window=window())
        availability.first_by_site(schedules=searched, window=window())


def test_search_of_a_time_that_can_be_held():
    """What is offered can be had: the two sides agree."""
    user = UserFactory()
    (found,) = free(one_time(bogota(2, 14)).schedule, now=after(0))

    held = hold(Slot.objects.get(pk=found.slot_id), user)

    assert held.start == found.start
