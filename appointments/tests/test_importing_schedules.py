"""Agendas from a file: their hours, what is published of them, and what is refused."""

from datetime import UTC, datetime, time

import pytest

from accounts.models import Patient
from accounts.tests.factories import UserFactory
from appointments.errors import PersonInactive
from appointments.importing import hours
from appointments.models import Appointment, Schedule, Slot, WeeklyHours
from appointments.tests.steps import hold, one_time
from catalog import version
from catalog.importing import registry
from catalog.importing.errors import RowRefused
from catalog.tests.factories import (
    PractitionerFactory,
    ProcedureFactory,
    SiteFactory,
    SiteServiceFactory,
    SpecialtyFactory,
)
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

# A Saturday in Bogotá; the first Monday after is the 23rd.
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
HEADER = (
    "codigo;profesional;sede;especialidad;modalidad;procedimientos;horario;minutos;"
    "desde;horizonte\n"
)
ANA = "A1;P1;110010000101;28;presencial;890228;lun 08:00-10:00;20;2026-11-01;10\n"
ANA_TUESDAY = ANA.replace("lun 08:00-10:00", "mar 08:00-09:00")
LUIS = ANA.replace("A1;P1", "A2;P2")


@pytest.fixture
def network():
    heart = SpecialtyFactory(code="28", name="Cardiología")
    site = SiteFactory(code="110010000101")
    SiteServiceFactory(site=site, specialty=heart)
    ProcedureFactory(code="890228", specialty=heart)
    ProcedureFactory(code="890328", specialty=heart)
    PractitionerFactory(code="P1")
    PractitionerFactory(code="P2")
    return site


@pytest.fixture
def take(tmp_path, network):
    def load(text, *, complete=False, rehearse=False):
        path = tmp_path / "agendas.csv"
        path.write_text(text, encoding="utf-8")
        importer = registry.get("schedules")
        way = importer.rehearse if rehearse else importer.load
        load.report = way(path=path, now=NOW, complete=complete)
        return {outcome.value: n for outcome, n in load.report.counts.items()}

    return load


def said(take):
    return " ".join([*map(str, take.report.rows), *take.report.warnings])


def ana():
    return Schedule.objects.get(code="A1")


def starts(schedule):
    free = Slot.objects.filter(schedule=schedule, free=True).order_by("start")
    return [
        f"{slot.day:%d} {slot.minute // 60:02}:{slot.minute % 60:02}" for slot in free
    ]


def test_agenda_is_published_as_it_is_loaded(take):
    assert take(HEADER + ANA) == {"nueva": 1}

    assert starts(ana()) == [
        f"{day} {clock}"
        for day in (23, 30)
        for clock in ("08:00", "08:20", "08:40", "09:00", "09:20", "09:40")
    ]
    assert "12 horas nuevas, 0 retiradas, 0 que chocan" in said(take)
    assert Schedule.objects.offered().get() == ana()


def test_second_time_changes_nothing(take):
    take(HEADER + ANA)
    before = list(Schedule.objects.values()), list(Slot.objects.order_by("pk").values())

    assert take(HEADER + ANA) == {"igual": 1}

    after = list(Schedule.objects.values()), list(Slot.objects.order_by("pk").values())
    assert after == before
    assert take.report.warnings == []


def test_rows_of_one_agenda_add_their_hours(take):
    assert take(HEADER + ANA + ANA_TUESDAY) == {"nueva": 1}

    week = WeeklyHours.objects.filter(schedule=ana())
    assert list(week.values_list("weekday", "opens", "closes")) == [
        (1, time(8), time(10)),
        (2, time(8), time(9)),
    ]
    assert take(HEADER + ANA_TUESDAY + ANA) == {"igual": 1}


def test_rows_of_one_agenda_that_disagree_are_refused(take):
    counts = take(HEADER + ANA + ANA_TUESDAY.replace(";20;", ";30;"))

    assert counts == {"nueva": 1, "rechazada": 1}
    assert "El código está en las líneas 2 y 3 con datos distintos" in said(take)


def test_change_of_hours_takes_times_back_and_adds_others(take):
    take(HEADER + ANA)

    counts = take(HEADER + ANA.replace("08:00-10:00", "09:00-11:00"))

    assert counts == {"cambiada": 1}
    assert "Cambió: horario" in said(take)
    assert starts(ana())[0] == "23 09:00"
    assert "6 horas nuevas, 6 retiradas" in said(take)


def test_taken_time_stays_when_its_agenda_is_not_in_a_complete_file(take):
    take(HEADER + ANA + LUIS)
    slot = Slot.objects.filter(schedule=ana()).order_by("start").first()
    held = hold(slot, now=NOW)
    version.bump()

    assert take(HEADER + LUIS) == {"igual": 1}
    assert take(HEADER + LUIS, complete=True) == {"igual": 1, "desactivada": 1}

    assert (ana().active, starts(ana())) == (False, [])
    assert Appointment.objects.get(pk=held.pk).status == held.status
    assert "1 citas afectadas" in said(take)
    assert take(HEADER + ANA + LUIS) == {"igual": 1, "reactivada": 1}
    assert ana().active


def test_agenda_made_by_hand_is_left_alone(take):
    by_hand = one_time().schedule

    take(HEADER + ANA, complete=True)

    by_hand.refresh_from_db()
    assert (by_hand.active, by_hand.code) == (True, None)


def test_what_staff_edited_stays(take):
    take(HEADER + ANA)
    Schedule.objects.update(slot_minutes=30)
    WeeklyHours.objects.update(closes=time(9))

    take(HEADER + ANA.replace(";20;", ";15;").replace("lun 08:00", "lun 07:00"))

    assert ana().slot_minutes == 30
    assert WeeklyHours.objects.get().closes == time(9)
    assert "Se conserva lo que editó la clínica" in said(take)


def test_practitioner_in_two_places_at_once_is_told_and_not_published(take):
    take(HEADER + ANA + ANA.replace("A1", "A3"))

    assert "12 que chocan" in said(take)
    assert "choca con A1 el 2026-11-23 08:00" in said(take)
    assert Slot.objects.filter(free=True).count() == 12


def test_agenda_that_patients_do_not_see_is_told(take):
    take(HEADER + ANA.replace("presencial", "virtual"))

    assert "Los pacientes no ven las agendas A1" in said(take)


def test_procedures_by_request_are_among_those_of_the_agenda(take):
    header = HEADER.replace("\n", ";por_solicitud\n")

    take(header + ANA.replace("890228", "890228|890328").replace("\n", ";890328\n"))

    assert [p.code for p in ana().requested_procedures.all()] == ["890328"]
    assert ana().procedures.count() == 2


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("A1;", ";", "Falta el código"),
        ("A1;", "4E5;", "no sirve"),
        (";P1;", ";P9;", "El profesional P9 no está en el catálogo"),
        ("110010000101", "990010000101", "La sede 990010000101 no está en el catálogo"),
        (";28;", ";Magia;", "La especialidad «Magia» no está"),
        ("presencial", "lejos", "modalidad: «lejos» no se entiende"),
        ("890228", "999999", "El procedimiento 999999 no está en el catálogo"),
        ("890228", "", "procedimientos: faltan"),
        (";20;", ";4;", "minutos: deben ser 5 o más"),
        (";20;", ";veinte;", "minutos: «veinte» no es un número"),
        ("2026-11-01", "", "desde: falta"),
        ("2026-11-01", "2026-31-11", "desde: «2026-31-11» no es una fecha"),
        ("lun 08:00-10:00", "", "horario: falta"),
        ("lun 08:00-10:00", "lunes", "horario: «lunes» no se entiende"),
        ("lun 08:00-10:00", "lun 10:00-08:00", "la hora final no es después"),
        ("lun 08:00-10:00", "lun 08:00-25:00", "no dice una hora posible"),
        ("lun 08:00-10:00", "xyz 08:00-10:00", "no dice un día"),
        ("lun 08:00-10:00", "lun 08:00-10:00|lun 09:00-11:00", "se cruzan"),
    ],
)
def test_row_is_refused_and_says_why(take, was, now, why):
    counts = take(HEADER + ANA.replace(was, now, 1) + LUIS)

    assert counts == {"nueva": 1, "rechazada": 1}
    assert "Línea 2" in said(take)
    assert why in said(take)


def test_site_that_lost_its_zero_is_refused(take):
    SiteFactory(code="050010000101")

    take(HEADER + ANA.replace("110010000101", "50010000101"))

    assert "¿quiso decir 050010000101?" in said(take)


def test_agenda_does_not_change_its_practitioner_nor_its_site(take):
    take(HEADER + ANA)

    assert take(HEADER + ANA.replace("P1", "P2")) == {"rechazada": 1}
    assert "de otro profesional o de otra sede" in said(take)


def test_rehearsal_writes_and_publishes_nothing(take):
    assert take(HEADER + ANA, rehearse=True) == {"nueva": 1}
    assert (Schedule.objects.count(), Slot.objects.count()) == (0, 0)


def test_load_is_in_the_trail_by_counts(take):
    take(HEADER + ANA)

    assert AuditEvent.objects.get(action="import.schedules").details == {"new": 1}


@pytest.mark.parametrize(
    ("cell", "week"),
    [
        ("lun 08:00-12:00", [[1, "08:00", "12:00"]]),
        ("Lunes 8-12", [[1, "08:00", "12:00"]]),
        ("lun-mié 8:00 - 9:00", [[d, "08:00", "09:00"] for d in (1, 2, 3)]),
        ("lun a mié 8:00 a 9:00", [[d, "08:00", "09:00"] for d in (1, 2, 3)]),
        ("lun, vie 8:00-9:00", [[1, "08:00", "09:00"], [5, "08:00", "09:00"]]),
        ("sáb y dom 7-9", [[6, "07:00", "09:00"], [7, "07:00", "09:00"]]),
        ("mar 2:00 p. m. a 5:30 p. m.", [[2, "14:00", "17:30"]]),
        ("mar 8:00 a. m. a 12 m.", [[2, "08:00", "12:00"]]),
        ("mar 12:00 a.m. - 24:00", [[2, "00:00", "23:59"]]),
        (
            "lun 14:00-16:00 | lun 8:00-12:00",
            [[1, "08:00", "12:00"], [1, "14:00", "16:00"]],
        ),
    ],
)
def test_hours_are_read_as_people_write_them(cell, week):
    assert hours.clean(cell) == week


@pytest.mark.parametrize(
    "cell", ["", "lun", "m 8-9", "vie-lun 8-9", "lun 8:60-9", "lun 13 pm-2 pm", "8-9"]
)
def test_hours_that_nobody_understands_are_refused(cell):
    with pytest.raises(RowRefused):
        hours.clean(cell)


def test_nothing_new_is_booked_for_who_was_switched_off():
    slot, user = one_time(), UserFactory()
    Patient.objects.filter(pk=user.patient_id).update(active=False)
    user.patient.refresh_from_db()

    with pytest.raises(PersonInactive):
        hold(slot, user)
