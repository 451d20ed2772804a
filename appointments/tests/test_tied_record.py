"""An account that gets the clinic's record brings its appointments along (docs/adr/0016)."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts import identity
from accounts.errors import RecordsOverlap
from accounts.models import Patient
from accounts.tests.factories import PatientFactory, UserFactory
from appointments.models import Appointment
from appointments.tests.factories import SlotFactory
from catalog.tests.factories import AgreementFactory
from portal.audit.origin import Origin
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
TWENTY_MINUTES = timedelta(minutes=20)


def booked(patient, start):
    """An appointment of this person, with another practitioner each time."""
    slot = SlotFactory(start=start)
    return Appointment.objects.create(
        reference=f"REF{slot.pk:05d}",
        patient=patient,
        schedule=slot.schedule,
        practitioner=slot.practitioner,
        site=slot.site,
        procedure=slot.schedule.procedures.get(),
        agreement=AgreementFactory(),
        modality=slot.schedule.modality,
        start=start,
        end=start + TWENTY_MINUTES,
        status=Appointment.Status.BOOKED,
        booked_by=UserFactory(),
    )


@pytest.fixture
def online():
    patient = PatientFactory(document_number="52123456", provisional=True)
    return UserFactory(patient=patient, identity_confirmed_at=None)


def tie(account):
    return identity.tie_to_record(
        account=account,
        by=UserFactory(staff=True),
        origin=Origin("192.0.2.9", "", ""),
        now=NOON,
    )


def test_appointments_of_both_stand_under_the_record(online):
    record = PatientFactory(document_number="52123456")
    mine = booked(online.patient, NOON)
    theirs = booked(record, NOON + TWENTY_MINUTES)

    tie(online)

    assert list(Appointment.objects.of(record)) == [mine, theirs]


def test_account_apart_sees_nothing_of_the_record(online):
    record = PatientFactory(document_number="52123456")
    booked(record, NOON)

    assert not Appointment.objects.of(online.patient).exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="solo en PostgreSQL")
def test_records_with_two_appointments_at_once_are_not_joined(online):
    record = PatientFactory(document_number="52123456")
    booked(online.patient, NOON)
    booked(record, NOON)

    with pytest.raises(RecordsOverlap):
        tie(online)

    assert Patient.objects.get(pk=online.patient_id).provisional
