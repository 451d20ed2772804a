"""How to prepare, with the hours of one appointment."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from appointments import words
from appointments.preparation import Line, hour_before, line
from catalog.models import City, Procedure, Site, Specialty

START = datetime(2026, 11, 24, 13, 20, tzinfo=UTC)  # 8:20 a. m. in Bogotá


def plain(text):
    return text.replace("\xa0", " ")


def step(text, minutes=None):
    return SimpleNamespace(text=text, minutes_before=minutes)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (20, "8:00 a. m."),
        (360, "2:20 a. m."),
        (620, "10:00 p. m. del lunes 23 de noviembre"),
    ],
)
def test_an_hour_before_says_the_day_when_it_is_another(minutes, said):
    assert plain(hour_before(START, minutes=minutes)) == said


def test_the_first_sentence_stands_out_and_has_its_hour():
    made = line(step("No coma desde las {hora}. Son 6 horas.", 360), start=START)

    assert plain(made.lead) == "No coma desde las 2:20 a. m."
    assert made.rest == "Son 6 horas."


def test_one_sentence_stands_alone():
    assert line(step("Lleve ropa cómoda"), start=START) == Line("Lleve ropa cómoda")


def test_braces_of_anything_else_are_left_as_they_are():
    assert (
        line(step("{0.__class__} y {otra}"), start=START).lead
        == "{0.__class__} y {otra}"
    )


@pytest.mark.parametrize(
    ("visit", "said"), [("first", "Cardiología"), ("", "Consulta larga")]
)
def test_a_consultation_is_called_by_its_specialty(visit, said):
    specialty = Specialty(name="Cardiología")
    procedure = Procedure(name="Consulta larga", visit=visit, specialty=specialty)

    assert words.service(procedure) == said


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Ecografía de abdomen", "ecografía de abdomen"),
        ("TAC de cráneo", "TAC de cráneo"),
        ("Pediatría", "pediatría"),
    ],
)
def test_names_inside_a_sentence(name, inside):
    assert words.inside(name) == inside


@pytest.mark.parametrize(
    ("phone", "link"),
    [
        ("601 555 0101", "+576015550101"),
        ("123", "123"),
        ("601 555 0101 ext. 4", "+576015550101"),
    ],
)
def test_telephone_links(phone, link):
    assert words.phone_link(phone) == link


def test_a_position_of_the_town_is_not_the_buildings():
    site = Site(name="Sede", address="Calle 1", latitude=4.6, longitude=-74.1)
    site.city = City(code="11001", name="Bogotá D. C.")

    assert "mlat" not in words.map_url(site)
    site.position_is_exact = True
    assert "mlat=4.6000" in words.map_url(site)


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 cita"), (2, "2 citas"), (1234, "1.234 citas")]
)
def test_counts(number, said):
    assert words.counted(number, "cita", "citas") == said
