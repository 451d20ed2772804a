"""Acceptance 3: two hundred patients, one time, one instant, a real server, PostgreSQL."""

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
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
from portal.testing.worker import database_url, wait_until

pytestmark = [
    pytest.mark.contention,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="solo en PostgreSQL"),
]

PATIENTS = 200
FORGERY_SECRET = "a" * 32
TAKEN = "Alguien tomó esa hora antes"


@dataclass
class Answer:
    status: int
    location: str
    text: str


@contextmanager
def serving(application: str, log) -> Iterator[int]:
    """A server process with few threads, as in production; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--backlog", "1024"]
    command += ["--workers", "2", "--blocking-threads", "4", application]
    environment = os.environ | {
        "PORTAL_MODE": "test",
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": "memory://",
    }
    with log.open("wb") as out:
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=settings.BASE_DIR, env=environment, stdout=out, stderr=out
        )
        try:
            assert wait_until(lambda: answers(port), seconds=40, meanwhile=lambda: None)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def signed_in(user) -> str:
    """The cookies of a browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return (
        f"{settings.SESSION_COOKIE_NAME}={session}; "
        f"{settings.CSRF_COOKIE_NAME}={FORGERY_SECRET}"
    )


def post(port: int, path: str, cookies: str, start: Barrier, **fields) -> Answer:
    """A form sent the moment that all are ready, over a connection made before."""
    body = urlencode({"csrfmiddlewaretoken": FORGERY_SECRET, **fields})
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    browser = HTTPConnection("127.0.0.1", port, timeout=60)
    browser.connect()
    start.wait(timeout=60)
    browser.request("POST", path, body, headers)
    answer = browser.getresponse()
    text = answer.read().decode()
    browser.close()
    return Answer(answer.status, answer.headers.get("Location", ""), text)


def all_at_once(port: int, posts: list[tuple[str, str, dict]]) -> list[Answer]:
    start = Barrier(len(posts))

    def send(one: tuple[str, str, dict]) -> Answer:
        path, cookies, fields = one
        return post(port, path, cookies, start, **fields)

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(send, posts))


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
    assert OutgoingMessage.objects.filter(subject_ref=str(held.pk)).count() == 1
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
