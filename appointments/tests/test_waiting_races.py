"""Two that come to one time at one instant: it is one person's, and every row says so."""

import itertools
from collections import Counter
from datetime import timedelta

import pytest

from appointments import booking, changes, invariants, waiting_list
from appointments.models import Appointment, Offer, Opening, Slot, SlotClaim
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, act, bogota, book, hold, particular, times
from appointments.tests.test_contention import at_once
from appointments.tests.waiting import accept, decline, leave, offered, somebody, waits
from portal.messaging.models import OutgoingMessage

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]
ROUNDS = 10
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def paid_by_oneself(db):
    return particular()


class Scene:
    """A schedule with a time of its own for each round."""

    def __init__(self) -> None:
        self.schedule = ScheduleFactory()
        self.numbers = itertools.count()
        self.desk = somebody()

    def slot(self):
        number = next(self.numbers)
        start = bogota(5, 8) + timedelta(days=number // 20, minutes=20 * (number % 20))
        return times(self.schedule, start)[0]

    def freed(self):
        """A time that somebody gave back, noted; nothing else is free."""
        Slot.objects.filter(free=True).update(free=False, withdrawn=True)
        Opening.objects.all().delete()
        slot = self.slot()
        act(changes.cannot_go, book(slot, somebody(), search=str(slot.pk)))
        return slot

    def offer(self, **wishes) -> Offer:
        """One that waits for an answer."""
        slot = self.freed()
        waits(self.schedule, user=somebody(), **wishes)
        waiting_list.offer_out(now=NOON)
        return Offer.objects.select_related("entry", "appointment").get(
            appointment__start=slot.start, status="open"
        )


@pytest.fixture
def scene(transactional_db):
    return Scene()


def one_owner(start) -> Appointment | None:
    """Whose the time is; the history, the offer and the messages agree with it."""
    live = Appointment.objects.live().filter(start=start)
    found = list(live)
    assert len(found) <= 1
    claims = SlotClaim.objects.filter(slot__start=start)
    assert claims.count() == len(found)
    for offer in Offer.objects.filter(appointment__start=start):
        booked = offer.appointment.status == "booked"
        assert booked == (offer.status == Offer.Status.ACCEPTED), offer.status
        kinds = OutgoingMessage.objects.filter(
            subject_ref=str(offer.appointment_id), channel="email"
        ).values_list("kind", flat=True)
        assert (list(kinds).count("appointments.confirmed") == 1) == booked
    return found[0] if found else None


def sound(now=NOON):
    assert invariants.violations(now=now) == []


def test_accept_expire_and_a_stranger(scene):
    """Acceptance 3: at the very second in which it runs out."""
    owners = Counter()
    for number in range(ROUNDS):
        offer, stranger = scene.offer(), somebody()
        over, start = offer.expires_at, offer.appointment.start
        slot = scene.schedule.slots.get(start=start)

        outcomes = at_once(
            lambda o=offer, t=over: accept(o, now=t - SECOND),
            lambda t=over: waiting_list.expire(now=t),
            lambda s=slot, u=stranger, t=over, n=number: hold(
                s, u, now=t, search=str(n)
            ),
        )

        assert set(outcomes) <= {"held", "OfferOver", "SlotTaken"}
        owner = one_owner(start)
        mine = owner is not None and owner.patient == offer.entry.patient
        owners["accepted" if mine else "stranger" if owner else "nobody"] += 1
        offer.refresh_from_db()
        assert offer.status == ("accepted" if mine else "expired")
        waiting_list.leave(
            entry_id=offer.entry_id,
            patient=offer.entry.patient,
            by=offer.entry.asked_by,
            now=over,
        )
    sound(over)
    assert sum(owners.values()) == ROUNDS


def test_accept_many_times_is_once(scene):
    for _ in range(3):
        offer = scene.offer()

        outcomes = at_once(*[lambda o=offer: accept(o)] * 4)

        assert outcomes == ["held"] * 4
        assert one_owner(offer.appointment.start).patient == offer.entry.patient
    sound()


def test_accept_against_decline(scene):
    for _ in range(5):
        offer = scene.offer()

        outcomes = at_once(lambda o=offer: accept(o), lambda o=offer: decline(o))

        assert outcomes == ["OfferOver", "held"]
        one_owner(offer.appointment.start)
        if offered(offer.entry) is None:
            waits_no_more(offer.entry)
    sound()


def waits_no_more(entry):
    entry.refresh_from_db()
    if entry.status == "waiting":
        leave(entry)


def test_accept_against_leave(scene):
    for _ in range(5):
        offer = scene.offer()

        outcomes = at_once(lambda o=offer: accept(o), lambda o=offer: leave(o.entry))

        assert outcomes in (["OfferOver", "held"], ["held", "held"])
        owner = one_owner(offer.appointment.start)
        offer.entry.refresh_from_db()
        assert offer.entry.status == ("served" if owner else "left")
    sound()


def test_a_swap_against_the_cancelling_of_what_it_would_replace(scene):
    for number in range(5):
        user = somebody()
        later = book(
            times(scene.schedule, bogota(20, 8) + timedelta(minutes=20 * number))[0],
            user,
        )
        slot = scene.freed()
        entry = waits(scene.schedule, user=user, instead_of=later)
        waiting_list.offer_out(now=NOON)
        offer = offered(entry)

        at_once(
            lambda o=offer: accept(o),
            lambda a=later: act(changes.cancel, a, reason=""),
        )

        # Cancelled, whichever came first; the swap may have been before it.
        later.refresh_from_db()
        assert later.status == "cancelled"
        assert not Appointment.objects.live().filter(start=slot.start).exists()
        waiting_list.close_over(now=NOON)
    sound()


def test_several_workers_offer_each_time_once(scene):
    """They leave alone what another has in hand; nothing is lost and nothing is twice."""
    slots = [scene.slot() for _ in range(12)]
    kept = [book(slot, somebody(), search=str(slot.pk)) for slot in slots]
    entries = [waits(scene.schedule, n) for n in range(9)]
    for one in kept:
        act(changes.cannot_go, one)

    at_once(*[lambda: waiting_list.offer_out(now=NOON)] * 4)
    waiting_list.offer_out(now=NOON)

    offers = Offer.objects.filter(status="open")
    assert set(offers.values_list("entry", flat=True)) == {e.pk for e in entries}
    assert offers.values("appointment__start").distinct().count() == len(entries)
    assert not Opening.objects.exists()
    sound()


def test_who_waits_first_is_offered_it_though_two_workers_look(scene):
    entry = waits(scene.schedule)
    slot = scene.freed()
    waits(scene.schedule, 5)

    at_once(*[lambda: waiting_list.offer_out(now=NOON)] * 2)

    assert offered(entry).appointment.start == slot.start


def test_a_time_that_is_freed_while_its_note_is_decided_is_not_lost(scene):
    """Freed, booked and freed again in the middle of a worker's look: it is noted anew."""
    for _ in range(ROUNDS):
        slot = scene.freed()
        entry = waits(scene.schedule)
        stranger = somebody()
        held = hold(slot, stranger, search=str(slot.pk))

        at_once(
            lambda: waiting_list.offer_out(now=NOON),
            lambda h=held: act(booking.release, h),
        )

        noted = Opening.objects.filter(slot=slot).exists()
        assert noted or offered(entry)
        waiting_list.offer_out(now=NOON)
        assert offered(entry).appointment.start == slot.start
        leave(entry)
        Opening.objects.all().delete()


def test_a_stranger_and_the_worker(scene):
    """Either it is offered, or the stranger has it."""
    for number in range(ROUNDS):
        slot = scene.freed()
        entry = waits(scene.schedule, user=somebody())
        stranger = somebody()

        outcomes = at_once(
            lambda: waiting_list.offer_out(now=NOON),
            lambda s=slot, u=stranger, n=number: hold(s, u, search=str(n)),
        )

        assert set(outcomes) <= {"held", "SlotTaken"}
        owner = one_owner(slot.start)
        offer = offered(entry)
        assert owner.patient == (entry.patient if offer else stranger.patient)
        leave(entry)
        Opening.objects.all().delete()
    sound()
