"""People who wait, times that come and go, and the clock, in any order, against a plain model.

The model is lists: who waits since when, who was offered which hour until when. The
domain may answer nothing else, never two offers of one time, never a lost time.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

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
from appointments import booking, changes, invariants, policies, waiting_list
from appointments.errors import BookingError
from appointments.models import Appointment, Offer, Opening, WaitingListEntry
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, bogota, hold, particular, times
from appointments.tests.test_life_machine import anything_goes
from appointments.tests.waiting import somebody, wanted
from catalog import version
from portal.messaging.models import OutgoingMessage

EXAMPLES = 100
PEOPLE, HOURS = 4, 4
NOTICE = timedelta(hours=2)  # of the schedule; those who wait ask for one hour
LEAST = timedelta(minutes=15)


@dataclass(eq=False)
class Place:
    """Somebody's place on the list, as the model has it."""

    pk: object
    who: int
    since: datetime
    status: str = "waiting"
    later: "Held | None" = None
    # The hours that were offered to them.
    seen: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Held:
    """Somebody's hour: a hold, an appointment or an offer."""

    pk: object
    who: int
    hour: int
    status: str  # held, offered, booked
    until: datetime | None = None
    place: Place | None = None


class World:
    """One schedule of four hours in a few days, and four people."""

    def __init__(self) -> None:
        self.users = [somebody() for _ in range(PEOPLE)]
        self.particular = particular()
        anything_goes()
        self.schedule = ScheduleFactory()
        self.starts = [bogota(3, 9), bogota(3, 16), bogota(5, 10), bogota(11, 10)]
        self.slots = times(self.schedule, *self.starts)
        version.bump()


class Waiting(RuleBasedStateMachine):
    world: World
    reached: Counter = Counter()

    def __init__(self):
        super().__init__()
        self._example = transaction.atomic()
        self._example.__enter__()

    def teardown(self):
        try:
            self.the_clock_looks()
            assert invariants.violations(now=self.now) == []
            self.nothing_is_left_that_would_fit()
            self.reached.update(place.status for place in self.places)
            self.reached.update(self.told)
        finally:
            transaction.set_rollback(True)
            self._example.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        self.now = NOON
        self.__dict__.update(vars(self.world))
        self.places: list[Place] = []
        self.held: list[Held] = []
        self.gone: set[tuple[int, int]] = set()  # who gave up which hour
        self.noted: set[int] = set()
        self.told: Counter = Counter()
        # Whose offer ran out, and when, of which the clock has not told them.
        self.untold: list[tuple[Place, datetime]] = []

    # --- What the model says -------------------------------------------------------

    def of(self, who: int):
        return [one for one in self.held if one.who == who]

    def has(self, hour: int) -> Held | None:
        return next((one for one in self.held if one.hour == hour), None)

    def alive(self, one: Held) -> bool:
        return one.until is None or one.until > self.now

    def give_back(self, one: Held) -> None:
        self.held.remove(one)
        self.gone.add((one.who, one.hour))
        self.note(one.hour)

    def note(self, hour: int) -> None:
        if self.starts[hour] > self.now:
            self.noted.add(hour)

    def place_of(self, who: int) -> Place | None:
        found = (p for p in self.places if p.who == who and p.status == "waiting")
        return next(found, None)

    def offer_of(self, place: Place) -> Held | None:
        return next((one for one in self.held if one.place is place), None)

    def chance(self, hour: int) -> tuple[datetime, datetime] | None:
        """When somebody is told of it, and until when they may answer."""
        start, told = self.starts[hour], self.now
        local = self.now.astimezone(start.tzinfo)
        if not 7 <= local.hour < 20:
            day = local + timedelta(days=1) if local.hour >= 20 else local
            told = day.replace(hour=7, minute=0, second=0, microsecond=0)
        lasts = (
            next(k for far, k in policies.OFFER_LASTS if start - told >= far)
            if (start >= told)
            else timedelta(0)
        )
        until = min(told + lasts, start - timedelta(hours=1))
        return (told, until) if until - told >= LEAST else None

    def fits(self, place: Place, hour: int) -> bool:
        start = self.starts[hour]
        own = [one for one in self.of(place.who) if one is not place.later]
        return (
            place.status == "waiting"
            and self.offer_of(place) is None
            and (place.who, hour) not in self.gone
            and start >= self.now + NOTICE
            and self.chance(hour) is not None
            and not any(one.hour == hour and self.alive(one) for one in own)
            and (place.later is None or hour < place.later.hour)
        )

    def act(self, expected: bool, do):
        try:
            with transaction.atomic():
                done = do()
        except (BookingError, NotActing) as refusal:
            done, said = None, repr(refusal)
        else:
            said = "allowed"
        assert expected == (said == "allowed"), said
        return done

    # --- What may happen: few rules, for Hypothesis leaves some out of each life ------

    @rule(
        who=st.integers(0, PEOPLE - 1),
        what=st.sampled_from(
            ["join", "sooner", "sooner", "book", "book", "hold", "leave"]
        ),
        hour=st.integers(0, HOURS - 1),
    )
    def somebody_begins(self, who, what, hour):
        {
            "join": lambda: self.join(who, sooner=False),
            "sooner": lambda: self.join(who, sooner=True),
            "book": lambda: self.book(who, hour, confirms=True),
            "hold": lambda: self.book(who, hour, confirms=False),
            "leave": lambda: self.leave(who),
        }[what]()

    @rule(
        which=st.integers(0, 20),
        what=st.sampled_from(["cancel", "yes", "no", "late"]),
    )
    def somebody_goes_on(self, which, what):
        if what == "cancel":
            self.cancel(which)
            self.the_clock_looks()
        elif what == "late":
            self.nobody_answers(which)
        else:
            self.answer(which, what)

    @rule(what=st.sampled_from([1, 11, 240, 1500, "look", "look"]))
    def time_goes_by(self, what):
        if what == "look":
            self.the_clock_looks()
        else:
            self.now += timedelta(minutes=what)

    def offers(self, which):
        """What is offered now; where nothing is, somebody joins and the worker looks."""
        if not any(one.status == "offered" for one in self.held):
            self.join(which % PEOPLE, sooner=bool(which % 3))
            self.the_clock_looks()
        return [one for one in self.held if one.status == "offered"]

    def nobody_answers(self, which):
        offers = self.offers(which)
        if offers:
            self.now = max(self.now, offers[which % len(offers)].until)

    def join(self, who, sooner):
        """Wait for any of these hours, or for a sooner one than one's own."""
        if sooner and not self.of(who):
            self.book(who, HOURS - 1, confirms=True)
        booked = [one for one in self.of(who) if one.status == "booked"]
        later = booked[0] if sooner and booked else None
        later_one = None if later is None else Appointment.objects.get(pk=later.pk)
        old = self.place_of(who)
        if old is not None and self.offer_of(old) is not None:
            return  # new wishes while something is offered: a test of joining
        facts = wanted(
            self.users[who],
            self.schedule,
            instead_of=later_one,
            first_day=date(2026, 3, 1),
            last_day=date(2026, 3, 31),
        )
        entry = self.act(
            later is None or self.starts[later.hour] > self.now,
            lambda: waiting_list.join(facts, by=self.users[who], now=self.now),
        )
        if entry is None:
            return
        if old is None:
            old = Place(entry.pk, who, self.now)
            self.places.append(old)
        old.later = later
        self.match(old)

    def match(self, place: Place) -> None:
        """A time that is free already is noted for them, the first that serves."""
        busy = {
            one.hour
            for one in self.of(place.who)
            if self.alive(one) and one is not place.later
        }
        for hour, start in enumerate(self.starts):
            holder = self.has(hour)
            free = holder is None or (
                holder.status != "booked" and not self.alive(holder)
            )
            if place.later is not None and hour >= place.later.hour:
                return
            serves = hour not in busy and (place.who, hour) not in self.gone
            in_time = start >= self.now + NOTICE and self.chance(hour) is not None
            if free and serves and in_time:
                if holder is None:
                    self.note(hour)
                return

    def leave(self, who):
        place = self.place_of(who)
        if place is None:
            return
        waiting_list.leave(
            entry_id=place.pk,
            patient=self.users[who].patient,
            by=self.users[who],
            now=self.now,
        )
        self.end(place, "left")

    def end(self, place: Place, status: str) -> None:
        place.status = status
        offer = self.offer_of(place)
        if offer is not None:
            self.give_back(offer)

    def book(self, who, hour, confirms):
        """Somebody takes an hour in the ordinary way, whoever waits for it."""
        holder = self.has(hour)
        if holder is not None and holder.who == who and self.alive(holder):
            return
        over = holder if holder is not None and not self.alive(holder) else None
        start = self.starts[hour]
        expected = start >= self.now + NOTICE and (holder is None or over is not None)
        user = self.users[who]
        held = self.act(
            expected,
            lambda: hold(
                self.slots[hour],
                user,
                search=f"{len(self.held)}-{self.now}-{hour}",
                now=self.now,
            ),
        )
        if held is None:
            return
        if over is not None:
            self.ends_over(over)
        mine = Held(held.pk, who, hour, "held", held.hold_expires_at)
        self.noted.discard(hour)
        self.held.append(mine)
        if confirms:
            self.confirm(mine)

    def confirm(self, mine: Held) -> None:
        user = self.users[mine.who]
        booking.confirm(
            appointment_id=mine.pk, patient=user.patient, by=user, now=self.now
        )
        mine.status, mine.until = "booked", None
        self.served(mine)

    def served(self, mine: Held) -> None:
        place = self.place_of(mine.who)
        if place is None:
            return
        later = place.later
        if later is not None and later is not mine and later.hour <= mine.hour:
            return
        self.end(place, "served")

    def ends_over(self, one: Held) -> None:
        """A hold or an offer that is over ends: somebody came to its time, or the clock."""
        self.give_back(one)
        if one.place is not None:
            self.told["offer_expired"] += 1
            self.untold.append((one.place, self.now))

    def cancel(self, which):
        booked = [one for one in self.held if one.status == "booked"]
        awaited = [one for one in booked if any(p.later is one for p in self.places)]
        booked = awaited if awaited and which % 2 else booked
        if not booked:
            return
        one = booked[which % len(booked)]
        user = self.users[one.who]
        done = self.act(
            self.starts[one.hour] >= self.now,
            lambda: changes.cannot_go(
                appointment_id=one.pk, patient=user.patient, by=user, now=self.now
            ),
        )
        if done is None:
            return
        for place in self.places:
            offer = self.offer_of(place)
            if place.later is one and offer is not None:
                self.give_back(offer)
        self.give_back(one)

    def answer(self, which, says):
        offers = self.offers(which)
        if not offers:
            return
        one = offers[which % len(offers)]
        user, place = self.users[one.who], one.place
        pk = Offer.objects.get(appointment=one.pk).pk
        do = waiting_list.accept if says == "yes" else waiting_list.decline
        done = self.act(
            self.alive(one),
            lambda: do(offer_id=pk, patient=user.patient, by=user, now=self.now),
        )
        if done is None:
            return
        if says == "no":
            self.told["declined"] += 1
            self.give_back(one)
            self.match(place)
        else:
            self.accepted(one, place)

    def accepted(self, one: Held, place: Place) -> None:
        later = place.later
        one.place = None
        self.told["accepted" if later is None else "swapped"] += 1
        if later is None:
            one.status, one.until = "booked", None
        else:
            self.held.remove(one)
            self.gone.add((one.who, one.hour))
            self.note(later.hour)
            later.hour = one.hour
        self.end(place, "served")

    # --- The clock --------------------------------------------------------------------

    def the_clock_looks(self):
        """The jobs: what is over ends, who cannot be served waits no more, the rest is offered."""
        booking.lapse(now=self.now)
        waiting_list.expire(now=self.now)
        waiting_list.close_over(now=self.now)
        for one in [one for one in self.held if not self.alive(one)]:
            self.ends_over(one)
        self.tell()
        for place in self.places:
            if place.status == "waiting" and self.cannot_be_served(place):
                self.end(place, "over")
        for place in self.places:
            just_now = place.since > self.now - timedelta(minutes=2)
            new = place.status == "waiting" and not self.was_offered(place)
            if new and just_now:
                self.match(place)
        before = self.notes_in_order()
        made = waiting_list.offer_out(now=self.now)
        assert made == self.offer_in_the_model(before)

    def tell(self):
        """Whose offer ran out within a day is told, and looked at once more."""
        for place, at in self.untold:
            lately = at > self.now - timedelta(days=1)
            if lately and place.status == "waiting" and self.offer_of(place) is None:
                self.match(place)
        self.untold.clear()

    def nothing_is_left_that_would_fit(self):
        """Once all were looked at, no hour is free that somebody who waits could have."""
        for _ in range(PEOPLE * HOURS):
            waiting_list.match_all(now=self.now)
            if not waiting_list.offer_out(now=self.now):
                break
        self.read_the_offers()
        left = [
            (place.who, hour)
            for place in self.places
            for hour in range(HOURS)
            if self.has(hour) is None and self.fits(place, hour)
        ]
        assert left == []

    def read_the_offers(self):
        """What the database offers by now, as the model has it."""
        known = {one.pk for one in self.held}
        places = {place.pk: place for place in self.places}
        for row in Appointment.objects.filter(offer__status="open"):
            if row.pk not in known:
                place, hour = places[row.offer.entry_id], self.starts.index(row.start)
                until = row.hold_expires_at
                new = Held(row.pk, place.who, hour, "offered", until, place)
                assert self.fits(place, hour)
                self.held.append(new)

    def was_offered(self, place: Place) -> bool:
        return bool(place.seen)

    def cannot_be_served(self, place: Place) -> bool:
        later = place.later
        if later is not None:
            return later not in self.held or self.starts[later.hour] <= self.now
        return False

    def offer_in_the_model(self, before: list[int]) -> int:
        """Each noted hour to the first who may have it; the notes in the order of the rows."""
        hours = [*before, *sorted(self.noted - set(before))]
        made = 0
        order = sorted(self.places, key=lambda p: (p.since, p.pk))
        for hour in hours:
            place = next((p for p in order if self.fits(p, hour)), None)
            if self.has(hour) is None and place is not None:
                _, until = self.chance(hour)
                row = Appointment.objects.get(
                    start=self.starts[hour], status="held", offer__entry=place.pk
                )
                self.held.append(Held(row.pk, place.who, hour, "offered", until, place))
                place.seen.add(hour)
                self.told["offered"] += 1
                made += 1
        self.noted.clear()
        return made

    def notes_in_order(self) -> list[int]:
        """Of the times that may be offered; one that somebody took is none any more."""
        hours = {slot.pk: n for n, slot in enumerate(self.slots)}
        rows = Opening.objects.filter(slot__free=True, slot__start__gt=self.now)
        keys = rows.order_by("pk").values_list("slot", flat=True)
        return [hours[key] for key in keys]

    @invariant()
    def the_database_is_the_model(self):
        if not hasattr(self, "held"):
            return
        rows = Appointment.objects.filter(status__in=("held", "booked"))
        found = {
            (row.pk, self.starts.index(row.start), row.hold_expires_at) for row in rows
        }
        assert found == {(one.pk, one.hour, one.until) for one in self.held}
        entries = dict(WaitingListEntry.objects.values_list("pk", "status"))
        assert entries == {place.pk: place.status for place in self.places}
        open_ones = Offer.objects.filter(status="open")
        assert set(open_ones.values_list("appointment", "entry")) == {
            (one.pk, one.place.pk) for one in self.held if one.place is not None
        }
        told = OutgoingMessage.objects.filter(
            channel="email", kind__startswith="appointments.offer"
        )
        said = Counter(
            kind.removeprefix("appointments.")
            for kind in told.values_list("kind", flat=True)
        )
        assert said["offered"] == self.told["offered"]
        noted = {h for h in self.noted if self.starts[h] > self.now}
        assert set(self.notes_in_order()) == noted


REACHED = {"waiting", "served", "left", "over"}
REACHED |= {"offered", "accepted", "swapped", "declined", "offer_expired"}


@pytest.mark.once
def test_whatever_happens_the_list_is_the_model(db):
    """Acceptance 3: join, free, offer, accept, decline, expire, cancel and the clock."""
    Waiting.world, Waiting.reached = World(), Counter()
    run_state_machine_as_test(
        Waiting,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(Waiting.reached) >= REACHED
    version.forget()
