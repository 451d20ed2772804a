"""Whatever patients do, in whatever order, with time going on: the agenda stays right."""

from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.tests.factories import UserFactory
from appointments import availability, booking, invariants
from appointments.errors import BookingError
from appointments.models import Appointment, Slot
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, act, bogota, hold, particular, times
from appointments.tests.test_availability import refs
from catalog import version
from catalog.tests.factories import ProcedureFactory

places = st.integers(0, 7)
patients = st.integers(0, 2)


class Agenda(RuleBasedStateMachine):
    """Two schedules at the same hours, one with a procedure of two slots; three patients."""

    @initialize()
    def open(self) -> None:
        self.now = NOON
        self.users = UserFactory.create_batch(3)
        self.agreement = particular()
        self.short = ScheduleFactory()
        self.long = ScheduleFactory(procedure=ProcedureFactory(minutes=40))
        hours = [bogota(3, 8 + n // 3, n % 3 * 20) for n in range(4)]
        self.slots = times(self.short, *hours) + times(self.long, *hours)

    def __init__(self):
        super().__init__()
        self._example = transaction.atomic()
        self._example.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self._example.__exit__(None, None, None)
        version.forget()

    def _try(self, do, *args, **changes) -> None:
        """A refusal is an answer; anything else is a fault."""
        try:
            do(*args, now=self.now, **changes)
        except BookingError:
            return

    @rule(place=places, patient=patients, search=st.sampled_from("ab"))
    def hold(self, place, patient, search):
        self._try(hold, self.slots[place], self.users[patient], search=search)

    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: Appointment.objects.exists())
    @rule(
        which=st.integers(0, 30),
        do=st.sampled_from([booking.confirm, booking.extend, booking.release]),
    )
    def go_on(self, which, do):
        ones = Appointment.objects.order_by("created_at", "reference")
        self._try(lambda one, now: act(do, one, now=now), ones[which % len(ones)])

    @rule()
    def lapse(self):
        booking.lapse(now=self.now)

    @invariant()
    def nothing_is_broken(self):
        if hasattr(self, "slots"):
            assert invariants.violations(now=self.now) == []

    @invariant()
    def what_is_offered_is_what_nobody_occupies(self):
        if not hasattr(self, "slots"):
            return
        window = availability.Window(now=self.now)
        offered = availability.free_times(
            schedules=refs(self.short), window=window, limit=20
        )
        occupying = Appointment.objects.occupying(at=self.now)
        open_slots = Slot.objects.filter(schedule=self.short).exclude(
            claim__appointment__in=occupying
        )
        assert {time.slot_id for time in offered} == {slot.pk for slot in open_slots}


def test_agenda_stays_right_whatever_patients_do(db):
    """BOK-10"""
    run_state_machine_as_test(
        Agenda,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
