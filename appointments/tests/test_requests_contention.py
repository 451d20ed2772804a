"""Two answers to one request at the same instant leave one outcome, and the other is told."""

import pytest

from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, invariants, requests
from appointments.errors import AlreadyDecided, NoProposal
from appointments.models import Appointment
from appointments.tests.asking import ask, member, propose
from appointments.tests.steps import NOON, bogota, particular, times
from appointments.tests.test_contention import HELD, at_once
from portal.messaging.models import OutgoingMessage

pytestmark = [pytest.mark.contention, pytest.mark.django_db(transaction=True)]

ROUNDS = 10
LATE = AlreadyDecided.__name__
ENDS = {
    "booked": "appointments.accepted",
    "declined": "appointments.declined",
    "cancelled": "appointments.withdrawn",
}


@pytest.fixture
def asked(db):
    particular()
    user = UserFactory()
    ContactDeviceFactory(user=user)
    return ask(bogota(10, 8), user)


def staff_do(do, asked, **facts):
    by = member()
    return lambda: do(appointment_id=asked.pk, by=by, now=NOON, **facts)


def patient_does(do, asked):
    who = {"patient": asked.patient, "by": asked.booked_by, "now": NOON}
    return lambda: do(appointment_id=asked.pk, **who)


def only_outcome(asked):
    """The one that it has, told once; whoever came second changed nothing."""
    asked.refresh_from_db()
    ends = asked.events.exclude(to_status__in=("held", "proposed"))
    assert [step.to_status for step in ends] == [asked.status]
    told = OutgoingMessage.objects.filter(kind__in=ENDS.values())
    assert [message.kind for message in told] == [ENDS[asked.status]]
    assert invariants.violations(now=NOON) == []
    return asked.status


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_accept_against_withdraw(asked, turn):
    outcomes = at_once(
        staff_do(requests.accept, asked), patient_does(requests.withdraw, asked)
    )

    assert outcomes == [LATE, HELD]
    assert only_outcome(asked) in ("booked", "cancelled")


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_accept_against_accept(asked, turn):
    outcomes = at_once(*(staff_do(requests.accept, asked) for _ in range(4)))

    assert outcomes == [LATE] * 3 + [HELD]
    assert only_outcome(asked) == "booked"


def test_accept_against_decline(asked):
    outcomes = at_once(
        staff_do(requests.accept, asked),
        staff_do(requests.decline, asked, reason="No hay consulta"),
    )

    assert outcomes == [LATE, HELD]
    assert only_outcome(asked) in ("booked", "declined")


def test_proposal_taken_while_the_clinic_accepts(asked):
    (slot,) = times(asked.schedule, bogota(11, 8))
    propose(asked, slot)

    outcomes = at_once(
        staff_do(requests.accept, asked), patient_does(requests.take_proposal, asked)
    )

    assert outcomes == [LATE, HELD]
    assert only_outcome(asked) == "booked"
    assert Appointment.objects.filter(status="lapsed").count() == 1


def test_proposal_taken_while_its_time_lapses(asked):
    """The last second of one is the first of the other: never both."""
    (slot,) = times(asked.schedule, bogota(11, 8))
    kept = propose(asked, slot)
    until = kept.hold_expires_at

    outcomes = at_once(
        patient_does(requests.take_proposal, asked),
        lambda: booking.lapse(now=until),
        lambda: requests.expire(now=until),
    )

    assert set(outcomes) <= {HELD, LATE, NoProposal.__name__}
    asked.refresh_from_db()
    kept.refresh_from_db()
    assert kept.status == "lapsed"
    assert asked.status in ("booked", "declined", "proposed")
    requests.expire(now=until)
    assert only_outcome(asked) in ("booked", "declined")
