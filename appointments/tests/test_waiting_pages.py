"""The waiting list as the patient sees it: to join, one's place, what is offered, to leave."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship
from accounts.tests.factories import ContactDeviceFactory, CoverageFactory
from appointments import waiting_list
from appointments.errors import PatientBusy
from appointments.models import Appointment, Offer, Slot, WaitingListEntry
from appointments.tests.addresses import ULTRASOUND
from appointments.tests.network import at
from appointments.tests.past import appointment, approve, child_of
from appointments.tests.steps import book

pytestmark = pytest.mark.django_db
Status = WaitingListEntry.Status


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def joining(user, patient=None, **changes):
    query = {"convenio": "eps-andina", **ULTRASOUND, **changes}
    token = (patient or user.patient).token
    return reverse("appointments:join_waiting_list", args=[token], query=query)


def typed(**changes):
    facts = {
        "hasta": at(40, 0).date().isoformat(),
        "jornada": ["am", "pm"],
        "aviso": "3h",
    }
    return facts | changes


def of(name, entry):
    return reverse(f"appointments:{name}", args=[entry.pk])


@pytest.fixture
def paciente(paciente):
    ContactDeviceFactory(user=paciente)
    return paciente


@pytest.fixture
def entry(at_home, paciente):
    at_home.post(joining(paciente), typed())
    return WaitingListEntry.objects.get()


def offer_to(entry, network, start=None, name="luis"):
    """A time that became free is offered to who waits."""
    network.slots(name, start or at(10, 9))
    now = timezone.now()
    waiting_list.match(entry, now=now)
    waiting_list.offer_out(now=now)
    return Offer.objects.get(entry=entry, status=Offer.Status.OPEN)


@pytest.fixture
def offer(entry, network):
    return offer_to(entry, network)


def said(offer):
    return {"oferta": str(offer.pk)}


# --- Priority --------------------------------------------------------------------------


def test_priority_is_said_where_the_clinic_turned_it_on(at_home, paciente, settings):
    settings.WAITING_LIST_PRIORITY = True

    page = text(at_home.get(joining(paciente)))

    assert "Avisamos por orden de llegada y de prioridad." in page


# --- To join ---------------------------------------------------------------------------


def test_the_page_asks_what_the_search_does_not_say(at_home, paciente):
    response = at_home.get(joining(paciente))

    page = text(response)
    assert response.status_code == 200
    assert "Anótese en la lista de espera" in page
    assert "Avisamos por orden de llegada." in page
    assert "Ecografía de abdomen total" in page
    assert "Cualquier sede de Bogotá" in page
    form = response.context["form"]
    assert [code for code, _ in form.fields["sede"].choices] == [
        "chapinero",
        "suba",
    ] or (len(form.fields["sede"].choices) == 2)
    assert form.initial["aviso"] == "1d"


def test_anotarme(at_home, paciente, network):
    response = at_home.post(
        joining(paciente),
        typed(jornada=["am"], dia=["lun", "mie"], noche="on"),
        follow=True,
    )

    assert response.redirect_chain == [("/citas/", 302)]
    assert "Quedó en la lista de espera" in text(response)
    assert "Salir de la lista" in text(response)
    made = WaitingListEntry.objects.get()
    assert made.patient == paciente.patient
    assert made.procedure == network.ultrasound
    assert made.agreement == network.eps
    assert (made.part, made.weekdays, made.notice_minutes) == ("am", "13", 180)
    assert made.may_wake
    assert made.city == network.bogota
    assert not made.sites.exists()
    assert made.last_day == at(40, 0).date()


def test_one_chosen_site_is_where_they_wait(at_home, paciente, network):
    at_home.post(joining(paciente, sede=network.suba.code), typed())

    assert list(WaitingListEntry.objects.get().sites.all()) == [network.suba]


def test_with_any_site_some_may_be_ticked(at_home, paciente, network):
    at_home.post(joining(paciente), typed(sede=[network.chapinero.code]))

    assert list(WaitingListEntry.objects.get().sites.all()) == [network.chapinero]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hasta": ""}, "Escoja una fecha"),
        ({"hasta": "2026-02-31"}, "Revise la fecha: ese día no existe"),
        ({"hasta": "1999-01-01"}, "Escoja una fecha entre el"),
        ({"hasta": "2199-01-01"}, "Escoja una fecha entre el"),
        ({"jornada": []}, "Marque mañana, tarde o las dos"),
        ({"jornada": ["noche"]}, "Escoja una de las opciones"),
        ({"dia": ["dom"]}, "Escoja una de las opciones"),
        ({"sede": ["luna"]}, "Escoja una de las opciones"),
        ({"aviso": ""}, "Escoja una opción"),
        ({"aviso": "2h"}, "Escoja una de las opciones"),
    ],
    ids=str,
)
def test_bad_input_shows_the_page_again(at_home, paciente, wrong, words):
    response = at_home.post(joining(paciente), typed(**wrong))

    assert response.status_code == 422
    assert words in text(response)
    assert "Anotarme" in text(response)
    assert not WaitingListEntry.objects.exists()


def test_twice_is_once_and_the_place_stays(at_home, paciente, entry):
    response = at_home.get(joining(paciente))
    assert "Ya está en esta lista" in text(response)
    assert response.context["form"].initial["aviso"] == "3h"

    response = at_home.post(joining(paciente), typed(aviso="1d"), follow=True)

    again = WaitingListEntry.objects.get()
    assert "Usted conserva su lugar" in text(response)
    assert (again.pk, again.created_at) == (entry.pk, entry.created_at)
    assert again.notice_minutes == 1440


def test_a_search_without_its_answers_goes_on_with_the_questions(at_home, paciente):
    token = paciente.patient.token
    url = reverse("appointments:join_waiting_list", args=[token])
    response = at_home.get(url, {"convenio": "eps-andina"})

    assert response.status_code == 302
    assert "/nueva/" in response["Location"]


def test_too_many_places(at_home, paciente, network, monkeypatch):
    monkeypatch.setattr("appointments.policies.MOST_WAITING", 0)

    response = at_home.post(joining(paciente), typed())

    assert response.status_code == 409
    assert "Usted ya espera varias citas" in text(response)


def test_what_nobody_does_cannot_be_waited_for(at_home, paciente, monkeypatch):
    monkeypatch.setattr("appointments.offer.matching", lambda *_: ())

    response = at_home.post(joining(paciente), typed())

    assert response.status_code in (302, 409)
    assert not WaitingListEntry.objects.exists()


def test_for_a_dependant(at_home, paciente, network):
    mateo = child_of(paciente)
    CoverageFactory(patient=mateo, agreement=network.eps)

    at_home.post(joining(paciente, mateo), typed())

    assert WaitingListEntry.objects.get().patient == mateo
    assert "Mateo" in text(at_home.get("/citas/"))


# --- «Avíseme si hay antes» ---------------------------------------------------------------


@pytest.fixture
def booked(paciente, network):
    (slot,) = network.slots("luis", at(30, 10))
    return book(slot, paciente, agreement=network.eps, now=timezone.now())


def sooner(appointment):
    return reverse("appointments:join_for_sooner", args=[appointment.pk])


def test_the_page_of_an_appointment_leads_there(at_home, booked):
    page = at_home.get(reverse("appointments:detail", args=[booked.pk]))

    assert sooner(booked) in page.content.decode()
    assert "Avíseme si hay antes" in text(page)


def test_avíseme_si_hay_antes(at_home, booked, network):
    day = timezone.localdate(booked.start)
    assert "Usted conserva su cita" in text(at_home.get(sooner(booked)))

    response = at_home.post(sooner(booked), typed(hasta=day.isoformat()), follow=True)

    made = WaitingListEntry.objects.get()
    assert made.instead_of == booked
    assert "Quedó en la lista de espera" in text(response)
    assert "Conserva esa cita" in text(response)


def test_not_past_its_own_day(at_home, booked):
    late = timezone.localdate(booked.start) + timedelta(days=1)

    response = at_home.post(sooner(booked), typed(hasta=late.isoformat()))

    assert response.status_code == 422


def test_one_that_does_not_stand_has_no_sooner(at_home, paciente, network):
    over = appointment(network, paciente, "cancelled")

    response = at_home.get(sooner(over))

    assert response.status_code == 302
    assert response["Location"] == reverse("appointments:detail", args=[over.pk])
    assert "Avíseme si hay antes" not in text(at_home.get(response["Location"]))


def test_the_agenda_of_a_change_leads_to_the_same_page(at_home, paciente, booked):
    response = at_home.get(joining(paciente, cambia=str(booked.pk)))

    assert response["Location"] == sooner(booked)


def test_an_accepted_one_takes_the_place_of_the_later(at_home, booked, network):
    day = timezone.localdate(booked.start)
    at_home.post(sooner(booked), typed(hasta=day.isoformat()))
    offer = offer_to(WaitingListEntry.objects.get(), network)

    page = text(at_home.get(of("waiting_entry", offer.entry)))
    assert "Antes: " in page
    assert "Ahora: " in page
    assert "Nunca le quedan dos" in page
    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert response["Location"] == reverse("appointments:voucher", args=[booked.pk])
    booked.refresh_from_db()
    assert booked.start == at(10, 9)
    assert Slot.objects.get(start=at(30, 10)).free


def test_when_the_later_one_is_gone_the_offer_says_so(at_home, booked, network):
    at_home.post(
        sooner(booked), typed(hasta=timezone.localdate(booked.start).isoformat())
    )
    offer = offer_to(WaitingListEntry.objects.get(), network)
    Appointment.objects.filter(pk=booked.pk).update(status="cancelled")

    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert response.status_code == 409
    assert "La cita que quería adelantar ya cambió" in text(response)


# --- One's place --------------------------------------------------------------------------


def test_the_place_says_since_when_and_how_many_come_before(
    at_home, entry, otra_paciente
):
    ContactDeviceFactory(user=otra_paciente)
    other = Client()
    other.force_login(otra_paciente)
    other.post(joining(otra_paciente), typed())
    WaitingListEntry.objects.filter(patient=otra_paciente.patient).update(
        created_at=timezone.now() - timedelta(days=3)
    )

    page = text(at_home.get(of("waiting_entry", entry)))

    assert "Está en la lista de espera" in page
    assert "1 persona espera este servicio antes que usted." in page
    assert "Ofrecemos las horas por orden de llegada, a quien le sirven." in page
    assert "Mínimo 3 horas antes" in page
    assert otra_paciente.patient.document_number not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("served", "Ya tiene la cita"),
        ("left", "Usted salió de la lista de espera"),
        ("over", "Pasaron los días que le servían."),
        ("closed", "La sede cerró su lugar en la lista"),
    ],
)
def test_one_that_ended_says_how(at_home, entry, status, words):
    WaitingListEntry.objects.filter(pk=entry.pk).update(
        status=status,
        ended_at=timezone.now(),
        ended_because="Pasaron los días que le servían",
    )

    assert words in text(at_home.get(of("waiting_entry", entry)))


@pytest.mark.parametrize("name", ["waiting_entry", "leave_waiting_list"])
def test_a_stranger_finds_nothing(entry, otra_paciente, name):
    stranger = Client()
    stranger.force_login(otra_paciente)

    assert stranger.get(of(name, entry)).status_code == 404


@pytest.mark.parametrize(
    "name", ["leave_waiting_list", "accept_offer", "decline_offer"]
)
def test_a_stranger_answers_nothing(offer, otra_paciente, name):
    stranger = Client()
    stranger.force_login(otra_paciente)

    assert stranger.post(of(name, offer.entry), said(offer)).status_code == 404
    offer.refresh_from_db()
    assert offer.status == "open"


def test_who_acted_for_them_once_finds_nothing(at_home, entry, otra_paciente):
    approve(otra_paciente, entry.patient)
    guardian = Client()
    guardian.force_login(otra_paciente)
    assert guardian.get(of("waiting_entry", entry)).status_code == 200

    Guardianship.objects.all().delete()

    assert guardian.get(of("waiting_entry", entry)).status_code == 404
    assert guardian.post(of("leave_waiting_list", entry)).status_code == 404


def test_an_unknown_place_is_a_404(at_home):
    url = reverse("appointments:waiting_entry", args=[uuid4()])

    assert at_home.get(url).status_code == 404


# --- The offer ----------------------------------------------------------------------------


def test_the_offer_says_what_until_when_and_how_to_prepare(at_home, offer):
    page = text(at_home.get(of("waiting_entry", offer.entry)))

    assert "Se liberó una cita para usted" in page
    assert "Responda " in page
    assert "9:00 a. m." in page
    assert "Aceptar esta cita" in page
    assert "No me sirve" in page
    assert "Documento" in page
    assert "sigue en la lista" in page


def test_it_is_on_top_of_the_list_and_no_card_of_its_own(at_home, offer):
    response = at_home.get("/citas/")

    assert "Se liberó una cita de ecografía de abdomen total" in text(response)
    assert not response.context["upcoming"]
    (note,) = response.context["pending"]
    assert note.url == of("waiting_entry", offer.entry)


def test_aceptar_esta_cita(at_home, offer):
    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    taken = Appointment.objects.get(pk=offer.appointment_id)
    assert taken.status == "booked"
    assert response["Location"] == reverse("appointments:voucher", args=[taken.pk])
    assert "Ya tiene la cita" in text(at_home.get(of("waiting_entry", offer.entry)))
    assert at_home.get(response["Location"]).status_code == 200


def test_a_double_click_accepts_once(at_home, offer):
    first = at_home.post(of("accept_offer", offer.entry), said(offer))
    second = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert first["Location"] == second["Location"]
    assert Appointment.objects.filter(status="booked").count() == 1


def test_no_me_sirve(at_home, offer):
    response = at_home.post(of("decline_offer", offer.entry), said(offer), follow=True)

    assert "Le ofrecemos esa hora a otra persona" in text(response)
    assert "Está en la lista de espera" in text(response)
    again = at_home.post(of("decline_offer", offer.entry), said(offer), follow=True)
    assert again.status_code == 200


def test_two_tabs_the_second_answer_is_too_late(at_home, offer):
    at_home.post(of("decline_offer", offer.entry), said(offer))

    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert response.status_code == 410
    assert "Ya no le guardamos esa hora" in text(response)
    assert of("waiting_entry", offer.entry) in response.content.decode()


@pytest.mark.parametrize("name", ["accept_offer", "decline_offer"])
def test_it_runs_out_while_the_page_is_open(at_home, offer, name):
    over = timezone.now() - timedelta(seconds=1)
    Offer.objects.filter(pk=offer.pk).update(expires_at=over)
    Appointment.objects.filter(pk=offer.appointment_id).update(hold_expires_at=over)

    response = at_home.post(of(name, offer.entry), said(offer))

    assert response.status_code == 410
    page = text(at_home.get(of("waiting_entry", offer.entry)))
    assert "Se venció el tiempo para responder." in page
    assert "Sigue en la lista" in page


def test_back_to_a_page_whose_offer_was_replaced(at_home, offer, network):
    """The button answers the offer that it stood under, and no other."""
    at_home.post(of("decline_offer", offer.entry), said(offer))
    newer = offer_to(offer.entry, network, at(12, 9))

    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert response.status_code == 410
    newer.refresh_from_db()
    assert newer.status == "open"


@pytest.mark.parametrize("typed_id", ["", "x", str(uuid4())], ids=["none", "bad", "no"])
@pytest.mark.parametrize("name", ["accept_offer", "decline_offer"])
def test_an_answer_to_no_offer_leads_to_what_is_offered(at_home, entry, typed_id, name):
    """A button that lost its offer says nothing about an offer that may still be open."""
    response = at_home.post(of(name, entry), {"oferta": typed_id})

    assert response.url == of("waiting_entry", entry)


def test_another_appointment_at_that_hour(at_home, offer, monkeypatch):
    """The database says it, if nothing else did."""

    def busy(**_):
        raise PatientBusy

    monkeypatch.setattr("appointments.waiting_list.accept", busy)

    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert response.status_code == 409
    assert "Usted ya tiene otra cita a esa hora" in text(response)
    assert "Volver a la oferta" in text(response)


@pytest.mark.parametrize("name", ["accept_offer", "decline_offer"])
def test_a_look_answers_nothing(at_home, entry, name):
    assert at_home.get(of(name, entry)).status_code == 405


# --- To leave -----------------------------------------------------------------------------


def test_to_leave_is_asked_and_done(at_home, entry):
    assert "¿Quiere salir de la lista de espera?" in text(
        at_home.get(of("leave_waiting_list", entry))
    )
    assert WaitingListEntry.objects.get().status == "waiting"

    response = at_home.post(of("leave_waiting_list", entry), follow=True)

    assert "Salió de la lista de espera" in text(response)
    assert WaitingListEntry.objects.get().status == "left"
    twice = at_home.post(of("leave_waiting_list", entry))
    assert twice["Location"] == "/citas/"
    assert at_home.get(of("leave_waiting_list", entry)).status_code == 302


def test_to_leave_gives_the_offered_time_back(at_home, offer):
    at_home.post(of("leave_waiting_list", offer.entry))

    response = at_home.post(of("accept_offer", offer.entry), said(offer))

    assert response.status_code == 410
    assert Slot.objects.get(start=at(10, 9)).free


# --- What it costs -------------------------------------------------------------------------


@pytest.mark.parametrize("children", [0, 3])
def test_the_list_costs_the_same_however_many_wait(
    at_home, paciente, network, entry, children, django_assert_max_num_queries
):
    for number in range(children):
        child = child_of(paciente, f"Mateo {number}")
        CoverageFactory(patient=child, agreement=network.eps)
        at_home.post(joining(paciente, child), typed())
    at_home.get("/citas/")

    with django_assert_max_num_queries(13):
        response = at_home.get("/citas/")

    assert len(response.context["waiting"]) == 1 + children


@pytest.mark.parametrize("offers", [0, 1])
def test_a_place_costs_few_questions(
    at_home, entry, network, offers, django_assert_max_num_queries
):
    if offers:
        offer_to(entry, network)
    at_home.get(of("waiting_entry", entry))

    with django_assert_max_num_queries(13):
        at_home.get(of("waiting_entry", entry))


def test_to_join_costs_few_questions(at_home, paciente, django_assert_max_num_queries):
    at_home.get(joining(paciente))

    with django_assert_max_num_queries(13):
        at_home.get(joining(paciente))
