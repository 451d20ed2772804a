from datetime import date

import pytest

from catalog import coverage
from catalog.models import Agreement, CoveredService, Procedure
from catalog.tests.factories import AgreementFactory, ProcedureFactory

pytestmark = pytest.mark.django_db


def covered_by(agreement):
    return set(Procedure.objects.filter(coverage.covered_procedures(agreement)))


def test_everything_is_covered_where_the_agreement_says_so():
    procedure = ProcedureFactory()

    assert covered_by(AgreementFactory(covers_everything=True)) == {procedure}


def test_nothing_is_covered_by_an_empty_agreement():
    ProcedureFactory(specialty=None)

    assert covered_by(AgreementFactory(covers_everything=False)) == set()


def test_specialty_and_single_procedure_are_covered():
    heart, chest, _ = ProcedureFactory(), ProcedureFactory(), ProcedureFactory()
    agreement = AgreementFactory(covers_everything=False)
    CoveredService.objects.create(agreement=agreement, specialty=heart.specialty)
    CoveredService.objects.create(agreement=agreement, procedure=chest)

    assert covered_by(agreement) == {heart, chest}


def test_covers_answers_for_one_procedure():
    heart, chest = ProcedureFactory(), ProcedureFactory()
    agreement = AgreementFactory(covers_everything=False)
    CoveredService.objects.create(agreement=agreement, procedure=heart)

    assert coverage.covers(agreement=agreement, procedure=heart)
    assert not coverage.covers(agreement=agreement, procedure=chest)


@pytest.mark.parametrize(
    ("terms", "usable"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"valid_from": date(2026, 11, 22)}, False),
        ({"valid_from": date(2026, 11, 21)}, True),
        ({"valid_until": date(2026, 11, 20)}, False),
        ({"valid_until": date(2026, 11, 21)}, True),
    ],
)
def test_agreement_is_in_force_between_its_dates(terms, usable):
    AgreementFactory(**terms)

    found = Agreement.objects.filter(coverage.in_force(day=date(2026, 11, 21)))

    assert found.exists() is usable
