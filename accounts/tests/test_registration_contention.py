"""The same document in two browsers at one instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection

from accounts import codes, registration
from accounts.models import Patient, RegistrationAttempt, User
from accounts.tests.factories import PASSWORD
from portal.audit.origin import Origin
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON

pytestmark = [
    pytest.mark.contention,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("smtp_server"),
]
HOME = Origin("192.0.2.10", "Firefox", "")
BROWSERS = 6


def until_code(number: int) -> tuple[RegistrationAttempt, str]:
    attempt = registration.begin(
        kind="CC",
        number="52123456",
        birth_date=date(1978, 3, 27),
        origin=HOME,
        now=NOON,
    )
    details = registration.Details(
        given_names="Rosa",
        family_names="Martínez",
        sex="female",
        phone="+573105550178",
        email=f"rosa{number}@example.com",
        password=PASSWORD,
        consents=(),
    )
    registration.fill_in(attempt_id=attempt.pk, details=details, origin=HOME, now=NOON)
    challenge = registration.send_code(
        attempt_id=attempt.pk, channel="email", origin=HOME, now=NOON
    )
    return attempt, codes.derive(challenge)


def test_one_document_confirmed_in_six_browsers_at_once_is_one_account():
    ready = [until_code(n) for n in range(BROWSERS)]
    gate = Barrier(BROWSERS)

    def finish(attempt: RegistrationAttempt, code: str) -> None:
        gate.wait()
        try:
            registration.confirm(
                attempt_id=attempt.pk, code=code, origin=HOME, now=NOON
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(BROWSERS) as pool:
        for done in [pool.submit(finish, *one) for one in ready]:
            done.result()

    assert User.objects.count() == 1
    assert Patient.objects.count() == 1
    assert RegistrationAttempt.objects.filter(finished_at=None).count() == 0
    assert RegistrationAttempt.objects.exclude(account=None).count() == 1
    told = OutgoingMessage.objects.filter(
        kind="accounts.registration", version=2, channel="email"
    )
    assert told.count() == 1
