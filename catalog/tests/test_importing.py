"""What loading a file does to the catalogue, and what it leaves alone."""

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from catalog import version
from catalog.importing import kinds, loading
from catalog.models import (
    Agreement,
    City,
    Payer,
    Practitioner,
    Procedure,
    ServiceCategory,
    Site,
    Specialty,
)
from catalog.tests.factories import CityFactory, ProcedureFactory, SpecialtyFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
OFFICIAL = Path(os.environ.get("SHARED_DATA", settings.BASE_DIR / "../shared/data"))
TWO = "codigo,descripcion\n890201,CONSULTA POR MEDICINA\n010101,PUNCIÓN\n"
ONE = "codigo,descripcion\n890201,CONSULTA POR MEDICINA\n"


@pytest.fixture
def take(tmp_path):
    """Loads a text as a file of a kind; gives the report's counts of each outcome."""

    def load(text, kind="procedures"):
        path = tmp_path / "archivo.csv"
        path.write_text(text, encoding="utf-8")
        report = loading.load(kind=kinds.KINDS[kind], path=path, now=NOW)
        counts = {}
        for row in report.rows:
            counts[row.outcome.value] = counts.get(row.outcome.value, 0) + 1
        load.report = report
        return counts

    return load


@pytest.fixture
def official():
    if not (OFFICIAL / "cups.csv").exists():
        assert not os.environ.get("CI"), "En CI los archivos oficiales deben estar."
        pytest.skip("Sin los archivos oficiales en ../shared/data.")

    def load(kind, name):
        report = loading.load(kind=kinds.KINDS[kind], path=OFFICIAL / name, now=NOW)
        return {o: report.count(o) for o in {row.outcome for row in report.rows}}

    return load


def procedure(code="890201"):
    return Procedure.objects.get(code=code)


def test_second_time_changes_nothing(take):
    assert take(TWO) == {"nueva": 2}
    before = list(Procedure.objects.order_by("code").values())

    assert take(TWO) == {"igual": 2}
    assert list(Procedure.objects.order_by("code").values()) == before
    assert Procedure.history.count() == 2


def test_names_are_official_and_for_the_patient(take):
    take(TWO)

    assert procedure().official_name == "CONSULTA POR MEDICINA"
    assert procedure().name == "Consulta por medicina"


def test_change_of_the_official_name_is_taken_and_remembered(take):
    take(TWO)

    assert take(TWO.replace("MEDICINA", "MEDICINA GENERAL")) == {
        "cambiada": 1,
        "igual": 1,
    }
    assert procedure().name == "Consulta por medicina general"
    last = Procedure.history.filter(code="890201").latest()
    assert (last.history_type, last.history_change_reason) == (
        "~",
        "Importado de archivo.csv",
    )


def test_vanished_is_deactivated_and_not_deleted(take):
    take(TWO)

    assert take(ONE) == {"igual": 1, "desactivada": 1}
    assert procedure("010101").active is False
    assert take(ONE) == {"igual": 1}


def test_what_comes_back_is_reactivated(take):
    take(TWO)
    take(ONE)

    assert take(TWO) == {"igual": 1, "reactivada": 1}
    assert procedure("010101").active is True


def test_what_the_clinic_switched_off_stays_off(take):
    take(TWO)
    Procedure.objects.filter(code="890201").update(active=False)

    take(TWO)

    assert procedure().active is False


def test_what_the_clinic_made_by_hand_is_not_deactivated(take):
    by_hand = ProcedureFactory(code="999999")

    take(TWO)

    by_hand.refresh_from_db()
    assert by_hand.active is True


def test_refused_row_keeps_what_its_code_has(take):
    take(TWO)

    counts = take(TWO.replace("PUNCIÓN", ""))

    assert counts == {"igual": 1, "rechazada": 1}
    assert procedure("010101").active is True


def test_code_without_its_zero_is_never_stored_and_keeps_the_right_one(take):
    take(TWO)

    take(TWO.replace("010101", "10101"))

    assert procedure("010101").active is True
    assert not Procedure.objects.filter(code="10101").exists()


def test_file_without_a_good_row_changes_nothing(take):
    take(TWO)

    assert take("codigo,descripcion\nmalo,Otra\n") == {"rechazada": 1}
    assert Procedure.objects.active().count() == 2
    assert "Ninguna fila sirvió" in take.report.warnings[-1]


def test_half_of_the_catalogue_gone_is_warned_of(take):
    take(TWO.replace("010101", "010102") + "010103,OTRA\n")

    take(ONE)

    assert "no trae 2 de los 3 procedimientos" in take.report.warnings[-1]


@pytest.mark.parametrize(
    ("field", "mine"),
    [
        ("name", "Médico general"),
        ("synonyms", "doctor"),
        ("minutes", 45),
        ("sms_name", "Medicina"),
        ("needs_order", True),
        ("sex", "female"),
        ("needs_review", False),
    ],
)
def test_what_the_clinic_edited_is_kept(take, field, mine):
    columns = "codigo,descripcion,sinonimos,minutos,nombre_sms,pide_orden,sexo,texto\n"
    take(columns + "890201,CONSULTA,consulta,20,cita,no,Z,revisar\n")
    Procedure.objects.filter(code="890201").update(**{field: mine})

    take(columns + "890201,CONSULTA NUEVA,visita,30,cita nueva,no,M,igual\n")

    assert getattr(procedure(), field) == mine
    assert procedure().official_name == "CONSULTA NUEVA"


def test_what_the_clinic_did_not_edit_follows_the_file(take):
    columns = "codigo,descripcion,minutos\n"
    take(columns + "890201,CONSULTA,20\n")

    assert take(columns + "890201,CONSULTA,30\n") == {"cambiada": 1}
    assert procedure().minutes == 30


def test_empty_cell_says_nothing(take):
    columns = "codigo,descripcion,minutos\n"
    take(columns + "890201,CONSULTA,30\n")

    assert take(columns + "890201,CONSULTA,\n")["igual"] == 1
    assert procedure().minutes == 30


def test_doubtful_text_is_for_review(take):
    take("codigo,descripcion,texto\n340101,X,revisar\n890201,Y,igual\n")

    assert procedure("340101").needs_review is True
    assert procedure().needs_review is False


def test_consultation_finds_its_specialty_in_either_order(take):
    take("codigo,descripcion\n890228,CARDIOLOGÍA\n890201,MEDICINA\n")
    take("sufijo,especialidad\n28,CARDIOLOGÍA\n01,MEDICINA GENERAL\n", "specialties")
    take("codigo,descripcion\n890228,CARDIOLOGÍA\n890328,CONTROL\n")

    assert procedure("890228").specialty.name == "Cardiología"
    assert procedure("890328").specialty.name == "Cardiología"
    assert (procedure("890228").visit, procedure("890328").visit) == (
        "first",
        "control",
    )


def test_specialty_of_teeth_is_dentistry(take):
    take("sufijo,especialidad\n03,ODONTOLOGÍA GENERAL\n28,CARDIOLOGÍA\n", "specialties")

    assert Specialty.objects.get(code="03").category.code == "odontologia"
    assert ServiceCategory.objects.count() == 2


def test_site_is_tied_to_its_city(take):
    city = CityFactory(code="11001")

    take(
        "codigo_sede,nombre,municipio_codigo,direccion,telefono,latitud,longitud,"
        "precision_geo\n"
        '110010000101,Norte,11001,Calle 1,+57(4)7827335,"4,643",-74.06,edificio\n',
        "sites",
    )

    site = Site.objects.get()
    assert (site.city, site.phone, site.position_is_exact) == (
        city,
        "+57(4)7827335",
        True,
    )
    assert (str(site.latitude), str(site.longitude)) == ("4.643000", "-74.060000")


def test_insurer_brings_a_payer_and_an_agreement_switched_off(take):
    text = (
        "codigo,nombre,tipo,regimen\n"
        "EPS001,Una EPS,EPS,CONTRIBUTIVO\n"
        "EMP002,Una prepagada,Medicina prepagada,VOLUNTARIO\n"
        "EPS003,Una que cerró,EPS histórica,\n"
    )

    take(text, "agreements")
    take(text, "agreements")

    assert Payer.objects.active().count() == 3
    assert set(Agreement.objects.values_list("code", "kind", "active")) == {
        ("eps001", "contributivo", False),
        ("emp002", "prepagada", False),
    }


def test_practitioner_brings_specialties_by_code_or_name(take):
    heart = SpecialtyFactory(code="28", name="Cardiología")
    children = SpecialtyFactory(code="83", name="Pediatría")
    columns = "codigo;tratamiento;nombres;apellidos;especialidades\n"

    take(columns + "P1;Dra.;Ana Lucía;Peña;28|pediatria\n", "practitioners")

    assert set(Practitioner.objects.get().specialties.all()) == {heart, children}
    assert take(columns + "P1;Dra.;Ana Lucía;Peña;28|83\n", "practitioners") == {
        "igual": 1
    }
    assert take(columns + "P1;Dra.;Ana Lucía;Peña;28\n", "practitioners") == {
        "cambiada": 1
    }
    assert set(Practitioner.objects.get().specialties.all()) == {heart}


def test_practitioner_of_an_unknown_specialty_is_refused(take):
    columns = "codigo,nombres,apellidos,especialidad\n"

    assert take(columns + "P1,Ana,Peña,Magia\n", "practitioners") == {"rechazada": 1}


def test_loading_bumps_the_catalogue(take):
    before = version.current()

    take(TWO)

    assert version.current() != before


def command(*arguments):
    call_command("import_catalog", *map(str, arguments))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cups.csv"
    path.write_text(TWO, encoding="utf-8")
    return path


def test_command_says_the_totals(file, capsys):
    command("procedures", file)

    assert "Nuevos: 2\nCambiados: 0\nIguales: 0" in capsys.readouterr().out


def test_command_ends_in_one_when_a_row_is_refused(file, capsys):
    file.write_text(TWO + "10102,OTRA\n", encoding="utf-8")

    with pytest.raises(SystemExit) as end:
        command("procedures", file)

    assert end.value.code == 1
    assert (
        "Línea 4, 10102: rechazada. El código perdió el cero de la izquierda: ¿quiso decir 010102?"
        in capsys.readouterr().out
    )
    assert Procedure.objects.count() == 2


def test_command_ends_in_two_when_the_file_is_refused(file):
    file.write_text("nada\n1\n", encoding="utf-8")

    with pytest.raises(CommandError, match="nada cambió") as end:
        command("procedures", file)

    assert end.value.returncode == 2
    assert Procedure.objects.count() == 0


def test_dry_run_says_the_same_and_writes_nothing(file, capsys):
    before = version.current()

    command("procedures", file, "--dry-run")

    assert "Nuevos: 2" in capsys.readouterr().out
    assert Procedure.objects.count() == 0
    assert version.current() == before


def test_dry_run_of_specialties_makes_no_category(take, tmp_path):
    path = tmp_path / "especialidades.csv"
    path.write_text("sufijo,especialidad\n28,CARDIOLOGÍA\n", encoding="utf-8")

    command("specialties", path, "--dry-run")

    assert ServiceCategory.objects.count() == 0


def test_report_file_has_every_row_and_no_formula(file, tmp_path):
    file.write_text(TWO + "=1+1,OTRA\n", encoding="utf-8")

    with pytest.raises(SystemExit):
        command("procedures", file, "--report", tmp_path / "informe.csv")

    text = (tmp_path / "informe.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert [row[2] for row in rows[1:]] == ["nueva", "nueva", "rechazada"]
    assert rows[3][1] == "'=1+1"


@pytest.mark.parametrize(
    ("kind", "name", "count", "model", "first"),
    [
        ("cities", "divipola.csv", 1122, City, ()),
        ("sites", "sites.csv", 11464, Site, (("cities", "divipola.csv"),)),
        ("specialties", "specialties.csv", 98, Specialty, ()),
        ("procedures", "cups.csv", 9459, Procedure, ()),
        ("agreements", "insurers.csv", 69, Payer, ()),
    ],
)
def test_official_file_loads_as_it_is_twice_with_the_same_result(
    official, kind, name, count, model, first
):
    for before in first:
        official(*before)

    assert official(kind, name) == {"nueva": count}
    rows = list(model.objects.order_by("pk").values())
    assert official(kind, name) == {"igual": count}
    assert list(model.objects.order_by("pk").values()) == rows
    assert model.objects.active().count() == count


def test_official_procedures_to_review_are_seven(official):
    official("procedures", "cups.csv")

    assert Procedure.objects.filter(needs_review=True).count() == 7
    assert Procedure.objects.get(code="881510").sex == "male"
    assert Procedure.objects.get(code="010101").official_name == (
        "PUNCIÓN CISTERNAL, VÍA LATERAL"
    )
