"""The search as the address says it."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from appointments.wizard.query import PARAMS, Search

FULL = "convenio=eps&tipo=medicina&modalidad=presencial&busqueda=medico&medico=P1&ciudad=11001&sede=todas&jornada=am&dia=lun&dia=mar"


def test_the_address_and_the_search_say_the_same():
    assert Search.from_text(FULL).querystring() == FULL


def test_changing_an_answer_forgets_the_later_ones():
    search = Search.from_text(FULL)

    changed = search.answered("modality", "virtual")

    assert changed.querystring() == "convenio=eps&tipo=medicina&modalidad=virtual"


@pytest.mark.parametrize(
    "code", ["con espacio", "nulo\0", "x" * 41, "<script>", "../..", "é", "a&b"]
)
def test_what_no_page_wrote_is_no_answer(code):
    query = QueryDict(mutable=True)
    query["tipo"] = code

    assert Search.from_query(query) == Search()


def test_a_repeated_answer_counts_once():
    assert Search.from_text("dia=lun&dia=lun&dia=mar").weekdays == ("lun", "mar")


def test_at_most_seven_weekdays():
    text = "&".join(f"dia=d{n}" for n in range(500))

    assert len(Search.from_text(text).weekdays) == 7


@given(
    st.lists(st.tuples(st.sampled_from(list(PARAMS.values())), st.text()), max_size=20)
)
def test_any_query_gives_a_search_that_reads_back_the_same(pairs):
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)

    search = Search.from_query(query)

    # What is being changed is not part of what was looked for.
    read_back = Search.from_text(search.querystring())
    assert read_back == search.without("replaces")
