"""Nothing, or nothing soon: what the pages say that would help, and where it leads."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import booking
from appointments.models import Schedule, Slot
from appointments.tests.addresses import CARDIOLOGY, ULTRASOUND, page
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import at
from catalog import version
from catalog.models import Modality
from catalog.tests.factories import CityFactory, ProcedureFactory, SiteFactory
from portal.ui import dates

pytestmark = pytest.mark.django_db

WAITING = "Anotarme en la lista de espera"
FILING = "Radicar solicitud"
GENERAL = {
    "tipo": "medicina",
    "modalidad": "presencial",
    "busqueda": "especialidad",
    "procedimiento": "890201",
    "ciudad": "11001",
    "sede": "todas",
}


def agenda(user, **more):
    return page(user, "agenda", **{**ULTRASOUND, **more})


def general(user, network, **more):
    codes = {"especialidad": network.general.code}
    return page(user, "agenda", **{**GENERAL, **codes, **more})


def plain(text):
    return " ".join(text.replace("\xa0", " ").split())


def text(response):
    return plain(response.content.decode())


def said(response):
    """What the tiles say, without those that always stand there."""
    tiles = response.context["tiles" if "sought" in response.context else "sooner"]
    return {
        plain(tile.label): plain(tile.hint)
        for tile in tiles
        if tile.label not in (WAITING, FILING)
    }


def labels(response):
    return [tile.label for tile in response.context["tiles"]]


def soon(days):
    return f"el {dates.day(at(days, 8).date())}" if days > 1 else "mañana"


def next_weekday(number, *, after=1):
    """In how many days it is that day of the week again."""
    today = timezone.localdate().isoweekday()
    return (number - today - after) % 7 + after


# --- Empty: one answer less ------------------------------------------------------


def test_the_other_half_of_the_day(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(2, 8))

    response = at_home.get(agenda(paciente, jornada="pm"))

    assert "No hay citas libres en esas fechas" in text(response)
    assert said(response) == {"Ver horas por la mañana": "2 citas desde mañana."}


def test_the_other_half_of_those_days(at_home, paciente, network):
    days = next_weekday(6)
    network.slots("luis", at(days, 8), at(days, 9))

    response = at_home.get(agenda(paciente, jornada="pm", dia="sab"))

    assert said(response) == {
        "Ver sábados por la mañana": f"2 citas desde {soon(days)}."
    }


def test_any_day_of_the_week(at_home, paciente, network):
    days = next_weekday(3)
    network.slots("luis", at(days, 8))

    response = at_home.get(agenda(paciente, dia="sab"))

    assert said(response) == {
        "Ver otros días de la semana": f"1 cita desde {soon(days)}."
    }


def test_other_dates(at_home, paciente, network):
    network.slots("luis", at(1, 8))
    later = {"cuando": "desde", "desde": at(20, 8).date().isoformat()}

    response = at_home.get(agenda(paciente, **later))

    assert said(response) == {"Ver otras fechas": "1 cita desde mañana."}


def test_another_site_and_any_of_them(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(2, 8))
    north = SiteFactory(name="Norte", city=network.bogota)
    network.schedules["norte"] = ScheduleFactory(
        procedure=network.ultrasound, site=north
    )
    network.slots("norte", at(3, 8))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert said(response) == {
        "En la Sede Suba hay 2 citas": "La primera, mañana 8:00 a. m.",
        "Ver otras sedes de Bogotá": "3 citas desde mañana.",
    }


def test_any_site_that_has_no_more_than_one_of_them_is_not_said_twice(
    at_home, paciente, network
):
    network.slots("luis", at(1, 8))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert list(said(response)) == ["En la Sede Suba hay 1 cita"]


def test_anybody_instead_of_the_one_of_the_filter(at_home, paciente, network):
    network.slots("luis", at(1, 8))
    eva = network.schedules["eva"].practitioner.code

    response = at_home.get(agenda(paciente, profesional=eva))

    assert said(response) == {"Ver otros profesionales": "1 cita desde mañana."}


def test_anybody_of_the_specialty_instead_of_the_chosen_one(at_home, paciente, network):
    other = ScheduleFactory(procedure=network.first_visit, site=network.suba)
    network.schedules["other"] = other
    network.slots("other", at(1, 8))
    asked = {
        **CARDIOLOGY,
        "busqueda": "medico",
        "medico": network.ana.code,
        "especialidad": network.cardiology.code,
        "procedimiento": "890228",
        "ciudad": "11001",
        "sede": network.chapinero.code,
    }

    response = at_home.get(page(paciente, "agenda", **asked))

    # The other one attends elsewhere: two answers, because no single one helps.
    assert said(response) == {
        "Ver otros profesionales en la Sede Suba": "1 cita desde mañana."
    }
    (tile, *_) = response.context["tiles"]
    query = parse_qs(urlsplit(tile.url).query)
    assert query["busqueda"] == ["especialidad"]
    assert "medico" not in query
    assert at_home.get(tile.url).context["agenda"].first.who.endswith("Sede Suba")


def test_by_video(at_home, paciente, network):
    network.slots("virtual", at(1, 8, 20), at(2, 8))

    response = at_home.get(general(paciente, network))

    assert said(response) == {"Virtual: mañana 8:20 a. m.": "2 citas desde mañana."}


def test_in_person_for_who_asked_by_video(at_home, paciente, network):
    network.slots("general", at(1, 8, 20))

    response = at_home.get(general(paciente, network, modalidad="virtual"))

    assert said(response) == {
        "Presencial en Bogotá: mañana 8:20 a. m.": "1 cita desde mañana."
    }


def test_the_city_where_it_is_soonest(at_home, paciente, network):
    cali = SiteFactory(city=CityFactory(name="Cali"))
    network.schedules["cali"] = ScheduleFactory(procedure=network.ultrasound, site=cali)
    network.slots("cali", at(2, 8))
    network.slots("poblado", at(1, 8), at(3, 8))

    response = at_home.get(agenda(paciente))

    assert said(response) == {
        "En Medellín hay 2 citas": "La primera, mañana 8:00 a. m."
    }


def test_another_city_comes_last(at_home, paciente, network):
    """A day sooner is not worth the journey."""
    network.slots("luis", at(2, 8))
    network.slots("poblado", at(1, 8))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert list(said(response)) == [
        "En la Sede Suba hay 1 cita",
        "En Medellín hay 1 cita",
    ]


def test_the_best_first_and_four_at_most(at_home, paciente, network):
    """The sooner first; of one day, what changes least."""
    day = next_weekday(1)
    network.slots("eva", at(day, 9))
    network.slots("luis", at(day, 15), at(day + 7, 15))
    network.slots("poblado", at(1, 15) if day > 1 else at(day, 15))
    asked = {
        "jornada": "pm",
        "dia": "lun",
        "sede": network.chapinero.code,
    }

    response = at_home.get(agenda(paciente, **asked))

    assert list(said(response))[:2] == [
        "Ver lunes por la mañana",
        "En la Sede Suba hay 2 citas",
    ]
    assert len(said(response)) <= 4


# --- Empty: no single answer helps -----------------------------------------------


def test_the_fewest_answers_that_help_together(at_home, paciente, network):
    network.slots("luis", at(1, 8))

    response = at_home.get(agenda(paciente, jornada="pm", sede=network.chapinero.code))

    assert said(response) == {
        "Ver horas por la mañana en la Sede Suba": "1 cita desde mañana."
    }


def test_everything_else_somewhere_else(at_home, paciente, network):
    day = next_weekday(3, after=2)
    network.slots("poblado", at(day, 8))
    eva = network.schedules["eva"].practitioner.code
    asked = {"jornada": "pm", "dia": "sab", "profesional": eva}

    response = at_home.get(agenda(paciente, **asked))

    (label,) = said(response)
    assert label == (
        "Ver horas por la mañana, otros días de la semana y otros profesionales en Medellín"
    )
    (tile, *_) = response.context["tiles"]
    assert at_home.get(tile.url).context["agenda"].first.who.endswith("Sede Poblado")


def test_nothing_anywhere_can_be_waited_for_or_filed(at_home, paciente, network):
    network.slots("general", at(1, 8))

    response = at_home.get(agenda(paciente, sede=network.suba.code))

    assert labels(response) == [WAITING, FILING]
    assert "601 555 0100" in text(response)
    assert "no le pueden negar la solicitud" in text(response)


def test_what_can_be_had_somewhere_is_not_filed(at_home, paciente, network):
    network.slots("poblado", at(1, 8))

    response = at_home.get(agenda(paciente))

    assert labels(response)[1:] == [WAITING]


@pytest.mark.parametrize(
    ("label", "name"), [(WAITING, "join_waiting_list"), (FILING, "file_request")]
)
def test_waiting_and_filing_take_the_search_along(at_home, paciente, label, name):
    response = at_home.get(agenda(paciente, jornada="pm"))

    (tile,) = (t for t in response.context["tiles"] if t.label == label)
    path, _, query = tile.url.partition("?")
    assert path == reverse(f"appointments:{name}", args=[paciente.patient.token])
    asked = parse_qs(query)
    assert (asked["procedimiento"], asked["jornada"]) == (["881302"], ["pm"])
    assert at_home.get(tile.url).status_code == 200


# --- Far: only what is sooner ----------------------------------------------------


def test_a_far_agenda_says_what_is_sooner(at_home, paciente, network):
    network.slots("eva", at(20, 8))
    network.slots("luis", at(1, 8, 20), at(2, 8), at(30, 8))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert said(response) == {
        "En la Sede Suba hay 2 horas antes": "La primera, mañana 8:20 a. m."
    }
    assert "¿La necesita antes?" in text(response)


@pytest.mark.parametrize(
    ("answers", "label"),
    [
        ({"jornada": "am"}, "Por la tarde hay 1 hora antes"),
        ({"profesional": "eva"}, "Con otros profesionales hay 1 hora antes"),
    ],
    ids=["part", "practitioner"],
)
def test_each_answer_says_how_many_are_before(
    at_home, paciente, network, answers, label
):
    network.slots("eva", at(20, 8))
    network.slots("luis", at(2, 15))
    if "profesional" in answers:
        answers = {"profesional": network.schedules["eva"].practitioner.code}

    response = at_home.get(agenda(paciente, **answers))

    assert said(response) == {
        label: f"La primera, {dates.day(at(2, 15).date())} 3:00 p. m."
    }


def test_a_far_agenda_by_video_is_said_with_its_hour(at_home, paciente, network):
    network.slots("general", at(20, 8))
    network.slots("virtual", at(1, 8, 20))

    response = at_home.get(general(paciente, network))

    assert said(response) == {"Virtual: mañana 8:20 a. m.": "Hay 1 hora antes."}


@pytest.mark.parametrize("days", [20, 25], ids=["same_day", "later"])
def test_what_is_not_sooner_is_not_said(at_home, paciente, network, days):
    network.slots("eva", at(20, 8))
    network.slots("luis", at(days, 7))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert said(response) == {}
    assert "¿La necesita antes?" not in text(response)


def test_a_near_agenda_says_nothing_of_it(at_home, paciente, network):
    network.slots("eva", at(10, 8))
    network.slots("luis", at(1, 8))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert said(response) == {}


def test_how_far_is_far_is_a_setting(at_home, paciente, network, settings):
    settings.FAR_DAYS = 3
    network.slots("eva", at(4, 8))
    network.slots("luis", at(1, 8))

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert list(said(response)) == ["En la Sede Suba hay 1 hora antes"]


def test_every_agenda_has_the_waiting_list(at_home, paciente, network):
    network.slots("eva", at(1, 8))

    response = at_home.get(agenda(paciente))

    assert (
        "Anótese en la lista de espera</a> y le avisamos si se libera una cita antes."
        in text(response)
    )
    url = response.context["waiting_url"]
    assert at_home.get(url).status_code == 200


# --- What stands in the way ------------------------------------------------------


def hold(user, network, slot, search, **more):
    return booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search=search,
        now=timezone.now(),
        **more,
    )


def test_what_is_held_by_this_search_stands_in_the_way_of_the_others(
    at_home, paciente, network
):
    """The page that is promised will not show what meets the hold."""
    (kept,) = network.slots("eva", at(1, 15))
    network.slots("luis", at(1, 15), at(1, 17))
    asked = {"sede": network.chapinero.code}
    search = urlsplit(agenda(paciente, **asked)).query
    hold(paciente, network, kept, search)

    response = at_home.get(agenda(paciente, **asked))

    assert said(response) == {
        "En la Sede Suba hay 1 cita": "La primera, mañana 5:00 p. m."
    }
    assert followed(at_home, response) == ["1 cita"]


def test_what_is_held_by_the_other_search_does_not_stand_in_its_way(
    at_home, paciente, network
):
    kept, *_ = network.slots("luis", at(2, 8), at(2, 9))
    network.schedules["more"] = ScheduleFactory(
        procedure=network.ultrasound, site=network.suba
    )
    network.slots("more", at(2, 8))
    search = urlsplit(agenda(paciente, sede=network.suba.code)).query
    hold(paciente, network, kept, search)

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert list(said(response)) == ["En la Sede Suba hay 2 citas"]
    assert followed(at_home, response) == ["2 citas"]


def followed(client, response):
    """How many each page that is promised really has, by month."""
    return [
        month.count
        for tile in response.context["tiles"]
        if "/agenda/" in tile.url
        for month in client.get(tile.url).context["agenda"].months
    ]


def test_a_change_of_hour_stays_one(at_home, paciente, network):
    (old,) = network.slots("eva", at(5, 8))
    booked = hold(paciente, network, old, "otra")
    booking.confirm(
        appointment_id=booked.pk,
        patient=paciente.patient,
        by=paciente,
        now=timezone.now(),
    )
    network.slots("luis", at(2, 8))

    response = at_home.get(
        agenda(paciente, sede=network.chapinero.code, cambia=str(booked.pk))
    )

    (way, waiting) = response.context["tiles"]
    assert f"cambia={booked.pk}" in way.url
    assert f"cambia={booked.pk}" in waiting.url
    assert "Está cambiando su cita" in text(at_home.get(way.url))


def test_who_has_an_appointment_files_nothing(at_home, paciente, network):
    """A change that finds nothing keeps the appointment."""
    (old,) = network.slots("eva", at(5, 8))
    booked = hold(paciente, network, old, "otra")
    booking.confirm(
        appointment_id=booked.pk,
        patient=paciente.patient,
        by=paciente,
        now=timezone.now(),
    )

    response = at_home.get(agenda(paciente, cambia=str(booked.pk)))

    assert labels(response) == [WAITING]


def test_a_question_with_one_answer_does_not_change_the_service(
    at_home, paciente, network
):
    """In person Ana does a consultation too, which that question would take for the exam."""
    exam = network.ultrasound
    visit = ProcedureFactory(visit="first", specialty=exam.specialty)
    for modality, services in (
        (Modality.VIRTUAL, [exam]),
        (Modality.IN_PERSON, [visit, exam]),
    ):
        network.schedules[modality] = ScheduleFactory(
            practitioner=network.ana,
            site=network.chapinero,
            procedure=exam,
            modality=modality,
            services=services,
        )
    network.slots(Modality.IN_PERSON, at(1, 8))
    asked = {
        "modalidad": "virtual",
        "busqueda": "medico",
        "medico": network.ana.code,
        "especialidad": exam.specialty.code,
    }

    response = at_home.get(agenda(paciente, **asked))

    assert list(said(response)) == ["Presencial en Bogotá: mañana 8:00 a. m."]
    (tile, *_) = response.context["tiles"]
    assert at_home.get(tile.url).context["agenda"].said.startswith("Ecografía")


def test_a_last_day_past_the_other_agenda_is_no_wrong_date(at_home, paciente, network):
    """The agenda of the other site is shorter: its page would refuse that day."""
    Schedule.objects.filter(pk=network.schedules["luis"].pk).update(horizon_days=8)
    version.bump()
    network.slots("luis", at(2, 8))
    first, last = at(1, 8).date().isoformat(), at(30, 8).date().isoformat()
    dated = {"cuando": "desde", "desde": first, "hasta": last}

    response = at_home.get(agenda(paciente, sede=network.chapinero.code, **dated))

    assert "En la Sede Suba hay 1 cita" in said(response)
    assert followed(at_home, response)[0] == "1 cita"


# --- What it costs ---------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    ("days", "answers", "queries"),
    [
        (1, {"jornada": "pm"}, 15),
        (1, {"jornada": "pm", "dia": "another"}, 15),
        (30, {}, 17),
    ],
    ids=["single", "together", "far"],
)
def test_it_costs_the_same_however_many_sites_and_cities(
    at_home, paciente, network, count, days, answers, queries, django_assert_num_queries
):
    some(network, count, days)
    if "dia" in answers:
        weekdays = ["lun", "mar", "mie", "jue", "vie", "sab", "sab"]
        answers = answers | {"dia": weekdays[at(4, 8).weekday()]}
    address = agenda(paciente, sede=network.chapinero.code, **answers)
    at_home.get(address)

    with django_assert_num_queries(queries):
        at_home.get(address)


def some(network, count, days):
    for number in range(count):
        near = SiteFactory(city=network.bogota)
        far = SiteFactory(city=CityFactory())
        for name, site in ((f"near{number}", near), (f"far{number}", far)):
            network.schedules[name] = ScheduleFactory(
                procedure=network.ultrasound, site=site
            )
            network.slots(name, at(1, 8), at(2, 8))
    if days > 1:
        network.slots("eva", at(days, 8))


def test_thousands_of_free_times_are_added_up_by_the_database(
    at_home, paciente, network
):
    starts = [
        at(day, 13) + timedelta(minutes=20 * n)
        for day in range(1, 40)
        for n in range(20)
    ]
    schedule = network.schedules["luis"]
    Slot.objects.bulk_create(
        Slot(
            schedule=schedule,
            practitioner_id=schedule.practitioner_id,
            site_id=schedule.site_id,
            start=start,
            day=start.date(),
            minute=start.hour * 60 + start.minute,
            minutes=20,
        )
        for start in starts
    )

    response = at_home.get(agenda(paciente, sede=network.chapinero.code))

    assert list(said(response)) == ["En la Sede Suba hay 780 citas"]
