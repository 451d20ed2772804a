"""What the desk decides about an account after seeing a document (design §6)."""

import pytest

from accounts import identity
from accounts.errors import RecordsOverlap
from accounts.models import Coverage, Patient, User
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    PatientFactory,
    UserFactory,
)
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
DESK = Origin("192.0.2.9", "Chromium", "")


@pytest.fixture
def clerk():
    return UserFactory(staff=True)


@pytest.fixture
def online():
    """An account whose document nobody has seen."""
    patient = PatientFactory(document_number="52123456", provisional=True)
    return UserFactory(patient=patient, identity_confirmed_at=None)


def tie(account, clerk):
    return identity.tie_to_record(account=account, by=clerk, origin=DESK, now=NOON)


def test_new_patient_becomes_the_clinic_s_record(online, clerk):
    record = tie(online, clerk)

    online.refresh_from_db()
    assert record == online.patient
    assert not record.provisional
    assert online.identity_confirmed_at == NOON


def test_account_gets_the_record_that_the_clinic_held(online, clerk):
    record = PatientFactory(document_number="52123456")

    assert tie(online, clerk) == record

    online.refresh_from_db()
    assert online.patient == record
    assert Patient.objects.of_the_clinic().count() == 1


def test_what_the_account_made_moves_to_the_record(online, clerk):
    record = PatientFactory(document_number="52123456")
    coverage = CoverageFactory(patient=online.patient)

    tie(online, clerk)

    assert Coverage.objects.get(pk=coverage.pk).patient == record


def test_agreement_that_both_have_is_kept_once(online, clerk):
    record = PatientFactory(document_number="52123456")
    known = CoverageFactory(patient=record)
    repeated = CoverageFactory(patient=online.patient, agreement=known.agreement)

    tie(online, clerk)

    repeated.refresh_from_db()
    assert repeated.state == Coverage.State.ENDED


def test_tying_twice_is_tying_once(online, clerk):
    record = PatientFactory(document_number="52123456")
    tie(online, clerk)
    online.refresh_from_db()

    assert tie(online, clerk) == record
    online.refresh_from_db()
    assert online.identity_confirmed_at == NOON


def test_record_that_has_an_account_is_not_given_to_another(online, clerk):
    record = PatientFactory(document_number="52123456")
    UserFactory(patient=record, username="TI:10203040506")

    with pytest.raises(RecordsOverlap):
        tie(online, clerk)

    online.refresh_from_db()
    assert online.identity_confirmed_at is None


def test_tying_is_audited(online, clerk):
    tie(online, clerk)

    event = AuditEvent.objects.get(action="account.tied")
    assert event.actor_id == clerk.pk


def test_staff_without_a_patient_cannot_be_tied(clerk):
    with pytest.raises(Patient.DoesNotExist):
        tie(clerk, clerk)


def test_retired_account_frees_its_document(online, clerk):
    """At the desk it turns out that the account is of somebody else."""
    ContactDeviceFactory(user=online)

    identity.retire(account=online, by=clerk, origin=DESK, now=NOON)

    online.refresh_from_db()
    assert not online.is_active
    assert not User.objects.filter(username="CC:52123456").exists()
    assert AuditEvent.objects.filter(action="account.retired").count() == 1


def test_two_accounts_apart_never_share_a_record(clerk):
    """Two registrations of one document, the first one retired: the clinic keeps one record."""
    strangers = [
        PatientFactory(document_number="52123456", provisional=True) for _ in "ab"
    ]
    owner = UserFactory(patient=strangers[1], identity_confirmed_at=None)

    tie(owner, clerk)

    records = Patient.objects.of_the_clinic().with_document(
        kind="CC", number="52123456"
    )
    assert list(records) == [strangers[1]]
