"""«Mis citas»: of everybody one acts for, by state, by person, page by page."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship
from accounts.tests.factories import UserFactory
from appointments.models import CancellationPolicy
from appointments.tests.network import at, patient_of
from appointments.tests.past import appointment, child_of, step, titles
from catalog import version
from portal.ui import dates

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def mine(client, **query):
    return client.get(reverse("appointments:list", query=query))


def shown(response):
    parts = ("upcoming", "requests", "past")
    return {part: titles(response.context[part]) for part in parts}


def links(card):
    return [action.text for action in card.actions]


@pytest.fixture
def mateo(paciente):
    return child_of(paciente)


@pytest.fixture
def recepcion(db):
    return UserFactory(staff=True)


def test_a_confirmed_one_is_opened_changed_and_cancelled_from_its_card(
    at_home, paciente, network
):
    made = appointment(network, paciente, start=at(9, 8))

    response = mine(at_home)

    (card,) = response.context["upcoming"]
    assert links(card) == ["Ver cita", "Cambiar hora", "Cancelar"]
    assert [a.url for a in card.actions][1:] == [
        reverse("appointments:change", args=[made.pk]),
        reverse("appointments:cancel", args=[made.pk]),
    ]
    day = dates.moment(at(8, 8)).replace("\xa0", " ")
    assert f"Puede cancelarla o cambiarla hasta el {day}<" in text(response)


def test_too_late_the_card_says_the_telephone_and_offers_the_notice(
    at_home, paciente, network
):
    start = timezone.now() + timedelta(hours=3)
    appointment(network, paciente, start=start)

    response = mine(at_home)

    (card,) = response.context["upcoming"]
    assert links(card) == ["Ver cita", "No puedo ir"]
    assert f"Para cancelarla o cambiarla, llame al {phone(network)}" in plain(response)


def offered(network, asked, *, by):
    """Another hour that the clinic keeps for this request."""
    return appointment(
        network,
        by,
        "held",
        patient=asked.patient,
        start=at(6, 9),
        replaces=asked,
        hold_expires_at=timezone.now() + timedelta(hours=5),
    )


def phone(network):
    return network.chapinero.phone


def plain(response):
    """The words without their tags."""
    return " ".join(re.sub(r"<[^>]+>", "", text(response)).split()).replace(" .", ".")


def test_with_a_child_each_card_says_whose_it_is(at_home, paciente, mateo, network):
    appointment(network, paciente, start=at(2, 8))
    appointment(network, paciente, patient=mateo, start=at(4, 8))
    appointment(network, paciente, "fulfilled", patient=mateo, start=at(-9, 8))

    response = mine(at_home)

    assert shown(response) == {
        "upcoming": ["Medicina general, Rosa Elena", "Medicina general, Mateo"],
        "requests": [],
        "past": ["Medicina general, Mateo"],
    }


def test_what_a_dependant_booked_before_is_there_and_ends_with_the_guardianship(
    at_home, paciente, mateo, network
):
    """ACC-03: a former guardian sees nothing."""
    other = patient_of(network)
    appointment(network, other, patient=mateo, start=at(4, 8))
    assert shown(mine(at_home))["upcoming"] == ["Medicina general, Mateo"]

    Guardianship.objects.update(state=Guardianship.State.ENDED)

    assert "Todavía no tiene citas" in text(mine(at_home))


@pytest.mark.parametrize(
    ("cancel", "change", "words"),
    [
        (24, 48, "Puede cambiarla hasta el {change} y cancelarla hasta el {cancel}"),
        (24, 9999, "Puede cancelarla hasta el {cancel}"),
        (9999, 48, "Puede cambiarla hasta el {change}"),
    ],
)
def test_each_deadline_is_said_by_itself_when_they_differ(
    at_home, paciente, network, cancel, change, words
):
    CancellationPolicy.objects.filter(is_default=True).delete()
    CancellationPolicy.objects.create(
        is_default=True,
        cancel_notice_minutes=cancel * 60,
        change_notice_minutes=change * 60,
    )
    version.bump()
    start = at(9, 8)
    appointment(network, paciente, start=start)

    (card,) = mine(at_home).context["upcoming"]

    hours = {"cancel": cancel, "change": change}
    said = {name: dates.moment(start - timedelta(hours=hours[name])) for name in hours}
    assert card.note == words.format(**said)


def test_a_request_says_until_when_the_answer_comes(at_home, paciente, network):
    made = appointment(network, paciente, "proposed", start=at(5, 8))

    (card,) = mine(at_home).context["requests"]

    assert card.tag.text == "En revisión"
    until = dates.moment(at(4, 8))
    assert card.note == f"Le respondemos antes del {until}"
    assert card.url == reverse("appointments:request", args=[made.pk])


def test_another_hour_that_the_clinic_proposes_is_said_above_and_on_the_card(
    at_home, paciente, network, recepcion
):
    made = appointment(network, paciente, "proposed", start=at(5, 8))
    offered(network, made, by=recepcion)

    response = mine(at_home)

    (card,) = response.context["requests"]
    (note,) = response.context["pending"]
    assert links(card) == ["Ver la hora que le proponen"]
    assert note.lead == "La sede le propone otra hora para medicina general:"
    assert note.url == reverse("appointments:request", args=[made.pk])
    assert note.until.startswith(" antes del ")
    assert not note.until.endswith("..")
    assert shown(response)["upcoming"] == []


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("declined", "El médico no puede atender a esa hora."),
        ("expired", "La sede no alcanzó a responderle. Lo sentimos."),
    ],
)
def test_one_refused_lately_leads_to_another_time(
    at_home, paciente, network, recepcion, path, note
):
    appointment(
        network,
        paciente,
        path,
        start=at(5, 8),
        last_by=recepcion,
        last_at=timezone.now() - timedelta(days=6),
        reason="El médico no puede atender a esa hora",
    )

    response = mine(at_home)

    (card,) = response.context["requests"]
    assert (links(card), card.note) == (["Escoger otra hora"], note)
    assert shown(response)["past"] == []


@pytest.mark.parametrize(
    ("path", "outcome"), [("declined", "No aceptada"), ("expired", "Sin respuesta")]
)
def test_one_refused_some_time_ago_is_past(at_home, paciente, network, path, outcome):
    week_ago = timezone.now() - timedelta(days=8)
    appointment(network, paciente, path, start=at(2, 8), last_at=week_ago)

    response = mine(at_home)

    assert response.context["requests"] == []
    assert [line.outcome for line in response.context["past"]] == [outcome]


def test_a_time_that_was_only_held_is_not_a_past_appointment(
    at_home, paciente, network
):
    appointment(network, paciente, "lapsed", start=at(2, 8))

    assert "Todavía no tiene citas" in text(mine(at_home))


def test_a_change_under_way_is_not_a_second_appointment(at_home, paciente, network):
    made = appointment(network, paciente, start=at(5, 8))
    soon = timezone.now() + timedelta(minutes=5)
    appointment(
        network,
        paciente,
        "held",
        start=at(6, 8),
        replaces=made,
        hold_expires_at=soon,
    )

    assert shown(mine(at_home))["upcoming"] == ["Medicina general"]


def test_a_change_that_the_clinic_must_accept_is_a_request_and_its_appointment_stays(
    at_home, paciente, network
):
    made = appointment(network, paciente, start=at(5, 8))
    appointment(network, paciente, "proposed", start=at(6, 8), replaces=made)

    response = mine(at_home)

    (card,) = response.context["requests"]
    assert card.note.endswith("Mientras tanto conserva su cita.")
    assert shown(response)["upcoming"] == ["Medicina general"]


def test_a_change_that_was_accepted_is_no_refused_request(
    at_home, paciente, network, recepcion
):
    """The row that asked for it lapses, by who accepted."""
    made = appointment(network, paciente, start=at(5, 8))
    kept = appointment(network, paciente, "proposed", start=at(6, 8), replaces=made)
    kept.answer_by = None
    step(kept, to="lapsed", by=recepcion, at=timezone.now())

    assert mine(at_home).context["requests"] == []


def test_the_past_says_how_each_ended_and_who_cancelled(
    at_home, paciente, mateo, network, recepcion
):
    other = patient_of(network)
    appointment(network, paciente, "fulfilled", start=at(-1, 8))
    appointment(network, paciente, "noshow", start=at(-2, 8))
    appointment(network, paciente, "cancelled", start=at(-3, 8))
    appointment(network, paciente, "cancelled", start=at(-4, 8), last_by=recepcion)
    appointment(
        network, paciente, "cancelled", patient=mateo, start=at(-5, 8), last_by=other
    )

    response = mine(at_home)

    assert [line.outcome for line in response.context["past"]] == [
        "Asistió",
        "No asistió",
        "Cancelada por usted",
        "Cancelada por la sede",
        "Cancelada por otro acudiente",
    ]


def test_whoever_is_acted_for_reads_that_the_guardian_cancelled(client, network):
    guardian, mother = patient_of(network), patient_of(network)
    appointment(
        network,
        mother,
        "cancelled",
        start=at(-3, 8),
        last_by=guardian,
    )
    client.force_login(mother)

    (line,) = mine(client).context["past"]

    assert line.outcome == "Cancelada por su acudiente"


# --- Filters -------------------------------------------------------------------


def test_few_appointments_of_one_person_have_no_filters(at_home, paciente, network):
    appointment(network, paciente)

    assert not mine(at_home).context["offers_filters"]


def test_many_appointments_have_filters(at_home, paciente, network):
    for number in range(7):
        appointment(network, paciente, start=at(2 + number, 8))

    assert mine(at_home).context["offers_filters"]


def test_one_person_is_chosen_by_an_opaque_token(at_home, paciente, mateo, network):
    appointment(network, paciente, start=at(2, 8))
    appointment(network, paciente, patient=mateo, start=at(4, 8))

    response = mine(at_home, persona=mateo.token)

    assert shown(response)["upcoming"] == ["Medicina general, Mateo"]
    assert 'name="persona"' in text(response)


def test_a_strangers_token_is_a_404(at_home, otra_paciente):
    """ACC-01."""
    for token in (otra_paciente.patient.token, "x", "52000000"):
        assert mine(at_home, persona=token).status_code == 404


@pytest.mark.parametrize(
    ("state", "part", "found"),
    [
        ("proximas", "upcoming", 1),
        ("solicitudes", "requests", 2),
        ("asistidas", "past", 1),
        ("perdidas", "past", 1),
        ("canceladas", "past", 2),
        ("no-aceptadas", "past", 1),
    ],
)
def test_one_state_is_chosen(at_home, paciente, network, state, part, found):
    for path, days in {
        "booked": 2,
        "proposed": 3,
        "declined": 4,
        "fulfilled": -2,
        "noshow": -3,
        "cancelled": -4,
        "withdrawn": -5,
    }.items():
        appointment(network, paciente, path, start=at(days, 8), last_at=timezone.now())

    response = mine(at_home, estado=state)

    counts = {name: len(rows) for name, rows in shown(response).items() if rows}
    assert counts == {part: found}


def test_a_state_that_does_not_exist_is_no_filter(at_home, paciente, network):
    appointment(network, paciente)

    assert shown(mine(at_home, estado="x\u00f1"))["upcoming"] == ["Medicina general"]


def test_a_filter_without_results_leads_back(at_home, paciente, network):
    appointment(network, paciente)

    response = mine(at_home, estado="canceladas")

    assert "No hay citas con ese filtro" in text(response)
    assert f'href="{reverse("appointments:list")}"' in text(response)


# --- The past, page by page --------------------------------------------------------


def test_the_past_is_read_page_by_page_without_losing_nor_repeating(
    at_home, paciente, network
):
    for number in range(45):
        appointment(network, paciente, "fulfilled", start=at(-2 - number // 3, 8))

    seen, address, pages = [], reverse("appointments:list", query={"todas": "si"}), 0
    while address:
        response = at_home.get(address)
        seen += [line.url for line in response.context["past"]]
        address, pages = response.context["older_url"], pages + 1

    assert (len(seen), len(set(seen)), pages) == (45, 45, 3)


def test_the_pages_keep_the_filters(at_home, paciente, mateo, network):
    for number in range(21):
        appointment(
            network, paciente, "fulfilled", patient=mateo, start=at(-2 - number, 8)
        )
        appointment(network, paciente, "cancelled", start=at(-2 - number, 10))

    first = mine(at_home, persona=mateo.token, estado="asistidas", todas="si")
    second = at_home.get(first.context["older_url"])

    assert len(first.context["past"]) == 20
    assert [line.outcome for line in second.context["past"]] == ["Asistió"]


@pytest.mark.parametrize("key", ["x", "00000000-0000-4000-8000-000000000000"])
def test_a_page_after_nothing_is_a_404(at_home, key):
    assert mine(at_home, todas="si", despues=key).status_code == 404


def test_a_page_after_a_strangers_appointment_is_a_404(at_home, otra_paciente, network):
    """ACC-01."""
    made = appointment(network, otra_paciente, "fulfilled", start=at(-2, 8))

    assert mine(at_home, todas="si", despues=made.pk).status_code == 404


# --- What it costs -------------------------------------------------------------


def fill(network, paciente, mateo, rows):
    for number in range(rows):
        who = {"patient": mateo if number % 2 else paciente.patient}
        appointment(network, paciente, start=at(2 + number, 8), **who)
        appointment(network, paciente, "proposed", start=at(2 + number, 10), **who)
        appointment(network, paciente, "cancelled", start=at(-2 - number, 8), **who)


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("query", [{}, {"todas": "si"}])
def test_the_list_costs_the_same_with_one_row_and_with_thirty(
    at_home, paciente, mateo, network, rows, query, django_assert_num_queries
):
    fill(network, paciente, mateo, rows)
    at_home.get(reverse("appointments:office"))  # notes the session, reads the rules
    mine(at_home, **query)

    with django_assert_num_queries(7 if query else 12):
        mine(at_home, **query)


# --- The office ------------------------------------------------------------------


def test_the_office_shows_the_next_one_of_anybody(at_home, paciente, mateo, network):
    appointment(network, paciente, start=at(9, 8))
    appointment(network, paciente, patient=mateo, start=at(4, 8))

    response = at_home.get(reverse("appointments:office"))

    assert response.context["next"].title == "Medicina general, Mateo"


def test_the_office_says_what_waits_for_an_answer(
    at_home, paciente, mateo, network, recepcion
):
    asked = appointment(network, paciente, "proposed", patient=mateo, start=at(5, 8))
    offered(network, asked, by=recepcion)
    appointment(network, paciente, "declined", start=at(7, 8), last_at=timezone.now())
    appointment(network, paciente, "proposed", start=at(8, 8))

    response = at_home.get(reverse("appointments:office"))

    assert [(note.lead, note.action) for note in response.context["pending"]] == [
        (
            "La sede le propone otra hora para medicina general de Mateo:",
            "Ver y responder",
        ),
        (
            "La sede no aceptó su solicitud de medicina general de Rosa Elena",
            "Escoger otra hora",
        ),
    ]


def test_the_office_costs_little(
    at_home, paciente, mateo, network, django_assert_max_num_queries
):
    fill(network, paciente, mateo, 5)
    at_home.get(reverse("appointments:office"))

    with django_assert_max_num_queries(12):
        at_home.get(reverse("appointments:office"))
