"""A request on the patient's screen: sent, answered, withdrawn, over; and nobody else's."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ContactDeviceFactory
from appointments import booking, requests
from appointments.models import Appointment
from appointments.tests.addresses import ULTRASOUND, page
from appointments.tests.asking import decide, propose
from appointments.tests.network import at
from catalog import version

pytestmark = pytest.mark.django_db

SEARCH = "convenio=eps-andina&" + "&".join(f"{k}={v}" for k, v in ULTRASOUND.items())
Status = Appointment.Status


def in_text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def url(name, appointment):
    return reverse(f"appointments:{name}", args=[appointment.pk])


@pytest.fixture
def eva(network):
    """Eva Villa answers herself who she attends."""
    schedule = network.schedules["eva"]
    schedule.booking = "request"
    schedule.save()
    version.bump()
    return schedule


@pytest.fixture
def held(network, eva, paciente):
    ContactDeviceFactory(user=paciente)
    slot, *_ = network.slots("eva", at(9, 8), at(9, 10), at(10, 8), at(11, 8))
    who = {"patient": paciente.patient, "by": paciente, "now": timezone.now()}
    kept = booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        agreement=network.eps,
        search=SEARCH,
        **who,
    )
    return booking.read_instructions(appointment_id=kept.pk, **who)


@pytest.fixture
def asked(held, paciente):
    return booking.confirm(
        appointment_id=held.pk,
        patient=paciente.patient,
        by=paciente,
        now=timezone.now(),
    )


def now_is(asked, **fields):
    Appointment.objects.filter(pk=asked.pk).update(**fields)


# --- Before it is sent ---------------------------------------------------------------


def test_agenda_says_which_times_are_by_request(at_home, network, eva, paciente):
    network.slots("eva", at(9, 8))
    network.slots("luis", at(9, 9))

    said = in_text(at_home.get(page(paciente, "agenda", **ULTRASOUND)))

    assert said.count("Por solicitud: la sede le responde antes del") == 2
    assert "Eva Villa, por solicitud. Primera cita disponible" in said
    assert "Luis Rincón, por solicitud" not in said


def test_agenda_without_requests_says_nothing_of_them(at_home, network, paciente):
    network.slots("luis", at(9, 9))

    assert "olicitud" not in in_text(
        at_home.get(page(paciente, "agenda", **ULTRASOUND))
    )


def test_review_sends_a_request(at_home, held):
    said = in_text(at_home.get(url("review", held)))

    assert "<h1>Revise y envíe su solicitud</h1>" in said
    assert "La sede debe aceptarla. Le responde antes del" in said
    assert "Confirmar cita" not in said

    response = at_home.post(url("confirm", held))

    assert response["Location"] == url("request", held)


# --- Waiting -------------------------------------------------------------------------


def test_pending(at_home, asked, django_assert_max_num_queries):
    at_home.get(url("cancel_request", asked))
    with django_assert_max_num_queries(12):
        said = in_text(at_home.get(url("request", asked)))

    for words in (
        "En revisión",
        "<h1>Su solicitud fue enviada</h1>",
        "Todavía no es una cita. El médico debe aceptarla.",
        "Hoy, ",
        "Antes del ",
        "<b>Le avisamos</b> al correo",
        "<h2>Cómo llegar</h2>",
        "Abrir en los mapas del celular",
    ):
        assert words in said
    assert url("cancel_request", asked) in said


@pytest.mark.parametrize("name", ["detail", "voucher", "instructions", "review"])
def test_every_page_of_a_request_leads_to_its_own(at_home, asked, name):
    response = at_home.get(url(name, asked), follow=True)

    assert response.redirect_chain[-1][0] == url("request", asked)


def test_accepted_leads_to_the_appointment(at_home, asked):
    decide(requests.accept, asked, now=timezone.now())

    assert at_home.get(url("request", asked))["Location"] == url("detail", asked)


# --- Withdrawn -----------------------------------------------------------------------


def test_cancel_asks_first_and_then_frees_the_time(at_home, asked):
    question = in_text(at_home.get(url("cancel_request", asked)))
    response = at_home.post(
        url("cancel_request", asked), {"motivo": "innecesaria"}, follow=True
    )

    assert "<h1>¿Quiere cancelar esta solicitud?</h1>" in question
    assert "Sí, cancelar la solicitud" in question
    assert "<h1>Su solicitud quedó cancelada</h1>" in in_text(response)
    asked.refresh_from_db()
    assert asked.status == Status.CANCELLED
    assert asked.events.last().reason == "Ya no la necesito"
    assert asked.schedule.slots.get(start=asked.start).free


def test_cancel_pressed_twice_is_once(at_home, asked):
    for _ in range(2):
        response = at_home.post(url("cancel_request", asked))
        assert response["Location"] == url("request", asked)

    assert asked.events.filter(to_status=Status.CANCELLED).count() == 1


def test_cancel_with_a_reason_that_is_none_is_asked_again(at_home, asked):
    response = at_home.post(url("cancel_request", asked), {"motivo": "xx"})

    assert response.status_code == 422
    asked.refresh_from_db()
    assert asked.status == Status.PROPOSED


def test_cancel_after_it_was_accepted_tells(at_home, asked):
    decide(requests.accept, asked, now=timezone.now())

    response = at_home.post(url("cancel_request", asked), follow=True)

    assert "La sede ya aceptó su solicitud: es una cita." in in_text(response)
    asked.refresh_from_db()
    assert asked.status == Status.BOOKED


# --- Refused -------------------------------------------------------------------------


@pytest.fixture
def declined(asked):
    decide(requests.decline, asked, reason="Ese día no hay equipo", now=timezone.now())
    return asked


def test_declined_offers_the_nearest_times_of_the_same_person(
    at_home, declined, django_assert_max_num_queries
):
    at_home.get(url("request", declined))
    with django_assert_max_num_queries(12):
        response = at_home.get(url("request", declined))

    said = in_text(response)
    for words in (
        "No aceptada",
        "<h1>El médico no puede atender a esa hora</h1>",
        "Lo sentimos. Puede escoger otra hora ahora mismo.",
        "Ese día no hay equipo",
        "Otra hora con el mismo médico",
        "Eva Villa · Sede Chapinero",
    ):
        assert words in said
    offered = response.context["first"] + response.context["others"]
    assert len(offered) == 3
    # Its own time is free again and the nearest, and the clinic said no to it.
    own = declined.schedule.slots.get(start=declined.start).pk
    assert own not in [time.slot_id for time in offered]


def test_choose_one_of_them_holds_it(at_home, declined):
    context = at_home.get(url("request", declined)).context

    response = at_home.post(context["hold_url"], {"cupo": context["others"][0].slot_id})

    kept = Appointment.objects.get(status=Status.HELD)
    assert response["Location"] == url("instructions", kept)
    assert kept.practitioner == declined.practitioner


def test_a_link_of_the_message_puts_its_time_first(at_home, declined):
    last = at_home.get(url("request", declined)).context["others"][-1]

    response = at_home.get(f"{url('request', declined)}?hora={last.slot_id}")

    assert response.context["first"][0].slot_id == last.slot_id


def test_other_times_and_other_doctors(at_home, network, declined):
    network.slots("luis", at(9, 9))
    context = at_home.get(url("request", declined)).context

    same = in_text(at_home.get(context["same_url"]))
    anybody = in_text(at_home.get(context["anybody_url"]))

    assert "Eva Villa" in same
    assert "Luis Rincón" not in same
    assert "Eva Villa" in anybody
    assert "Luis Rincón" in anybody


def test_without_other_times_there_are_still_ways_on(at_home, declined):
    declined.schedule.slots.update(free=False)

    said = in_text(at_home.get(url("request", declined)))

    assert "Otra hora con el mismo médico" not in said
    assert "Buscar otro médico" in said


@pytest.mark.parametrize("job_ran", [True, False])
def test_expired_apologises(at_home, asked, job_ran):
    now_is(asked, answer_by=timezone.now() - timedelta(seconds=1))
    if job_ran:
        requests.expire(now=timezone.now())

    said = in_text(at_home.get(url("request", asked)))

    assert "Vencida" in said
    assert "<h1>No alcanzamos a responderle</h1>" in said
    assert "le pedimos disculpas" in said
    assert "Otra hora con el mismo médico" in said


# --- Another time --------------------------------------------------------------------


@pytest.fixture
def kept(asked):
    slot = asked.schedule.slots.get(start=at(10, 8))
    return propose(asked, slot, now=timezone.now())


def test_proposal(at_home, asked, kept, django_assert_max_num_queries):
    at_home.get(url("cancel_request", asked))
    with django_assert_max_num_queries(12):
        said = in_text(at_home.get(url("request", asked)))

    assert "<h1>La sede le propone otra hora</h1>" in said
    assert "Responda mañana antes de las " in said
    assert "8:00 a. m." in said


@pytest.mark.parametrize("name", ["detail", "instructions", "review", "request"])
def test_pages_of_the_kept_time_lead_to_its_request(at_home, asked, kept, name):
    response = at_home.get(url(name, kept))

    assert response["Location"] == url("request", asked)


def test_proposal_taken(at_home, asked, kept):
    response = at_home.post(url("take_proposal", asked))

    assert response["Location"] == url("voucher", asked)
    asked.refresh_from_db()
    assert (asked.status, asked.start) == (Status.BOOKED, at(10, 8))


def test_proposal_refused(at_home, asked, kept):
    response = at_home.post(url("refuse_proposal", asked), follow=True)

    assert "No le sirvió la hora que le propusimos" in in_text(response)
    asked.refresh_from_db()
    assert asked.status == Status.DECLINED


def test_proposal_that_lapsed(at_home, asked, kept):
    over = timezone.now() - timedelta(seconds=1)
    now_is(kept, hold_expires_at=over)
    now_is(asked, answer_by=over)

    response = at_home.post(url("take_proposal", asked), follow=True)

    assert "El plazo de esta solicitud ya se venció." in in_text(response)
    assert "Se venció la hora que le propusimos" in in_text(response)


def test_no_proposal_to_take(at_home, asked):
    response = at_home.post(url("take_proposal", asked), follow=True)

    assert "Esa hora ya no está guardada para usted." in in_text(response)


# --- Nobody else's -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["request", "cancel_request"])
def test_a_stranger_sees_nothing(client, asked, otra_paciente, name):
    """ACC-01."""
    client.force_login(otra_paciente)

    assert client.get(url(name, asked)).status_code == 404


@pytest.mark.parametrize("name", ["cancel_request", "take_proposal", "refuse_proposal"])
def test_a_stranger_does_nothing(client, asked, kept, otra_paciente, name):
    """ACC-01."""
    client.force_login(otra_paciente)

    assert client.post(url(name, asked)).status_code == 404
    asked.refresh_from_db()
    assert asked.status == Status.PROPOSED


@pytest.mark.parametrize("name", ["take_proposal", "refuse_proposal"])
def test_answers_are_posted(at_home, asked, name):
    assert at_home.get(url(name, asked)).status_code == 405


def test_signed_out(client, asked):
    assert "/ingresar/" in client.get(url("request", asked))["Location"]


def test_an_appointment_that_was_never_a_request(at_home, held):
    assert at_home.get(url("request", held))["Location"] == url("detail", held)


@pytest.mark.parametrize("name", ["confirm", "release", "extend"])
def test_a_proposed_time_is_answered_only_with_its_request(at_home, asked, kept, name):
    """Whoever writes its address by hand neither takes it nor lets it go (BOK-10)."""
    response = at_home.post(url(name, kept), follow=True)

    assert response.redirect_chain[-1][0] == url("request", asked)
    kept.refresh_from_db()
    assert kept.status == Status.HELD
    assert Appointment.objects.get(pk=asked.pk).status == Status.PROPOSED
