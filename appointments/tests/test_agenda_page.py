"""Dates, agenda, and choosing a time."""

import gzip
from datetime import date, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient
from accounts.tests.factories import GuardianshipFactory
from appointments import booking
from appointments.models import Appointment, Holiday, Schedule, Slot
from appointments.tests.addresses import ULTRASOUND, page, slug_of
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import at
from appointments.tests.steps import weekly
from appointments.wizard.query import Search
from catalog import version

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


def hours(response):
    return [
        slot.hour.replace("\xa0", " ")
        for doc in response.context["agenda"].docs
        for day in doc.days
        for slot in day.slots
    ]


def agenda(user, **more):
    return page(user, "agenda", **ULTRASOUND, **more)


def choose(client, user, slot, **more):
    address = page(user, "apartar", **ULTRASOUND, **more)
    return client.post(address, {"cupo": slot.pk})


# --- Dates -----------------------------------------------------------------------


def test_dates_keep_the_search_in_hidden_fields(at_home, paciente):
    response = at_home.get(page(paciente, "fechas", **ULTRASOUND))

    assert ("procedimiento", "881302") in response.context["hidden"]
    assert "¿Cuándo puede venir?" in text(response)


def test_dates_offer_the_practitioners_when_there_are_several(at_home, paciente):
    response = at_home.get(page(paciente, "fechas", **ULTRASOUND))

    names = [name for _, name in response.context["form"].fields["profesional"].choices]
    assert names == ["Cualquier profesional", "Dr. Luis Rincón", "Dra. Eva Villa"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"cuando": "desde"}, "Escoja desde qué fecha"),
        (
            {"cuando": "desde", "desde": "2026-02-30"},
            "Revise la fecha: ese día no existe",
        ),
        ({"cuando": "desde", "desde": "2001-01-01"}, "Escoja una fecha entre el"),
    ],
)
def test_an_impossible_date_goes_back_to_the_question_and_says_what_to_do(
    at_home, paciente, days, said
):
    response = at_home.get(agenda(paciente, **days), follow=True)

    assert "¿Cuándo puede venir?" in text(response)
    assert said in text(response)
    assert "<title>Error: " in text(response)


def test_dates_that_were_not_asked_for_do_not_block_the_agenda(
    at_home, paciente, network
):
    network.slots("luis", at(1, 8))

    response = at_home.get(agenda(paciente, cuando="ya", desde="2026-02-30", hasta="x"))

    assert hours(response) == ["8:00 a. m."]
    assert "desde=" not in response.context["hold_url"]


# --- Agenda ----------------------------------------------------------------------


def test_the_first_free_time_stands_on_top(at_home, paciente, network):
    network.slots("eva", at(5, 8), at(5, 9))
    network.slots("luis", at(1, 13))

    first = at_home.get(agenda(paciente)).context["agenda"].first

    assert first.when.startswith("Mañana ")
    assert first.when.endswith("1:00\xa0p.\xa0m.")
    assert first.who == "Dr. Luis Rincón · Sede Suba"


def test_times_stand_by_practitioner_and_day(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(2, 9))
    network.slots("eva", at(1, 10))

    docs = at_home.get(agenda(paciente)).context["agenda"].docs

    assert [doc.name for doc in docs] == ["Dr. Luis Rincón", "Dra. Eva Villa"]
    assert [len(day.slots) for day in docs[0].days] == [1, 1, 0, 0, 0]


def test_the_name_of_a_button_says_hour_day_and_person(at_home, paciente, network):
    (slot,) = network.slots("luis", at(1, 8))

    (doc,) = at_home.get(agenda(paciente)).context["agenda"].docs

    label = doc.days[0].slots[0].label
    assert label.startswith("8:00\xa0a.\xa0m., ")
    assert label.endswith("Dr. Luis Rincón. Primera cita disponible")
    assert doc.days[0].slots[0].id == slot.pk


def test_four_hours_a_day_and_the_rest_behind_a_link(at_home, paciente, network):
    network.slots("luis", *(at(1, hour) for hour in range(8, 15)))

    response = at_home.get(agenda(paciente))

    day = response.context["agenda"].docs[0].days[0]
    assert (len(day.slots), day.more) == (4, "3 horas más")
    opened = at_home.get(day.more_url)
    assert len(hours(opened)) == 7


def test_the_strip_counts_the_times_of_fourteen_days(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(1, 9), at(2, 8))

    strip = at_home.get(agenda(paciente)).context["agenda"].strip

    assert len(strip) == 14
    counted = [day.said for day in strip if day.url]
    assert counted == ["2 citas", "1 cita"]


def said_on(response, day):
    strip = response.context["agenda"].strip
    start = strip_start(response)
    return strip[(day - start).days].said


def strip_start(response):
    """The Monday of the day shown, or today."""
    shown = at(1, 8).date()
    return max(shown - timedelta(days=shown.weekday()), at(0, 8).date())


def every_day(network):
    weekly(network.schedules["luis"], *range(1, 8), opens=time(7), closes=time(18))
    version.bump()


def test_a_day_without_times_is_full_closed_or_outside_what_was_asked(
    at_home, paciente, network
):
    every_day(network)
    network.slots("luis", at(1, 8), at(4, 8))
    Holiday.objects.create(date=at(2, 8).date(), name="Festivo")
    version.bump()
    days = {"desde": at(1, 8).date().isoformat(), "hasta": at(3, 8).date().isoformat()}

    anytime = at_home.get(agenda(paciente))
    until = at_home.get(agenda(paciente, cuando="desde", **days))

    words = [said_on(anytime, at(n, 8).date()) for n in (1, 2, 3, 4)]
    assert words == ["1 cita", "cerrado", "lleno", "1 cita"]
    words = [said_on(until, at(n, 8).date()) for n in (1, 2, 3, 4)]
    assert words == ["1 cita", "cerrado", "lleno", "sin citas"]


def test_days_past_the_horizon_are_not_full(at_home, paciente, network):
    every_day(network)
    Schedule.objects.update(horizon_days=3)
    version.bump()
    network.slots("luis", at(1, 8))

    response = at_home.get(agenda(paciente))

    words = [said_on(response, at(n, 8).date()) for n in (3, 4)]
    assert words == ["lleno", "sin citas"]


def test_one_practitioner_without_times_does_not_make_the_day_full(
    at_home, paciente, network
):
    every_day(network)
    network.slots("luis", at(1, 8))
    code = network.schedules["luis"].practitioner.code

    response = at_home.get(agenda(paciente, profesional=code))

    assert said_on(response, at(3, 8).date()) == "sin citas"


def test_months_count_theirs(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(1, 9), at(45, 8))

    months = at_home.get(agenda(paciente)).context["agenda"].months

    assert [month.count for month in months] == ["2 citas", "1 cita"]
    assert [month.current for month in months] == [True, False]


def test_another_day_of_the_strip_opens_there(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(20, 10))

    response = at_home.get(agenda(paciente, ver=at(20, 10).date().isoformat()))

    assert hours(response) == ["10:00 a. m."]


def test_the_following_days_begin_where_there_is_a_time(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(20, 10))

    first = at_home.get(agenda(paciente))
    following = at_home.get(first.context["agenda"].next_url)

    assert hours(following) == ["10:00 a. m."]


def test_filters_narrow_the_agenda(at_home, paciente, network):
    network.slots("luis", at(1, 8), at(1, 15))

    response = at_home.get(agenda(paciente, jornada="pm"))

    assert hours(response) == ["3:00 p. m."]


def test_one_practitioner_only(at_home, paciente, network):
    network.slots("luis", at(1, 8))
    network.slots("eva", at(1, 9))
    code = network.schedules["eva"].practitioner.code

    response = at_home.get(agenda(paciente, profesional=code))

    assert hours(response) == ["9:00 a. m."]


def test_times_that_meet_another_appointment_of_the_patient_are_not_shown(
    at_home, paciente, network
):
    (taken, _) = network.slots("eva", at(1, 8), at(1, 9))
    network.slots("luis", at(1, 8), at(1, 10))
    hold(paciente, network, taken)

    assert hours(at_home.get(agenda(paciente))) == ["9:00 a. m.", "10:00 a. m."]


def hold(user, network, slot, search="otra"):
    return booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search=search,
        now=timezone.now(),
    )


@pytest.mark.parametrize(("day", "queries"), [(None, 12), (2, 13)])
@pytest.mark.parametrize("count", [1, 3])
def test_the_agenda_costs_the_same_however_many_match_or_not(
    at_home, paciente, network, count, day, queries, django_assert_num_queries
):
    for _ in range(count):
        ScheduleFactory(procedure=network.first_visit)
        matching = ScheduleFactory(procedure=network.ultrasound, site=network.suba)
        network.schedules["more"] = matching
        network.slots("more", *(at(1, hour) for hour in range(8, 8 + count)))
    network.slots("more", at(2, 8))
    shown = {"ver": at(day, 8).date().isoformat()} if day else {}
    at_home.get(agenda(paciente))

    with django_assert_num_queries(queries):
        response = at_home.get(agenda(paciente, **shown))

    assert len(hours(response)) == (1 if day else count * count + 1)


def test_an_agenda_full_of_times_is_a_light_page(at_home, paciente, network):
    """Under 20 KB compressed, with its stylesheet."""
    for number in range(12):
        network.schedules[f"d{number}"] = ScheduleFactory(
            procedure=network.ultrasound, site=network.suba
        )
        starts = [at(day, hour) for day in range(1, 6) for hour in range(7, 12)]
        network.slots(f"d{number}", *starts)

    page_bytes = gzip.compress(at_home.get(agenda(paciente)).content)

    style = gzip.compress(Path(finders.find("app.css")).read_bytes())
    assert len(page_bytes) + len(style) < 20_000


def test_many_practitioners_come_in_pages(at_home, paciente, network):
    for number in range(9):
        network.schedules[f"d{number}"] = ScheduleFactory(
            procedure=network.ultrasound, site=network.suba
        )
        network.slots(f"d{number}", at(1, 8))

    first = at_home.get(agenda(paciente)).context["agenda"]
    second = at_home.get(first.more_docs_url).context["agenda"]

    assert [len(first.docs), len(second.docs)] == [8, 1]
    assert second.more_docs_url == ""


# --- Choosing a time -------------------------------------------------------------


def test_choosing_a_time_holds_it_and_goes_to_the_recommendations(
    at_home, paciente, network
):
    (slot,) = network.slots("luis", at(1, 8))

    response = choose(at_home, paciente, slot)

    held = Appointment.objects.get()
    assert held.status == Appointment.Status.HELD
    assert response["Location"] == reverse("appointments:instructions", args=[held.pk])
    assert Search.from_text(held.search).procedure == "881302"


def test_a_lost_race_offers_the_nearest_times_and_keeps_everything(
    at_home, paciente, otra_paciente, network
):
    lost, following = network.slots("luis", at(1, 8), at(1, 9))
    hold(otra_paciente, network, lost)

    response = choose(at_home, paciente, lost)

    assert response.status_code == 409
    assert "Alguien tomó esa hora antes" in text(response)
    assert response.context["next"].slot_id == following.pk
    assert "procedimiento=881302" in response.context["hold_url"]


def test_two_appointments_at_one_time_are_refused_in_words(at_home, paciente, network):
    (mine,) = network.slots("eva", at(1, 8))
    (wanted,) = network.slots("luis", at(1, 8))
    hold(paciente, network, mine)

    response = choose(at_home, paciente, wanted)

    assert response.status_code == 409
    assert "Usted ya tiene otra cita a esa hora" in text(response)


def test_of_a_daughter_the_refusal_says_her_name(at_home, paciente, network):
    """«Usted ya tiene otra cita» would send the mother to look for one of her own."""
    child = GuardianshipFactory(asked_by=paciente).dependant
    (mine,) = network.slots("eva", at(1, 8))
    (wanted,) = network.slots("luis", at(1, 8))
    code = network.particular.code
    booking.hold(
        slot_id=mine.pk,
        procedure=network.ultrasound,
        patient=child,
        agreement=network.particular,
        by=paciente,
        search="otra",
        now=timezone.now(),
    )

    response = choose(at_home, SimpleNamespace(patient=child), wanted, convenio=code)

    assert response.status_code == 409
    assert "Mateo ya tiene otra cita a esa hora" in text(response)


def test_a_birthday_before_the_appointment_counts(at_home, paciente, network):
    """The age is that of the day of the appointment, not of the day of the search."""
    today = timezone.localdate()
    turns = today + timedelta(days=2)
    born = date(turns.year - 18, turns.month, min(turns.day, 28))
    Patient.objects.filter(pk=paciente.patient_id).update(birth_date=born)
    network.ultrasound.oldest = 17
    network.ultrasound.save()
    version.bump()
    before, after = network.slots("luis", at(1, 8), at(5, 8))

    late = choose(at_home, paciente, after)
    early = choose(at_home, paciente, before)

    assert (late.status_code, early.status_code) == (409, 302)
    assert "Ese servicio es para otra edad" in text(late)


def test_more_holds_than_one_person_needs_are_refused_in_words(
    at_home, paciente, network
):
    *held, wanted = network.slots("luis", *(at(1, hour) for hour in range(8, 12)))
    for number, slot in enumerate(held):
        hold(paciente, network, slot, search=f"s{number}")

    response = choose(at_home, paciente, wanted)

    assert (response.status_code, response.context["title"]) == (
        409,
        "Usted ya tiene varias horas guardadas",
    )


def test_a_time_of_something_else_is_not_offered(at_home, paciente, network):
    (slot,) = network.slots("ana", at(1, 8))

    response = choose(at_home, paciente, slot)

    assert (response.status_code, response.context["title"]) == (
        409,
        "Esa hora ya no se puede pedir",
    )


@pytest.mark.parametrize(
    ("schedule", "answers"),
    [
        ("poblado", {}),
        ("eva", {"sede": "suba"}),
        ("eva", {"profesional": "luis"}),
        ("virtual", {"procedimiento": "890201"}),
    ],
    ids=["city", "site", "practitioner", "modality"],
)
def test_a_time_outside_the_search_is_refused(
    at_home, paciente, network, schedule, answers
):
    """The search that is kept with the hold never contradicts the appointment."""
    codes = {
        "suba": network.suba.code,
        "luis": network.schedules["luis"].practitioner.code,
    }
    wanted = ULTRASOUND | {name: codes.get(v, v) for name, v in answers.items()}
    (slot,) = network.slots(schedule, at(1, 8))

    response = at_home.post(page(paciente, "apartar", **wanted), {"cupo": slot.pk})

    assert (response.status_code, response.context["title"]) == (
        409,
        "Esa hora ya no se puede pedir",
    )
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("slot", ["", "abc", "9" * 20, "-1", "٣", "1;drop"])
def test_a_tampered_time_goes_back_to_the_agenda(at_home, paciente, slot):
    response = at_home.post(page(paciente, "apartar", **ULTRASOUND), {"cupo": slot})

    assert (response.status_code, slug_of(response)) == (302, "agenda")


def test_filters_that_no_page_wrote_are_not_kept_with_the_hold(
    at_home, paciente, network
):
    (slot,) = network.slots("luis", at(1, 8))

    response = choose(at_home, paciente, slot, cuando="x" * 40, dia=["y" * 40] * 7)

    assert slug_of(response) == "agenda"
    assert Slot.objects.get().free


def test_a_time_that_does_not_exist_is_a_lost_one(at_home, paciente, network):
    response = at_home.post(page(paciente, "apartar", **ULTRASOUND), {"cupo": 999})

    assert response.status_code == 409


def test_reading_the_address_of_the_hold_again_is_the_agenda(at_home, paciente):
    response = at_home.get(page(paciente, "apartar", **ULTRASOUND))

    assert slug_of(response) == "agenda"


def test_holding_needs_the_answers(at_home, paciente, network):
    (slot,) = network.slots("luis", at(1, 8))

    response = at_home.post(page(paciente, "apartar"), {"cupo": slot.pk})

    assert slug_of(response) == "modalidad"
    assert Slot.objects.get().free
