"""A transaction that lost a deadlock is run again; one that failed otherwise is not."""

import pytest
from django.db import IntegrityError, OperationalError

from appointments.contention import refusals, retrying
from appointments.errors import PatientBusy, SlotTaken

# Whether there is a transaction around is asked of the connection.
pytestmark = pytest.mark.django_db(transaction=True)


def test_deadlock_is_tried_again_three_times_at_most():
    tries = []

    @retrying
    def always_in_a_circle():
        tries.append(1)
        raise OperationalError from DeadlockDetected()

    with pytest.raises(OperationalError):
        always_in_a_circle()

    assert len(tries) == 3


def test_what_another_try_would_not_help_is_not_tried_again():
    tries = []

    @retrying
    def broken():
        tries.append(1)
        raise OperationalError("disk full")

    with pytest.raises(OperationalError, match="disk full"):
        broken()

    assert len(tries) == 1


class DeadlockDetected(Exception):
    pgcode = "40P01"


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        ("UNIQUE constraint failed: appointments_slotclaim.slot_id", SlotTaken),
        ('violates unique constraint "appointments_slotclaim_slot_id_key"', SlotTaken),
        ('exclusion constraint "appointment_practitioner_once"', SlotTaken),
        ('exclusion constraint "appointment_patient_once"', PatientBusy),
        ("UNIQUE constraint failed: catalog_city.code", IntegrityError),
    ],
)
def test_broken_constraint_is_said_as_its_refusal(message, refusal):
    @refusals
    def write():
        raise IntegrityError(message)

    with pytest.raises(refusal):
        write()
