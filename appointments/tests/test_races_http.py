"""Two that press at one instant, a hundred times each: one outcome, and the messages agree.

Through HTTP, against a real server process, on PostgreSQL (BOK-01, BOK-02, BOK-10).
"""

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests import at_the_desk
from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
)
from appointments import booking, invariants, notifications
from appointments.models import Appointment, Schedule, Slot
from appointments.tests import network as networks
from appointments.tests.addresses import page
from appointments.tests.network import at
from catalog import version
from portal.messaging.models import OutgoingMessage
from portal.testing.rush import FORGERY_SECRET, all_at_once, serving, signed_in

pytestmark = [
    pytest.mark.contention,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="solo en PostgreSQL"),
]

ROUNDS = 100
Status = Appointment.Status
SEARCH = {
    "tipo": "medicina",
    "modalidad": "presencial",
    "busqueda": "especialidad",
    "procedimiento": "890228",
    "ciudad": "11001",
    "sede": "todas",
}


class Scene:
    """A cardiologist with hours of her own for each round, and people who want them."""

    def __init__(self) -> None:
        self.network = networks.build()
        self.specialty = self.network.cardiology.code
        self.numbers = itertools.count()

    def hour(self) -> Slot:
        number = next(self.numbers)
        (slot,) = self.network.slots("ana", at(3 + number // 8, 8 + number % 8))
        return slot

    def somebody(self):
        user = networks.patient_of(self.network)
        ContactDeviceFactory(user=user)
        return user

    def by_request(self) -> None:
        Schedule.objects.filter(pk=self.network.schedules["ana"].pk).update(
            booking=Schedule.Booking.REQUEST
        )
        version.bump()

    def hold(self, user, slot, *, patient=None, replaces=None) -> Appointment:
        held = booking.hold(
            slot_id=slot.pk,
            procedure=self.network.first_visit,
            patient=patient or user.patient,
            agreement=self.network.eps,
            by=user,
            search="",
            now=timezone.now(),
            replaces=replaces,
        )
        return self.do(booking.read_instructions, user, held)

    def book(self, user, slot, **options) -> Appointment:
        return self.do(booking.confirm, user, self.hold(user, slot, **options))

    def do(self, act, user, appointment) -> Appointment:
        return act(
            appointment_id=appointment.pk,
            patient=appointment.patient,
            by=user,
            now=timezone.now(),
        )

    def search(self, user, **answers) -> str:
        return page(user, "apartar", especialidad=self.specialty, **SEARCH, **answers)


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


@pytest.fixture
def port(scene, tmp_path):
    with serving("portal.wsgi:application", tmp_path / "server.log") as number:
        yield number


def path(name: str, appointment: Appointment) -> str:
    return reverse(f"appointments:{name}", args=[appointment.pk])


def told(appointment: Appointment) -> Counter[str]:
    """The kinds of message about it, without the reminders."""
    rows = OutgoingMessage.objects.filter(subject_ref=str(appointment.pk))
    kinds = rows.values_list("kind", flat=True)
    return Counter(kind for kind in kinds if "reminder" not in kind)


def at_work() -> str:
    """The cookies of somebody of the staff, with the app's code given."""
    browser = Client()
    count = next(desks)
    member = at_the_desk.member(username=f"jefa{count}", is_superuser=True)
    at_the_desk.enter(browser, member)
    pairs = {name: morsel.value for name, morsel in browser.cookies.items()}
    pairs["csrftoken"] = FORGERY_SECRET
    return "; ".join(f"{name}={value}" for name, value in pairs.items())


desks = itertools.count()


def nothing_broken() -> None:
    assert invariants.violations(now=timezone.now()) == []


def no_faults(answers) -> None:
    assert all(answer.status < 500 for answer in answers), answers


def test_cancel_and_change(scene, port):
    """Either it is cancelled, or it has the other hour: never both, and one message says which."""
    outcomes = Counter()
    for _ in range(ROUNDS):
        user = scene.somebody()
        old = scene.book(user, scene.hour())
        kept = scene.hold(user, scene.hour(), replaces=old)
        cookies = signed_in(user)
        answers = all_at_once(
            port,
            [
                (path("cancel", old), cookies, {}),
                (path("confirm", kept), cookies, {}),
            ],
        )
        no_faults(answers)
        old.refresh_from_db()
        outcomes[old.status, old.moves] += 1
        messages = told(old)
        assert messages[notifications.CANCELLED] == (old.status == Status.CANCELLED)
        assert messages[notifications.MOVED] == old.moves
    assert set(outcomes) <= {(Status.CANCELLED, 0), (Status.CANCELLED, 1)}
    nothing_broken()


def test_two_change_to_the_same_hour(scene, port):
    """One of them has it; the other keeps the hour that they had."""
    for _ in range(ROUNDS):
        users = [scene.somebody(), scene.somebody()]
        olds = [scene.book(user, scene.hour()) for user in users]
        wanted = scene.hour()
        answers = all_at_once(
            port,
            [
                (
                    scene.search(user, cambia=str(old.pk)),
                    signed_in(user),
                    {"cupo": wanted.pk},
                )
                for user, old in zip(users, olds, strict=True)
            ],
        )
        assert sorted(answer.status for answer in answers) == [302, 409], answers
        kept = Appointment.objects.get(status=Status.HELD, replaces__in=olds)
        scene.do(booking.read_instructions, kept.booked_by, kept)
        presses = [(path("confirm", kept), signed_in(kept.booked_by), {})] * 2
        no_faults(all_at_once(port, presses))
        for old in olds:
            before = old.start
            old.refresh_from_db()
            moved = old.pk == kept.replaces_id
            assert old.status == Status.BOOKED
            assert old.start == (wanted.start if moved else before)
            assert told(old)[notifications.MOVED] == moved
    nothing_broken()


def test_one_changes_twice_to_two_hours(scene, port):
    """Two tabs hold another hour each: one of them is kept, and the appointment moves once."""
    for _ in range(ROUNDS // 4):
        user = scene.somebody()
        old, hours = scene.book(user, scene.hour()), [scene.hour(), scene.hour()]
        address, cookies = scene.search(user, cambia=str(old.pk)), signed_in(user)
        no_faults(
            all_at_once(port, [(address, cookies, {"cupo": hour.pk}) for hour in hours])
        )
        kept = Appointment.objects.get(status=Status.HELD, replaces=old)
        scene.do(booking.read_instructions, user, kept)
        presses = [(path("confirm", kept), cookies, {})] * 2
        no_faults(all_at_once(port, presses))
        old.refresh_from_db()
        assert old.start == kept.start
        assert old.moves == 1
        assert told(old)[notifications.MOVED] == 1
    nothing_broken()


def test_confirm_and_lapse(scene, port):
    """What was confirmed in time stands; what was not is free again, and nobody was told."""
    outcomes = Counter()
    for number in range(ROUNDS):
        user, slot = scene.somebody(), scene.hour()
        held = scene.hold(user, slot)
        over = timezone.now() + timedelta(milliseconds=20 + number % 40)
        Appointment.objects.filter(pk=held.pk).update(hold_expires_at=over)
        with ThreadPoolExecutor(1) as clock:
            lapsing = clock.submit(lapse_until, held.pk)
            answers = all_at_once(
                port, [(path("confirm", held), signed_in(user), {})] * 2
            )
            lapsing.result()
        no_faults(answers)
        held.refresh_from_db()
        slot.refresh_from_db()
        outcomes[held.status] += 1
        booked = held.status == Status.BOOKED
        assert slot.free is not booked
        assert told(held)[notifications.CONFIRMED] == booked
    assert set(outcomes) <= {Status.BOOKED, Status.LAPSED}
    nothing_broken()


def lapse_until(appointment_id) -> None:
    """The job of each minute, which is in a hurry today."""
    try:
        held = Appointment.objects.filter(pk=appointment_id, status=Status.HELD)
        for _ in range(200):
            booking.lapse(now=timezone.now())
            if not held.exists():
                return
            sleep(0.005)
    finally:
        connections.close_all()


def test_two_guardians_at_once(scene, port):
    """Both hold an hour for the child at the same time of the day: the child has one."""
    network = scene.network
    for _ in range(ROUNDS):
        mother, father = scene.somebody(), scene.somebody()
        son = GuardianshipFactory(asked_by=mother).dependant
        GuardianshipFactory(asked_by=father, dependant=son)
        for_the_son(network, son)
        hours = same_hour(scene)
        answers = all_at_once(
            port,
            [
                (of_the_son(son, user), signed_in(user), {"cupo": hour.pk})
                for user, hour in zip((mother, father), hours, strict=True)
            ],
        )
        no_faults(answers)
        assert sum(answer.status == 302 for answer in answers) == 1, answers
        held = Appointment.objects.get(patient=son)
        presses = [(path("confirm", held), signed_in(u), {}) for u in (mother, father)]
        scene.do(booking.read_instructions, mother, held)
        no_faults(all_at_once(port, presses))
        held.refresh_from_db()
        assert held.status == Status.BOOKED
        rows = OutgoingMessage.objects.filter(
            subject_ref=str(held.pk), kind=notifications.CONFIRMED
        )
        assert [row.recipient_ref for row in rows] == [str(held.booked_by.patient_id)]
    nothing_broken()


def for_the_son(network, son) -> None:
    son.coverages.create(
        agreement=network.eps, state="verified", verified_at=timezone.now()
    )


def same_hour(scene) -> list[Slot]:
    """The same time in the hands of two practitioners."""
    number = next(scene.numbers)
    start = at(3 + number // 8, 8 + number % 8)
    return [*scene.network.slots("luis", start), *scene.network.slots("eva", start)]


def of_the_son(son, user) -> str:
    answers = {
        "convenio": "eps-andina",
        "tipo": "medicina",
        "modalidad": "presencial",
        "busqueda": "procedimiento",
        "procedimiento": "881302",
        "orden": "cita",
        "ciudad": "11001",
        "sede": "todas",
    }
    return reverse("appointments:hold", args=[son.token], query=answers)


QUEUE = "/admin/appointments/appointmentrequest/"


def accepting(request: Appointment, cookies: str):
    fields = {"action": "accept", "_selected_action": request.pk, "confirmado": "si"}
    return QUEUE, cookies, fields


def test_accept_and_withdraw(scene, port):
    """The clinic says yes while the patient says no: one of them, and the other is told."""
    scene.by_request()
    desk, outcomes = at_work(), Counter()
    for _ in range(ROUNDS):
        user = scene.somebody()
        request = scene.book(user, scene.hour())
        assert request.status == Status.PROPOSED
        answers = all_at_once(
            port,
            [
                accepting(request, desk),
                (path("cancel_request", request), signed_in(user), {}),
            ],
        )
        no_faults(answers)
        request.refresh_from_db()
        outcomes[request.status] += 1
        messages = told(request)
        assert messages[notifications.ACCEPTED] == (request.status == Status.BOOKED)
        assert messages[notifications.WITHDRAWN] == (request.status == Status.CANCELLED)
    assert set(outcomes) <= {Status.BOOKED, Status.CANCELLED}
    nothing_broken()


def test_accept_and_accept(scene, port):
    """Two of the staff accept it: it is accepted once and told once."""
    scene.by_request()
    desks = [at_work(), at_work()]
    for _ in range(ROUNDS):
        request = scene.book(scene.somebody(), scene.hour())
        no_faults(all_at_once(port, [accepting(request, desk) for desk in desks]))
        request.refresh_from_db()
        assert request.status == Status.BOOKED
        assert request.events.filter(to_status=Status.BOOKED).count() == 1
        assert told(request)[notifications.ACCEPTED] == 1
    nothing_broken()
