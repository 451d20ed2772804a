"""Many at the same instant, in one process, on whichever database the suite runs.

Each test that shows a wall standing has a twin that takes the wall away and shows the
harm, so that the first could have failed.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Condition

import pytest
from django.db import OperationalError, connection

from accounts.tests.factories import UserFactory
from appointments import booking, invariants
from appointments.contention import refusals
from appointments.errors import BookingError
from appointments.models import Appointment, SlotClaim
from appointments.policies import HOLD_FOR
from appointments.tests import sabotage
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import (
    NOON,
    act,
    bogota,
    hold,
    one_time,
    particular,
    times,
)
from catalog.tests.factories import ProcedureFactory

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]

MANY = 8
HELD = "held"


def at_once(*acts):
    """What each answers, when all begin at the same instant."""
    start = Barrier(len(acts))

    def run(do):
        try:
            start.wait(timeout=30)
            do()
        except (BookingError, OperationalError) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return HELD

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def holding(slot, user, **changes):
    return lambda: hold(slot, user, **changes)


@pytest.fixture(autouse=True)
def paid_by_oneself(db):
    """Made before the race: making it is not part of it."""
    return particular()


def test_only_one_of_many_holds_the_time():
    """BOK-01"""
    slot, users = one_time(), UserFactory.create_batch(MANY)

    outcomes = at_once(*(holding(slot, user) for user in users))

    assert outcomes == ["SlotTaken"] * (MANY - 1) + [HELD]
    assert Appointment.objects.count() == 1
    assert invariants.violations(now=NOON) == []


def test_only_one_of_many_takes_over_a_hold_that_is_over():
    slot, users = one_time(), UserFactory.create_batch(MANY)
    hold(slot)

    outcomes = at_once(*(holding(slot, user, now=NOON + HOLD_FOR) for user in users))

    assert outcomes == ["SlotTaken"] * (MANY - 1) + [HELD]
    assert invariants.violations(now=NOON) == []


def test_each_slot_of_a_long_procedure_is_one_patients():
    """Overlapping runs of slots, asked for from both ends: nobody waits in a circle."""
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=60))
    slots = times(schedule, *(bogota(3, 8 + n // 3, n % 3 * 20) for n in range(8)))
    users = UserFactory.create_batch(6)

    outcomes = at_once(
        *(holding(slot, user) for slot, user in zip(slots[:6], users, strict=True))
    )

    assert set(outcomes) == {HELD, "SlotTaken"}
    assert SlotClaim.objects.count() == 3 * outcomes.count(HELD)
    assert invariants.violations(now=NOON) == []


def test_patients_who_exchange_their_times():
    """Each lets go of what the other wants; whoever comes first finds it taken."""
    schedule, users = ScheduleFactory(), UserFactory.create_batch(2)
    slots = times(schedule, bogota(3, 8), bogota(3, 9))
    for slot, user in zip(slots, users, strict=True):
        hold(slot, user, search="a")

    outcomes = at_once(
        holding(slots[1], users[0], search="a"), holding(slots[0], users[1], search="a")
    )

    assert set(outcomes) <= {HELD, "SlotTaken"}
    assert invariants.violations(now=NOON) == []


def test_one_patient_in_two_windows_is_in_one_place():
    """BOK-02: two searches, two sites, the same hour."""
    user = UserFactory()
    slots = [one_time(bogota(3, 8)), one_time(bogota(3, 8, 10))]

    outcomes = at_once(*(holding(slot, user, search=str(slot.pk)) for slot in slots))

    assert outcomes == ["PatientBusy", HELD]
    assert Appointment.objects.live().count() == 1


def test_hold_pressed_many_times_is_one_hold():
    """BOK-05"""
    slot, user = one_time(), UserFactory()

    outcomes = at_once(*[holding(slot, user)] * MANY)

    assert outcomes == [HELD] * MANY
    assert Appointment.objects.count() == 1


def test_limit_of_holds_also_at_one_instant():
    """BOK-08"""
    user = UserFactory()
    slots = [one_time(bogota(3, hour)) for hour in range(8, 14)]

    outcomes = at_once(*(holding(slot, user, search=str(slot.pk)) for slot in slots))

    assert outcomes == ["TooManyHolds"] * 3 + [HELD] * 3


def test_confirm_pressed_many_times_is_one_appointment():
    """BOK-05"""
    held = hold(one_time())

    at_once(*[lambda: act(booking.confirm, held)] * MANY)

    assert list(held.events.values_list("to_status", flat=True)) == ["held", "booked"]


def test_confirm_against_somebody_who_finds_it_over():
    """The hour belongs to one of the two, whatever their clocks say."""
    slot, other = one_time(), UserFactory()
    held = hold(slot)

    outcomes = at_once(
        lambda: act(booking.confirm, held, now=NOON + HOLD_FOR - timedelta(seconds=1)),
        holding(slot, other, now=NOON + HOLD_FOR),
        lambda: booking.lapse(now=NOON + HOLD_FOR),
    )

    assert outcomes in (["HoldExpired", HELD, HELD], ["SlotTaken", HELD, HELD])
    assert Appointment.objects.live().count() == 1
    assert invariants.violations(now=NOON) == []


# --- The twins: what happens without the walls -----------------------------------


@pytest.fixture
def look_then_write(monkeypatch):
    """Nobody decides, and everybody has looked before anybody writes."""
    looked = Counter()
    sabotage.look_then_write(
        monkeypatch.setattr, pause=lambda: looked.arrive_and_wait_for(MANY)
    )
    if connection.vendor == "sqlite":
        # One writer at a time is SQLite's lock: without it, statement by statement.
        without_transaction = booking.hold.__wrapped__.__wrapped__.__wrapped__
        monkeypatch.setattr(booking, "hold", refusals(without_transaction))


class Counter:
    """A barrier that lets those pass who come again (a transaction that is repeated)."""

    def __init__(self):
        self._arrived, self._condition = 0, Condition()

    def arrive_and_wait_for(self, many):
        with self._condition:
            self._arrived += 1
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._arrived >= many, timeout=20)


@pytest.fixture
def without_claim(monkeypatch):
    sabotage.drop_claim(monkeypatch.setattr)


@pytest.fixture
def without_exclusion(db):
    with sabotage.no_exclusion():
        yield


def race_for_one_slot():
    slot, users = one_time(), UserFactory.create_batch(MANY)
    return at_once(*(holding(slot, user) for user in users))


@pytest.mark.usefixtures("look_then_write", "without_claim", "without_exclusion")
def test_without_claim_and_constraint_many_have_the_same_time():
    """The twin: the first test of this file is able to fail, and so are the invariants."""
    outcomes = race_for_one_slot()

    assert outcomes == [HELD] * MANY
    assert Appointment.objects.live().count() == MANY
    broken = {violation.rule for violation in invariants.violations(now=NOON)}
    assert "Un profesional atiende dos citas a la vez" in broken


@pytest.mark.usefixtures("look_then_write", "without_exclusion")
def test_the_claim_alone_says_no():
    outcomes = race_for_one_slot()

    assert outcomes == ["SlotTaken"] * (MANY - 1) + [HELD]
    assert SlotClaim.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="solo en PostgreSQL")
@pytest.mark.usefixtures("look_then_write", "without_claim")
def test_the_exclusion_alone_says_no():
    outcomes = race_for_one_slot()

    assert outcomes == ["SlotTaken"] * (MANY - 1) + [HELD]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="solo en SQLite")
def test_without_immediate_transactions_sqlite_only_says_locked(monkeypatch):
    """Why settings ask for IMMEDIATE: the losers would get an error, not an answer."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "transaction_mode", None)

    outcomes = race_for_one_slot()

    assert "OperationalError" in outcomes
