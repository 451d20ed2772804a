"""The order of the questions, and which are asked."""

from types import SimpleNamespace

import pytest

from appointments.wizard import flow
from appointments.wizard.query import Search


class Everything:
    """A catalogue in which each question has the answers that the test gives."""

    def __init__(self, **codes):
        self.codes = {
            "categories": ("medicina", "laboratorio"),
            "modalities": ("presencial", "virtual"),
            "doors": ("medico", "especialidad", "procedimiento"),
            "practitioners": ("P1", "P2"),
            "specialties": ("cardio", "derma"),
            "consultations": ("890228",),
            "procedure_codes": ("881302", "881305"),
            "cities": ("11001", "05001"),
            "sites": ("todas", "S1", "S2"),
            **codes,
        }

    def practitioners(self, search):
        return self.codes["practitioners"]

    def visits(self, search):
        return [SimpleNamespace(code=code) for code in self.codes["consultations"]]


@pytest.fixture(autouse=True)
def steps(monkeypatch):
    """The real table, asking the catalogue of the test."""
    table = tuple(
        flow.replace(
            step, options=lambda o, s, name=step.options.__name__: o.codes[name]
        )
        for step in flow.STEPS
    )
    monkeypatch.setattr(flow, "STEPS", table)


def walk(text, until=None, **codes):
    return flow.walk(Search.from_text(text), Everything(**codes), until=until)


def test_the_first_open_question_is_asked():
    assert walk("convenio=eps").open.slug == "tipo"


def test_what_has_one_answer_is_not_asked():
    walked = walk("convenio=eps", categories=("medicina",))

    assert (walked.open.slug, walked.search.category) == ("modalidad", "medicina")


def test_an_impossible_answer_is_asked_again_and_the_good_ones_stay():
    walked = walk("convenio=eps&tipo=medicina&modalidad=holograma&busqueda=medico")

    assert walked.open.slug == "modalidad"
    assert walked.search.querystring() == "convenio=eps&tipo=medicina"


@pytest.mark.parametrize(
    ("door", "asked"),
    [
        ("medico", "medico"),
        ("especialidad", "especialidad"),
        ("procedimiento", "procedimiento"),
    ],
)
def test_each_door_leads_to_its_own_question(door, asked):
    walked = walk(f"convenio=e&tipo=medicina&modalidad=presencial&busqueda={door}")

    assert walked.open.slug == asked


def test_by_practitioner_of_one_specialty_goes_on_to_the_city():
    text = "convenio=e&tipo=medicina&modalidad=presencial&busqueda=medico&medico=P1"

    walked = walk(text, specialties=("cardio",))

    assert (walked.open.slug, walked.search.procedure) == ("ciudad", "890228")


def test_a_practitioner_without_consultations_asks_which_procedure():
    text = "convenio=e&tipo=medicina&modalidad=presencial&busqueda=medico&medico=P1"

    walked = walk(text, specialties=("radio",), consultations=())

    assert walked.open.slug == "procedimiento"


def test_control_or_first_visit_is_asked_of_who_came_before():
    text = "convenio=e&tipo=medicina&modalidad=presencial&busqueda=especialidad&especialidad=cardio"

    walked = walk(text, consultations=("890228", "890328"))

    assert walked.open.slug == "consulta"


def test_a_virtual_appointment_has_neither_city_nor_site():
    text = "convenio=e&tipo=medicina&modalidad=virtual&busqueda=procedimiento&procedimiento=881302&ciudad=11001"

    walked = walk(text)

    assert (walked.open, walked.search.city) == (None, "")


def test_back_goes_to_the_last_question_that_was_asked():
    text = "convenio=e&tipo=medicina&modalidad=presencial&busqueda=procedimiento&procedimiento=881302"

    walked = walk(text, until="ciudad", modalities=("presencial",))

    assert walked.previous.slug == "procedimiento"


def test_the_filters_come_along_only_when_everything_is_answered():
    text = "convenio=e&tipo=medicina&modalidad=virtual&busqueda=procedimiento&procedimiento=881302&dia=lun"

    assert walk(text).search.weekdays == ("lun",)
    assert walk("convenio=e&dia=lun").search.weekdays == ()


def test_a_filter_on_a_practitioner_who_is_not_there_falls_off():
    text = "convenio=e&tipo=medicina&modalidad=virtual&busqueda=procedimiento&procedimiento=881302&profesional="

    assert walk(text + "P2").search.only == "P2"
    assert walk(text + "P9").search.only == ""
