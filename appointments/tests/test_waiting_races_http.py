"""Accept, run out, or a stranger's booking at one instant, through a real server on PostgreSQL.

Acceptance 3 of the waiting list: the time is one person's, and every row says so.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from appointments import notifications, openings, waiting_list
from appointments.models import Appointment, Offer, Slot, WaitingListEntry
from appointments.tests.test_races_http import (
    Scene,
    no_faults,
    nothing_broken,
    told,
)
from portal.testing.rush import all_at_once, serving, signed_in

pytestmark = [
    pytest.mark.contention,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="solo en PostgreSQL"),
]
ROUNDS = 100


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


@pytest.fixture
def port(scene, tmp_path):
    with serving("portal.wsgi:application", tmp_path / "server.log") as number:
        yield number


def offer_to(scene, user, slot) -> Offer:
    """The worker's work, done here: somebody waits, and this time alone became free."""
    now = timezone.now()
    others = Slot.objects.filter(free=True).exclude(pk=slot.pk)
    others.update(free=False, withdrawn=True)
    network = scene.network
    waiting_list.join(
        waiting_list.Wanted(
            patient=user.patient,
            agreement=network.eps,
            procedure=network.first_visit,
            modality=slot.schedule.modality,
            first_day=slot.day,
            last_day=slot.day,
            notice_minutes=60,
        ),
        by=user,
        now=now,
    )
    openings.note_slots([slot.pk], now=now)
    waiting_list.offer_out(now=now)
    return Offer.objects.select_related("entry").get(
        appointment__start=slot.start, status=Offer.Status.OPEN
    )


def expire_until(offer_id) -> None:
    """The job of each half minute, which is in a hurry today."""
    try:
        waiting = Offer.objects.filter(pk=offer_id, status=Offer.Status.OPEN)
        for _ in range(400):
            waiting_list.expire(now=timezone.now())
            if not waiting.exists():
                return
            sleep(0.005)
    finally:
        connections.close_all()


def test_accept_run_out_or_a_stranger(scene, port):
    outcomes = Counter()
    for number in range(ROUNDS):
        user, stranger, slot = scene.somebody(), scene.somebody(), scene.hour()
        offer = offer_to(scene, user, slot)
        over = timezone.now() + timedelta(milliseconds=20 + 5 * (number % 80))
        Appointment.objects.filter(pk=offer.appointment_id).update(hold_expires_at=over)
        Offer.objects.filter(pk=offer.pk).update(expires_at=over)
        accept = reverse("appointments:accept_offer", args=[offer.entry_id])
        with ThreadPoolExecutor(1) as clock:
            expiring = clock.submit(expire_until, offer.pk)
            answers = all_at_once(
                port,
                [
                    (accept, signed_in(user), {"oferta": str(offer.pk)}),
                    (scene.search(stranger), signed_in(stranger), {"cupo": slot.pk}),
                ],
            )
            expiring.result()
        no_faults(answers)
        outcomes[whose(offer, user, stranger, slot)] += 1
    assert set(outcomes) <= {"theirs", "stranger", "nobody"}
    assert outcomes["theirs"]
    assert sum(outcomes.values()) == ROUNDS
    nothing_broken()


def whose(offer, user, stranger, slot) -> str:
    """One owner or none; the offer, the place on the list and the messages agree."""
    offer.refresh_from_db()
    slot.refresh_from_db()
    entry = WaitingListEntry.objects.get(pk=offer.entry_id)
    live = Appointment.objects.live().filter(start=slot.start, schedule=slot.schedule)
    owner = live.first()
    assert live.count() <= 1
    assert slot.free is (owner is None)
    mine = owner is not None and owner.patient == user.patient
    assert offer.status == (Offer.Status.ACCEPTED if mine else Offer.Status.EXPIRED)
    assert entry.status == ("served" if mine else "waiting")
    confirmed = told(offer.appointment)[notifications.CONFIRMED]
    assert confirmed == int(mine)
    waiting_list.leave(
        entry_id=entry.pk, patient=user.patient, by=user, now=timezone.now()
    )
    if owner is None:
        return "nobody"
    assert mine or owner.patient == stranger.patient
    return "theirs" if mine else "stranger"
