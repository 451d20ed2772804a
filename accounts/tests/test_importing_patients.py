"""The clinic's own people from a file: what is taken, what is refused, and that nothing is told."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from accounts import people
from accounts.models import ContactDevice, Patient, PatientDocument, User
from accounts.tests.factories import (
    ContactDeviceFactory,
    PatientFactory,
    UserFactory,
)
from catalog.importing import batches, registry
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
HEADER = (
    "tipo_documento,numero_documento,nombres,apellidos,fecha_nacimiento,sexo,"
    "celular,correo\n"
)
ROSA = (
    "CC,52000111,Rosa Elena,Martínez,1978-03-27,femenino,3105550178,rosa@example.com\n"
)
LUIS = "TI,1020304050,Luis,Gómez,2012-05-06,masculino,,\n"
TWO = HEADER + ROSA + LUIS


@pytest.fixture
def take(tmp_path):
    """Loads a text as a file of people; gives the counts of each outcome."""

    def load(
        text, *, complete=False, encoding="utf-8", kind="patients", rehearse=False
    ):
        path = tmp_path / "archivo.csv"
        path.write_bytes(text.encode(encoding))
        importer = registry.get(kind)
        way = importer.rehearse if rehearse else importer.load
        load.report = way(path=path, now=NOW, complete=complete)
        return {outcome.value: n for outcome, n in load.report.counts.items()}

    return load


def said(take):
    return " ".join(str(row) for row in take.report.rows) + " ".join(
        take.report.warnings
    )


def rosa():
    return Patient.objects.get(document_number="52000111")


def test_second_time_changes_nothing(take):
    assert take(TWO) == {"nueva": 2}
    before = list(Patient.objects.order_by("pk").values())

    assert take(TWO) == {"igual": 2}
    assert list(Patient.objects.order_by("pk").values()) == before


def test_person_is_a_record_of_the_clinic(take):
    take(TWO)

    one = rosa()
    assert (one.document_type, one.full_name) == ("CC", "Rosa Elena Martínez")
    assert (one.birth_date, one.sex) == (date(1978, 3, 27), "female")
    assert (one.phone, one.email) == ("+573105550178", "rosa@example.com")
    assert (one.provisional, one.active, one.contact_confirmed_at) == (
        False,
        True,
        None,
    )
    assert str(one.token)


def test_the_file_is_taken_by_batches(take, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 3)
    rows = [ROSA.replace("52000111", str(52_000_200 + n)) for n in range(10)]

    assert take(HEADER + "".join(rows)) == {"nueva": 10}
    assert take(HEADER + "".join(rows[:4]), complete=True) == {
        "igual": 4,
        "desactivada": 6,
    }
    assert take(HEADER + "".join(rows)) == {"igual": 4, "reactivada": 6}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_file_may_be_as_spreadsheets_write_it(take, encoding, delimiter):
    text = "Pacientes de la clínica\n" + TWO.replace(",", delimiter) + "Total: 2\n"

    take(text, encoding=encoding)

    assert rosa().family_names == "Martínez"
    assert take.report.counts["nueva"] == 2


@pytest.mark.parametrize(
    "header",
    [
        "Tipo de documento;Documento;Primer nombre;Segundo nombre;Primer apellido;"
        "Segundo apellido;Fecha de nacimiento;Sexo",
        "TIPO_ID;IDENTIFICACION;NOMBRE1;NOMBRE2;APELLIDO1;APELLIDO2;FECHA_NAC;GENERO",
    ],
)
def test_names_may_come_in_four_columns(take, header):
    take(
        f"{header}\n"
        "Cédula de ciudadanía;52.000.111;Rosa;Elena;Martínez;;27/03/1978;Mujer\n"
    )

    assert (rosa().given_names, rosa().family_names) == ("Rosa Elena", "Martínez")
    assert rosa().birth_date == date(1978, 3, 27)


@pytest.mark.parametrize(
    "number",
    ["52.000.111", " 52 000 111 ", "52000111.0", '"=""52000111"""', "52-000-111"],
)
def test_document_is_the_same_however_it_is_written(take, number):
    take(HEADER + ROSA.replace("52000111", number))

    assert rosa().active


@pytest.mark.parametrize(
    ("column", "value", "sex"),
    [
        ("sexo", "F", "female"),
        ("sexo", "H", "male"),
        ("sexo", "Mujer", "female"),
        ("sexo", "no binario", "non_binary"),
        ("sexo", "I", "non_binary"),
        ("sexo_rips", "M", "female"),
        ("sexo_rips", "H", "male"),
        ("sexo_rips", "I", "non_binary"),
        ("sexo_mf", "M", "male"),
        ("sexo_mf", "F", "female"),
    ],
)
def test_sex_is_read_in_the_coding_that_the_header_says(take, column, value, sex):
    take(HEADER.replace("sexo", column) + ROSA.replace("femenino", value))

    assert rosa().sex == sex


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("sexo", "M", "mujer en unas tablas y masculino en otras"),
        ("sexo_rips", "F", "no se entiende"),
        ("sexo_mf", "H", "no se entiende"),
        ("sexo", "", "sexo: falta"),
    ],
)
def test_sex_that_could_be_either_is_refused(take, column, value, why):
    counts = take(HEADER.replace("sexo", column) + ROSA.replace("femenino", value))

    assert counts == {"rechazada": 1}
    assert why in said(take)


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("52000111", "5,2E+07", "Tiene 9 columnas"),
        ("52000111", "5.2E+07", "número de documento: la hoja de cálculo lo cambió"),
        ("52000111", "", "número de documento: falta"),
        ("52000111", "52OOO!11", "signos que un documento no lleva"),
        ("52000111", "52000111222", "no es de un documento CC: debe tener de 3 a 10"),
        ("CC,52000111", "PE,12345678901234", "¿perdió el cero de la izquierda?"),
        ("CC,52000111", "TI,102030405", "¿perdió el cero de la izquierda?"),
        ("CC,", "XX,", "tipo de documento: no se conoce"),
        ("CC,", ",", "tipo de documento: falta"),
        ("Rosa Elena", "", "nombres: faltan"),
        ("Rosa Elena", "R" * 81, "nombres: tiene 81 letras y caben 80"),
        ("Rosa Elena", "visite.com", "nombres: un nombre solo lleva letras"),
        (
            "Rosa Elena",
            "Rosa\u202eElena",
            "nombres: tiene un carácter que no se ve (U+202E)",
        ),
        ("Martínez", "MartÃ³nez", "apellidos: tiene letras dañadas"),
        ("1978-03-27", "03/27/1978", "fecha de nacimiento: no es una fecha"),
        ("1978-03-27", "27/03/78", "fecha de nacimiento: no es una fecha"),
        ("1978-03-27", "2027-01-01", "fecha de nacimiento: no puede ser futura"),
        ("1978-03-27", "1878-03-27", "ni anterior a 1900"),
        ("1978-03-27", "", "fecha de nacimiento: falta"),
        ("3105550178", "6015550101", "celular: no es un celular colombiano"),
        ("rosa@example.com", "rosa@", "correo: no es un correo"),
    ],
)
def test_row_is_refused_by_line_and_column_and_says_nothing_of_the_person(
    take, was, now, why
):
    counts = take(HEADER + LUIS + ROSA.replace(was, now))

    assert counts == {"nueva": 1, "rechazada": 1}
    assert "Línea 3: rechazada" in said(take)
    assert why in said(take)
    for secret in ("52000111", "Rosa", "Mart", "310555", "rosa@", now):
        assert secret in ("", "CC,", "XX,", ",") or secret not in said(take)


def test_same_person_twice_is_a_note_and_with_other_data_is_refused(take):
    counts = take(HEADER + ROSA + ROSA + ROSA.replace("Rosa", "Otra"))

    assert counts == {"nueva": 1, "nota": 1, "rechazada": 1}
    assert "La persona está en las líneas 2 y 4 con datos distintos" in said(take)
    assert "52000111" not in said(take)


@pytest.mark.parametrize(
    "text",
    [
        "CC,52000111,Rosa Elena\n",
        "numero_documento,Rosa Elena\n1,2\n",
        HEADER,
        "",
    ],
)
def test_refused_file_says_nothing_of_the_people(take, text):
    with pytest.raises(batches.FileRefused) as refusal:
        take(text)

    assert "Rosa" not in str(refusal.value)
    assert "52000111" not in str(refusal.value)


def test_unknown_columns_are_said_by_their_place(take):
    take(HEADER.replace("\n", ",Diagnóstico\n") + ROSA.replace("\n", ",Z000\n"))

    assert take.report.warnings == ["Columnas que no se usan: la 9"]


def test_person_that_a_complete_file_does_not_bring_is_switched_off_and_stays(take):
    take(TWO)

    assert take(HEADER + LUIS) == {"igual": 1}
    assert rosa().active
    assert take(HEADER + LUIS, complete=True) == {"igual": 1, "desactivada": 1}
    assert not rosa().active
    assert f"registro {rosa().pk}: desactivada" in said(take)
    assert "52000111" not in said(take)
    assert take(HEADER + LUIS, complete=True) == {"igual": 1}
    assert take(TWO, complete=True) == {"igual": 1, "reactivada": 1}
    assert rosa().active


def test_most_of_the_people_gone_is_warned_of(take):
    take(TWO + ROSA.replace("52000111", "52000112"))

    take(HEADER + LUIS, complete=True)

    assert "no trae 2 de los 3 personas" in said(take)


def test_refused_row_does_not_switch_its_person_off(take):
    take(TWO)

    counts = take(HEADER + LUIS + ROSA.replace("1978-03-27", "ayer"), complete=True)

    assert counts == {"igual": 1, "rechazada": 1}
    assert rosa().active


def test_nobody_is_switched_off_while_a_document_cannot_be_read(take):
    take(TWO)

    take(HEADER + LUIS + ROSA.replace("52000111", "5.2E+07"), complete=True)

    assert rosa().active
    assert "No se desactivó nada" in said(take)


def test_file_without_a_good_row_switches_nobody_off(take):
    take(TWO)

    take(HEADER + ROSA.replace("CC", "??"), complete=True)

    assert Patient.objects.filter(active=True).count() == 2


def test_who_staff_made_by_hand_is_not_switched_off(take):
    by_hand = PatientFactory()

    take(TWO, complete=True)

    by_hand.refresh_from_db()
    assert by_hand.active


def test_who_staff_switched_off_stays_off(take):
    take(TWO)
    Patient.objects.filter(pk=rosa().pk).update(active=False)
    by_hand = PatientFactory(document_number="52000222", active=False)

    take(TWO + ROSA.replace("52000111", "52000222"), complete=True)

    by_hand.refresh_from_db()
    assert (rosa().active, by_hand.active) == (False, False)


def test_what_staff_edited_is_kept_and_the_rest_follows(take):
    take(TWO)
    Patient.objects.filter(pk=rosa().pk).update(given_names="Rosa E.")

    counts = take(
        TWO.replace("Rosa Elena", "Rosa María").replace("3105550178", "3115550199")
    )

    assert counts == {"cambiada": 1, "igual": 1}
    assert (rosa().given_names, rosa().phone) == ("Rosa E.", "+573115550199")
    assert "Cambió: celular. Se conserva lo que editó la clínica: nombres" in said(take)
    assert "311555" not in said(take)


def test_empty_cell_erases_nothing(take):
    take(TWO)

    assert take(TWO.replace("3105550178", "").replace("rosa@example.com", "ND")) == {
        "igual": 2
    }
    assert rosa().phone == "+573105550178"


def test_contact_is_confirmed_by_the_clinic_only_when_its_file_says_so(take):
    confirmed = HEADER.replace("\n", ",contacto_confirmado\n")
    take(confirmed + ROSA.replace("\n", ",sí\n"))
    assert rosa().contact_confirmed_at == NOW

    take(HEADER + ROSA.replace("3105550178", "3115550199"))

    assert rosa().contact_confirmed_at is None


def test_provisional_person_is_never_touched(take):
    online = UserFactory(
        patient__document_number="52000111",
        patient__provisional=True,
        patient__given_names="Otra",
        identity_confirmed_at=None,
    )

    assert take(TWO, complete=True) == {"nueva": 2}

    online.refresh_from_db()
    assert online.patient.given_names == "Otra"
    records = Patient.objects.filter(document_number="52000111")
    assert sorted(records.values_list("provisional", flat=True)) == [False, True]


def test_account_and_what_its_owner_proved_stay(take):
    take(TWO)
    user = UserFactory(patient=rosa(), username="CC:52000111")
    ContactDeviceFactory(user=user, destination="mia@example.com")

    take(TWO.replace("rosa@", "otra@"))
    take(HEADER + LUIS, complete=True)

    user.refresh_from_db()
    assert (user.patient, user.is_active) == (rosa(), True)
    assert ContactDevice.objects.get(user=user).destination == "mia@example.com"


def test_change_of_document_keeps_the_person_with_the_history_and_the_account(take):
    take(TWO)
    luis = Patient.objects.get(document_number="1020304050")
    user = UserFactory(patient=luis, username="TI:1020304050")
    grown = HEADER.replace("\n", ",documentos_anteriores\n") + LUIS.replace(
        "TI,", "CC,"
    ).replace("\n", ",TI 1020304050\n")

    assert take(grown) == {"cambiada": 1}
    assert take(grown) == {"igual": 1}

    luis.refresh_from_db()
    user.refresh_from_db()
    assert (luis.document_type, user.username) == ("CC", "CC:1020304050")
    event = AuditEvent.objects.get(action="patient.document_changed")
    assert (event.patient_ref, event.details) == (luis.token, {"to": "CC"})
    past = PatientDocument.objects.get()
    assert (past.patient, past.document_type, past.until) == (luis, "TI", NOW)


def test_old_document_in_a_later_file_is_the_same_person(take):
    take(TWO)
    luis = Patient.objects.get(document_number="1020304050")
    Patient.objects.filter(pk=luis.pk).update(document_type="CC")
    PatientDocument.objects.create(
        patient=luis, document_type="TI", document_number="1020304050", until=NOW
    )

    assert take(TWO) == {"igual": 2}

    luis.refresh_from_db()
    assert luis.document_type == "CC"
    assert Patient.objects.count() == 2


def test_document_of_another_account_is_not_taken(take):
    take(TWO)
    UserFactory(
        patient__document_type="CC",
        patient__document_number="1020304050",
        patient__provisional=True,
    )
    grown = HEADER.replace("\n", ",documentos_anteriores\n") + LUIS.replace(
        "TI,", "CC,"
    ).replace("\n", ",TI 1020304050\n")

    assert take(grown) == {"rechazada": 1}
    assert "Ya hay otra cuenta con ese documento" in said(take)


def test_person_with_two_records_is_left_to_the_clinic(take):
    take(TWO)
    PatientFactory(document_type="CC", document_number="1020304050")
    grown = HEADER.replace("\n", ",documentos_anteriores\n") + LUIS.replace(
        "TI,", "CC,"
    ).replace("\n", ",TI 1020304050\n")

    assert take(grown) == {"rechazada": 1}
    assert "es el de otro registro de la clínica" in said(take)
    assert PatientDocument.objects.count() == 0


def test_two_rows_of_one_person_by_their_former_document_are_refused(take):
    header = HEADER.replace("\n", ",documentos_anteriores\n")
    text = header + LUIS.replace("TI,", "CC,").replace("\n", ",TI 1020304050\n")

    assert take(text + LUIS.replace("\n", ",\n")) == {
        "nueva": 1,
        "rechazada": 1,
    }
    assert "Un documento anterior es el de la persona de la línea 3" in said(take)


def test_rehearsal_says_the_same_and_writes_nothing(take):
    assert take(TWO, rehearse=True) == {"nueva": 2}
    assert Patient.objects.count() == 0
    assert AuditEvent.objects.count() == 0


def test_trail_keeps_counts_and_nothing_else(take):
    take(TWO + ROSA.replace("52000111", "mal"))

    event = AuditEvent.objects.get(action="import.patients")
    assert event.details == {"new": 2, "refused": 1}
    assert (event.subject, event.patient_ref, event.actor_id) == ("", None, None)


def test_person_switched_off_acts_for_nobody_else_but_enters(take):
    take(TWO)
    user = UserFactory(patient=rosa(), username="CC:52000111")
    take(HEADER + LUIS, complete=True)

    assert User.objects.get(pk=user.pk).is_active
    assert rosa() in people.acts_for(user, on=NOW.date())


def command(*arguments):
    out = StringIO()
    try:
        call_command("import_catalog", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


def test_command_tells_totals_and_no_person(tmp_path, caplog):
    path = tmp_path / "personas.csv"
    path.write_text(TWO + ROSA.replace("52000111", "5.2E+07"), encoding="utf-8")
    report = tmp_path / "informe.csv"

    out, code = command("patients", path, "--report", report, "-v", "3")

    assert code == 1
    assert "Nuevos: 2" in out
    for text in (out, report.read_text(encoding="utf-8-sig"), caplog.text):
        for secret in ("52000111", "Rosa", "Martínez", "310555", "rosa@", "1978"):
            assert secret not in text


def test_command_says_a_conflict_of_the_database_without_its_words(
    tmp_path, monkeypatch
):
    path = tmp_path / "personas.csv"
    path.write_text(TWO, encoding="utf-8")

    def broken(*args, **kwargs):
        raise IntegrityError("Key (document_number)=(52000111) already exists")

    monkeypatch.setattr(batches, "_write", broken)

    with pytest.raises(CommandError) as refusal:
        command("patients", path)

    assert "52000111" not in str(refusal.value)
    assert refusal.value.returncode == 2
    assert Patient.objects.count() == 0
