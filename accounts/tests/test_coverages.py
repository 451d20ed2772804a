"""With which agreement a person can book."""

from datetime import date, timedelta

import pytest

from accounts import coverages, policies
from accounts.errors import (
    AgreementNotOffered,
    CoverageAlreadyThere,
    CoverageNotWaiting,
    TooManyCoverages,
)
from accounts.models import Coverage
from accounts.tests.factories import CoverageFactory, UserFactory
from accounts.tests.places import HERE
from catalog.models import Agreement
from catalog.tests.factories import AgreementFactory
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def rosa():
    return UserFactory()


def declare(user, agreement, number="123"):
    return coverages.declare(
        patient=user.patient,
        agreement=agreement,
        member_number=number,
        by=user,
        origin=HERE,
        now=NOON,
    )


def is_usable(user, agreement):
    return coverages.usable(patient=user.patient, agreement=agreement, today=TODAY)


def test_particular_is_always_there_and_last(rosa):
    AgreementFactory(particular=True, name="Particular")
    CoverageFactory(patient=rosa.patient, agreement__name="EPS Alianza Andina")

    found = coverages.choices(patient=rosa.patient, today=TODAY)

    assert [(choice.label, choice.hint, choice.usable) for choice in found] == [
        ("EPS Alianza Andina", "Régimen contributivo. Activo.", True),
        ("Particular", "Usted paga el valor completo de la atención.", True),
    ]


def test_a_choice_says_until_when(rosa):
    CoverageFactory(patient=rosa.patient, end_date=date(2026, 12, 31))

    (choice,) = coverages.choices(patient=rosa.patient, today=TODAY)

    assert choice.hint == "Activo hasta el 31 de diciembre de 2026."


@pytest.mark.parametrize(
    ("state", "books_unverified", "answer"),
    [
        ("verified", False, True),
        ("verified", True, True),
        ("declared", True, True),
        ("declared", False, False),
        ("rejected", True, False),
        ("ended", True, False),
    ],
)
def test_usable_depends_on_the_state_and_the_agreement(
    rosa, state, books_unverified, answer
):
    held = CoverageFactory(
        patient=rosa.patient,
        state=state,
        agreement__books_unverified=books_unverified,
    )

    assert is_usable(rosa, held.agreement) is answer


@pytest.mark.parametrize(
    ("dates", "answer"),
    [
        ({"start_date": TODAY, "end_date": TODAY}, True),
        ({"start_date": TOMORROW}, False),
        ({"end_date": YESTERDAY}, False),
        ({"agreement__valid_from": TOMORROW}, False),
        ({"agreement__valid_until": YESTERDAY}, False),
        ({"agreement__valid_until": TODAY}, True),
        ({"agreement__active": False}, False),
    ],
)
def test_usable_only_within_its_dates_and_the_agreements(rosa, dates, answer):
    held = CoverageFactory(patient=rosa.patient, **dates)

    assert is_usable(rosa, held.agreement) is answer


def test_another_persons_coverage_does_not_serve(rosa):
    assert not is_usable(rosa, CoverageFactory().agreement)


def test_particular_serves_everybody_while_it_is_active(rosa):
    agreement = AgreementFactory(particular=True)
    assert is_usable(rosa, agreement)

    Agreement.objects.update(active=False)
    agreement.refresh_from_db()

    assert not is_usable(rosa, agreement)


def test_a_declared_one_is_shown_with_its_reason(rosa):
    declare(rosa, AgreementFactory())

    (choice,) = coverages.choices(patient=rosa.patient, today=TODAY)

    assert not choice.usable
    assert (
        choice.hint == "Estamos verificando su afiliación. Mientras tanto, escoja otro."
    )


def test_declaring_is_written_down(rosa):
    coverage = declare(rosa, AgreementFactory(), "000123")

    assert (coverage.state, coverage.member_number) == ("declared", "000123")
    assert AuditEvent.objects.get(action="coverage.declared").actor == rosa


def test_declaring_the_same_twice_is_refused(rosa):
    agreement = AgreementFactory()
    declare(rosa, agreement)

    with pytest.raises(CoverageAlreadyThere):
        declare(rosa, agreement)


def test_one_that_was_not_found_may_be_declared_again(rosa):
    held = CoverageFactory(patient=rosa.patient, state="rejected")

    assert declare(rosa, held.agreement, "corrected").state == "declared"


@pytest.mark.parametrize(
    "fields", [{"particular": True}, {"active": False}, {"valid_until": YESTERDAY}]
)
def test_what_is_not_offered_cannot_be_declared(rosa, fields):
    with pytest.raises(AgreementNotOffered):
        declare(rosa, AgreementFactory(**fields))


def test_nobody_has_that_many_agreements(rosa):
    for _ in range(policies.MOST_COVERAGES):
        declare(rosa, AgreementFactory())

    with pytest.raises(TooManyCoverages):
        declare(rosa, AgreementFactory())


def test_only_one_decides_on_a_declared_coverage(rosa):
    staff, coverage = UserFactory(staff=True), declare(rosa, AgreementFactory())
    decision = {"coverage_id": coverage.pk, "by": staff, "origin": HERE, "now": NOON}
    coverages.verify(**decision)

    with pytest.raises(CoverageNotWaiting):
        coverages.reject(**decision)

    coverage.refresh_from_db()
    assert (coverage.state, coverage.verified_by) == (Coverage.State.VERIFIED, staff)
