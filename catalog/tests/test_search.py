import threading
import unicodedata

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import search, version
from catalog.models import Synonym
from catalog.tests.factories import (
    PractitionerFactory,
    ProcedureFactory,
    SpecialtyFactory,
)
from catalog.words import words

pytestmark = pytest.mark.django_db

ABDOMEN = "Ecografía de abdomen total"


def found(query, **more):
    return [p.name for p in search.procedures(query=query, **more).items]


def synonym(word, meaning):
    Synonym.objects.create(word=word, meaning=meaning)
    version.bump()


@pytest.fixture
def ultrasounds():
    radiology = SpecialtyFactory(name="Radiología", synonyms="imágenes\nrayos x")
    for code, name in (
        ("881302", ABDOMEN),
        ("881305", "Ecografía de abdomen superior"),
        ("881301", "Ecografía de pared abdominal"),
        ("871121", "Radiografía de tórax"),
    ):
        ProcedureFactory(code=code, name=name, specialty=radiology)


@pytest.mark.parametrize(
    "query",
    [
        "ecografia abdomen total",
        "TOTAL ABDOMEN",
        "  eco   abdo tot ",
        "Ecografía, de la… abdomen (total)",
        "ECOGRAFÍAS totales",
        "881302",
        " 881302. ",
        "ecografi\u0301a total",
    ],
)
def test_procedure_is_found(ultrasounds, query):
    assert found(query) == [ABDOMEN]


@pytest.mark.parametrize(
    "query", ["", "   ", "\0", "¿?", "🩺", "x" * 10_000, "a " * 5_000, "cardio", "88"]
)
def test_nothing_is_found(ultrasounds, query):
    result = search.procedures(query=query)

    assert (result.items, result.total, result.suggestion) == ((), 0, None)


@pytest.mark.parametrize(
    ("query", "total"),
    [("881", 3), ("8813", 3), ("88130", 3), ("881302", 1), ("13", 0)],
)
def test_part_of_a_code_finds_the_codes_that_begin_so(ultrasounds, query, total):
    assert search.procedures(query=query).total == total


def test_code_that_lost_its_zero_is_found():
    ProcedureFactory(code="010101", name="Punción")

    assert found("10101") == ["Punción"]


def test_everyday_phrase_that_staff_wrote_finds_it(ultrasounds):
    synonym("eco abdominal", "ecografía de abdomen")

    assert set(found("eco abdominal")) >= {ABDOMEN, "Ecografía de abdomen superior"}


def test_everyday_word_finds_it(ultrasounds):
    synonym("placa", "radiografía")

    assert found("placas de torax") == ["Radiografía de tórax"]


def test_synonyms_of_the_procedure_find_it(ultrasounds):
    ProcedureFactory(name="Hemograma", synonyms="cuadro hemático\nCH")

    assert found("hematico") == ["Hemograma"]


def test_words_of_the_specialty_find_its_procedures(ultrasounds):
    assert found("rayos x torax") == ["Radiografía de tórax"]


def test_words_of_the_official_name_find_it():
    ProcedureFactory(name="Eco", official_name="ULTRASONOGRAFÍA DIAGNÓSTICA")

    assert found("ultrasonografia") == ["Eco"]


def test_order_is_whole_words_first_word_what_is_offered_and_length():
    for name in ("Torácica", "Imagen de tórax", "Tórax lateral", "Tórax"):
        ProcedureFactory(name=name)
    ProcedureFactory(name="Tórax no", specialty=None)

    assert found("torax") == ["Tórax", "Tórax lateral", "Tórax no", "Imagen de tórax"]
    assert found("tora")[:2] == ["Tórax", "Torácica"]


def test_exact_code_comes_before_a_name_with_that_number():
    ProcedureFactory(name="Prueba 890201")
    ProcedureFactory(name="Medicina general", code="890201")

    assert found("890201") == ["Medicina general", "Prueba 890201"]


def test_limit_cuts_the_items_and_not_the_total(ultrasounds):
    result = search.procedures(query="ecografia", limit=2)

    assert (len(result.items), result.total) == (2, 3)


def test_only_what_is_within_is_found(ultrasounds):
    allowed = ProcedureFactory(name="Ecografía obstétrica")

    assert found("ecografia", within={allowed.pk}) == ["Ecografía obstétrica"]
    assert found("ecografia", within=set()) == []


@pytest.mark.parametrize("hidden", [{"active": False}, {"needs_review": True}])
def test_inactive_and_doubtful_procedures_are_not_shown(hidden):
    ProcedureFactory(name="Ecografía", **hidden)

    assert found("ecografia") == []


def test_change_of_the_catalogue_is_seen_after_its_bump(ultrasounds):
    assert found("resonancia") == []

    ProcedureFactory(name="Resonancia")

    assert found("resonancia") == ["Resonancia"]


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("ecogarfia adbomen", "ecografía de abdomen"),
        ("radiografia de torx", "radiografía de tórax"),
        ("hecografia", "ecografía"),
        ("xyzxyz", None),
        ("881", None),
    ],
)
def test_mistyped_words_get_a_suggestion_that_finds_something(
    ultrasounds, query, suggestion
):
    result = search.procedures(query=query)

    assert result.suggestion == suggestion
    assert suggestion is None or found(suggestion)


def test_suggestion_is_something_within(ultrasounds):
    thorax = ProcedureFactory(name="Radiografía dental")

    result = search.procedures(query="ecogarfia", within={thorax.pk})

    assert result.suggestion is None


def test_search_asks_the_version_and_the_rows(ultrasounds, django_assert_num_queries):
    found("ecografia")

    with django_assert_num_queries(1):
        found("abdomen")


@pytest.mark.parametrize("query", ["corazon", "cardiologia", "CARDIO", "marcapasos"])
def test_specialty_is_found_by_everyday_words(query):
    SpecialtyFactory(name="Pediatría")
    heart = SpecialtyFactory(name="Cardiología", synonyms="corazón\nmarcapasos")

    assert search.specialties(query=query).items == (heart,)


@pytest.mark.parametrize("query", ["rincon", "RINCÓN jorge", "jor rin", "pediatría"])
def test_practitioner_is_found_by_any_name(query):
    PractitionerFactory(given_names="Ana", family_names="Peña")
    jorge = PractitionerFactory(given_names="Jorge Iván", family_names="Rincón")
    jorge.specialties.add(SpecialtyFactory(name="Pediatría"))
    version.bump()

    assert search.practitioners(query=query).items == (jorge,)


def test_practitioner_mistyped_gets_a_suggestion():
    PractitionerFactory(given_names="Jorge Iván", family_names="Rincón")

    assert search.practitioners(query="rinocn").suggestion == "rincón"


def test_inactive_practitioners_are_not_found():
    PractitionerFactory(family_names="Rincón", active=False)

    assert search.practitioners(query="rincon").items == ()


WORDS = st.text("abcñáéíóúüÁÑ0123 zZ-,().%/½", min_size=1, max_size=40)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=WORDS, data=st.data())
def test_every_word_of_a_name_in_any_order_and_accents_finds_it(name, data):
    wanted = ProcedureFactory(name=name)
    ProcedureFactory(name="Otra cosa")
    asked = words(name)
    order = data.draw(st.permutations(asked))
    some = order[: data.draw(st.integers(0, len(order)))] or order
    accent = data.draw(st.sampled_from(["", "\u0301", "\u0303"]))
    query = unicodedata.normalize(
        "NFC", " ".join(word.upper() + accent for word in some)
    )

    result = search.procedures(query=query, limit=500)

    assert not asked or wanted in result.items
    wanted.delete()
    version.bump()


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_index(ultrasounds):
    answers = []

    def ask():
        answers.append(found("ecografia abdomen total"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [[ABDOMEN]] * 8
