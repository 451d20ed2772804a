import csv
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from catalog import coverage, instructions, search
from catalog.importing import kinds, loading
from catalog.models import (
    Agreement,
    City,
    Instruction,
    Procedure,
    Site,
    SiteService,
    Specialty,
)
from portal.ops.demo import catalogue

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
OFFICIAL = Path(os.environ.get("SHARED_DATA", settings.BASE_DIR / "../shared/data"))
# GSM-7, without the accents it lacks (ux §7).
SMS_NAME = re.compile(r"^[A-Za-z0-9ñÑé .]{1,28}$")
SENSITIVE = ("50", "84", "08", "94")


@pytest.fixture(scope="module")
def network(django_db_setup, django_db_blocker):
    """Loaded once for all these tests, and taken back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        catalogue.load(now=NOW)
        yield
        transaction.set_rollback(True)


def test_network_has_its_cities_sites_specialties_and_procedures(network):
    visits = Procedure.objects.exclude(visit="")

    assert City.objects.count() == 6
    assert Site.objects.count() == 14
    assert Specialty.objects.count() == 27
    assert visits.count() == 60
    assert Procedure.objects.count() - visits.count() == 285


def test_every_consultation_has_a_first_visit_and_a_control(network):
    first = Procedure.objects.filter(visit="first").values_list("code", flat=True)
    control = Procedure.objects.filter(visit="control").values_list("code", flat=True)

    assert {code[4:] for code in first} == {code[4:] for code in control}


def test_loading_twice_changes_nothing(network):
    before = list(Procedure.objects.values_list().order_by("pk"))
    sets = Instruction.objects.count()

    catalogue.load(now=NOW)

    assert list(Procedure.objects.values_list().order_by("pk")) == before
    assert Instruction.objects.count() == sets


def test_every_specialty_is_attended_somewhere_in_person(network):
    attended = SiteService.objects.filter(modality="presencial")

    assert set(Specialty.objects.values_list("pk", flat=True)) == set(
        attended.values_list("specialty_id", flat=True)
    )


def test_every_procedure_has_a_specialty_and_says_how_to_prepare(network):
    silent = [
        procedure.code
        for procedure in Procedure.objects.select_related("specialty")
        if instructions.for_procedure(procedure) is None
    ]

    assert silent == []
    assert not Procedure.objects.filter(specialty=None).exists()


def test_steps_name_an_hour_exactly_when_they_have_one(network):
    steps = Instruction.objects.all()

    assert [
        s.text for s in steps if ("{hora}" in s.text) != bool(s.minutes_before)
    ] == []


def test_names_in_messages_fit_and_hide_what_is_sensitive(network):
    names = set(Procedure.objects.values_list("sms_name", flat=True))
    hidden = Procedure.objects.filter(specialty__code__in=SENSITIVE)

    assert [name for name in names if not SMS_NAME.match(name)] == []
    assert set(hidden.values_list("sms_name", flat=True)) == {"cita medica"}


def test_agreements_cover_different_things_and_particular_covers_all(network):
    agreements = Agreement.objects.filter(coverage.in_force(day=TODAY))
    covered = {
        a.code: Procedure.objects.filter(coverage.covered_procedures(a)).count()
        for a in agreements
    }

    assert covered["particular"] == Procedure.objects.count()
    assert 0 < covered["arl-roble"] < covered["alianza-subsidiado"]
    assert covered["alianza-subsidiado"] < covered["alianza-andina"]
    assert covered["alianza-andina"] < covered["alianza-oro"]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("ecografia abdomen", "Ecografía de abdomen total"),
        ("eco abdominal", "Ecografía de abdomen total"),
        ("881302", "Ecografía de abdomen total"),
        ("azucar en ayunas", "Glucosa en ayunas"),
        ("rx torax", "Radiografía de tórax"),
        ("limpieza de dientes", "Limpieza dental"),
    ],
)
def test_people_find_it_with_their_words(network, query, best):
    assert search.procedures(query=query).items[0].name == best


def test_mistyped_ultrasound_is_understood(network):
    assert search.procedures(query="ecogarfia adbomen").suggestion == (
        "ecografía de abdomen"
    )


def test_heart_finds_cardiology(network):
    assert search.specialties(query="corazón").items[0].name == "Cardiología"


def test_official_file_leaves_the_demo_standing(network, tmp_path):
    file = tmp_path / "cups.csv"
    file.write_text("codigo,descripcion\n890201,CONSULTA POR MEDICINA GENERAL\n")

    loading.load(kind=kinds.PROCEDURES, path=file, now=NOW)

    assert Procedure.objects.active().count() == 345
    assert Procedure.objects.get(code="890201").name == "Medicina general, primera vez"


def test_every_cups_code_and_sex_is_the_official_one():
    if not (OFFICIAL / "cups.csv").exists():
        assert not os.environ.get("CI"), "En CI los archivos oficiales deben estar."
        pytest.skip("Sin los archivos oficiales en ../shared/data.")
    with (OFFICIAL / "cups.csv").open(encoding="utf-8") as file:
        official = {row["codigo"]: row for row in csv.DictReader(file)}

    ours = {row["codigo"]: row for row in catalogue.rows("procedimientos")}

    assert sorted(ours.keys() - official.keys()) == []
    assert [c for c in ours if official[c]["texto"] == "revisar"] == []
    assert [
        code
        for code, row in ours.items()
        if official[code]["sexo"] in ("F", "M")
        and row["sexo"] != official[code]["sexo"]
    ] == []
