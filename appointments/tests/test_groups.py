"""«Varias citas»: all or none, from holding to confirming, and together when cancelled."""

from uuid import uuid4

import pytest

from accounts.errors import NotActing
from accounts.models import Guardianship
from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    UserFactory,
)
from appointments import booking, groups, invariants, lifecycle
from appointments.errors import (
    BasketSize,
    ConsentMissing,
    HeldTogether,
    HoldAlreadyExtended,
    HoldExpired,
    InstructionsUnread,
    NotHeld,
    NotOffered,
    OrderMissing,
    PatientBusy,
    PlanLost,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
)
from appointments.groups import Chosen
from appointments.models import (
    Appointment,
    AppointmentGroup,
    CancellationPolicy,
    Schedule,
    Slot,
)
from appointments.policies import HOLD_FOR, Barrier
from appointments.tests.factories import ScheduleFactory, SlotFactory
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
from catalog import instructions, version
from catalog.instructions import Step
from catalog.models import Modality
from catalog.tests.factories import ProcedureFactory
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
Status = Appointment.Status
BASKET = "parte=a&parte=b"


def chosen(slot, patient, **changes):
    facts = {
        "slot_id": slot.pk,
        "procedure": slot.schedule.procedures.first(),
        "patient": patient,
        "agreement": particular(),
    }
    return Chosen(**facts | changes)


def together(*picked, by, search=BASKET, now=NOON, opened_for=None):
    return groups.hold(
        chosen=picked,
        opened_for=opened_for or by.patient,
        by=by,
        search=search,
        now=now,
    )


def some(*hours):
    """A free time at each of these hours of Tuesday, each in a schedule of its own."""
    return [one_time(bogota(3, hour)) for hour in hours]


def held(user, *hours, **changes):
    picked = [chosen(slot, user.patient) for slot in some(*hours or (8, 9, 10))]
    return together(*picked, by=user, **changes)


def confirm(group, *, now=NOON, by=None):
    return groups.confirm(group_id=group.pk, by=by or group.booked_by, now=now)


def states(group):
    return list(group.appointments.order_by("start").values_list("status", flat=True))


def policy(**fields):
    CancellationPolicy.objects.create(**fields)
    version.bump()


@pytest.fixture
def user():
    somebody = UserFactory()
    ContactDeviceFactory(user=somebody)
    return somebody


@pytest.fixture
def son(user):
    return GuardianshipFactory(asked_by=user).dependant


# --- Hold ------------------------------------------------------------------------


def test_hold_keeps_every_time(user):
    group = held(user)

    rows = list(group.appointments.order_by("start"))
    assert states(group) == [Status.HELD] * 3
    assert {one.hold_expires_at for one in rows} == {NOON + HOLD_FOR}
    assert not Slot.objects.filter(free=True).exists()
    assert invariants.violations(now=NOON) == []


@pytest.mark.parametrize("many", [0, 1, 7])
def test_group_is_from_two_to_six(user, many):
    picked = [chosen(slot, user.patient) for slot in some(*range(8, 8 + many))]

    with pytest.raises(BasketSize):
        together(*picked, by=user)


def test_hold_for_several_of_the_family(user, son):
    first, second = some(8, 9)

    group = together(chosen(first, user.patient), chosen(second, son), by=user)

    patients = group.appointments.order_by("start").values_list("patient", flat=True)
    assert list(patients) == [user.patient_id, son.pk]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_one_time_lost_is_none_held(user, n):
    """Nothing by halves, and which one it was."""
    slots = some(8, 9, 10)
    hold(slots[n])

    with pytest.raises(PlanLost) as lost:
        together(*(chosen(slot, user.patient) for slot in slots), by=user)

    assert lost.value.slot_id == slots[n].pk
    assert not AppointmentGroup.objects.exists()
    assert Slot.objects.filter(free=True).count() == 2


def test_following_slot_lost_is_the_plan_lost(user):
    """Of a long procedure the second slot is somebody else's."""
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=40))
    long, following = times(schedule, bogota(3, 8), bogota(3, 8, 20))
    (other,) = some(10)
    short = ProcedureFactory(specialty=schedule.specialty)
    schedule.procedures.add(short)
    version.bump()
    hold(following, procedure=short)

    with pytest.raises(PlanLost) as lost:
        together(chosen(other, user.patient), chosen(long, user.patient), by=user)

    assert lost.value.slot_id == long.pk
    assert Slot.objects.get(pk=other.pk).free


def test_same_plan_twice_is_one_group(user):
    slots = some(8, 9)
    picked = [chosen(slot, user.patient) for slot in slots]

    first, second = together(*picked, by=user), together(*picked, by=user)

    assert first == second
    assert Appointment.objects.count() == 2


def test_same_plan_after_confirming_is_that_group(user):
    picked = [chosen(slot, user.patient) for slot in some(8, 9)]
    first = confirm(together(*picked, by=user))

    assert together(*picked, by=user) == first


def test_another_plan_of_the_basket_takes_its_place(user, son):
    """Its former times go free, also of whom the new one leaves out."""
    first, second, third = some(8, 9, 10)
    former = together(chosen(first, user.patient), chosen(second, son), by=user)

    new = together(chosen(second, user.patient), chosen(third, user.patient), by=user)

    assert states(former) == [Status.LAPSED] * 2
    assert states(new) == [Status.HELD] * 2
    reasons = former.appointments.values_list("events__reason", flat=True)
    assert lifecycle.REPLACED in set(reasons)
    assert invariants.violations(now=NOON) == []


def test_another_basket_stays(user):
    former = held(user, 8, 9)

    held(user, 10, 11, search="otra=1")

    assert states(former) == [Status.HELD] * 2


def test_those_of_a_group_stand_side_by_side_with_a_single_hold(user):
    """They share an empty search of their own with nothing else."""
    single = hold(one_time(bogota(3, 14)), user, search=BASKET)

    group = held(user)

    single.refresh_from_db()
    assert single.status == Status.HELD
    assert states(group) == [Status.HELD] * 3


def test_one_time_given_up_gives_up_the_group(user):
    """Another service at the same time by the ordinary way: whole or none."""
    procedures = ProcedureFactory(), None
    schedule = ScheduleFactory(procedure=procedures[0])
    other = ProcedureFactory(specialty=procedures[0].specialty)
    schedule.procedures.add(other)
    version.bump()
    first = SlotFactory(schedule=schedule, start=bogota(3, 8))
    (second,) = some(9)
    group = together(
        chosen(first, user.patient, procedure=procedures[0]),
        chosen(second, user.patient),
        by=user,
    )

    hold(first, user, procedure=other)

    assert states(group) == [Status.LAPSED] * 2
    assert Slot.objects.get(pk=second.pk).free


def test_hold_that_is_over_gives_way(user):
    slots = some(8, 9)
    for slot in slots:
        hold(slot)

    group = together(
        *(chosen(slot, user.patient) for slot in slots), by=user, now=NOON + HOLD_FOR
    )

    assert states(group) == [Status.HELD] * 2


def test_group_that_is_over_gives_way_to_anybody(user):
    slots = some(8, 9)
    together(*(chosen(slot, user.patient) for slot in slots), by=user)

    taken = hold(slots[0], now=NOON + HOLD_FOR)

    assert taken.status == Status.HELD
    assert invariants.violations(now=NOON + HOLD_FOR) == []


def test_two_at_one_time_are_refused(user, son):
    """Who goes along cannot be in two places, whoever they are for."""
    first, second = one_time(bogota(3, 8)), one_time(bogota(3, 8, 10))

    with pytest.raises(PatientBusy) as refusal:
        together(chosen(first, user.patient), chosen(second, son), by=user)

    assert refusal.value.slot_id == second.pk


def test_same_time_twice_is_refused(user, son):
    (slot,) = some(8)

    with pytest.raises(PlanLost):
        together(chosen(slot, user.patient), chosen(slot, son), by=user)


def test_busy_with_what_they_have_already(user):
    book(one_time(bogota(3, 8, 10)), user)

    with pytest.raises(PatientBusy):
        held(user, 8, 9)


def test_refusal_says_which_time_it_is_about(user):
    first, second = some(8, 9)
    Schedule.objects.filter(pk=second.schedule_id).update(notice_minutes=60 * 24 * 5)

    with pytest.raises(NotOffered) as refusal:
        together(chosen(first, user.patient), chosen(second, user.patient), by=user)

    assert refusal.value.slot_id == second.pk


def test_order_that_may_not_be_promised_is_missing(user):
    asks = ProcedureFactory(needs_order=True)
    agreement = particular()
    agreement.order_later = False
    agreement.save()
    slot = SlotFactory(schedule=ScheduleFactory(procedure=asks), start=bogota(3, 8))
    (other,) = some(9)

    with pytest.raises(OrderMissing) as refusal:
        together(
            chosen(other, user.patient, agreement=agreement),
            chosen(slot, user.patient, agreement=agreement),
            by=user,
        )

    assert refusal.value.slot_id == slot.pk
    assert not Appointment.objects.exists()


def test_stranger_is_not_held_for(user):
    slots = some(8, 9)

    with pytest.raises(NotActing):
        together(
            chosen(slots[0], user.patient),
            chosen(slots[1], UserFactory().patient),
            by=user,
        )

    assert not Appointment.objects.exists()


def test_group_is_one_hold(user):
    """A limit of three holds: a group of three counts as one of them."""
    held(user, 8, 9, 10)
    hold(one_time(bogota(3, 14)), user, search="a")
    hold(one_time(bogota(3, 15)), user, search="b")

    with pytest.raises(TooManyHolds):
        hold(one_time(bogota(3, 16)), user, search="c")


def test_group_needs_room_for_a_hold(user):
    for hour in (14, 15, 16):
        hold(one_time(bogota(3, hour)), user, search=str(hour))

    with pytest.raises(TooManyHolds):
        held(user)


def test_each_of_a_group_counts_as_one_to_come(user):
    policy(most_to_come=2)

    with pytest.raises(TooManyAppointments):
        held(user, 8, 9, 10)

    assert states(held(user, 11, 12)) == [Status.HELD] * 2


def test_each_of_a_group_counts_in_its_specialty(user):
    slots = times(ScheduleFactory(), *(bogota(3, hour) for hour in range(8, 12)))

    with pytest.raises(TooManyInSpecialty) as refusal:
        together(*(chosen(slot, user.patient) for slot in slots), by=user)

    assert refusal.value.slot_id == slots[3].pk


# --- While it is held ------------------------------------------------------------


def test_more_time_for_all_of_them_once(user):
    group = held(user)

    groups.extend(group_id=group.pk, by=user, now=after(1))

    until = set(group.appointments.values_list("hold_expires_at", flat=True))
    assert until == {NOON + 2 * HOLD_FOR}
    with pytest.raises(HoldAlreadyExtended):
        groups.extend(group_id=group.pk, by=user, now=after(2))


def test_release_frees_every_time_twice_is_once(user):
    group = held(user)

    for _ in range(2):
        groups.release(group_id=group.pk, by=user, now=after(1))

    assert states(group) == [Status.LAPSED] * 3
    assert Slot.objects.filter(free=True).count() == 3


def test_confirmed_is_not_released(user):
    group = confirm(held(user))

    with pytest.raises(NotHeld):
        groups.release(group_id=group.pk, by=user, now=after(1))


@pytest.mark.parametrize(
    "do",
    [booking.confirm, booking.extend, booking.read_instructions, booking.release],
    ids=["confirm", "extend", "read", "release"],
)
def test_one_of_a_group_is_not_acted_on_alone(user, do):
    group = held(user)

    with pytest.raises(HeldTogether):
        act(do, group.appointments.first())

    assert states(group) == [Status.HELD] * 3


# --- Confirm ---------------------------------------------------------------------


def test_confirm_books_all_and_says_it_once(user):
    group = confirm(held(user))

    confirm(group)

    assert states(group) == [Status.BOOKED] * 3
    assert group.confirmed_at == NOON
    kinds = OutgoingMessage.objects.filter(kind__contains="confirmed")
    assert set(kinds.values_list("kind", "event")) == {
        ("appointments.group_confirmed", f"appointments.group_confirmed:{group.pk}")
    }
    assert invariants.violations(now=NOON) == []


def test_confirm_reminds_of_each(user):
    group = confirm(held(user))

    reminded = OutgoingMessage.objects.filter(kind__startswith="appointments.reminder")
    about = set(reminded.values_list("subject_ref", flat=True))
    assert about == {str(pk) for pk in group.appointments.values_list("pk", flat=True)}


def test_one_by_request_becomes_a_request(user):
    slots = [one_time(bogota(6, 8)), one_time(bogota(6, 9), booking="request")]
    group = together(*(chosen(slot, user.patient) for slot in slots), by=user)

    confirm(group)

    assert states(group) == [Status.BOOKED, Status.PROPOSED]
    asked = group.appointments.get(status=Status.PROPOSED)
    assert asked.answer_by is not None
    assert not OutgoingMessage.objects.filter(kind="appointments.requested").exists()
    assert invariants.violations(now=NOON) == []


def test_confirm_too_late_frees_them(user):
    group = held(user)

    with pytest.raises(HoldExpired):
        confirm(group, now=NOON + HOLD_FOR)

    assert states(group) == [Status.LAPSED] * 3
    assert Slot.objects.filter(free=True).count() == 3
    assert invariants.violations(now=NOON + HOLD_FOR) == []


def test_one_lapsed_is_none_confirmed_and_the_rest_go_free(user):
    group = held(user)
    first = group.appointments.order_by("start").first()
    lifecycle.let_go([first], by=None, reason=lifecycle.OVER, now=NOON)

    with pytest.raises(HoldExpired):
        confirm(group)

    assert states(group) == [Status.LAPSED] * 3
    assert Slot.objects.filter(free=True).count() == 3


def test_job_ends_a_group_whole(user):
    group = held(user)

    booking.lapse(now=NOON + HOLD_FOR)

    assert states(group) == [Status.LAPSED] * 3


def test_recommendations_come_before_confirming(user):
    slots = some(8, 9)
    instructions.publish(
        about=slots[1].schedule.procedures.first(),
        steps=[Step("Traiga sus gafas", kind="bring")],
        now=NOON,
    )
    group = together(*(chosen(slot, user.patient) for slot in slots), by=user)

    with pytest.raises(InstructionsUnread):
        confirm(group)
    assert states(group) == [Status.HELD] * 2

    groups.read_instructions(group_id=group.pk, by=user, now=NOON)
    confirm(group)
    assert states(group) == [Status.BOOKED] * 2


def test_a_virtual_one_needs_its_consent(user):
    slots = [one_time(bogota(3, 8)), one_time(bogota(3, 9), modality=Modality.VIRTUAL)]
    group = together(*(chosen(slot, user.patient) for slot in slots), by=user)

    with pytest.raises(ConsentMissing):
        confirm(group)

    assert states(group) == [Status.HELD] * 2


def test_confirm_for_whom_one_acts_no_longer_gives_all_back(user, son):
    first, second = some(8, 9)
    group = together(chosen(first, user.patient), chosen(second, son), by=user)
    Guardianship.objects.all().delete()

    with pytest.raises(NotActing):
        confirm(group)

    assert states(group) == [Status.LAPSED] * 2
    assert Slot.objects.filter(free=True).count() == 2


def test_stranger_neither_confirms_nor_frees(user):
    group = held(user)

    with pytest.raises(NotActing):
        confirm(group, by=UserFactory())

    assert states(group) == [Status.HELD] * 3


def test_nobodys_group(user):
    with pytest.raises(AppointmentGroup.DoesNotExist):
        groups.confirm(group_id=uuid4(), by=user, now=NOON)


def test_limit_reached_meanwhile_confirms_none(user):
    group = held(user, 8, 9)
    policy(most_to_come=1)

    with pytest.raises(TooManyAppointments) as refusal:
        confirm(group)

    assert refusal.value.slot_id is not None
    assert states(group) == [Status.HELD] * 2


# --- Cancel ----------------------------------------------------------------------


def cancel(group, *, now=NOON, by=None, reason=""):
    return groups.cancel(
        group_id=group.pk, by=by or group.booked_by, reason=reason, now=now
    )


def late(user):
    """Two on Friday, one tomorrow in less than a day."""
    days = (bogota(3, 8), bogota(6, 8), bogota(6, 9))
    picked = [chosen(one_time(start), user.patient) for start in days]
    return confirm(together(*picked, by=user))


def test_cancel_ends_all_of_them(user):
    picked = [chosen(one_time(bogota(6, hour)), user.patient) for hour in (8, 9)]
    group = confirm(together(*picked, by=user))

    for _ in range(2):
        cancel(group, reason="hora")

    assert states(group) == [Status.CANCELLED] * 2
    assert Slot.objects.filter(free=True).count() == 2
    told = OutgoingMessage.objects.filter(kind="appointments.cancelled")
    assert told.values("subject_ref").distinct().count() == 2
    assert invariants.violations(now=NOON) == []


def test_cancel_leaves_what_needs_a_call(user):
    group = late(user)

    looked_at = cancel(group)

    assert [one.barrier for one in looked_at] == [Barrier.LATE, None, None]
    assert states(group) == [Status.BOOKED, Status.CANCELLED, Status.CANCELLED]


def test_cancel_counts_the_week_among_its_own(user):
    policy(most_cancellations_a_week=1)
    picked = [chosen(one_time(bogota(6, hour)), user.patient) for hour in (8, 9)]
    group = confirm(together(*picked, by=user))

    looked_at = cancel(group)

    assert [one.barrier for one in looked_at] == [None, Barrier.WEEK]
    assert states(group) == [Status.CANCELLED, Status.BOOKED]


def test_cancel_withdraws_its_requests(user):
    slots = [one_time(bogota(6, 8)), one_time(bogota(6, 9), booking="request")]
    group = together(*(chosen(slot, user.patient) for slot in slots), by=user)
    confirm(group)

    cancel(group)

    assert states(group) == [Status.CANCELLED] * 2
    kinds = set(OutgoingMessage.objects.values_list("kind", flat=True))
    assert {"appointments.cancelled", "appointments.withdrawn"} <= kinds


def test_cancel_is_only_of_those_one_acts_for(user, son):
    first, second = one_time(bogota(6, 8)), one_time(bogota(6, 9))
    group = confirm(together(chosen(first, user.patient), chosen(second, son), by=user))
    father = UserFactory()
    GuardianshipFactory(asked_by=father, dependant=son)

    cancel(group, by=father)

    assert states(group) == [Status.BOOKED, Status.CANCELLED]


def test_stranger_cancels_nothing(user):
    group = confirm(held(user))

    with pytest.raises(NotActing):
        cancel(group, by=UserFactory())

    assert states(group) == [Status.BOOKED] * 3


def test_each_lives_its_own_life_afterwards(user):
    """One is moved by the ordinary way; the others and the group stay as they were."""
    picked = [chosen(one_time(bogota(6, hour)), user.patient) for hour in (8, 9)]
    group = confirm(together(*picked, by=user))
    one = group.appointments.order_by("start").first()
    other = SlotFactory(schedule=one.schedule, start=bogota(9, 8))

    kept = hold(other, user, replaces=one)
    moved = act(booking.confirm, kept)

    assert (moved.pk, moved.group_id, moved.version) == (one.pk, group.pk, 2)
    assert states(group) == [Status.BOOKED] * 2
    assert invariants.violations(now=NOON) == []
