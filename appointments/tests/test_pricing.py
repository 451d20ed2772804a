"""What is paid, by regime, level, member and exemption."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Coverage
from accounts.tests.factories import CoverageFactory
from appointments import policies, pricing
from appointments.presenters.prices import pesos, told
from appointments.pricing import Kind
from catalog import version
from catalog.models import Agreement, FeeBand, FeeYear, ProcedurePrice
from catalog.tests.factories import (
    AgreementFactory,
    ProcedureFactory,
    SpecialtyFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)
VISIT, SURGERY = "890201", "230101"
HOLDER, BENEFICIARY = Coverage.Member.HOLDER, Coverage.Member.BENEFICIARY
NBSP = "\xa0"


def words(kind="contributivo", code=VISIT, day=DAY, fee="", price=None, **coverage):
    extra = {"particular": True} if kind == "particular" else {"kind": kind}
    agreement = AgreementFactory(**extra)
    procedure = ProcedureFactory(code=code, fee=fee)
    if price is not None:
        ProcedurePrice.objects.create(
            agreement=agreement,
            procedure=procedure,
            amount=price,
            valid_from=date(2026, 1, 1),
        )
        version.bump()
    member = (
        None
        if kind == "particular"
        else CoverageFactory(agreement=agreement, **coverage)
    )
    found = pricing.estimate(
        coverage=member, agreement=agreement, procedure=procedure, day=day
    )
    return told(found).words.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("A", "$ 5.800 de cuota moderadora"),
        ("B", "$ 20.100 de cuota moderadora"),
        ("C", "$ 52.800 de cuota moderadora"),
        ("", "Entre $ 5.800 y $ 52.800 de cuota moderadora"),
    ],
)
@pytest.mark.parametrize("member", [HOLDER, BENEFICIARY, ""])
def test_holder_and_beneficiary_pay_the_cuota_of_their_level(level, said, member):
    assert words(income_level=level, member_type=member) == said


@pytest.mark.parametrize(
    ("level", "member", "said"),
    [
        (
            "A",
            BENEFICIARY,
            "Copago del 11,5 % del valor del servicio, máximo $ 373.715",
        ),
        (
            "B",
            BENEFICIARY,
            "Copago del 17,3 % del valor del servicio, máximo $ 1.497.644",
        ),
        (
            "C",
            BENEFICIARY,
            "Copago del 23 % del valor del servicio, máximo $ 2.995.409",
        ),
        (
            "",
            BENEFICIARY,
            "Copago del 11,5 % a 23 % del valor del servicio, máximo $ 2.995.409",
        ),
        ("A", HOLDER, "No paga nada por esta cita"),
        ("", HOLDER, "No paga nada por esta cita"),
        (
            "A",
            "",
            "Copago del 11,5 % del valor del servicio, máximo $ 373.715, si usted es "
            "beneficiario. Si es cotizante, no paga copago",
        ),
    ],
)
def test_only_beneficiaries_pay_a_copago(level, member, said):
    assert words(code=SURGERY, income_level=level, member_type=member) == said


@pytest.mark.parametrize(
    ("level", "price", "said"),
    [
        ("A", 100_000, "$ 11.500 de copago"),
        ("C", 100_000, "$ 23.000 de copago"),
        ("A", 4_000_000, "$ 373.715 de copago"),
        ("", 100_000, "Entre $ 11.500 y $ 23.000 de copago"),
    ],
)
def test_where_the_value_is_known_the_copago_is_an_amount(level, price, said):
    assert (
        words(code=SURGERY, price=price, income_level=level, member_type=BENEFICIARY)
        == said
    )


@pytest.mark.parametrize("kind", ["contributivo", "subsidiado"])
@pytest.mark.parametrize("code", [VISIT, SURGERY])
def test_who_is_exempt_pays_nothing_and_reads_why(kind, code):
    said = words(kind, code=code, fee_exemption="programa de diabetes")

    assert said == "No paga: programa de diabetes"


@pytest.mark.parametrize("kind", ["contributivo", "subsidiado"])
def test_promotion_and_prevention_is_free(kind):
    assert words(kind, fee="none") == "No paga nada por esta cita"


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("subsidiado", VISIT, "No paga nada por esta cita"),
        (
            "subsidiado",
            SURGERY,
            "Puede que deba pagar una cuota moderadora o un copago",
        ),
        ("arl", VISIT, "No paga nada por esta cita"),
        ("soat", SURGERY, "No paga nada por esta cita"),
        (
            "prepagada",
            VISIT,
            "Según su plan, puede que deba pagar un bono o un copago. Pregúntele a su entidad",
        ),
        (
            "especial",
            VISIT,
            "Según su plan, puede que deba pagar un bono o un copago. Pregúntele a su entidad",
        ),
        (
            "particular",
            VISIT,
            "Usted paga el valor completo. Pregunte cuánto es en la sede",
        ),
    ],
)
def test_other_payers_have_other_rules(kind, code, said):
    assert words(kind, code=code) == said


def test_particular_pays_the_price_of_the_procedure():
    assert words("particular", price=4_700) == "$ 4.700"


def test_its_own_price_before_that_of_its_specialty_and_the_newest_that_began():
    agreement = AgreementFactory(particular=True)
    specialty = SpecialtyFactory()
    own, other = (
        ProcedureFactory(specialty=specialty),
        ProcedureFactory(specialty=specialty),
    )
    for facts in (
        {"specialty": specialty, "amount": 50, "valid_from": date(2026, 1, 1)},
        {"procedure": own, "amount": 60, "valid_from": date(2026, 1, 1)},
        {"procedure": own, "amount": 70, "valid_from": date(2026, 6, 1)},
        {"procedure": own, "amount": 80, "valid_from": date(2027, 1, 1)},
    ):
        ProcedurePrice.objects.create(agreement=agreement, **facts)
    version.bump()
    known = pricing.tables()

    assert known.price(agreement, own, date(2026, 5, 31)) == 60
    assert known.price(agreement, own, date(2026, 6, 1)) == 70
    assert known.price(agreement, other, DAY) == 50
    assert known.price(AgreementFactory(), own, DAY) is None


def test_until_staff_write_next_year_this_years_values_are_shown_with_their_year():
    agreement, procedure = AgreementFactory(), ProcedureFactory(code=VISIT)
    coverage = CoverageFactory(agreement=agreement, income_level="A")
    facts = {"coverage": coverage, "agreement": agreement, "procedure": procedure}

    assert pricing.estimate(**facts, day=date(2027, 1, 2)).year == 2026
    year = FeeYear.objects.create(year=2027, legal_basis="Circular de 2027")
    FeeBand.objects.create(
        fee_year=year, regime="contributivo", level="A", moderadora=6_000
    )
    version.bump()

    next_year = pricing.estimate(**facts, day=date(2027, 1, 2))
    assert (next_year.year, next_year.low) == (2027, 6_000)
    assert pricing.estimate(**facts, day=DAY).low == 5_800
    assert told(next_year).basis == "Según Circular de 2027. Valores de 2027."


def test_before_any_table_nothing_is_invented():
    FeeYear.objects.all().delete()
    version.bump()

    found = pricing.estimate(
        coverage=None,
        agreement=AgreementFactory(),
        procedure=ProcedureFactory(code=VISIT),
        day=DAY,
    )

    assert found.kind == Kind.UNKNOWN
    assert not told(found).known


def test_the_tables_are_read_once(django_assert_num_queries):
    agreement, procedure = AgreementFactory(), ProcedureFactory(code=VISIT)
    pricing.tables()

    with django_assert_num_queries(0):
        for _ in range(3):
            pricing.estimate(
                coverage=None, agreement=agreement, procedure=procedure, day=DAY
            )


@pytest.mark.parametrize("kind", Agreement.Kind.values)
def test_every_kind_of_agreement_has_words(kind):
    assert words(kind)


def test_pesos_are_written_as_people_write_them():
    assert pesos(4_700) == f"${NBSP}4.700"
    assert pesos(1_497_644) == f"${NBSP}1.497.644"


def test_who_is_exempt_by_law_is_said_where_something_is_paid():
    agreement = AgreementFactory()
    found = pricing.estimate(
        coverage=None,
        agreement=agreement,
        procedure=ProcedureFactory(code=VISIT),
        day=DAY,
    )

    assert "gestantes" in told(found).exempt
    assert "Decreto 1652 de 2022" in told(found).basis


@pytest.mark.parametrize(
    ("chosen", "code", "fee"),
    [
        ("", "890201", "moderadora"),
        ("", "870101", "moderadora"),
        ("", "869401", "copago"),
        ("", "902210", "moderadora"),
        ("copago", "890201", "copago"),
        ("none", "869401", "none"),
    ],
)
def test_fee_of(chosen, code, fee):
    assert policies.fee_of(chosen=chosen, code=code) == fee


def test_copago_is_rounded_to_the_peso_and_capped():
    assert policies.copago(amount=10_001, percent=Decimal("11.5"), cap=None) == 1_150
    assert policies.copago(amount=1, percent=Decimal(50), cap=None) == 1
    assert policies.copago(amount=10_000, percent=Decimal(50), cap=4_999) == 4_999
