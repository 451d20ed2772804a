"""What becomes of a request: every way out, whoever comes first, and what is left of the time."""

from datetime import timedelta

import pytest

from accounts.errors import NotActing
from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, invariants, moving, requests
from appointments.errors import (
    AlreadyDecided,
    CannotPropose,
    HoldAlreadyExtended,
    NoProposal,
    NotOffered,
    SlotTaken,
)
from appointments.models import (
    Appointment,
    AppointmentEvent,
    CancellationPolicy,
    SlotClaim,
)
from appointments.tests.asking import answer, ask, decide, member, propose
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
)
from catalog import version
from portal.audit.models import AuditEvent
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
Status = Appointment.Status
DUE = bogota(3, 10)
ELEVENTH = bogota(11, 8)


def told(appointment):
    found = OutgoingMessage.objects.filter(subject_ref=str(appointment.pk))
    return sorted(found.values_list("kind", flat=True).distinct())


def far(**schedule):
    """A request for next week, whose answer is due tomorrow at ten."""
    return ask(bogota(10, 8), **schedule)


def slots_of(appointment):
    return [
        slot.free for slot in appointment.schedule.slots.filter(start=appointment.start)
    ]


@pytest.fixture
def rosa():
    """Somebody who can be told."""
    user = UserFactory()
    ContactDeviceFactory(user=user)
    return user


# --- Asking ----------------------------------------------------------------------


def test_request_keeps_its_time_and_says_until_when(rosa):
    asked = far(user=rosa)

    asked.refresh_from_db()
    assert (asked.status, asked.answer_by) == ("proposed", DUE)
    assert (asked.hold_expires_at, asked.confirmed_at) == (None, None)
    assert slots_of(asked) == [False]
    assert told(asked) == ["appointments.requested"]
    with pytest.raises(SlotTaken):
        hold(asked.schedule.slots.get())


def test_asking_twice_is_once(rosa):
    asked = far(user=rosa)

    again = act(booking.confirm, asked)

    assert again.pk == asked.pk
    assert AppointmentEvent.objects.filter(to_status="proposed").count() == 1
    assert OutgoingMessage.objects.count() == 1


def test_one_procedure_of_an_instant_schedule():
    schedule = ScheduleFactory()
    schedule.requested_procedures.set(schedule.procedures.all())
    (slot,) = times(schedule, bogota(10, 8))

    assert book(slot).status == "proposed"


def test_time_that_became_by_request_too_late_is_not_asked_for():
    """While it was held the schedule changed, and nobody could answer any more."""
    (slot,) = times(ScheduleFactory(notice_minutes=0), bogota(2, 13))
    held = hold(slot)
    held.schedule.booking = "request"
    held.schedule.save()

    with pytest.raises(NotOffered):
        act(booking.confirm, held)


# --- The clinic's answer -----------------------------------------------------------


def test_accepted(rosa):
    asked = far(user=rosa)

    accepted = decide(requests.accept, asked, now=DUE - SECOND)

    accepted.refresh_from_db()
    assert (accepted.status, accepted.answer_by) == ("booked", None)
    assert accepted.confirmed_at == DUE - SECOND
    assert slots_of(accepted) == [False]
    assert "appointments.accepted" in told(asked)
    assert AuditEvent.objects.filter(action="appointment.accepted").count() == 1
    assert invariants.violations(now=NOON) == []


def test_declined_with_a_reason(rosa):
    asked, by = far(user=rosa), member()

    decide(requests.decline, asked, reason="Ese día no hay consulta", by=by)

    asked.refresh_from_db()
    last = asked.events.last()
    assert (asked.status, asked.answer_by) == ("declined", None)
    assert (last.reason, last.by) == ("Ese día no hay consulta", by)
    assert slots_of(asked) == [True]
    assert "appointments.declined" in told(asked)
    assert invariants.violations(now=NOON) == []


def test_withdrawn_by_the_patient(rosa):
    asked = far(user=rosa)

    answer(requests.withdraw, asked, reason="Ya no la necesito")
    answer(requests.withdraw, asked)

    asked.refresh_from_db()
    assert asked.status == "cancelled"
    assert slots_of(asked) == [True]
    assert told(asked) == ["appointments.requested", "appointments.withdrawn"]
    assert asked.events.filter(to_status="cancelled").count() == 1


def test_nobody_withdraws_for_a_stranger():
    asked = far()

    with pytest.raises(NotActing):
        answer(requests.withdraw, asked, by=UserFactory())
    with pytest.raises(Appointment.DoesNotExist):
        answer(
            requests.withdraw, asked, patient=(other := UserFactory()).patient, by=other
        )


def test_never_answered_is_over_at_its_second(rosa):
    asked = far(user=rosa)

    early, ended = requests.expire(now=DUE - SECOND), requests.expire(now=DUE)

    asked.refresh_from_db()
    assert (early, ended, asked.status) == (0, 1, "lapsed")
    assert asked.events.last().reason == requests.UNANSWERED
    assert slots_of(asked) == [True]
    assert "appointments.expired" in told(asked)
    assert requests.expire(now=DUE) == 0


@pytest.mark.parametrize("late", [timedelta(0), SECOND])
def test_too_late_for_everybody(late):
    """From that second it is over, even if no job has said so yet."""
    asked, now = far(), DUE + late

    for do in (
        lambda: decide(requests.accept, asked, now=now),
        lambda: decide(requests.decline, asked, reason="", now=now),
        lambda: answer(requests.withdraw, asked, now=now),
    ):
        with pytest.raises(AlreadyDecided) as refusal:
            do()
        assert (refusal.value.status, refusal.value.at) == ("lapsed", DUE)


DECISIONS = {
    "booked": lambda asked: decide(requests.accept, asked),
    "declined": lambda asked: decide(requests.decline, asked, reason=""),
    "cancelled": lambda asked: answer(requests.withdraw, asked),
}
COMING_LATE = {
    "accept": lambda asked: decide(requests.accept, asked),
    "decline": lambda asked: decide(requests.decline, asked, reason=""),
    "propose": lambda asked: propose(asked, asked.schedule.slots.last()),
    "take": lambda asked: answer(requests.take_proposal, asked),
}


@pytest.mark.parametrize("late", COMING_LATE)
@pytest.mark.parametrize("first", DECISIONS)
def test_who_comes_second_is_told_what_it_is_and_who_did_it(first, late):
    asked = far()
    times(asked.schedule, bogota(11, 8))
    DECISIONS[first](asked)
    written = OutgoingMessage.objects.count(), AppointmentEvent.objects.count()

    with pytest.raises(AlreadyDecided) as refusal:
        COMING_LATE[late](asked)

    by = "" if first == "cancelled" else "Marta Gil"
    assert (refusal.value.status, refusal.value.by) == (first, by)
    assert refusal.value.at == NOON
    asked.refresh_from_db()
    assert asked.status == first
    assert written == (
        OutgoingMessage.objects.count(),
        AppointmentEvent.objects.count(),
    )


@pytest.mark.parametrize("first", ["booked", "declined"])
def test_patient_who_withdraws_second_is_told(first):
    asked = far()
    DECISIONS[first](asked)

    with pytest.raises(AlreadyDecided) as refusal:
        answer(requests.withdraw, asked)

    assert refusal.value.status == first


# --- Another time ------------------------------------------------------------------


def offered(*, user=None, starts=(ELEVENTH,)):
    """A request for which another time is proposed."""
    asked = far(user=user)
    slots = times(asked.schedule, *starts)
    return asked, propose(asked, slots[0])


def test_proposed_time_is_kept_and_the_request_waits(rosa):
    asked, kept = offered(user=rosa)

    asked.refresh_from_db()
    until = NOON + timedelta(hours=24)
    assert (kept.status, kept.hold_expires_at, kept.replaces_id) == (
        "held",
        until,
        asked.pk,
    )
    assert (asked.status, asked.answer_by) == ("proposed", until)
    assert SlotClaim.objects.count() == 2
    assert told(kept) == ["appointments.proposed_time"]
    assert requests.proposal(asked, now=until - SECOND) == kept
    assert requests.proposal(asked, now=until) is None
    assert invariants.violations(now=NOON) == []


def test_proposed_time_taken(rosa):
    asked, kept = offered(user=rosa)
    before = asked.reference

    answer(requests.take_proposal, asked, now=after(5))
    answer(requests.take_proposal, asked, now=after(6))

    asked.refresh_from_db()
    kept.refresh_from_db()
    assert (asked.status, asked.start, asked.reference) == (
        "booked",
        bogota(11, 8),
        before,
    )
    assert (asked.version, asked.confirmed_at, asked.moves) == (2, after(5), 0)
    assert (kept.status, kept.events.last().reason) == ("lapsed", moving.PASSED)
    assert list(
        asked.schedule.slots.order_by("start").values_list("free", flat=True)
    ) == [
        True,
        False,
    ]
    assert "appointments.accepted" in told(asked)
    assert asked.events.filter(to_status="booked").count() == 1
    assert invariants.violations(now=NOON) == []


def test_proposed_time_refused(rosa):
    asked, _ = offered(user=rosa)

    answer(requests.refuse_proposal, asked)
    answer(requests.refuse_proposal, asked)

    asked.refresh_from_db()
    assert asked.status == "declined"
    assert asked.events.last().reason == requests.PROPOSAL_REFUSED
    assert asked.schedule.slots.filter(free=True).count() == 2
    assert told(asked) == ["appointments.declined", "appointments.requested"]
    assert asked.events.filter(to_status="declined").count() == 1


@pytest.mark.parametrize("lapses_first", [True, False])
def test_proposed_time_that_nobody_answered_ends_its_request(lapses_first, rosa):
    """Whichever job runs first. The clinic did answer: there is nothing to apologise for."""
    asked, kept = offered(user=rosa)
    until = kept.hold_expires_at

    if lapses_first:
        booking.lapse(now=until)
    requests.expire(now=until)

    asked.refresh_from_db()
    kept.refresh_from_db()
    assert (asked.status, kept.status) == ("declined", "lapsed")
    assert asked.events.last().reason == requests.PROPOSAL_UNTAKEN
    assert told(asked) == ["appointments.declined", "appointments.requested"]
    assert booking.lapse(now=until) == 0
    assert invariants.violations(now=NOON) == []


def test_proposed_time_is_over_at_its_second():
    asked, kept = offered()

    with pytest.raises(AlreadyDecided):
        answer(requests.take_proposal, asked, now=kept.hold_expires_at)

    assert answer(
        requests.take_proposal, asked, now=kept.hold_expires_at - SECOND
    ).status == ("booked")


def test_no_proposal_to_take():
    asked = far()

    for do in (requests.take_proposal, requests.refuse_proposal):
        with pytest.raises(NoProposal):
            answer(do, asked)


def test_proposing_again_lets_the_former_go():
    asked, first = offered(starts=(bogota(11, 8), bogota(11, 9)))

    second = propose(asked, asked.schedule.slots.get(start=bogota(11, 9)))

    first.refresh_from_db()
    assert (first.status, second.status) == ("lapsed", "held")
    assert requests.proposal(asked, now=NOON) == second
    assert SlotClaim.objects.count() == 2


@pytest.mark.parametrize("decision", DECISIONS)
def test_any_other_answer_lets_the_proposed_time_go(decision):
    asked, kept = offered()

    DECISIONS[decision](asked)

    kept.refresh_from_db()
    asked.refresh_from_db()
    assert (asked.status, kept.status) == (decision, "lapsed")
    assert kept.events.last().reason == requests.ANSWERED_OTHERWISE
    assert asked.schedule.slots.get(start=kept.start).free
    assert invariants.violations(now=NOON) == []


def test_staff_say_until_when():
    asked = far()
    slot, later = times(asked.schedule, bogota(11, 8), bogota(11, 9))

    kept = propose(asked, slot, until=after(90))

    assert kept.hold_expires_at == after(90)
    with pytest.raises(NotOffered):
        propose(asked, later, until=after(59))


def test_only_a_free_time_of_the_same_person_is_proposed():
    asked, somebody = far(), ScheduleFactory(booking="request")
    (theirs,) = times(somebody, bogota(11, 8))
    (taken,) = times(asked.schedule, bogota(11, 9))
    hold(taken, procedure=asked.procedure)

    with pytest.raises(NotOffered):
        propose(asked, theirs)
    with pytest.raises(SlotTaken):
        propose(asked, taken)
    assert requests.proposal(asked, now=NOON) is None


def test_a_time_whose_hold_is_over_may_be_proposed():
    asked = far()
    (slot,) = times(asked.schedule, bogota(11, 9))
    hold(slot, procedure=asked.procedure)
    now = NOON + timedelta(minutes=10)

    assert propose(asked, slot, now=now).start == slot.start


def test_patient_cannot_extend_a_proposed_time():
    _, kept = offered()

    with pytest.raises(HoldAlreadyExtended):
        act(booking.extend, kept)

    kept.refresh_from_db()
    assert kept.hold_expires_at == NOON + timedelta(hours=24)


# --- A change of hour that waits ----------------------------------------------------


def changing(user=None):
    """An appointment on the tenth, and a request for it to be on the eleventh."""
    user = user or UserFactory()
    schedule = ScheduleFactory()
    at_first, wanted = times(schedule, bogota(10, 8), bogota(11, 8))
    old = book(at_first, user)
    schedule.booking = "request"
    schedule.save()
    version.bump()
    kept = hold(wanted, user, replaces=old, search=old.search)
    return old, act(booking.confirm, kept)


def test_change_by_request_waits_beside_its_appointment(rosa):
    old, asked = changing(rosa)

    old.refresh_from_db()
    assert (old.status, asked.status, asked.replaces_id) == (
        "booked",
        "proposed",
        old.pk,
    )
    assert "appointments.requested" in told(asked)


def test_change_accepted_moves_the_appointment(rosa):
    old, asked = changing(rosa)

    answered = decide(requests.accept, asked)

    old.refresh_from_db()
    asked.refresh_from_db()
    assert answered.pk == old.pk
    assert (old.status, old.start, old.version, old.moves) == (
        "booked",
        bogota(11, 8),
        2,
        1,
    )
    assert asked.status == "lapsed"
    assert "appointments.moved" in told(old)
    assert invariants.violations(now=NOON) == []


ENDS = {
    "declined": lambda asked: decide(requests.decline, asked, reason=""),
    "cancelled": lambda asked: answer(requests.withdraw, asked),
    "lapsed": lambda asked: requests.expire(now=asked.answer_by),
}


@pytest.mark.parametrize("end", ENDS)
def test_change_that_comes_to_nothing_leaves_the_appointment(end):
    old, asked = changing()

    ENDS[end](asked)

    old.refresh_from_db()
    asked.refresh_from_db()
    assert (asked.status, old.status, old.start) == (end, "booked", bogota(10, 8))
    assert (old.version, old.moves) == (1, 0)
    assert old.schedule.slots.get(start=asked.start).free
    assert invariants.violations(now=NOON) == []


def test_no_other_time_is_proposed_for_a_change():
    old, asked = changing()
    (slot,) = times(old.schedule, bogota(12, 8))

    with pytest.raises(CannotPropose):
        propose(asked, slot)


def test_another_hour_is_answered_while_the_one_it_replaces_is_to_come():
    """The clinic's answer to a change never comes after the appointment itself."""
    booked = book(one_time(bogota(3, 10, 30)))
    CancellationPolicy.objects.filter(is_default=True).update(change_notice_minutes=60)
    booked.schedule.booking = "request"
    booked.schedule.save()
    version.bump()
    (slot,) = times(booked.schedule, bogota(20, 8))
    kept = hold(slot, booked.booked_by, procedure=booked.procedure, replaces=booked)

    asked = act(booking.confirm, kept)

    assert asked.status == Status.PROPOSED
    assert asked.answer_by == bogota(3, 8, 30)
    assert requests.expire(now=asked.answer_by) == 1
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED
