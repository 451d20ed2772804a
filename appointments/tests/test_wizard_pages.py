"""The questions, as a patient walks them."""

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appointments.models import Appointment
from appointments.tests.addresses import (
    CARDIOLOGY,
    ULTRASOUND,
    answers_of,
    page,
    slug_of,
)
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import at
from appointments.wizard.query import PARAMS
from catalog import instructions
from catalog.instructions import Step
from catalog.tests.factories import CityFactory, SiteFactory

pytestmark = pytest.mark.django_db


def labels(response):
    lookup = response.context.get("lookup")
    return [
        tile.label for tile in (lookup.tiles if lookup else response.context["tiles"])
    ]


def text(response):
    return " ".join(response.content.decode().split())


def test_new_appointment_opens_the_first_question_with_the_agreement_in_use(at_home):
    response = at_home.get(reverse("appointments:new"))

    assert slug_of(response) == "modalidad"
    assert answers_of(response) == {"convenio": "eps-andina", "tipo": "medicina"}


def test_each_answer_is_a_link_to_the_next_question(at_home, paciente):
    response = at_home.get(page(paciente, "modalidad", tipo="medicina"))

    assert labels(response) == ["Presencial", "Virtual"]
    following = at_home.get(response.context["tiles"][0].url)
    assert following.context["question"] == "¿Cómo quiere buscar?"


def test_there_are_four_ways_to_search(at_home, paciente):
    response = at_home.get(
        page(paciente, "busqueda", tipo="medicina", modalidad="presencial")
    )

    assert labels(response) == [
        "Por médico",
        "Por especialidad",
        "Por procedimiento",
        "Varias citas",
    ]


def test_by_procedure_finds_without_accents_and_by_code(at_home, paciente):
    door = {"tipo": "medicina", "modalidad": "presencial", "busqueda": "procedimiento"}
    for words in ("ecografia abdomen", "881302"):
        response = at_home.get(page(paciente, "procedimiento", **door, q=words))
        assert labels(response) == ["Ecografía de abdomen total"]


def test_a_procedure_says_its_code_and_what_it_asks_for(at_home, paciente, network):
    instructions.publish(
        about=network.ultrasound,
        steps=[Step("No coma desde las {hora}.", minutes_before=360, fasting=True)],
        now=timezone.now(),
    )
    door = {"tipo": "medicina", "modalidad": "presencial", "busqueda": "procedimiento"}

    response = at_home.get(page(paciente, "procedimiento", **door, q="881302"))

    (tile,) = response.context["lookup"].tiles
    assert tile.hint == "Código 881302. Pide ayuno y orden médica."


def test_an_empty_search_says_so_and_how_to_go_on(at_home, paciente):
    door = {"tipo": "medicina", "modalidad": "presencial", "busqueda": "procedimiento"}

    response = at_home.get(page(paciente, "procedimiento", **door, q="zzzzz"))

    assert "<b>No encontramos</b> «zzzzz»." in text(response)
    assert "Pruebe con una sola palabra" in text(response)


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("medico", "Escriba el nombre o el apellido"),
        ("especialidad", "Escriba la especialidad"),
        ("procedimiento", "Escriba el nombre del procedimiento"),
    ],
)
def test_searching_for_nothing_says_what_to_write(at_home, paciente, door, said):
    answers = {"tipo": "medicina", "modalidad": "presencial", "busqueda": door}

    fresh = at_home.get(page(paciente, door, **answers))
    blank = at_home.get(page(paciente, door, **answers, q="  "))

    assert said not in text(fresh)
    assert "<title>Error: " in text(blank)
    assert f'<a href="#q">{said}</a>' in text(blank)
    assert f'<span class="vh">Error: </span>{said}' in text(blank)


def test_what_was_typed_is_escaped(at_home, paciente):
    door = {"tipo": "medicina", "modalidad": "presencial", "busqueda": "medico"}

    response = at_home.get(page(paciente, "medico", **door, q='"><script>x'))

    assert "<script>x" not in response.content.decode()


def test_by_doctor_says_the_specialty_and_the_first_time(at_home, paciente, network):
    network.slots("ana", at(1, 14))
    door = {"tipo": "medicina", "modalidad": "presencial", "busqueda": "medico"}

    response = at_home.get(page(paciente, "medico", **door, q="pena rojas"))

    (tile,) = response.context["lookup"].tiles
    assert tile.label == "Dra. Ana Lucía Peña Rojas"
    assert tile.hint == "Cardiología. Primera cita: mañana, 2:00\xa0p.\xa0m."


def test_a_first_visit_is_not_asked_whether_it_is_a_control(at_home, paciente, network):
    code = network.cardiology.code

    response = at_home.get(page(paciente, "consulta", **CARDIOLOGY, especialidad=code))

    assert answers_of(response)["procedimiento"] == "890228"


def test_who_was_seen_before_is_asked_first_visit_or_control(
    at_home, paciente, network
):
    attended(paciente, network)
    network.schedules["ana"].procedures.add(network.control)
    code = network.cardiology.code

    response = at_home.get(page(paciente, "consulta", **CARDIOLOGY, especialidad=code))

    assert labels(response) == ["Consulta de primera vez", "Consulta de control"]


@pytest.mark.parametrize("door", ["procedimiento", "medico"])
def test_who_was_never_seen_is_offered_no_control_by_any_door(
    at_home, paciente, network, door
):
    network.schedules["ana"].procedures.add(network.control)
    answers = {"tipo": "medicina", "modalidad": "presencial", "busqueda": door}
    answers |= {"medico": network.ana.code, "procedimiento": "890328"}

    never = at_home.get(page(paciente, "fechas", **answers), follow=True)
    attended(paciente, network)
    seen = at_home.get(page(paciente, "fechas", **answers))

    assert "890328" not in text(never)
    assert ("procedimiento", "890328") in seen.context["hidden"]


def test_who_was_seen_in_another_specialty_is_offered_no_control(
    at_home, paciente, network
):
    attended(paciente, network, procedure=network.ultrasound)
    network.schedules["ana"].procedures.add(network.control)
    door = {"tipo": "medicina", "modalidad": "presencial", "busqueda": "procedimiento"}

    response = at_home.get(page(paciente, "procedimiento", **door))

    assert labels(response) == [
        "Consulta de cardiología",
        "Consulta general",
        "Ecografía de abdomen total",
    ]


def attended(user, network, procedure=None):
    schedule = network.schedules["ana"]
    Appointment.objects.create(
        reference="AAAA-111",
        patient=user.patient,
        schedule=schedule,
        practitioner=schedule.practitioner,
        site=schedule.site,
        procedure=procedure or network.first_visit,
        agreement=network.eps,
        modality="presencial",
        start=at(-30, 8),
        end=at(-30, 9),
        status=Appointment.Status.FULFILLED,
        confirmed_at=at(-40, 8),
        booked_by=user,
    )


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("", "Sin orden médica."),
        ("Corazón", "Corazón. Sin orden médica."),
        ("Corazón. Pide orden médica.", "Corazón. Pide orden médica."),
    ],
)
def test_a_specialty_says_once_whether_it_asks_for_an_order(
    at_home, paciente, network, hint, said
):
    network.cardiology.hint = hint
    network.cardiology.save()

    response = at_home.get(page(paciente, "especialidad", **CARDIOLOGY))

    assert response.context["lookup"].tiles[0].hint == said


def test_cities_say_how_many_sites_and_the_first_day(at_home, paciente, network):
    network.slots("luis", at(1, 8))
    answers = {k: v for k, v in ULTRASOUND.items() if k not in ("ciudad", "sede")}

    response = at_home.get(page(paciente, "ciudad", **answers))

    hints = {tile.label: tile.hint for tile in response.context["tiles"]}
    assert hints["Bogotá D. C."] == "2 sedes. Primera cita: mañana."
    assert hints["Medellín"] == "1 sede. No hay citas por ahora."


def test_sites_show_address_map_and_first_time_without_distances(
    at_home, paciente, network
):
    network.slots("luis", at(1, 8, 20))
    answers = {k: v for k, v in ULTRASOUND.items() if k != "sede"}

    response = at_home.get(page(paciente, "sede", **answers))

    chapinero, suba = response.context["cards"]
    assert suba.first == "Primera cita: mañana, 8:20\xa0a.\xa0m."
    assert (suba.note, chapinero.note) == ("Acceso sin escaleras.", "")
    assert "openstreetmap.org" in suba.map_url
    assert "Cualquier sede" in text(response)
    assert 'rel="noopener noreferrer"' in text(response)


def test_a_city_with_one_site_does_not_ask_which(at_home, paciente, network):
    answers = {**ULTRASOUND, "ciudad": "05001", "sede": ""}

    response = at_home.get(page(paciente, "sede", **answers))

    assert slug_of(response) == "fechas"
    assert answers_of(response)["sede"] == network.poblado.code


def test_a_virtual_appointment_goes_straight_to_the_dates(at_home, paciente):
    answers = {"tipo": "medicina", "modalidad": "virtual", "busqueda": "procedimiento"}

    response = at_home.get(page(paciente, "ciudad", **answers))

    assert slug_of(response) == "fechas"


def test_your_appointment_so_far_offers_to_change_what_was_a_choice(at_home, paciente):
    answers = {k: v for k, v in ULTRASOUND.items() if k not in ("ciudad", "sede")}

    response = at_home.get(page(paciente, "ciudad", **answers))

    rows = {row.label: (row.text, bool(row.url)) for row in response.context["summary"]}
    assert rows["Tipo"] == ("Medicina", False)
    assert rows["Modalidad"] == ("Presencial", True)
    assert rows["Procedimiento"] == ("Ecografía de abdomen total", True)


def test_what_the_agreement_does_not_cover_is_not_offered(at_home, paciente, network):
    network.eps.covers_everything = False
    network.eps.save()

    response = at_home.get(page(paciente, "tipo"))

    assert "Con estas respuestas no hay citas por internet." in text(response)


def test_an_agreement_that_is_not_theirs_starts_over(at_home, paciente, network):
    response = at_home.get(page(paciente, "tipo", convenio="de-otra-persona"))

    token = paciente.patient.token
    assert response["Location"] == reverse("appointments:start", args=[token])


@pytest.mark.parametrize("slug", ["tipo", "sede", "fechas", "agenda", "apartar"])
def test_a_strangers_token_is_a_404(at_home, otra_paciente, slug):
    assert at_home.get(page(otra_paciente, slug)).status_code == 404


def test_somebody_signed_out_is_sent_to_sign_in_and_comes_back(client, paciente):
    address = page(paciente, "modalidad", tipo="medicina")

    response = client.get(address)

    assert response.status_code == 302
    assert "next=" in response["Location"]


@pytest.mark.parametrize("slug", ["tipo", "fechas", "agenda"])
def test_a_question_is_only_read(at_home, paciente, slug):
    assert at_home.post(page(paciente, slug)).status_code == 405


def test_an_unknown_question_leads_to_the_open_one(at_home, paciente):
    response = at_home.get(page(paciente, "no-existe"))

    assert slug_of(response) == "modalidad"


@pytest.mark.parametrize(
    "slug", ["tipo", "medico", "ciudad", "sede", "fechas", "agenda"]
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    pairs=st.dictionaries(
        st.sampled_from([*PARAMS.values(), "q", "ver", "mas", "pagina"]),
        st.text(max_size=60)
        | st.sampled_from(
            [*ULTRASOUND.values(), "\0", "9" * 20, "2026-02-30", "desde"]
        ),
        max_size=12,
    )
)
def test_no_query_makes_a_500(at_home, paciente, slug, pairs):
    response = at_home.get(page(paciente, slug, **pairs), follow=True)

    # 404: «cambia» names an appointment that is not theirs.
    assert response.status_code in (200, 400, 404)


@pytest.mark.parametrize("query", ["%ff%fe", "tipo=%00", "tipo[]=a&tipo[]=b", "&&&=="])
def test_broken_addresses_are_answered(at_home, paciente, query):
    address = reverse("appointments:question", args=[paciente.patient.token, "tipo"])

    response = at_home.get(f"{address}?convenio=eps-andina&{query}")

    assert response.status_code in (200, 302, 400)


@pytest.mark.parametrize("slug", ["ciudad", "sede", "procedimiento", "medico"])
def test_a_question_costs_the_same_however_many_answers(
    at_home, paciente, network, slug, django_assert_max_num_queries
):
    for _ in range(6):
        site = SiteFactory(city=CityFactory())
        ScheduleFactory(site=site, procedure=network.ultrasound)
    door = "medico" if slug == "medico" else "procedimiento"
    later = {"medico": (), "procedimiento": (), "ciudad": ("procedimiento",)}
    keep = ("tipo", "modalidad", *later.get(slug, ("procedimiento", "ciudad")))
    answers = {k: v for k, v in ULTRASOUND.items() if k in keep} | {"busqueda": door}
    address = page(paciente, slug, **answers, q="a")
    at_home.get(address)

    with django_assert_max_num_queries(12):
        response = at_home.get(address)

    assert response.status_code == 200
