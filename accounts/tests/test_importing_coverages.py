"""Affiliations and guardians from files: what they make, what they end, and what they refuse."""

from datetime import UTC, date, datetime

import pytest

from accounts import coverages, people
from accounts.importing import COVERAGES, GUARDIANSHIPS, PATIENTS
from accounts.models import Coverage, Guardianship, Patient
from accounts.tests.factories import CoverageFactory, PatientFactory, UserFactory
from catalog.importing import registry
from catalog.tests.factories import AgreementFactory
from catalog.words import fold

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
State = Coverage.State
HEADER = (
    "tipo_documento,documento,convenio,numero_afiliacion,tipo_de_usuario,rango,"
    "exencion,desde,hasta\n"
)
ROSA = "CC,52000111,eps-andina,123456,cotizante,A,,2026-01-01,\n"


@pytest.fixture
def take(tmp_path):
    def load(text, kind, *, complete=False):
        path = tmp_path / "archivo.csv"
        path.write_text(text, encoding="utf-8")
        load.report = registry.get(kind).load(path=path, now=NOW, complete=complete)
        return {outcome.value: n for outcome, n in load.report.counts.items()}

    return load


def said(take):
    return " ".join([*map(str, take.report.rows), *take.report.warnings])


@pytest.fixture
def rosa():
    return PatientFactory(document_number="52000111")


@pytest.fixture
def andina():
    return AgreementFactory(code="eps-andina")


def test_affiliation_is_verified_and_can_be_used_at_once(take, rosa, andina):
    assert take(HEADER + ROSA, "coverages") == {"nueva": 1}
    assert take(HEADER + ROSA, "coverages") == {"igual": 1}

    one = Coverage.objects.get()
    assert (one.patient, one.agreement, one.state) == (rosa, andina, State.VERIFIED)
    assert (one.verified_at, one.verified_by) == (NOW, None)
    assert (one.member_number, one.member_type) == ("123456", "holder")
    assert (one.income_level, one.start_date) == ("A", date(2026, 1, 1))
    assert coverages.usable(patient=rosa, agreement=andina, today=TODAY)


def test_what_the_person_declared_is_verified_and_not_repeated(take, rosa, andina):
    declared = CoverageFactory(
        patient=rosa,
        agreement=andina,
        state=State.DECLARED,
        verified_at=None,
        member_number="999",
    )

    assert take(HEADER + ROSA, "coverages") == {"cambiada": 1}

    declared.refresh_from_db()
    assert (declared.state, declared.verified_at) == (State.VERIFIED, NOW)
    assert declared.member_number == "999"
    assert "estado" in said(take)


def test_affiliation_that_a_complete_file_does_not_bring_ends(take, rosa, andina):
    take(HEADER + ROSA, "coverages")
    other = PatientFactory(document_number="52000222")
    by_hand = CoverageFactory(patient=other, agreement=andina)
    file = HEADER + ROSA.replace("52000111", "52000222")

    assert take(file, "coverages", complete=True)["desactivada"] == 1
    assert Coverage.objects.get(patient=rosa).state == State.ENDED
    by_hand.refresh_from_db()
    assert by_hand.state == State.VERIFIED
    assert take(HEADER + ROSA, "coverages") == {"reactivada": 1}
    assert Coverage.objects.get(patient=rosa).state == State.VERIFIED


def test_affiliation_that_staff_ended_stays_ended(take, rosa, andina):
    take(HEADER + ROSA, "coverages")
    Coverage.objects.update(state=State.ENDED)

    assert take(HEADER + ROSA, "coverages") == {"igual": 1}
    assert Coverage.objects.get().state == State.ENDED


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("52000111", "52000999", "La persona no está entre las personas de la clínica"),
        ("eps-andina", "eps-otra", "convenio: no está en el catálogo"),
        ("eps-andina", "particular", "convenio: no está en el catálogo"),
        ("eps-andina", "", "convenio: falta"),
        ("cotizante", "jefe", "tipo de usuario: no se entiende: puede ser cotizante"),
        (",A,", ",D,", "rango de ingreso: no se entiende"),
        ("2026-01-01", "enero", "desde: no es una fecha"),
        ("2026-01-01,", "2026-01-02,2026-01-01", "hasta: es anterior a desde"),
        ("123456", "9" * 31, "número de afiliación: tiene 31 letras y caben 30"),
    ],
)
def test_row_is_refused_without_naming_the_person(take, rosa, andina, was, now, why):
    AgreementFactory(particular=True, code="particular")

    counts = take(HEADER + ROSA.replace(was, now), "coverages")

    assert counts == {"rechazada": 1}
    assert "Línea 2: rechazada" in said(take)
    assert why in said(take)
    assert "52000" not in said(take)


def test_nobody_provisional_nor_switched_off_is_affiliated(take, andina):
    PatientFactory(document_number="52000111", provisional=True)
    PatientFactory(document_number="52000222", active=False)

    counts = take(HEADER + ROSA + ROSA.replace("0111", "0222"), "coverages")

    assert counts == {"rechazada": 2}
    assert "está desactivada" in said(take)


def test_person_may_have_several_affiliations(take, rosa, andina):
    AgreementFactory(code="prepagada-uno")

    counts = take(
        HEADER + ROSA + ROSA.replace("eps-andina", "PREPAGADA-UNO"), "coverages"
    )

    assert counts == {"nueva": 2}


# --- Guardians -------------------------------------------------------------------
GUARDIANS = (
    "tipo_documento_acudiente,documento_acudiente,tipo_documento,documento,relacion,"
    "soporte,desde,hasta\n"
)
MOTHER = "CC,52000111,TI,1020304050,hija,Registro civil,2026-01-01,\n"


@pytest.fixture
def family():
    mother = UserFactory(
        patient__document_number="52000111", patient__birth_date=date(1985, 4, 5)
    )
    daughter = PatientFactory(
        document_type="TI", document_number="1020304050", birth_date=date(2015, 4, 5)
    )
    return mother, daughter


def test_guardian_acts_for_the_child_from_the_load_on(take, family):
    mother, daughter = family

    assert take(GUARDIANS + MOTHER, "guardianships") == {"nueva": 1}
    assert take(GUARDIANS + MOTHER, "guardianships") == {"igual": 1}

    one = Guardianship.objects.get()
    assert (one.state, one.relation, one.decided_at) == ("approved", "child", NOW)
    assert (one.evidence, one.decided_by) == ("Registro civil", None)
    assert people.persons(mother, on=TODAY) == [mother.patient, daughter]


def test_guardian_that_a_complete_file_does_not_bring_acts_no_more(take, family):
    mother, daughter = family
    take(GUARDIANS + MOTHER, "guardianships")
    other = MOTHER.replace("TI,1020304050,hija", "CC,52000333,mamá")
    PatientFactory(document_number="52000333", birth_date=date(1955, 1, 1))

    counts = take(GUARDIANS + other, "guardianships", complete=True)

    assert counts == {"nueva": 1, "desactivada": 1}
    assert daughter not in people.persons(mother, on=TODAY)
    assert take(GUARDIANS + MOTHER, "guardianships") == {"reactivada": 1}
    assert daughter in people.persons(mother, on=TODAY)


def test_claim_that_waits_is_approved_by_the_file(take, family):
    mother, daughter = family
    claim = Guardianship.objects.create(
        guardian=mother.patient,
        relation="child",
        document_type="TI",
        document_number="1020304050",
        given_names="Ana",
        asked_by=mother,
    )

    assert take(GUARDIANS + MOTHER, "guardianships") == {"cambiada": 1}

    claim.refresh_from_db()
    assert (claim.state, claim.dependant) == ("approved", daughter)
    assert claim.evidence == "Registro civil"


def test_custody_of_a_minor_is_over_at_eighteen(take, family):
    take(GUARDIANS + MOTHER.replace("hija", "custodia"), "guardianships")

    assert Guardianship.objects.get().end_date == date(2033, 4, 4)


def test_ended_by_hand_stays_ended(take, family):
    take(GUARDIANS + MOTHER, "guardianships")
    Guardianship.objects.update(state="ended")

    assert take(GUARDIANS + MOTHER, "guardianships") == {"igual": 1}
    assert Guardianship.objects.get().state == "ended"


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("52000111", "52000999", "El acudiente no está entre las personas"),
        ("1020304050", "1020304059", "La persona a cargo no está entre las personas"),
        ("TI,1020304050", "CC,52000111", "son la misma persona"),
        ("hija", "mamá", "relación: el papá o la mamá no es mayor"),
        ("hija", "vecina", "relación: no se entiende"),
        ("hija", "", "relación: no se entiende"),
        ("Registro civil", "", "soporte: falta"),
        (
            "Registro civil,2026-01-01,",
            "RC,2026-01-01,2025-01-01",
            "hasta: es anterior",
        ),
        ("CC,52000111,TI,1020304050", "TI,1020304050,CC,52000111", "menor de edad"),
        ("TI,1020304050", "CC,52000444", "ya cumplió 18 años"),
    ],
)
def test_guardian_is_refused_by_line_without_names(take, family, was, now, why):
    PatientFactory(document_number="52000444", birth_date=date(2008, 11, 21))

    counts = take(GUARDIANS + MOTHER.replace(was, now), "guardianships")

    assert counts == {"rechazada": 1}
    assert "Línea 2: rechazada" in said(take)
    assert why in said(take)
    for secret in ("5200", "10203", "Rosa"):
        assert secret not in said(take)
    assert Guardianship.objects.count() == 0


def test_guardian_of_who_is_switched_off_is_refused(take, family):
    Patient.objects.filter(document_number="1020304050").update(active=False)

    assert take(GUARDIANS + MOTHER, "guardianships") == {"rechazada": 1}
    assert "La persona a cargo está desactivada" in said(take)


@pytest.mark.parametrize("kind", [PATIENTS, COVERAGES, GUARDIANSHIPS])
def test_a_header_may_be_written_as_the_refusals_call_it(kind):
    """«Faltan columnas: «número de documento del acudiente»» names a header that serves."""
    for column in kind.columns:
        written = "".join(filter(str.isalnum, fold(column.title)))
        assert written in column.spellings.split(), column.title
