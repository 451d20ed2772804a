"""Documents change with age: one record, its history, and one way to sign in."""

import pytest

from accounts import errors
from accounts.document_change import change_document
from accounts.models import PatientDocument, User
from accounts.tests.factories import (
    ContactDeviceFactory,
    PatientFactory,
    UserFactory,
)
from accounts.tests.places import HERE
from portal.audit.models import AuditEvent
from portal.messaging import gsm7
from portal.messaging.models import Channel
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def young():
    return UserFactory(
        patient__document_type="TI", patient__document_number="1099887766"
    )


@pytest.fixture
def desk():
    return UserFactory(staff=True)


def change(patient, by, kind="CC", number="1.099.887.766"):
    return change_document(
        patient=patient, kind=kind, number=number, by=by, origin=HERE, now=NOON
    )


def test_the_former_one_is_kept_and_the_new_one_signs_in(young, desk):
    record = change(young.patient, desk)

    young.refresh_from_db()
    assert (record.document_type, record.document_number) == ("CC", "1099887766")
    assert young.username == "CC:1099887766"
    former = PatientDocument.objects.get()
    assert (former.patient, former.document_type, former.document_number) == (
        young.patient,
        "TI",
        "1099887766",
    )
    assert former.until == NOON


def test_from_birth_to_cedula_there_are_two_former_ones(young, desk):
    child = PatientFactory(document_type="RC", document_number="1055555555")

    change(child, desk, "TI", "1055555555")
    change(child, desk, "CC", "1055555555")

    former = child.former_documents.order_by("pk")
    assert [one.document_type for one in former] == ["RC", "TI"]


def test_it_is_written_down_without_the_numbers(young, desk):
    """LOG-01, LOG-02."""
    change(young.patient, desk)

    event = AuditEvent.objects.get(action="patient.document_changed")
    assert (event.actor, event.patient_ref) == (desk, young.patient.token)
    assert event.details == {"to": "CC"}


def test_the_owner_is_told(young, desk, smtp_server, twilio_server):
    ContactDeviceFactory(user=young)
    ContactDeviceFactory(user=young, channel=Channel.SMS, destination="+573105550178")

    change(young.patient, desk)
    deliver_all(NOON)

    (mail,), (sms,) = smtp_server.messages, twilio_server.messages
    assert mail.subject == "Ahora entra a su cuenta con su documento nuevo"
    assert "1099887766" not in mail.text + sms.text
    assert gsm7.fits(sms.text)


@pytest.mark.parametrize(
    ("kind", "number", "refusal"),
    [
        ("CC", "12", errors.DocumentNotPlausible),
        ("TI", "1099887766", errors.NothingToChange),
        ("CC", "52111222", errors.DocumentOfAnother),
        ("CC", "52111333", errors.DocumentHasAccount),
    ],
)
def test_each_refusal_changes_nothing(young, desk, kind, number, refusal):
    PatientFactory(document_number="52111222")
    UserFactory(patient__document_number="52111333", patient__provisional=True)

    with pytest.raises(refusal):
        change(young.patient, desk, kind, number)

    young.refresh_from_db()
    assert young.username == "TI:1099887766"
    assert young.patient.document_type == "TI"
    assert not PatientDocument.objects.exists()


def test_only_staff_and_not_ones_own(young, desk):
    own = UserFactory(is_staff=True)

    for patient, by in ((young.patient, young), (own.patient, own)):
        with pytest.raises(errors.NotStaff):
            change(patient, by)


def test_a_retired_account_keeps_its_odd_name(young, desk):
    User.objects.filter(pk=young.pk).update(username="TI:1#9", is_active=False)

    change(young.patient, desk)

    young.refresh_from_db()
    assert young.username == "TI:1#9"
