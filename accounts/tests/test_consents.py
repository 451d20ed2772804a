"""Permission given and taken back, as evidence."""

import pytest

from accounts import consents, legal
from accounts.errors import ConsentIsNeeded
from accounts.models import Consent, LegalText
from accounts.tests.factories import UserFactory
from accounts.tests.places import HERE
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
MESSAGES = LegalText.Kind.MESSAGES


@pytest.fixture
def rosa():
    return UserFactory()


def give(user, kind=MESSAGES, **fields):
    return consents.give(
        patient=user.patient, kind=kind, by=user, origin=HERE, now=NOON, **fields
    )


def withdraw(user, kind=MESSAGES):
    consents.withdraw(patient=user.patient, kind=kind, by=user, origin=HERE, now=NOON)


def test_given_consent_keeps_which_text_who_when_and_from_where(rosa):
    """PRV-02."""
    given = give(rosa)

    given.refresh_from_db()
    assert given.text == consents.current(MESSAGES)
    assert (given.given_by, given.given_at, given.address) == (
        rosa,
        NOON,
        "198.51.100.7",
    )
    assert AuditEvent.objects.filter(action="consent.given").count() == 1


def test_giving_twice_is_giving_once(rosa):
    give(rosa)
    give(rosa)

    assert Consent.objects.count() == 1


def test_consents_for_two_appointments_are_two(rosa):
    give(rosa, LegalText.Kind.TELEHEALTH, subject="appointments.appointment:1")
    give(rosa, LegalText.Kind.TELEHEALTH, subject="appointments.appointment:2")

    assert Consent.objects.count() == 2


def test_withdrawing_keeps_the_evidence_with_its_end(rosa):
    give(rosa)

    withdraw(rosa)

    assert Consent.objects.get().withdrawn_at == NOON
    assert AuditEvent.objects.filter(action="consent.withdrawn").count() == 1


def test_the_wish_for_messages_follows_the_consent(rosa):
    give(rosa)
    rosa.patient.refresh_from_db()
    assert rosa.patient.wants_messages

    withdraw(rosa)

    rosa.patient.refresh_from_db()
    assert not rosa.patient.wants_messages


def test_giving_again_after_withdrawing_is_another_consent(rosa):
    give(rosa)
    withdraw(rosa)

    give(rosa)

    assert [given.withdrawn_at for given in consents.accepted(rosa.patient)].count(
        None
    ) == 1
    assert Consent.objects.count() == 2


@pytest.mark.parametrize("kind", consents.NEEDED)
def test_what_an_account_needs_is_not_withdrawn_here(rosa, kind):
    give(rosa, kind)

    with pytest.raises(ConsentIsNeeded):
        withdraw(rosa, kind)

    assert Consent.objects.get().withdrawn_at is None


def test_a_new_version_is_pending_until_accepted(rosa):
    for kind in consents.NEEDED:
        give(rosa, kind)
    assert consents.pending(rosa.patient) == []

    text = legal.publish(
        kind="terminos",
        title="Términos",
        body="Nuevos.",
        by=UserFactory(staff=True),
        origin=HERE,
        now=NOON,
    )

    assert consents.pending(rosa.patient) == [text]
