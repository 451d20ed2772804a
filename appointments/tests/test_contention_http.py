"""Acceptance 3: two hundred patients, one time, one instant, a real server, PostgreSQL."""

from collections import Counter

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ContactDeviceFactory
from appointments import invariants
from appointments.models import Appointment
from appointments.tests import network as networks
from appointments.tests import sabotage
from appointments.tests.addresses import ULTRASOUND, page
from appointments.tests.network import at
from portal.messaging.models import OutgoingMessage
from portal.testing.rush import Answer, all_at_once, serving, signed_in

pytestmark = [
    pytest.mark.contention,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="solo en PostgreSQL"),
]

PATIENTS = 200
TAKEN = "Alguien tomó esa hora antes"


@pytest.fixture
def scene(db):
    """One time that everybody wants, others near it, and nobody's hands full."""
    network = networks.build()
    wanted, *_ = network.slots("luis", at(3, 8), at(3, 9), at(3, 10), at(4, 8))
    return network, wanted


def rush(port: int, scene, many: int) -> list[Answer]:
    network, wanted = scene
    users = [networks.patient_of(network) for _ in range(many)]
    for user in users:
        ContactDeviceFactory(user=user)
    hold = [page(user, "apartar", **ULTRASOUND) for user in users]
    cookies = [signed_in(user) for user in users]
    fields = {"cupo": wanted.pk}
    posts = [(path, cookie, fields) for path, cookie in zip(hold, cookies, strict=True)]
    return all_at_once(port, posts)


def test_two_hundred_patients_and_one_time(scene, tmp_path):
    """Exactly one has it, every other sees the page with other times, nobody a 500."""
    with serving("portal.wsgi:application", tmp_path / "server.log") as port:
        outcomes = rush(port, scene, PATIENTS)
        assert Counter(a.status for a in outcomes) == {302: 1, 409: PATIENTS - 1}
        losers = [answer.text for answer in outcomes if answer.status == 409]
        assert all(TAKEN in text and 'name="cupo"' in text for text in losers)

        held = Appointment.objects.get()
        confirm = reverse("appointments:confirm", args=[held.pk])
        presses = [(confirm, signed_in(held.booked_by), {})] * 10
        pressed = all_at_once(port, presses)

    voucher = reverse("appointments:voucher", args=[held.pk])
    assert {(a.status, a.location) for a in pressed} == {(302, voucher)}
    assert list(held.events.values_list("to_status", flat=True)) == ["held", "booked"]
    event = f"appointments.confirmed:{held.pk}"
    assert OutgoingMessage.objects.filter(event=event).count() == 1
    assert invariants.violations(now=timezone.now()) == []


def test_twin_without_lock_claim_and_constraint_gives_it_to_several(scene, tmp_path):
    """The test above is able to fail: without the walls, the same rush books it twice."""
    application = "appointments.tests.sabotaged_wsgi:application"
    with (
        sabotage.no_exclusion(),
        serving(application, tmp_path / "server.log") as port,
    ):
        outcomes = rush(port, scene, 40)

        assert Counter(answer.status for answer in outcomes)[302] > 1
        assert Appointment.objects.live().count() > 1
