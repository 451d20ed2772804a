"""Cancelling, giving notice, another hour: one outcome, told once, to the second."""

from datetime import timedelta

import pytest

from accounts.errors import NotActing
from accounts.models import Guardianship
from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, cancellation, changes, invariants
from appointments.errors import (
    AlreadyBegun,
    ByTelephone,
    ChangePending,
    HoldExpired,
    NotStanding,
    NotThisSite,
    OtherService,
    PatientBusy,
    SameTime,
)
from appointments.models import Appointment, Slot, SlotClaim
from appointments.policies import HOLD_FOR
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import (
    NOON,
    act,
    bogota,
    book,
    hold,
    one_time,
    times,
)
from catalog.tests.factories import ProcedureFactory
from portal.audit.models import AuditEvent
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
Status = Appointment.Status
START = bogota(10, 8)
LATE = START - timedelta(hours=2)


@pytest.fixture
def rosa(db):
    return ContactDeviceFactory(user=UserFactory()).user


@pytest.fixture
def booked(rosa):
    """Eight in the morning of the tenth; nine and ten are free."""
    schedule = ScheduleFactory()
    slots = times(schedule, *(START + timedelta(hours=n) for n in range(3)))
    return book(slots[0], rosa)


def another(appointment, hours=1):
    return appointment.schedule.slots.get(start=START + timedelta(hours=hours))


def begin(appointment, slot=None, **facts):
    """Another hour held for it, with nothing else to read or to accept."""
    changed = {"now": NOON} | facts
    return hold(
        slot or another(appointment),
        appointment.booked_by,
        replaces=appointment,
        **changed,
    )


def told(kind):
    return OutgoingMessage.objects.filter(kind=f"appointments.{kind}").count()


def now_of(appointment):
    return Appointment.objects.get(pk=appointment.pk)


def is_free(start):
    return Slot.objects.get(start=start).free


# --- Cancel -------------------------------------------------------------------------


def test_cancelling_gives_the_time_back_and_tells(booked):
    cancelled = act(changes.cancel, booked, reason="otra")

    assert cancelled.status == Status.CANCELLED
    assert cancelled.version == 2
    assert is_free(START)
    event = cancelled.events.last()
    assert (event.reason, event.version) == ("Conseguí otra cita", 2)
    assert told("cancelled") == 1
    assert AuditEvent.objects.filter(action="appointment.cancelled").count() == 1
    assert invariants.violations(now=NOON) == []


def test_cancelling_twice_is_once(booked):
    """BOK-05"""
    act(changes.cancel, booked, reason="")
    again = act(changes.cancel, booked, reason="")

    assert again.version == 2
    assert told("cancelled") == 1
    assert booked.events.filter(to_status="cancelled").count() == 1


def test_a_reason_nobody_offered_is_none(booked):
    cancelled = act(changes.cancel, booked, reason="<script>")

    assert cancelled.events.last().reason == ""


def test_a_stranger_cancels_nothing(booked):
    """ACC-03"""
    for do in (changes.cancel, changes.cannot_go):
        facts = {"reason": ""} if do is changes.cancel else {}
        with pytest.raises(NotActing):
            act(do, booked, by=UserFactory(), **facts)

    assert now_of(booked).status == Status.BOOKED


def test_a_guardian_cancels_for_the_child_while_it_is_one(booked):
    guardian = UserFactory()
    tie = Guardianship.objects.create(
        guardian=guardian.patient,
        dependant=booked.patient,
        relation="parent",
        state="approved",
        asked_by=guardian,
    )
    cancelled = act(changes.cancel, booked, by=guardian, reason="")

    assert cancelled.events.last().by == guardian
    tie.delete()
    with pytest.raises(NotActing):
        act(changes.cancel, booked, by=guardian, reason="")


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "noshow", "declined"])
def test_what_no_longer_waits_is_not_cancelled(booked, status):
    Appointment.objects.filter(pk=booked.pk).update(status=status)

    with pytest.raises(NotStanding):
        act(changes.cancel, booked, reason="")


def test_a_hold_is_not_cancelled(rosa):
    held = hold(one_time(), rosa)

    with pytest.raises(NotStanding):
        act(changes.cancel, held, reason="")


def test_notice_frees_the_time_however_late_and_counts_for_nothing(booked):
    """Ley 1438 de 2011, art. 55"""
    with pytest.raises(ByTelephone):
        act(changes.cancel, booked, reason="", now=LATE)

    gone = act(changes.cannot_go, booked, now=LATE)

    assert gone.status == Status.CANCELLED
    assert is_free(START)
    assert gone.events.last().reason == cancellation.CANNOT_GO
    assert told("cancelled") == 1
    assert cancellation.cancelled_in_a_week(booked.patient, now=START) == 0


def test_notice_ends_when_it_begins(booked):
    with pytest.raises(AlreadyBegun):
        act(changes.cannot_go, booked, now=START + timedelta(seconds=1))

    act(changes.cannot_go, booked, now=START)
    act(changes.cannot_go, booked, now=START + timedelta(hours=1))
    assert told("cancelled") == 1


def test_cancelling_lets_go_of_the_hour_that_was_held_for_it(booked):
    kept = begin(booked)
    act(changes.cancel, booked, reason="")

    assert now_of(kept).status == Status.LAPSED
    assert is_free(kept.start)
    assert SlotClaim.objects.count() == 0
    with pytest.raises(HoldExpired):
        act(booking.confirm, kept)


# --- The clinic ----------------------------------------------------------------------


def by_clinic(appointment, staff, **facts):
    known = {"reason": "La doctora está enferma", "now": NOON} | facts
    return changes.cancel_by_clinic(appointment_id=appointment.pk, by=staff, **known)


def test_the_clinic_cancels_with_an_apology(booked):
    staff = UserFactory(
        username="maria", patient=None, is_staff=True, is_superuser=True
    )
    cancelled = by_clinic(booked, staff, now=LATE)

    assert cancelled.status == Status.CANCELLED
    assert is_free(START)
    assert cancelled.events.last().by == staff
    assert (told("cancelled_by_clinic"), told("cancelled")) == (1, 0)
    assert cancellation.cancelled_in_a_week(booked.patient, now=START) == 0


def test_the_second_of_two_who_cancel_is_told(booked):
    act(changes.cancel, booked, reason="")

    with pytest.raises(NotStanding):
        by_clinic(
            booked,
            UserFactory(
                username="maria", patient=None, is_staff=True, is_superuser=True
            ),
        )
    assert told("cancelled_by_clinic") == 0


# --- Another hour --------------------------------------------------------------------


def test_a_change_is_the_same_appointment_at_another_time(booked):
    """Never two, never none."""
    kept = begin(booked)
    assert now_of(booked).start == START
    assert not is_free(START)

    moved = act(booking.confirm, kept)

    assert moved == booked
    assert (moved.start, moved.version, moved.moves) == (kept.start, 2, 1)
    assert moved.reference == booked.reference
    assert now_of(kept).status == Status.LAPSED
    assert is_free(START)
    assert not is_free(kept.start)
    assert told("moved") == 1
    assert invariants.violations(now=NOON) == []


def test_confirming_a_change_twice_is_once(booked):
    """BOK-05"""
    kept = begin(booked)
    act(booking.confirm, kept)
    again = act(booking.confirm, kept)

    assert (again.pk, again.version, again.moves) == (booked.pk, 2, 1)
    assert told("moved") == 1


def test_a_second_change_begun_takes_the_place_of_the_first(booked):
    first = begin(booked)
    second = begin(booked, another(booked, 2), search="otra")

    assert now_of(first).status == Status.LAPSED
    assert is_free(first.start)
    with pytest.raises(HoldExpired):
        act(booking.confirm, first)
    assert act(booking.confirm, second).start == second.start


def test_the_same_hour_twice_is_one_hold(booked):
    assert begin(booked) == begin(booked)


def test_the_hour_that_it_has_is_no_change(booked):
    slot = booked.schedule.slots.get(start=START)

    with pytest.raises(SameTime):
        begin(booked, slot)


def test_a_change_overlaps_itself_and_nothing_else(booked, rosa):
    at_ten_past = one_time(
        START + timedelta(minutes=10),
        procedure=booked.procedure,
    )
    kept = begin(booked, at_ten_past, procedure=booked.procedure)
    assert kept.replaces == booked

    other = book(one_time(START + timedelta(hours=5)), rosa, search="otra")
    near = one_time(other.start + timedelta(minutes=10), procedure=booked.procedure)
    with pytest.raises(PatientBusy):
        begin(booked, near, procedure=booked.procedure)


def test_a_change_is_for_the_same_service(booked):
    other = one_time(procedure=ProcedureFactory())

    with pytest.raises(OtherService):
        begin(booked, other)


def test_somebody_elses_appointment_is_not_replaced(booked):
    """ACC-01"""
    with pytest.raises(NotStanding):
        hold(another(booked), UserFactory(), replaces=booked)


def test_a_change_does_not_count_as_one_more(booked, rosa):
    """Three of the specialty are the limit, and one of them moves (BOK-08)."""
    for hour in (12, 13):
        (slot,) = times(booked.schedule, bogota(10, hour))
        book(slot, rosa, search=str(hour))

    moved = act(booking.confirm, begin(booked))

    assert moved.moves == 1


def test_a_change_that_lapses_leaves_everything_as_it_was(booked):
    kept = begin(booked)
    booking.lapse(now=NOON + HOLD_FOR)

    assert now_of(booked).start == START
    assert is_free(kept.start)
    with pytest.raises(HoldExpired):
        act(booking.confirm, kept, now=NOON + HOLD_FOR)


def test_letting_go_of_a_change_keeps_the_appointment(booked):
    kept = begin(booked)
    act(booking.release, kept)

    assert now_of(booked).status == Status.BOOKED


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "noshow"])
def test_what_was_to_change_is_over_and_its_new_hour_goes_back(booked, status):
    kept = begin(booked)
    Appointment.objects.filter(pk=booked.pk).update(status=status)

    with pytest.raises(NotStanding):
        act(booking.confirm, kept)

    assert now_of(kept).status == Status.LAPSED
    assert is_free(kept.start)
    assert told("moved") == 0


def test_too_late_while_the_review_was_on_the_screen(booked):
    deadline = START - timedelta(hours=24)
    kept = begin(booked, now=deadline)

    with pytest.raises(ByTelephone):
        act(booking.confirm, kept, now=deadline + timedelta(seconds=1))
    assert now_of(booked).start == START


def test_a_stranger_confirms_no_change(booked):
    kept = begin(booked)

    with pytest.raises(NotActing):
        act(booking.confirm, kept, by=UserFactory())


def test_a_new_appointment_by_the_same_search_leaves_the_change_alone(booked, rosa):
    kept = begin(booked, search="a")
    hold(another(booked, 2), rosa, search="a")

    assert now_of(kept).status == Status.HELD


# --- Where the clinic must accept -------------------------------------------------------


def test_a_change_that_the_clinic_must_accept_waits(booked):
    booked.schedule.requested_procedures.add(booked.procedure)
    kept = begin(booked)

    asked = act(booking.confirm, kept)

    assert (asked.pk, asked.status) == (kept.pk, Status.PROPOSED)
    assert now_of(booked).start == START
    assert act(booking.confirm, kept) == kept
    with pytest.raises(ChangePending):
        begin(booked, another(booked, 2))


def test_cancelling_withdraws_the_change_that_was_asked_for(booked):
    booked.schedule.requested_procedures.add(booked.procedure)
    kept = act(booking.confirm, begin(booked))
    act(changes.cancel, booked, reason="")

    assert now_of(kept).status == Status.LAPSED
    assert is_free(kept.start)
    assert invariants.violations(now=NOON) == []


def test_staff_cancel_at_their_own_sites_alone(booked):
    """ACC-07: the domain asks, whatever the page showed."""
    staff = UserFactory(username="maria", patient=None, is_staff=True)

    with pytest.raises(NotThisSite):
        by_clinic(booked, staff)
    staff.sites.add(booked.site)
    with pytest.raises(NotThisSite):
        by_clinic(booked, staff)
    assert now_of(booked).status == Status.BOOKED
