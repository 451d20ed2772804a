"""Several people choose plans that cross, at one instant: one whole plan each, or none.

The last of these tests takes the decision away and shows that the first could have failed.
"""

import os

import pytest

from accounts.tests.factories import UserFactory
from appointments import booking, groups, invariants, keeping, wishes
from appointments.errors import SlotTaken
from appointments.models import Appointment, AppointmentGroup, Slot
from appointments.policies import HOLD_FOR
from appointments.tests import sabotage
from appointments.tests.steps import NOON, bogota, one_time, particular
from appointments.tests.test_contention import HELD, at_once, holding
from appointments.tests.test_groups import chosen, together

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]
Status = Appointment.Status
# A hundred are run by hand: GROUP_ROUNDS=100 on PostgreSQL.
ROUNDS = int(os.environ.get("GROUP_ROUNDS", "5"))


@pytest.fixture(autouse=True)
def paid_by_oneself(db):
    """Made before the race: making it is not part of it."""
    return particular()


def choosing(user, slots, **facts):
    """A plan made before the race: only holding it is the race."""
    picked = [chosen(slot, user.patient) for slot in slots]
    return lambda: together(*picked, by=user, **facts)


def three():
    return [one_time(bogota(3, hour)) for hour in (8, 10, 12)]


def kept(slots):
    """The appointments that have these times."""
    return Appointment.objects.live().filter(claims__slot__in=slots)


def live(group):
    return group.appointments.filter(status__in=Appointment.LIVE).count()


def whole_or_nothing():
    """Each group that there is keeps all of its times."""
    return all(live(group) in (0, 3) for group in AppointmentGroup.objects.all())


def test_crossed_plans_one_is_whole():
    """Each wants the times of the other in the other order: nobody waits in a circle."""
    for _ in range(ROUNDS):
        slots = three()
        first, second = UserFactory.create_batch(2)

        outcomes = at_once(
            choosing(first, slots), choosing(second, [slots[1], slots[2], slots[0]])
        )

        assert outcomes == ["PlanLost", HELD]
        assert len(kept(slots)) == 3
        assert whole_or_nothing()
    assert invariants.violations(now=NOON) == []


def test_plans_that_share_one_time():
    """One of two has it; who lost keeps nothing of the rest."""
    for _ in range(ROUNDS):
        shared, *others = (one_time(bogota(3, hour)) for hour in (8, 10, 12, 10, 12))
        users = UserFactory.create_batch(2)

        outcomes = at_once(
            choosing(users[0], [shared, *others[:2]]),
            choosing(users[1], [*others[2:], shared]),
        )

        assert outcomes == ["PlanLost", HELD]
        assert len(kept([shared, *others])) == 3
        assert whole_or_nothing()
    assert invariants.violations(now=NOON) == []


def test_a_plan_against_single_holds():
    """Whole, if all of its times were left; otherwise nothing of it."""
    for _ in range(ROUNDS):
        slots = three()
        user, *others = UserFactory.create_batch(4)

        outcomes = at_once(
            choosing(user, slots),
            *(holding(slot, one) for slot, one in zip(slots, others, strict=True)),
        )

        whole = Appointment.objects.filter(patient=user.patient).count() == 3
        assert outcomes.count("SlotTaken") == 3 * whole
        assert outcomes.count("PlanLost") == 1 - whole
        assert len(kept(slots)) == 3
        assert whole_or_nothing()
    assert invariants.violations(now=NOON) == []


def test_plans_exchanged():
    """Each lets go of what the other wants: one may find it taken, no one is halved."""
    for _ in range(ROUNDS):
        mine, yours = three(), three()
        first, second = UserFactory.create_batch(2)
        choosing(first, mine)()
        choosing(second, yours)()

        outcomes = at_once(choosing(first, yours), choosing(second, mine))

        assert set(outcomes) <= {HELD, "PlanLost"}
        assert whole_or_nothing()
    assert invariants.violations(now=NOON) == []


def test_plan_pressed_many_times_is_one_group():
    user = UserFactory()
    slots = three()

    outcomes = at_once(*[choosing(user, slots)] * 6)

    assert outcomes == [HELD] * 6
    assert AppointmentGroup.objects.count() == 1
    assert Appointment.objects.count() == 3


def test_confirm_pressed_many_times_books_each_once():
    user = UserFactory()
    slots = three()
    group = choosing(user, slots)()

    at_once(*[lambda: groups.confirm(group_id=group.pk, by=user, now=NOON)] * 6)

    for one in group.appointments.all():
        steps = list(one.events.values_list("to_status", flat=True))
        assert steps == [Status.HELD, Status.BOOKED]


def test_confirm_against_release_and_the_clock():
    """Whole either way."""
    for _ in range(ROUNDS):
        confirm_or_release()


def confirm_or_release():
    user, slots = UserFactory(), three()
    group = choosing(user, slots)()
    late = NOON + HOLD_FOR

    at_once(
        lambda: groups.confirm(group_id=group.pk, by=user, now=NOON),
        lambda: groups.release(group_id=group.pk, by=user, now=NOON),
        lambda: booking.lapse(now=late),
        holding(slots[1], UserFactory(), now=late),
    )

    found = set(group.appointments.values_list("status", flat=True))
    assert found in ({Status.BOOKED}, {Status.LAPSED})
    assert invariants.violations(now=late) == []


# --- The twins -------------------------------------------------------------------


def race():
    slots = three()
    users = UserFactory.create_batch(2)
    return at_once(*(choosing(user, slots) for user in users))


def test_without_the_decision_both_have_it(monkeypatch):
    """Nobody decides and nothing else says no: two whole plans of the same times."""

    def take(wanted):
        Slot.objects.filter(pk__in=wanted).update(free=False)

    monkeypatch.setattr(keeping, "take", take)
    monkeypatch.setattr(wishes, "_lock_slots", lambda wanted, ended: None)
    sabotage.drop_claim(monkeypatch.setattr)
    look_at_everything(monkeypatch)
    with sabotage.no_exclusion():
        outcomes = race()

        assert outcomes == [HELD] * 2
        assert Appointment.objects.live().count() == 6
        assert invariants.violations(now=NOON) != []


def look_at_everything(monkeypatch):
    """Everybody looked before anybody wrote, and nobody looks again."""
    within_reach = groups.holding.within_reach

    def all_of_them(wanted, *, patients, now):
        rows = Slot.objects.filter(pk__in=wanted).select_related("schedule")
        return {slot.pk: slot for slot in rows}

    assert within_reach is not all_of_them
    monkeypatch.setattr(groups.holding, "within_reach", all_of_them)
    monkeypatch.setattr(
        groups.holding.admission, "check_overlaps", lambda live, *, slot, end: None
    )


def test_a_decision_by_halves_leaves_half_a_plan(monkeypatch):
    """Without one transaction for all, who loses keeps what came before."""

    def by_halves(wanting, theirs, *, now, groups=()):
        return [keep([wish], theirs, now=now)[0] for wish in wanting]

    keep = groups.holding.keep
    monkeypatch.setattr(groups.holding, "keep", by_halves)
    monkeypatch.setattr(
        groups, "_hold", groups._hold.__wrapped__.__wrapped__.__wrapped__
    )
    slots = three()
    user = UserFactory()
    picked = choosing(user, slots)
    take = keeping.take

    def lost_at_the_last_second(wanted):
        if slots[2].pk in wanted:
            raise SlotTaken
        take(wanted)

    monkeypatch.setattr(keeping, "take", lost_at_the_last_second)
    monkeypatch.setattr(keeping, "lock_all", lambda patients: None)
    monkeypatch.setattr(wishes, "make_way", lambda *facts, **more: set())

    assert at_once(picked) == ["PlanLost"]

    assert not whole_or_nothing()
