"""«Varias citas», from the door to the plan that is kept."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Coverage, Guardianship
from accounts.tests.factories import CoverageFactory, GuardianshipFactory
from appointments import booking, planning
from appointments.models import Appointment, AppointmentGroup, Slot
from appointments.tests.addresses import page as wizard
from appointments.tests.factories import AppointmentFactory, ScheduleFactory
from appointments.tests.network import at
from catalog import instructions, version
from catalog.instructions import Step
from catalog.models import Precedence, TravelTime
from catalog.tests.factories import ProcedureFactory

pytestmark = pytest.mark.django_db

CARDIOLOGY, GENERAL, ULTRASOUND = (
    "890228.presencial..0",
    "890201.presencial..0",
    "881302.presencial..0",
)
BY_VIDEO = "890201.virtual..0"
TWO = [CARDIOLOGY, GENERAL]
THREE = [ULTRASOUND, CARDIOLOGY, GENERAL]
HERE = {"ciudad": "11001", "sede": "todas", "cuando": "ya", "orden": "cita"}


def several(user, name="several", items=(), **answers):
    """A page of «Varias citas» with this basket."""
    query = {"convenio": "eps-andina", "cita": list(items), **answers}
    return reverse(f"appointments:{name}", args=[user.patient.token], query=query)


def plans(user, items=TWO, **answers):
    return several(user, "several_plans", items, **HERE | answers)


def hold(client, user, items, slots, **answers):
    address = several(user, "several_hold", items, **HERE | answers)
    return client.post(address, {"cupo": [slot.pk for slot in slots]})


def text(response):
    return " ".join(response.content.decode().split())


def rows(response):
    return [row["text"] for row in response.context["rows"]]


def found(response):
    return [(one.item.code, one.hint) for one, _ in response.context["found"]]


def cards(response):
    return response.context["page"].cards


def lines(card):
    return [
        (line.title.replace("\xa0", " "), line.text)
        for day in card.days
        for line in day.lines
    ]


@pytest.fixture
def mateo(paciente, network):
    """The son of `paciente`, with the same agreement."""
    son = GuardianshipFactory(asked_by=paciente).dependant
    CoverageFactory(patient=son, agreement=network.eps)
    son.preferred_agreement = network.eps
    son.save()
    return son


# --- The door and the basket -------------------------------------------------------


def test_the_fourth_door_leads_to_the_basket_with_the_answers(at_home, paciente):
    answers = {"tipo": "medicina", "modalidad": "presencial"}

    response = at_home.get(wizard(paciente, "busqueda", **answers))

    tile = response.context["tiles"][3]
    assert (tile.label, tile.hint) == (
        "Varias citas",
        "De 2 a 6 citas el mismo día, en la misma sede.",
    )
    basket = at_home.get(tile.url)
    assert basket.context["question"] == "¿Qué citas necesita?"
    assert [row.text for row in basket.context["summary"]] == [
        "EPS Alianza Andina",
        "Medicina",
        "Presencial",
    ]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("cardiologia", [CARDIOLOGY]),
        ("abdomen", [ULTRASOUND]),
        ("medicina general", [GENERAL, BY_VIDEO]),
        ("881302", [ULTRASOUND]),
    ],
)
def test_one_box_finds_specialties_and_procedures(at_home, paciente, words, codes):
    response = at_home.get(several(paciente, q=words, modalidad="presencial"))

    assert [code for code, _ in found(response)] == codes


def test_the_box_finds_practitioners_too(at_home, paciente, network):
    response = at_home.get(several(paciente, q="pena rojas"))

    code = network.ana.code
    assert found(response) == [
        (
            f"890228.presencial.{code}.0",
            "Cardiología, consulta de primera vez, presencial.",
        )
    ]


def test_adding_and_removing_are_links(at_home, paciente):
    response = at_home.get(several(paciente, items=[CARDIOLOGY], q="abdomen"))
    ((_, add),) = response.context["found"]

    fuller = at_home.get(add)
    assert rows(fuller) == ["Cardiología", "Ecografía de abdomen total"]
    assert fuller.context["rows"][0]["about"] == "Consulta de primera vez, presencial."
    emptier = at_home.get(fuller.context["rows"][0]["remove_url"])
    assert rows(emptier) == ["Ecografía de abdomen total"]


def test_one_appointment_is_not_several(at_home, paciente):
    response = at_home.get(several(paciente, items=[CARDIOLOGY]))

    assert response.context["next_url"] == ""
    assert "Agregue otra cita para seguir." in text(response)


def test_what_is_in_the_basket_is_not_offered_again(at_home, paciente):
    response = at_home.get(several(paciente, items=[CARDIOLOGY], q="cardiologia"))

    assert found(response) == []


def test_searching_for_nothing_says_what_to_write(at_home, paciente):
    response = at_home.get(several(paciente, q=" "))

    assert "Escriba qué cita quiere agregar" in text(response)


def test_what_was_typed_is_escaped(at_home, paciente):
    response = at_home.get(several(paciente, q='"><script>x'))

    assert "<script>x" not in response.content.decode()


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "890201",
        "890201.presencial",
        "890201.presencial..1",
        "890201.por-carta..0",
        "890201.presencial..0.0",
        "999999.presencial..0",
        "890201.presencial.NADIE.0",
        "890201.presencial..0'--",
        "x" * 5000,
        "٨٩٠٢٠١.presencial..0",
    ],
    ids=range(11),
)
def test_a_bad_item_is_dropped(at_home, paciente, bad):
    response = at_home.get(several(paciente, items=[CARDIOLOGY, bad]))

    assert rows(response) == ["Cardiología"]


def test_the_same_thing_twice_is_once(at_home, paciente):
    response = at_home.get(several(paciente, items=[GENERAL, BY_VIDEO]))

    assert rows(response) == ["Medicina general"]


@pytest.fixture
def seven(network):
    procedures = [ProcedureFactory(specialty=network.general) for _ in range(7)]
    network.schedules["lots"] = ScheduleFactory(
        procedure=procedures[0], site=network.chapinero, services=procedures
    )
    return [f"{one.code}.presencial..0" for one in procedures]


def test_six_is_full(at_home, paciente, seven):
    response = at_home.get(several(paciente, items=seven[:6]))

    assert "Puede pedir hasta 6 citas a la vez. Para agregar" in text(response)
    assert "form" not in response.context
    assert response.context["next_url"] != ""


def test_seven_are_refused(at_home, paciente, seven):
    basket = at_home.get(several(paciente, items=seven))
    planned = at_home.get(plans(paciente, seven))

    assert basket.context["too_many"] == "Puede pedir hasta 6 citas a la vez"
    assert len(basket.context["rows"]) == 6
    assert basket.context["next_url"] == ""
    assert (
        planned["Location"]
        == several(paciente, items=seven[:6], **dict(sorted(HERE.items())))
        or "/varias/?" in planned["Location"]
    )


# --- For whom ----------------------------------------------------------------------


def test_with_a_family_each_item_is_for_somebody(at_home, paciente, mateo):
    code = mateo.token.hex
    response = at_home.get(
        several(paciente, items=[CARDIOLOGY], q="general", para=code)
    )

    assert [one for one, _ in found(response)] == [
        f"890201.presencial..{code}",
        f"890201.virtual..{code}",
    ]
    fuller = at_home.get(response.context["found"][0][1])
    assert rows(fuller) == [
        "Cardiología, para Rosa Elena",
        "Medicina general, para Mateo",
    ]
    assert "Mateo Martínez" in text(fuller)


def test_alone_nobody_is_asked_for_whom(at_home, paciente):
    assert "¿Para quién es?" not in text(at_home.get(several(paciente)))


@pytest.mark.parametrize("name", ["several", "several_plans", "several_apart"])
def test_a_stranger_in_an_item_is_not_found(at_home, paciente, otra_paciente, name):
    item = f"890201.presencial..{otra_paciente.patient.token.hex}"

    response = at_home.get(several(paciente, name, [CARDIOLOGY, item], **HERE))

    assert response.status_code == 404


def test_a_stranger_as_who_it_is_for_is_not_found(at_home, paciente, otra_paciente):
    token = otra_paciente.patient.token.hex

    response = at_home.get(several(paciente, q="general", para=token))

    assert response.status_code == 404


def test_a_guardianship_that_ended_is_not_found(at_home, paciente, mateo):
    Guardianship.objects.update(end_date=timezone.localdate() - timedelta(days=1))
    item = f"890201.presencial..{mateo.token.hex}"

    assert at_home.get(several(paciente, items=[item])).status_code == 404


def test_an_item_whose_agreement_ended_says_so_and_stops_there(
    at_home, paciente, mateo
):
    Coverage.objects.filter(patient=mateo).update(
        end_date=timezone.localdate() - timedelta(days=1)
    )
    items = [CARDIOLOGY, f"890201.presencial..{mateo.token.hex}"]

    basket = at_home.get(several(paciente, items=items))
    planned = at_home.get(plans(paciente, items))

    assert basket.context["rows"][1]["problem"] == (
        "Mateo no tiene un convenio para usar ahora."
    )
    assert str(mateo.token) in basket.context["rows"][1]["mend_url"]
    assert basket.context["next_url"] == ""
    assert "/varias/?" in planned["Location"]


def test_an_item_that_the_agreement_no_longer_covers_says_so(
    at_home, paciente, network
):
    network.first_visit.active = False
    network.first_visit.save()
    version.bump()

    response = at_home.get(several(paciente, items=TWO))

    assert "ya no se puede pedir" in response.context["rows"][0]["problem"]
    assert response.context["next_url"] == ""


# --- Where and when ----------------------------------------------------------------


def test_only_the_sites_that_have_all_of_it_are_offered(at_home, paciente, network):
    response = at_home.get(several(paciente, items=TWO))
    where = at_home.get(response.context["next_url"])

    # Both are in Chapinero and nowhere else: nothing to ask, straight to the dates.
    assert where.context["question"] == "¿Cuándo puede venir?"
    assert [(row.label, row.text) for row in where.context["summary"]][-2:] == [
        ("Ciudad", "Bogotá"),
        ("Sede", "Chapinero"),
    ]


def test_with_several_sites_any_of_them_is_offered(at_home, paciente, network):
    items = [ULTRASOUND, GENERAL]
    basket = at_home.get(several(paciente, items=items, orden="cita"))
    where = at_home.get(basket.context["next_url"])

    assert where.context["question"] == "¿En qué sede de Bogotá?"
    assert [card.name for card in where.context["cards"]] == ["Sede Chapinero"]
    assert at_home.get(where.context["any_url"]).context["number"] == 7


def test_two_cities_are_a_question(at_home, paciente, network):
    ScheduleFactory(procedure=network.first_visit, site=network.poblado)
    ScheduleFactory(procedure=network.general_visit, site=network.poblado)

    basket = at_home.get(several(paciente, items=TWO))
    where = at_home.get(basket.context["next_url"])

    assert [tile.label for tile in where.context["tiles"]] == [
        "Bogotá D. C.",
        "Medellín",
    ]
    assert at_home.get(where.context["tiles"][1].url).context["number"] == 7


def test_no_city_for_all_of_them_is_said(at_home, paciente, network):
    far = ProcedureFactory(specialty=network.general)
    ScheduleFactory(procedure=far, site=network.poblado, services=[far])

    response = at_home.get(
        several(paciente, items=[CARDIOLOGY, f"{far.code}.presencial..0"])
    )

    assert "No hay una ciudad donde se puedan hacer todas." in text(response)
    assert response.context["next_url"] == ""


def test_all_by_video_asks_no_place(at_home, paciente, network):
    other = ProcedureFactory(specialty=network.general)
    ScheduleFactory(procedure=other, modality="virtual", services=[other])

    basket = at_home.get(
        several(paciente, items=[BY_VIDEO, f"{other.code}.virtual..0"])
    )
    where = at_home.get(basket.context["next_url"])

    assert where.context["question"] == "¿Cuándo quiere las citas?"


def test_bad_dates_are_asked_again(at_home, paciente):
    response = at_home.get(plans(paciente, cuando="desde", desde="2020-01-01"))

    assert "/varias/fechas/" in response["Location"]


# --- Papers ------------------------------------------------------------------------


def test_what_is_wanting_on_paper_is_asked_before_the_plans(at_home, paciente):
    response = at_home.get(plans(paciente, [ULTRASOUND, GENERAL], orden=""))

    assert "/varias/orden/" in response["Location"]
    asked = at_home.get(response["Location"])
    assert asked.context["question"] == "¿Tiene la orden médica?"
    assert "Ecografía de abdomen total" in text(asked)
    promised = at_home.get(asked.context["promise_url"])
    assert "orden=cita" in asked.context["promise_url"]
    assert promised.status_code == 200


def test_an_order_that_was_told_is_not_asked_again(at_home, paciente):
    basket = [ULTRASOUND, GENERAL]
    address = at_home.get(plans(paciente, basket, orden=""))["Location"]
    issued = timezone.localdate() - timedelta(days=2)
    told = {
        "numero_orden": "77-A",
        "fecha_orden-d": issued.day,
        "fecha_orden-m": issued.month,
        "fecha_orden-a": issued.year,
    }

    blank = at_home.post(address, {})
    onward = at_home.post(address, told)

    assert blank.status_code == 422
    assert "/varias/planes/" in onward["Location"]
    assert at_home.get(onward["Location"]).status_code == 200


def test_each_item_is_asked_for_its_own_papers(at_home, paciente, mateo, network):
    items = [ULTRASOUND, f"881302.presencial..{mateo.token.hex}"]
    address = at_home.get(plans(paciente, items, orden=""))["Location"]
    issued = timezone.localdate() - timedelta(days=2)

    onward = at_home.post(
        address,
        {
            "fecha_orden-d": issued.day,
            "fecha_orden-m": issued.month,
            "fecha_orden-a": issued.year,
        },
    )

    assert "papel=2" in onward["Location"]
    assert "Ecografía de abdomen total, para Mateo" in text(
        at_home.get(onward["Location"])
    )


def test_an_order_that_does_not_reach_that_day_is_asked_again(
    at_home, paciente, network
):
    """What is told is looked at again for the day of the time that was chosen."""
    agreement = network.eps
    agreement.order_later = False
    agreement.save()
    version.bump()
    basket = [ULTRASOUND, GENERAL]
    address = at_home.get(plans(paciente, basket, orden=""))["Location"]
    today = timezone.localdate()
    told = {
        "fecha_orden-d": today.day,
        "fecha_orden-m": today.month,
        "fecha_orden-a": today.year,
        "hasta_orden-d": (today + timedelta(days=1)).day,
        "hasta_orden-m": (today + timedelta(days=1)).month,
        "hasta_orden-a": (today + timedelta(days=1)).year,
    }
    at_home.post(address, told)
    slots = [*network.slots("eva", at(5, 8)), *network.slots("general", at(5, 9))]

    response = hold(at_home, paciente, basket, slots, orden="")

    assert "/varias/orden/" in response["Location"]
    shown = at_home.get(response["Location"])
    assert "La orden que nos contó sirve hasta" in text(shown)
    assert not Appointment.objects.exists()


# --- The plans ---------------------------------------------------------------------


@pytest.fixture
def a_day(network):
    """Times on two days: cardiology and general medicine in Chapinero."""
    return {
        "cardiology": network.slots("ana", at(3, 8), at(5, 8)),
        "general": network.slots("general", at(3, 10), at(5, 8, 40)),
    }


def test_the_plans_are_named_for_what_they_are_good_at(at_home, paciente, a_day):
    response = at_home.get(plans(paciente))

    page = response.context["page"]
    assert page.heading == "Encontramos 2 planes para sus 2 citas"
    assert [card.heading for card in page.cards] == [
        "El día más cercano",
        "El día con menos espera",
    ]
    assert page.cards[0].total == "Espera total: 1 hora 40 min."


def test_a_plan_is_a_timeline_with_its_waits(at_home, paciente, a_day, network):
    response = at_home.get(plans(paciente))

    card = cards(response)[1]
    assert [(day.hours.replace("\xa0", " "), day.place) for day in card.days] == [
        ("De 8:00 a 9:00 a. m.", "Sede Chapinero.")
    ]
    general = network.schedules["general"].practitioner
    assert lines(card) == [
        ("8:00 a. m. Cardiología", "Dra. Ana Lucía Peña Rojas, 20 min"),
        ("Espera 20 min", ""),
        ("8:40 a. m. Medicina general", f"{general}, 20 min"),
    ]


def test_one_plan_alone_is_the_nearest_day(at_home, paciente, network):
    network.slots("ana", at(3, 8))
    network.slots("general", at(3, 9))

    page = at_home.get(plans(paciente)).context["page"]

    assert page.heading == "Encontramos un plan para sus 2 citas"
    assert [card.heading for card in page.cards] == ["El día más cercano"]


def test_sooner_in_two_trips_is_said_so(at_home, paciente, network):
    network.slots("ana", at(2, 8), at(9, 8))
    network.slots("general", at(3, 8), at(9, 9))

    page = at_home.get(plans(paciente)).context["page"]

    assert [card.heading for card in page.cards] == [
        "El día más cercano",
        "Antes, pero en dos viajes",
    ]
    assert [len(card.days) for card in page.cards] == [1, 2]
    assert page.cards[1].total == "Son dos viajes. Sin esperas."


def test_fasting_goes_first_and_then_there_is_breakfast(at_home, paciente, network):
    instructions.publish(
        about=network.ultrasound,
        steps=[Step("No coma desde las {hora}.", minutes_before=360, fasting=True)],
        now=timezone.now(),
    )
    version.bump()
    network.slots("eva", at(3, 7), at(3, 11))
    network.slots("general", at(3, 8, 10))

    response = at_home.get(plans(paciente, [GENERAL, ULTRASOUND]))

    (card,) = cards(response)
    assert response.context["page"].intro.startswith("El ayuno va primero.")
    assert [title for title, _ in lines(card)] == [
        "7:00 a. m. Ecografía de abdomen total",
        "Espera 50 min. Puede desayunar.",
        "8:10 a. m. Medicina general",
    ]


def test_another_site_says_how_long_the_way_is(at_home, paciente, network):
    TravelTime.objects.create(site=network.suba, other=network.chapinero, minutes=40)
    network.slots("luis", at(3, 7))
    network.slots("general", at(3, 8), at(3, 7, 30))

    response = at_home.get(plans(paciente, [ULTRASOUND, GENERAL]))

    (card,) = cards(response)
    assert card.days[0].place == "Sede Suba y Sede Chapinero."
    assert lines(card)[1][0] == (
        "Espera 40 min. La siguiente es en la Sede Chapinero: "
        "el viaje toma unos 40 min."
    )


def test_what_comes_first_by_medicine_comes_first(at_home, paciente, network):
    Precedence.objects.create(
        first=network.general_visit, then=network.first_visit, days=3
    )
    network.slots("ana", at(3, 8), at(6, 8))
    network.slots("general", at(3, 9))

    (card,) = cards(at_home.get(plans(paciente)))

    assert [title.split(" ", 3)[3] for title, _ in lines(card)] == [
        "Medicina general",
        "Cardiología",
    ]


def test_by_request_is_said_on_the_card(at_home, paciente, network):
    schedule = network.schedules["ana"]
    schedule.booking = "request"
    schedule.save()
    version.bump()
    network.slots("ana", at(6, 8))
    network.slots("general", at(6, 9))

    (card,) = cards(at_home.get(plans(paciente)))

    notes = [line.note for line in card.days[0].lines]
    assert notes[0].startswith("Por solicitud: la sede le responde antes del ")
    assert notes[1:] == ["", ""]


def test_a_family_day_says_for_whom(at_home, paciente, mateo, network):
    network.slots("ana", at(3, 8))
    network.slots("general", at(3, 8), at(3, 8, 40))
    items = [CARDIOLOGY, f"890201.presencial..{mateo.token.hex}"]

    (card,) = cards(at_home.get(plans(paciente, items)))

    assert [said.split(".")[0] for _, said in lines(card)] == [
        "Para Rosa Elena",
        "",
        "Para Mateo",
    ]


def test_no_plan_is_at_the_hour_of_another_child(at_home, paciente, mateo, network):
    sofia = GuardianshipFactory(asked_by=paciente, guardian=paciente.patient).dependant
    AppointmentFactory(patient=sofia, start=at(3, 10), end=at(3, 10, 20))
    network.slots("ana", at(3, 10), at(3, 12))
    network.slots("general", at(3, 10), at(3, 12, 40))
    code = mateo.token.hex
    items = [f"890228.presencial..{code}", f"890201.presencial..{code}"]

    (card,) = cards(at_home.get(plans(paciente, items)))

    assert [title.split(" ")[0] for title, _ in lines(card)] == [
        "12",
        "Espera",
        "12:40",
    ]


def test_when_time_is_over_the_page_says_that_it_is_not_proved(
    at_home, paciente, a_day, settings, monkeypatch
):
    monkeypatch.setattr("appointments.planning.MOST_TIMES", 1)

    response = at_home.get(plans(paciente, sede="todas"))

    assert "no alcanzamos a mirarlas todas" in text(response)


# --- No plan -----------------------------------------------------------------------


def test_without_times_the_page_says_of_which_and_what_to_loosen(
    at_home, paciente, network
):
    network.slots("luis", at(3, 8))
    network.slots("general", at(3, 10))
    site = network.chapinero.code

    response = at_home.get(plans(paciente, [ULTRASOUND, GENERAL], sede=site))

    assert response.context["without"] == ["ecografía de abdomen total"]
    (tile,) = response.context["tiles"]
    assert tile.label == "En cualquier sede de Bogotá"
    assert len(cards(at_home.get(tile.url))) == 1


def test_other_dates_are_offered_when_they_have_a_plan(at_home, paciente, a_day):
    day = at(1, 8).date().isoformat()

    response = at_home.get(plans(paciente, cuando="desde", desde=day, hasta=day))

    (tile,) = response.context["tiles"]
    assert tile.label == "En cualquier día y a cualquier hora"
    assert len(cards(at_home.get(tile.url))) == 2


def test_without_the_one_that_has_no_time_the_others_have_a_plan(
    at_home, paciente, a_day
):
    response = at_home.get(plans(paciente, THREE))

    (tile,) = response.context["tiles"]
    assert tile.label == "Sin ecografía de abdomen total"
    assert len(cards(at_home.get(tile.url))) == 2


def test_the_page_without_a_plan_thinks_only_once_for_so_long(
    at_home, paciente, a_day, monkeypatch
):
    """However many ways out are tried."""
    seen = []
    real = planning.planner.plan

    def plan(task, *, enough):
        seen.append(enough)
        return real(task, enough=enough)

    monkeypatch.setattr(planning.planner, "plan", plan)
    deadlines = []
    begin = planning.deadline
    monkeypatch.setattr(
        planning, "deadline", lambda: deadlines.append(begin()) or deadlines[-1]
    )

    at_home.get(plans(paciente, THREE))

    assert seen
    assert deadlines == [seen[0]]


def test_nothing_at_all_still_leads_somewhere(at_home, paciente):
    response = at_home.get(plans(paciente))

    assert response.context["tiles"] == []
    assert response.context["without"] == ["cardiología", "medicina general"]
    assert "601 555 0100" in text(response)
    assert response.context["separate"].label == "Escoger cada cita por separado"


def test_each_that_has_no_time_can_be_waited_for(at_home, paciente, network):
    network.slots("general", at(3, 10))

    (tile,) = at_home.get(plans(paciente)).context["waiting"]

    assert tile.label == "Anotarme en la lista de espera"
    assert "procedimiento=890228" in tile.url
    assert at_home.get(tile.url).status_code == 200


def test_times_that_do_not_fit_together_are_said_so(at_home, paciente, network):
    network.slots("ana", at(3, 8))
    network.slots("general", at(3, 8))

    response = at_home.get(plans(paciente))

    assert response.context["without"] == []
    assert "no se pueden hacer una después de otra" in text(response)


# --- One by one --------------------------------------------------------------------


def test_one_by_one_leads_each_to_its_own_agenda(at_home, paciente, network, a_day):
    by_ana = f"890228.presencial.{network.ana.code}.0"

    response = at_home.get(
        several(paciente, "several_apart", [by_ana, BY_VIDEO], **HERE)
    )

    tiles = response.context["tiles"]
    assert [tile.label for tile in tiles] == ["Cardiología", "Medicina general"]
    agenda = at_home.get(tiles[0].url)
    assert agenda.context["agenda"].first.who.startswith("Dra. Ana Lucía Peña Rojas")
    assert "cita=890228" in response.context["plans_url"]


# --- Choosing a plan ---------------------------------------------------------------


def test_choosing_a_plan_keeps_all_of_it(at_home, paciente, a_day):
    slots = [a_day["cardiology"][0], a_day["general"][0]]

    response = hold(at_home, paciente, TWO, slots)

    group = AppointmentGroup.objects.get()
    assert response["Location"] == reverse(
        "appointments:group_instructions", args=[group.pk]
    )
    kept = group.appointments.order_by("start").values_list("start", "status")
    assert list(kept) == [(slot.start, "held") for slot in slots]
    assert "cita=890228" in group.search


def test_a_lost_time_keeps_nothing_and_shows_the_next_best(
    at_home, paciente, otra_paciente, network, a_day
):
    slots = [a_day["cardiology"][0], a_day["general"][0]]
    taken(otra_paciente, network, slots[1])

    response = hold(at_home, paciente, TWO, slots)

    assert response.status_code == 409
    assert "Alguien tomó una de esas horas" in text(response)
    assert response.context["card"].slots == (
        a_day["cardiology"][1].pk,
        a_day["general"][1].pk,
    )
    assert not Appointment.objects.filter(patient=paciente.patient).exists()
    assert Slot.objects.get(pk=slots[0].pk).free


def test_a_lost_time_with_nothing_left_still_leads_on(
    at_home, paciente, otra_paciente, network
):
    slots = [*network.slots("ana", at(3, 8)), *network.slots("general", at(3, 10))]
    taken(otra_paciente, network, slots[1])

    response = hold(at_home, paciente, TWO, slots)

    assert response.status_code == 409
    assert response.context["card"] is None
    assert at_home.get(response.context["plans_url"]).status_code == 200


def taken(user, network, slot):
    return booking.hold(
        slot_id=slot.pk,
        procedure=slot.schedule.procedures.first(),
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search="other",
        now=timezone.now(),
    )


def test_two_tabs_with_two_baskets_do_not_mix(at_home, paciente, network, a_day):
    network.slots("virtual", at(3, 15))
    one = at_home.get(plans(paciente))
    other = at_home.get(plans(paciente, [CARDIOLOGY, BY_VIDEO]))

    again = at_home.get(plans(paciente))

    assert cards(one) == cards(again)
    assert cards(one)[0].slots != cards(other)[0].slots


def test_the_same_plan_in_two_tabs_is_one_group(at_home, paciente, a_day):
    slots = [a_day["cardiology"][0], a_day["general"][0]]

    one = hold(at_home, paciente, TWO, slots)
    two = hold(at_home, paciente, TWO, slots)

    assert one["Location"] == two["Location"]
    assert Appointment.objects.filter(patient=paciente.patient).count() == 2


def test_a_time_of_something_else_is_refused(at_home, paciente, network, a_day):
    (virtual,) = network.slots("virtual", at(3, 15))

    response = hold(at_home, paciente, TWO, [a_day["cardiology"][0], virtual])

    assert response.status_code == 409
    assert "Esa hora ya no se puede pedir" in text(response)
    assert not Appointment.objects.exists()


def test_the_rules_of_the_plan_hold_for_what_is_sent_too(at_home, paciente, network):
    slots = [*network.slots("ana", at(3, 8)), *network.slots("general", at(3, 8, 20))]

    response = hold(at_home, paciente, TWO, slots)

    assert response.status_code == 409
    assert not Appointment.objects.exists()


def test_one_time_for_two_items_keeps_nothing(at_home, paciente, network, seven):
    (slot,) = network.slots("lots", at(3, 8))

    response = hold(at_home, paciente, seven[:2], [slot, slot])

    assert response.status_code == 409
    assert not Appointment.objects.exists()
    assert Slot.objects.get(pk=slot.pk).free


def test_a_rule_that_says_no_names_whom_it_is_about(
    at_home, paciente, mateo, network, a_day
):
    items = [CARDIOLOGY, f"890201.presencial..{mateo.token.hex}"]
    slots = [a_day["cardiology"][0], a_day["general"][0]]
    start = slots[1].start
    AppointmentFactory(patient=mateo, start=start, end=start + timedelta(minutes=20))

    response = hold(at_home, paciente, items, slots)

    assert response.status_code == 409
    assert "Mateo ya tiene otra cita a esa hora" in text(response)
    assert "No guardamos ninguna de las horas." in text(response)
    assert not Appointment.objects.filter(status="held").exists()


@pytest.mark.parametrize(
    "sent", [{}, {"cupo": "x"}, {"cupo": ["1"]}, {"cupo": ["1", "²"]}], ids=range(4)
)
def test_what_is_no_plan_leads_back_to_the_plans(at_home, paciente, a_day, sent):
    address = several(paciente, "several_hold", TWO, **HERE)

    response = at_home.post(address, sent)

    assert "/varias/planes/" in response["Location"]


def test_reading_the_address_of_the_button_is_the_plans(at_home, paciente, a_day):
    response = at_home.get(several(paciente, "several_hold", TWO, **HERE))

    assert "/varias/planes/" in response["Location"]


def test_who_is_not_inside_signs_in_first(client, paciente):
    assert "/ingresar/" in client.get(several(paciente))["Location"]


def test_of_another_persons_basket_nothing_is_said(at_home, otra_paciente):
    for name in ("several", "several_plans", "several_apart", "several_order"):
        assert at_home.get(several(otra_paciente, name, TWO)).status_code == 404


# --- Queries -----------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5])
def test_the_plans_cost_the_same_however_many_times_there_are(
    at_home, paciente, network, count, django_assert_num_queries
):
    hours = range(8, 8 + count)
    network.slots("ana", *(at(3, hour) for hour in hours))
    network.slots("general", *(at(3, hour, 30) for hour in hours))
    at_home.get(plans(paciente))

    with django_assert_num_queries(14):
        at_home.get(plans(paciente))


def test_an_item_more_costs_one_question_more(at_home, paciente, seven, network):
    network.slots("lots", *(at(3, hour) for hour in range(8, 16)))

    def cost(items):
        at_home.get(plans(paciente, items))
        with CaptureQueriesContext(connection) as seen:
            at_home.get(plans(paciente, items))
        return len(seen)

    costs = [cost(seven[:number]) for number in (2, 3, 4)]

    assert {later - sooner for sooner, later in pairwise(costs)} == {1}
