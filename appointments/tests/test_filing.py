"""«Solicitud radicada»: a number, a day, and how it ends."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission

from accounts.errors import NotActing
from accounts.models import User
from appointments import changes, filing, invariants, waiting_list
from appointments.errors import (
    NothingToOffer,
    NotOffered,
    NotThisSite,
    NotWaiting,
    OfferPending,
    PatientBusy,
    SlotTaken,
)
from appointments.models import Offer, UnmetDemand, WaitingListEntry
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, bogota, book, one_time, particular, times
from appointments.tests.waiting import (
    accept,
    join,
    leave,
    offered,
    somebody,
    waits,
    wanted,
)
from appointments.waiting_list import looking
from catalog.tests.factories import AgreementFactory, SiteFactory
from portal.audit.models import AuditEvent
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
Status = WaitingListEntry.Status


@pytest.fixture
def schedule():
    return ScheduleFactory()


@pytest.fixture
def clerk(schedule):
    """Somebody of the reception of that site."""
    user = employee()
    user.sites.add(schedule.site)
    user.user_permissions.add(Permission.objects.get(codename="manage_waiting_list"))
    return user


def employee(**facts):
    """Somebody of the staff, who is no patient."""
    return User.objects.create_user(
        f"staff{User.objects.count()}", None, is_staff=True, created_at=NOON, **facts
    )


def file(user, schedule, *, now=NOON, desired_day=None, **changes):
    changes.setdefault("city", schedule.site.city)
    return filing.file(
        wanted(user, schedule, **changes), desired_day=desired_day, by=user, now=now
    )


def told(kind):
    return OutgoingMessage.objects.filter(kind=kind)


def test_file_gives_a_number_and_a_day(schedule, settings):
    settings.FILED_ANSWER_DAYS = 5
    user = somebody()

    entry = file(user, schedule, desired_day=date(2026, 3, 20))

    entry.refresh_from_db()
    assert entry.number.startswith("2026-")
    assert len(entry.number) == 11
    assert entry.answer_by == date(2026, 3, 9)  # five business days after Monday 2
    assert entry.desired_day == date(2026, 3, 20)
    assert entry.last_day == date(2026, 3, 2) + timedelta(days=180)
    assert told("appointments.filed").filter(channel="email").count() == 1
    trail = AuditEvent.objects.filter(action="waiting.filed").get()
    assert trail.actor_id == str(user.pk) or trail.actor == user
    assert invariants.violations(now=NOON) == []


def test_answer_day_leaves_out_holidays(settings):
    settings.FILED_ANSWER_DAYS = 3
    # Monday 23 March 2026 is a holiday.
    day = filing.answer_day(date(2026, 3, 20), particular())
    assert day == date(2026, 3, 26)


def test_answer_day_is_as_the_agreement_says(settings):
    settings.FILED_ANSWER_DAYS_BY_AGREEMENT = {"particular": 1}
    assert filing.answer_day(date(2026, 3, 2), particular()) == date(2026, 3, 3)


def test_file_twice_is_once(schedule):
    user = somebody()
    first = file(user, schedule)
    again = file(user, schedule, now=NOON + timedelta(days=1))

    assert (again.pk, again.number) == (first.pk, first.number)
    assert again.answer_by == first.answer_by
    assert told("appointments.filed").filter(channel="email").count() == 1
    assert UnmetDemand.objects.get().count == 1
    assert UnmetDemand.objects.get().outcome == "filed"
    assert AuditEvent.objects.filter(action="waiting.filed").count() == 1


def test_file_numbers_who_waited_already(schedule):
    user = somebody()
    entry = join(user, schedule)
    filed = file(user, schedule, now=NOON + timedelta(days=2))
    assert filed.pk == entry.pk
    assert filed.number
    assert filed.created_at == entry.created_at


def test_file_keeps_how_they_are_told_and_what_is_to_be_sooner(schedule):
    user = somebody()
    later = book(times(schedule, bogota(20, 9))[0], user)
    join(user, schedule, notice_minutes=180, may_wake=True, instead_of=later)
    filed = file(user, schedule)
    assert (filed.notice_minutes, filed.may_wake) == (180, True)
    assert filed.instead_of == later


def test_file_of_a_stranger_is_refused(schedule):
    with pytest.raises(NotActing):
        filing.file(
            wanted(somebody(), schedule), desired_day=None, by=somebody(), now=NOON
        )
    assert not UnmetDemand.objects.exists()


def test_file_of_what_nobody_does_is_refused(schedule):
    with pytest.raises(NothingToOffer):
        file(somebody(), schedule, modality="virtual")


def test_filed_does_not_end_by_its_days(schedule):
    entry = file(somebody(), schedule)
    waiting_list.close_over(now=NOON + timedelta(days=400))
    entry.refresh_from_db()
    assert entry.status == Status.WAITING


def test_filed_waits_on_when_the_later_appointment_falls(schedule):
    user = somebody()
    later = book(times(schedule, bogota(20, 9))[0], user)
    join(user, schedule, instead_of=later)
    entry = file(user, schedule)
    changes.cancel(
        appointment_id=later.pk, patient=user.patient, by=user, now=NOON, reason=""
    )

    assert waiting_list.close_over(now=NOON) == 0

    entry.refresh_from_db()
    assert (entry.status, entry.instead_of) == (Status.WAITING, None)
    assert invariants.violations(now=NOON) == []


def test_joining_again_does_not_narrow_what_was_filed(schedule):
    user = somebody()
    filed = file(user, schedule)
    other = AgreementFactory(particular=True)

    changed = {"agreement": other, "last_day": date(2026, 3, 5), "may_wake": True}
    entry = join(user, schedule, **changed)

    assert entry.pk == filed.pk
    entry.refresh_from_db()
    assert entry.last_day == filed.last_day
    assert entry.agreement == filed.agreement
    assert entry.may_wake is True


def test_filed_is_found_beyond_its_days(schedule):
    (slot,) = times(schedule, bogota(20, 9))
    unnumbered, entry = waits(schedule), file(somebody(), schedule)
    WaitingListEntry.objects.update(last_day=date(2026, 3, 10))

    found = looking.waiting_for(slot, now=NOON)

    assert entry in found
    assert unnumbered not in found


def test_filed_is_offered_what_becomes_free(schedule):
    entry = file(somebody(), schedule)
    times(schedule, bogota(5, 9))
    waiting_list.match(entry, now=NOON)
    assert waiting_list.offer_out(now=NOON) == 1

    appointment = accept(offered(entry))

    entry.refresh_from_db()
    assert entry.status == Status.SERVED
    assert entry.assigned == appointment
    assert invariants.violations(now=NOON) == []


# --- The clinic closes it ----------------------------------------------------------


def test_close_says_why_and_tells(schedule, clerk):
    entry = file(somebody(), schedule)
    filing.close(entry_id=entry.pk, reason="No prestamos eso", by=clerk, now=NOON)

    entry.refresh_from_db()
    assert (entry.status, entry.ended_because) == (Status.CLOSED, "No prestamos eso")
    assert told("appointments.filed_closed").filter(channel="email").count() == 1
    assert AuditEvent.objects.filter(action="waiting.closed").count() == 1


def test_close_twice_keeps_the_first_reason(schedule, clerk):
    entry = file(somebody(), schedule)
    for reason in ("Primera", "Segunda"):
        closed = filing.close(entry_id=entry.pk, reason=reason, by=clerk, now=NOON)
    assert closed.ended_because == "Primera"
    assert told("appointments.filed_closed").filter(channel="email").count() == 1


def test_close_lets_the_offered_time_go(schedule, clerk):
    slot = times(schedule, bogota(5, 9))[0]
    entry = file(somebody(), schedule)
    filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=clerk, now=NOON)
    filing.close(entry_id=entry.pk, reason="No", by=clerk, now=NOON)
    slot.refresh_from_db()
    assert slot.free
    assert Offer.objects.get().status == Offer.Status.WITHDRAWN
    assert invariants.violations(now=NOON) == []


def test_close_of_what_ended_is_refused(schedule, clerk):
    entry = file(somebody(), schedule)
    leave(entry)
    with pytest.raises(NotWaiting):
        filing.close(entry_id=entry.pk, reason="No", by=clerk, now=NOON)


# --- The clinic offers a time --------------------------------------------------------


def test_assign_keeps_that_very_time_for_them(schedule, clerk):
    _early, late = times(schedule, bogota(5, 9), bogota(6, 9))
    first, second = waits(schedule), file(somebody(), schedule)

    offer = filing.assign(entry_id=second.pk, slot_id=late.pk, by=clerk, now=NOON)

    assert offer.appointment.start == late.start
    assert offer.explained["chosen"] is True
    assert offered(first) is None
    trail = AuditEvent.objects.get(action="waiting.offered")
    assert trail.actor_id is not None
    appointment = accept(offered(second))
    second.refresh_from_db()
    assert second.assigned == appointment
    assert invariants.violations(now=NOON) == []


def test_assign_twice_is_refused_while_it_is_open(schedule, clerk):
    first, second = times(schedule, bogota(5, 9), bogota(6, 9))
    entry = file(somebody(), schedule)
    filing.assign(entry_id=entry.pk, slot_id=first.pk, by=clerk, now=NOON)
    with pytest.raises(OfferPending):
        filing.assign(entry_id=entry.pk, slot_id=second.pk, by=clerk, now=NOON)
    with pytest.raises(SlotTaken):
        filing.assign(entry_id=entry.pk, slot_id=first.pk, by=clerk, now=NOON)
    second.refresh_from_db()
    assert second.free


def test_assign_of_a_taken_time_is_refused(schedule, clerk):
    slot = times(schedule, bogota(5, 9))[0]
    book(slot, somebody())
    entry = file(somebody(), schedule)
    with pytest.raises(SlotTaken):
        filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=clerk, now=NOON)


def test_assign_to_who_is_busy_then_is_refused(schedule, clerk):
    slot = times(schedule, bogota(5, 9))[0]
    user = somebody()
    book(one_time(bogota(5, 9)), user)
    entry = file(user, schedule)
    with pytest.raises(PatientBusy):
        filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=clerk, now=NOON)


def test_assign_of_a_time_they_cannot_come_to_is_refused(schedule, clerk):
    slot = times(schedule, bogota(5, 9))[0]
    entry = file(somebody(), schedule, part="pm")
    with pytest.raises(NotOffered):
        filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=clerk, now=NOON)


def test_assign_to_who_left_is_refused(schedule, clerk):
    slot = times(schedule, bogota(5, 9))[0]
    entry = file(somebody(), schedule)
    leave(entry)
    with pytest.raises(NotWaiting):
        filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=clerk, now=NOON)


def test_assign_begins_where_it_was_said(schedule, clerk):
    """A service of two slots is not begun one slot before the chosen one."""
    first, second, third = times(
        schedule,
        *(
            bogota(5, 9) + timedelta(minutes=n * schedule.slot_minutes)
            for n in range(3)
        ),
    )
    procedure = schedule.procedures.get()
    procedure.minutes = schedule.slot_minutes * 2
    procedure.save()
    entry = file(somebody(), schedule)
    with pytest.raises(NotOffered):
        filing.assign(entry_id=entry.pk, slot_id=third.pk, by=clerk, now=NOON)
    offer = filing.assign(entry_id=entry.pk, slot_id=second.pk, by=clerk, now=NOON)
    assert offer.appointment.start == second.start
    assert offer.appointment.end == third.start + timedelta(
        minutes=schedule.slot_minutes
    )
    first.refresh_from_db()
    assert first.free


# --- Who may -----------------------------------------------------------------------


def test_without_the_permission_or_the_site_nothing_is_done(schedule):
    slot = times(schedule, bogota(5, 9))[0]
    entry = file(somebody(), schedule, sites=[schedule.site])
    may = Permission.objects.get(codename="manage_waiting_list")
    nobody = employee()
    nobody.sites.add(schedule.site)
    elsewhere = employee()
    elsewhere.user_permissions.add(may)
    elsewhere.sites.add(SiteFactory(city=schedule.site.city))
    for user in (nobody, elsewhere):
        with pytest.raises(NotThisSite):
            filing.close(entry_id=entry.pk, reason="No", by=user, now=NOON)
        with pytest.raises(NotThisSite):
            filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=user, now=NOON)


def test_a_time_of_another_site_is_not_theirs_to_offer(schedule, clerk):
    """They see who waits for any site of the city, and offer the times of their own."""
    other = ScheduleFactory(
        site=SiteFactory(city=schedule.site.city),
        procedure=schedule.procedures.get(),
    )
    slot = times(other, bogota(5, 9))[0]
    entry = file(somebody(), schedule)
    with pytest.raises(NotThisSite):
        filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=clerk, now=NOON)


def test_attended_by_is_of_their_sites_and_cities(schedule, clerk):
    here = file(somebody(), schedule, sites=[schedule.site])
    in_city = file(somebody(), schedule)
    anywhere = file(somebody(), schedule, city=None)
    far = ScheduleFactory()
    there = file(somebody(), far)
    other_site = file(
        somebody(), schedule, sites=[SiteFactory(city=schedule.site.city)]
    )
    boss = employee(is_superuser=True)
    nowhere = employee()

    assert set(filing.attended_by(clerk)) == {here, in_city, anywhere}
    assert set(filing.attended_by(boss)) == {here, in_city, anywhere, there, other_site}
    assert not filing.attended_by(nowhere).exists()
