"""Publishing: from patterns to slots, and again when the patterns change."""

from datetime import date, time

import pytest

from appointments import booking, schedules
from appointments.models import Holiday, ScheduleException, Slot
from appointments.tests.factories import BOGOTA, ScheduleFactory
from appointments.tests.steps import NOON, act, bogota, book, hold, weekly
from catalog.tests.factories import PractitionerFactory, SiteFactory

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 9)
TUESDAY, WEDNESDAY = 2, 3
MORNING = {"opens": time(8), "closes": time(9)}


def mornings(*weekdays, **facts):
    schedule = ScheduleFactory(**facts)
    return weekly(schedule, *(weekdays or (1,)), **MORNING)


def publish(*chosen, first=MONDAY, last=MONDAY, now=NOON):
    ids = [schedule.pk for schedule in chosen] or None
    return schedules.publish(
        schedule_ids=ids, from_date=first, until_date=last, now=now
    )


def published(schedule, **which):
    """The local starts that stand, as «9 08:20»."""
    slots = Slot.objects.filter(schedule=schedule, withdrawn=False, **which)
    local = [slot.start.astimezone(BOGOTA) for slot in slots.order_by("start", "seat")]
    return [f"{moment.day} {moment:%H:%M}" for moment in local]


def test_publish_makes_the_times_of_the_pattern():
    schedule = mornings()

    report = publish()

    assert published(schedule, free=True) == ["9 08:00", "9 08:20", "9 08:40"]
    assert (report.added, report.withdrawn, report.refused) == (3, 0, 0)


def test_published_slot_says_who_where_and_its_local_time():
    schedule = mornings()

    publish()

    slot = Slot.objects.order_by("start")[1]
    assert (slot.practitioner, slot.site) == (schedule.practitioner, schedule.site)
    assert (slot.day, slot.minute, slot.minutes) == (MONDAY, 500, 20)
    assert slot.start == bogota(9, 8, 20)


def test_publish_twice_is_once():
    mornings(1, 2)
    publish(last=date(2026, 3, 20))

    again = publish(last=date(2026, 3, 20))

    assert again.changed == 0
    assert Slot.objects.count() == 4 * 3


@pytest.mark.parametrize(
    ("opens", "closes", "clock", "minute"),
    [
        (time(23, 30), time(23, 59), "9 23:30", 1410),
        (time(0, 30), time(1), "9 00:30", 30),
    ],
)
def test_late_and_early_hours_keep_their_local_day(opens, closes, clock, minute):
    """At 23:30 in Bogotá it is tomorrow in UTC; at 00:30 the days agree again."""
    schedule = weekly(ScheduleFactory(slot_minutes=30), 1, opens=opens, closes=closes)

    publish()

    assert published(schedule) == [clock]
    slot = Slot.objects.get()
    assert (slot.day, slot.minute) == (MONDAY, minute)


def test_run_over_midnight_changes_its_day():
    schedule = ScheduleFactory()
    ScheduleException.objects.create(
        kind="extra", schedule=schedule, start=bogota(9, 23, 30), end=bogota(10, 0, 30)
    )

    publish(last=date(2026, 3, 10))

    found = Slot.objects.order_by("start").values_list("day", "minute")
    assert list(found) == [
        (MONDAY, 1410),
        (MONDAY, 1430),
        (date(2026, 3, 10), 10),
    ]


def test_group_gets_a_seat_for_each():
    schedule = mornings(capacity=3)

    publish()

    assert published(schedule) == sorted(["9 08:00", "9 08:20", "9 08:40"] * 3)
    assert set(Slot.objects.values_list("seat", flat=True)) == {1, 2, 3}


def test_past_stays_as_it_was():
    schedule = mornings()

    publish(now=bogota(9, 8, 20))

    assert published(schedule) == ["9 08:40"]


def test_without_end_each_schedule_reaches_its_own_horizon():
    """Today is the 2nd."""
    near, far = mornings(1, horizon_days=7), mornings(1, horizon_days=14)

    schedules.publish(from_date=date(2026, 3, 3), now=NOON)

    assert published(near)[-1] == "9 08:40"
    assert published(far)[-1] == "16 08:40"


def test_holiday_is_closed_except_where_a_site_opens():
    """23 March 2026 is Saint Joseph's, moved to Monday."""
    closed, opened = mornings(), mornings()
    holiday = Holiday.objects.create(date=date(2026, 3, 23), name="San José")
    holiday.open_sites.add(opened.site)

    publish(first=date(2026, 3, 23), last=date(2026, 3, 23))

    assert published(closed) == []
    assert len(published(opened)) == 3


def test_pattern_that_changed_withdraws_what_no_longer_follows():
    schedule = mornings()
    publish()
    schedule.weekly_hours.update(opens=time(8, 20))

    report = publish()

    assert published(schedule) == ["9 08:20", "9 08:40"]
    assert report.withdrawn == 1


def test_withdrawn_times_come_back_with_the_pattern():
    schedule = mornings()
    publish()
    schedule.weekly_hours.update(opens=time(8, 40))
    publish()
    schedule.weekly_hours.update(opens=time(8))

    report = publish()

    assert published(schedule, free=True) == ["9 08:00", "9 08:20", "9 08:40"]
    assert (report.returned, report.added) == (2, 0)


def test_time_that_somebody_has_stays_and_is_reported():
    schedule = mornings()
    publish()
    booked = book(Slot.objects.earliest("start"))
    schedule.weekly_hours.all().delete()

    report = publish()

    booked.refresh_from_db()
    assert (report.withdrawn, report.affected) == (2, [booked.pk])
    assert booked.status == "booked"
    assert booked.claims.get().slot.withdrawn


def test_affected_one_is_reported_when_it_happens_and_comes_back():
    schedule = mornings()
    publish()
    booked = book(Slot.objects.earliest("start"))
    hours = schedule.weekly_hours.get()
    schedule.weekly_hours.all().delete()
    publish()
    assert publish().affected == []
    weekly(schedule, hours.weekday, opens=hours.opens, closes=hours.closes)

    report = publish()

    slot = booked.claims.get().slot
    assert report.returned == 3
    assert (slot.withdrawn, slot.free) == (False, False)


def test_hold_that_ends_after_its_time_was_withdrawn_leaves_it_closed():
    schedule = mornings()
    publish()
    held = hold(Slot.objects.earliest("start"))
    schedule.weekly_hours.all().delete()
    publish()

    act(booking.release, held)

    assert published(schedule) == []
    assert not Slot.objects.filter(free=True).exists()


@pytest.mark.parametrize("what", ["schedule", "practitioner", "site"])
def test_what_is_not_active_has_no_times(what):
    schedule = mornings()
    publish()
    found = schedule if what == "schedule" else getattr(schedule, what)
    type(found).objects.filter(pk=found.pk).update(active=False)

    report = publish()

    assert report.withdrawn == 3


def test_practitioner_is_never_at_two_places():
    both = PractitionerFactory()
    here, there = mornings(practitioner=both), mornings(practitioner=both)
    there.weekly_hours.update(opens=time(8, 30), closes=time(9, 30))

    report = publish()

    assert published(here) == ["9 08:00", "9 08:20", "9 08:40"]
    assert published(there) == ["9 09:10"]
    assert report.refused == 2
    clash = report.clashes[0]
    assert (clash.schedule_id, clash.other_schedule_id, clash.start) == (
        there.pk,
        here.pk,
        bogota(9, 8, 30),
    )


def test_who_was_published_first_stays():
    """Also when the other schedule is older and published alone."""
    both = PractitionerFactory()
    older, newer = mornings(practitioner=both), mornings(practitioner=both)
    publish(newer)

    report = publish(older)

    assert (published(older), len(published(newer))) == ([], 3)
    assert report.refused == 3


def test_time_of_an_appointment_is_taken_although_its_slot_was_withdrawn():
    both = PractitionerFactory()
    here, there = mornings(practitioner=both), ScheduleFactory(practitioner=both)
    publish()
    book(Slot.objects.earliest("start"))
    here.weekly_hours.all().delete()
    publish()
    weekly(there, 1, **MORNING)

    publish()

    assert published(there) == ["9 08:20", "9 08:40"]


def test_longer_slots_give_way_to_a_new_grid():
    schedule = mornings()
    publish()
    type(schedule).objects.filter(pk=schedule.pk).update(slot_minutes=30)

    publish()

    assert published(schedule) == ["9 08:00", "9 08:30"]
    assert set(
        Slot.objects.filter(withdrawn=False).values_list("minutes", flat=True)
    ) == {30}


def test_new_grid_does_not_meet_an_appointment_of_the_old_one():
    schedule = mornings()
    publish()
    book(Slot.objects.order_by("start")[1])
    type(schedule).objects.filter(pk=schedule.pk).update(slot_minutes=30)

    publish()

    assert published(schedule, free=True) == []
    assert published(schedule) == []


def test_fewer_seats_withdraw_the_last_ones():
    schedule = mornings(capacity=2)
    publish()
    type(schedule).objects.filter(pk=schedule.pk).update(capacity=1)

    report = publish()

    assert report.withdrawn == 3
    assert published(schedule) == ["9 08:00", "9 08:20", "9 08:40"]


def test_days_outside_those_asked_for_are_left_alone():
    schedule = mornings(1)
    publish(last=date(2026, 3, 16))
    schedule.weekly_hours.all().delete()

    publish(last=MONDAY)

    assert published(schedule) == ["16 08:00", "16 08:20", "16 08:40"]


@pytest.mark.parametrize("whose", ["schedule", "practitioner", "site"])
def test_absence_of_a_schedule_a_practitioner_or_a_site(whose):
    schedule, other = mornings(), mornings()
    value = schedule if whose == "schedule" else getattr(schedule, whose)
    ScheduleException.objects.create(
        kind="closed", start=bogota(9, 0), end=bogota(10, 0), **{whose: value}
    )

    publish()

    assert (len(published(schedule)), len(published(other))) == (0, 3)


def test_absence_of_a_practitioner_at_one_site_only():
    """Both are said: both must agree."""
    one = PractitionerFactory()
    here, there = mornings(1, practitioner=one), mornings(2, practitioner=one)
    ScheduleException.objects.create(
        kind="closed",
        practitioner=one,
        site=here.site,
        start=bogota(9, 0),
        end=bogota(12, 0),
    )

    publish(last=date(2026, 3, 10))

    assert (len(published(here)), len(published(there))) == (0, 3)


def test_appointments_that_an_absence_would_hit():
    schedule = mornings()
    publish()
    booked = book(Slot.objects.order_by("start")[1])
    book(Slot.objects.order_by("start")[0])
    absence = ScheduleException(
        kind="closed", schedule=schedule, start=bogota(9, 8, 20), end=bogota(9, 8, 40)
    )

    assert list(schedules.affected_by(absence, now=NOON)) == [booked]


def test_extra_hours_hit_nobody():
    schedule = mornings()
    publish()
    book(Slot.objects.earliest("start"))
    extra = ScheduleException(
        kind="extra", schedule=schedule, start=bogota(9, 8), end=bogota(9, 9)
    )

    assert not schedules.affected_by(extra, now=NOON)


def test_only_the_schedules_asked_for():
    one, other = mornings(), mornings()

    publish(one)

    assert (len(published(one)), len(published(other))) == (3, 0)


def test_queries_do_not_grow_with_the_days(django_assert_max_num_queries):
    for _ in range(3):
        mornings(1, 2, 3, 4, 5, site=SiteFactory())

    with django_assert_max_num_queries(16):
        publish(last=date(2026, 5, 30))
