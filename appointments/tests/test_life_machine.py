"""Patients, guardians, staff and the clock, in any order, against a plain model.

The model is lists and dictionaries: who has which hour, since which step, told what.
The domain may answer nothing else (BOK-01, BOK-02, BOK-10).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.errors import NotActing
from accounts.models import Guardianship
from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    UserFactory,
)
from appointments import attendance, booking, changes, invariants, requests
from appointments.errors import BookingError
from appointments.models import (
    Appointment,
    AppointmentEvent,
    CancellationPolicy,
    Schedule,
)
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, bogota, particular, times
from catalog import version
from portal.messaging.models import OutgoingMessage

EXAMPLES = 200
REFUSED = (BookingError, NotActing)
HOURS = 4
SEVERAL = 4  # appointments, before a life may end
LIVE = ("held", "proposed", "booked", "arrived")
NOTICE = timedelta(hours=2)  # of the schedules; the rules of cancelling ask for none


@dataclass
class Row:
    """An appointment as the model has it."""

    pk: object
    who: int
    place: int  # which schedule
    hour: int
    status: str = "held"
    until: datetime | None = None  # of a hold or of a request
    replaces: "Row | None" = None
    steps: list[str] = field(default_factory=lambda: ["held"])
    told: Counter = field(default_factory=Counter)

    def go(self, status: str, message: str = "") -> None:
        self.status = status
        self.steps.append(status)
        if message:
            self.told[message] += 1


class World:
    """An agenda at once, one by request, at the same hours; an adult, and a child with two guardians."""

    def __init__(self) -> None:
        self.desk = UserFactory(staff=True, is_superuser=True)
        self.adult, self.mother, self.father = UserFactory.create_batch(3)
        for user in (self.adult, self.mother, self.father):
            ContactDeviceFactory(user=user)
        child = GuardianshipFactory(asked_by=self.mother).dependant
        GuardianshipFactory(asked_by=self.father, dependant=child)
        self.patients = [self.adult.patient, child]
        self.particular = particular()
        anything_goes()
        at_once = ScheduleFactory()
        by_request = ScheduleFactory(booking=Schedule.Booking.REQUEST)
        self.schedules = [at_once, by_request]
        self.starts = [bogota(4, 8 + n) for n in range(HOURS)]
        self.slots = [times(schedule, *self.starts) for schedule in self.schedules]
        version.bump()


def anything_goes() -> None:
    """The rules of cancelling have tests of their own."""
    CancellationPolicy.objects.filter(is_default=True).delete()
    CancellationPolicy.objects.create(
        is_default=True,
        online="yes",
        cancel_notice_minutes=0,
        change_notice_minutes=0,
        most_changes=99,
        most_to_come=99,
        most_to_come_in_specialty=99,
        most_holds=99,
        most_cancellations_a_week=99,
    )


class Life(RuleBasedStateMachine):
    """What happens in that world, and what the model makes of it."""

    world: World
    reached: Counter = Counter()

    def __init__(self):
        super().__init__()
        self._example = transaction.atomic()
        self._example.__enter__()

    def teardown(self):
        try:
            self.jobs()
            assert invariants.violations(now=self.now) == []
            for row in self.rows:
                self.reached.update(row.steps)
                self.reached.update(row.told)
        finally:
            transaction.set_rollback(True)
            self._example.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        self.now = NOON
        self.rows: list[Row] = []
        self.__dict__.update(vars(self.world))
        self.guardians = {0: {self.adult}, 1: {self.mother, self.father}}

    # --- What the model says -----------------------------------------------------

    def alive(self, row: Row) -> bool:
        over = row.status == "held" and row.until <= self.now
        return row.status in LIVE and not over

    def live(self):
        return [row for row in self.rows if self.alive(row)]

    def kept_for(self, row: Row):
        return [one for one in self.live() if one.replaces is row]

    def free(self, place: int, hour: int) -> bool:
        return not any((r.place, r.hour) == (place, hour) for r in self.live())

    def busy(self, who: int, hour: int, but: Row | None = None) -> bool:
        return any(
            r.who == who and r.hour == hour and r is not but for r in self.live()
        )

    def in_time(self, place: int, hour: int) -> bool:
        """Notice; and of a request, that the clinic has an hour of work to answer it."""
        start = self.starts[hour]
        if start < self.now + NOTICE:
            return False
        return place == 0 or start >= requests.answering.earliest_start(self.now)

    def act(self, expected: bool, do, *args, **facts):
        """The domain does it exactly when the model says that it may be."""
        try:
            with transaction.atomic():
                done = do(*args, **facts, now=self.now)
        except REFUSED as refusal:
            done, said = None, repr(refusal)
        else:
            said = "allowed"
        assert expected == (said == "allowed"), f"{do.__name__}: {said}"
        return done

    def one(self, which: int, *statuses: str) -> Row | None:
        """Some row in one of these states, if there is any."""
        rows = [row for row in self.rows if row.status in statuses]
        return rows[which % len(rows)] if rows else None

    def as_patient(self, row: Row, user) -> dict:
        return {
            "appointment_id": row.pk,
            "patient": self.patients[row.who],
            "by": user,
        }

    def may(self, row: Row, user) -> bool:
        return user in self.guardians[row.who]

    def user(self, who: int, other: bool):
        """Somebody who acts for this person, or used to, or never did."""
        if who == 0:
            return self.mother if other else self.adult
        return self.father if other else self.mother

    # --- What may happen: few rules, for Hypothesis leaves some out of each life ----

    @rule(
        who=st.integers(0, 1),
        place=st.integers(0, 1),
        hour=st.integers(0, HOURS - 1),
        other=st.booleans(),
        at_once=st.booleans(),
    )
    def somebody_begins(self, who, place, hour, other, at_once):
        if at_once:
            self.ask_for(who, place, hour)
        else:
            self.hold(who, other, place, hour)

    @rule(
        which=st.integers(0, 30),
        what=st.sampled_from(
            [
                "confirm",
                "cancel",
                "notice",
                "withdraw",
                "take",
                "refuse",
                "move",
                "keep",
            ]
        ),
        other=st.booleans(),
        hour=st.integers(0, HOURS - 1),
        place=st.integers(0, 1),
    )
    def somebody_goes_on(self, which, what, other, hour, place):
        {
            "confirm": lambda: self.confirm(which, other),
            "cancel": lambda: self.cancel(which, other, late=False),
            "notice": lambda: self.cancel(which, other, late=True),
            "withdraw": lambda: self.withdraw(which, other),
            "take": lambda: self.answer_proposal(which, other, takes=True),
            "refuse": lambda: self.answer_proposal(which, other, takes=False),
            "move": lambda: self.change_for(which, hour),
            "keep": lambda: self.hold_another_hour(which, other, place, hour),
        }[what]()

    @rule(
        which=st.integers(0, 30),
        what=st.sampled_from(["accept", "decline", "propose"]),
        hour=st.integers(0, HOURS - 1),
    )
    def the_clinic_answers(self, which, what, hour):
        if what == "propose":
            self.propose(which, hour)
        else:
            self.decide(which, says=what == "accept")

    @rule(
        what=st.sampled_from(
            [1, 5, 11, 60, 600, "jobs", "no answer", "the day", "end"]
        ),
        hour=st.integers(0, HOURS - 1),
        which=st.integers(0, 30),
        came=st.booleans(),
    )
    def time_goes_by(self, what, hour, which, came):
        if what == "jobs":
            self.jobs()
        elif what == "no answer":
            self.nobody_answers(which)
        elif what == "the day":
            self.the_day_comes(hour, which, came)
        elif what == "end":
            self.father_is_guardian_no_more()
        else:
            self.wait(what)

    # --- Patients ----------------------------------------------------------------

    def hold(self, who, other, place, hour):
        user = self.user(who, other)
        self._hold(who, user, place, hour, None)

    def hold_another_hour(self, which, other, place, hour):
        row = self.one(which, "booked")
        if row is not None and row.place == place:
            self._hold(row.who, self.user(row.who, other), place, hour, row)

    def ask_for(self, who, place, hour):
        """Hold it and confirm it, as most do."""
        before = len(self.rows)
        self._hold(who, self.user(who, False), place, hour, None)
        if len(self.rows) > before:
            self._confirm(self.rows[-1], self.user(who, False))

    def change_for(self, which, hour):
        """Another hour of the same agenda, to the end."""
        row, before = self.one(which, "booked"), len(self.rows)
        if row is None:
            return
        self._hold(row.who, self.user(row.who, False), row.place, hour, row)
        if len(self.rows) > before:
            self._confirm(self.rows[-1], self.user(row.who, False))

    def _hold(self, who, user, place, hour, replaces) -> None:
        same = [
            r for r in self.live() if (r.who, r.place, r.hour) == (who, place, hour)
        ]
        if same:
            return  # the same thing twice: tried by the tests of holding
        former = self.kept_for(replaces) if replaces else []
        others = [r for r in self.live() if r is not replaces and r not in former]
        expected = (
            user in self.guardians[who]
            and self.in_time(place, hour)
            and not any((r.place, r.hour) == (place, hour) for r in others)
            and not any((r.who, r.hour) == (who, hour) for r in others)
            and (replaces is None or self.starts[replaces.hour] > self.now)
            and not any(r.status == "proposed" for r in former)
        )
        slot = self.slots[place][hour]
        held = self.act(
            expected,
            booking.hold,
            slot_id=slot.pk,
            procedure=slot.schedule.procedures.get(),
            patient=self.patients[who],
            agreement=self.particular,
            by=user,
            search=f"{len(self.rows)}",
            replaces=None
            if replaces is None
            else Appointment.objects.get(pk=replaces.pk),
        )
        if held is not None:
            for row in former:
                row.go("lapsed")
            self._sweep_in_the_way(who, place, hour)
            self.rows.append(
                Row(
                    held.pk,
                    who,
                    place,
                    hour,
                    until=held.hold_expires_at,
                    replaces=replaces,
                )
            )

    def _sweep_in_the_way(self, who, place, hour) -> None:
        """Holds that are over end when somebody comes to their time."""
        for row in self.rows:
            over = row.status == "held" and not self.alive(row)
            near = row.hour == hour and (row.who == who or row.place == place)
            if over and near:
                row.go("lapsed")

    def confirm(self, which, other):
        row = self.one(which, "held", *(["lapsed"] if which % 8 == 0 else []))
        if row is None:
            return
        self._confirm(row, self.user(row.who, other))

    def _confirm(self, row: Row, user) -> None:
        old, start = row.replaces, self.starts[row.hour]
        expected = (
            self.may(row, user)
            and self.alive(row)
            and start > self.now
            and (old is None or old.status == "booked")
            and (
                row.place == 0
                or min([start, *([self.starts[old.hour]] if old else [])])
                - requests.answering.ANSWERED_BEFORE
                > self.now
            )
            and not (old is not None and old.status == "proposed")
        )
        if old is not None and (old.status != "booked" or row.status == "lapsed"):
            return  # what was to change is gone: its hold ended with it
        done = self.act(expected, booking.confirm, **self.as_patient(row, user))
        if done is None:
            return
        if row.place == 1:
            row.until = Appointment.objects.get(pk=row.pk).answer_by
            row.go("proposed", "requested")
        elif old is None:
            row.go("booked", "confirmed")
        else:
            self._swap(row, old, "moved")

    def _swap(self, row: Row, old: Row, message: str) -> None:
        row.go("lapsed")
        old.place, old.hour = row.place, row.hour
        old.go("booked", message)

    def cancel(self, which, other, late):
        row = self.one(which, "booked", "declined", "lapsed")
        if row is None:
            return
        user = self.user(row.who, other)
        begun = self.starts[row.hour] <= self.now
        expected = self.may(row, user) and row.status == "booked" and not begun
        facts = self.as_patient(row, user)
        if not late:
            facts["reason"] = "hora"
        done = self.act(
            expected, changes.cannot_go if late else changes.cancel, **facts
        )
        if done is not None:
            for kept in [r for r in self.rows if r.replaces is row]:
                if kept.status in ("held", "proposed"):
                    kept.go("lapsed")
            row.go("cancelled", "cancelled")

    def withdraw(self, which, other):
        row = self.one(which, "proposed")
        if row is None:
            return
        user = self.user(row.who, other)
        expected = self.may(row, user) and row.until > self.now
        done = self.act(expected, requests.withdraw, **self.as_patient(row, user))
        if done is not None:
            self._drop_proposals(row)
            row.go("cancelled", "withdrawn")

    def answer_proposal(self, which, other, takes):
        row = self.one(which, "proposed")
        if row is None:
            return
        user, kept = self.user(row.who, other), self.kept_for(row)
        expected = self.may(row, user) and row.until > self.now and bool(kept)
        do = requests.take_proposal if takes else requests.refuse_proposal
        if self.act(expected, do, **self.as_patient(row, user)) is None:
            return
        if takes:
            self._swap(kept[0], row, "accepted")
        else:
            kept[0].go("lapsed")
            row.go("declined", "declined")

    # --- The clinic --------------------------------------------------------------

    def _drop_proposals(self, row: Row) -> None:
        for kept in self.rows:
            if kept.replaces is row and kept.status == "held":
                kept.go("lapsed")

    def decide(self, which, says):
        row = self.one(which, "proposed")
        if row is None:
            return
        expected = row.until > self.now and self.starts[row.hour] > self.now
        facts = {"appointment_id": row.pk, "by": self.desk}
        if not says:
            facts["reason"] = "No atiende a esa hora"
            expected = row.until > self.now
        do = requests.accept if says else requests.decline
        if self.act(expected, do, **facts) is None:
            return
        self._drop_proposals(row)
        if not says:
            row.go("declined", "declined")
        elif row.replaces is None:
            row.go("booked", "accepted")
        else:
            self._swap(row, row.replaces, "moved")

    def propose(self, which, hour):
        row = self.one(which, "proposed")
        if row is None:
            return
        start = self.starts[hour]
        until = requests.answering.proposed_until(start=start, now=self.now)
        others = [r for r in self.live() if r is not row]
        expected = (
            row.until > self.now
            and row.replaces is None
            and not self.kept_for(row)
            and self.free(1, hour)
            and self.in_time(1, hour)
            and requests.answering.may_propose(until=until, start=start, now=self.now)
            and not any((r.who, r.hour) == (row.who, hour) for r in others)
        )
        if self.kept_for(row):
            return  # proposing again takes the place of the former: tried by its tests
        slot = self.slots[1][hour]
        kept = self.act(
            expected,
            requests.propose,
            appointment_id=row.pk,
            slot_id=slot.pk,
            by=self.desk,
        )
        if kept is not None:
            for over in self.rows:
                if over.replaces is row and over.status == "held":
                    over.go("lapsed")
            self._sweep_in_the_way(row.who, 1, hour)
            row.until = until
            self.rows.append(Row(kept.pk, row.who, 1, hour, until=until, replaces=row))
            self.rows[-1].told["proposed_time"] += 1

    def attend(self, which, came):
        row = self.one(which, "booked")
        if row is None:
            return
        expected = self.starts[row.hour] <= self.now
        do = attendance.fulfil if came else attendance.miss
        if self.act(expected, do, appointment_id=row.pk, by=self.desk) is not None:
            for kept in [r for r in self.rows if r.replaces is row]:
                if kept.status in ("held", "proposed"):
                    kept.go("lapsed")
            row.go("fulfilled" if came else "noshow")

    def father_is_guardian_no_more(self):
        if self.father in self.guardians[1]:
            rows = Guardianship.objects.filter(guardian=self.father.patient)
            rows.update(state=Guardianship.State.ENDED)
            self.guardians[1].discard(self.father)

    # --- The clock ---------------------------------------------------------------

    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    def the_day_comes(self, hour, which, came):
        """Nothing can be undone after that: it ends most lives."""
        if len(self.rows) >= SEVERAL:
            self.now = max(self.now, self.starts[hour])
            self.attend(which, came)

    def nobody_answers(self, which):
        row = self.one(which, "proposed")
        if row is not None:
            self.now = max(self.now, row.until)
            self.jobs()

    def jobs(self):
        booking.lapse(now=self.now)
        requests.expire(now=self.now)
        proposals = {id(r): bool(self._proposed(r)) for r in self.rows}
        for row in self.rows:
            if row.status == "held" and row.until <= self.now:
                row.go("lapsed")
        for row in self.rows:
            if row.status == "proposed" and row.until <= self.now:
                if proposals[id(row)]:
                    row.go("declined", "declined")
                else:
                    row.go("lapsed", "expired")

    def _proposed(self, row: Row):
        return [r for r in self.rows if r.replaces is row]

    # --- What must be true -------------------------------------------------------

    @invariant()
    def the_database_is_the_model(self):
        """Each row's state and hour, its history step by step, a message for each event."""
        rows = {row.pk: row for row in getattr(self, "rows", [])}
        for found in Appointment.objects.filter(pk__in=rows):
            row = rows[found.pk]
            assert found.status == row.status, row
            if row.status in LIVE:
                assert found.start == self.starts[row.hour]
                assert found.schedule_id == self.schedules[row.place].pk
        steps, told = steps_of(rows), messages_about(rows)
        for pk, row in rows.items():
            assert steps[pk] == row.steps, row
            assert told[str(pk)] == +row.told, row


def steps_of(pks) -> dict[object, list[str]]:
    found = defaultdict(list)
    events = AppointmentEvent.objects.filter(appointment__in=pks).order_by("pk")
    for pk, status in events.values_list("appointment_id", "to_status"):
        found[pk].append(status)
    return found


def messages_about(pks) -> dict[str, Counter]:
    """By e-mail, which everybody here has, without the reminders."""
    found = defaultdict(Counter)
    rows = OutgoingMessage.objects.filter(
        subject_ref__in=[str(pk) for pk in pks], channel="email"
    )
    for pk, kind in rows.values_list("subject_ref", "kind"):
        if ".reminder." not in kind:
            found[pk][kind.removeprefix("appointments.")] += 1
    return found


STATES = {*LIVE, "fulfilled", "noshow", "cancelled", "declined", "lapsed"} - {"arrived"}
MESSAGES = {"confirmed", "requested", "accepted", "declined", "withdrawn"}
MESSAGES |= {"proposed_time", "moved", "cancelled", "expired"}


@pytest.mark.once
def test_whatever_happens_the_domain_is_the_model(db):
    """Acceptance 4: two hundred lives, and in them everything that can happen."""
    Life.world, Life.reached = World(), Counter()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(Life.reached) >= STATES | MESSAGES
    version.forget()
