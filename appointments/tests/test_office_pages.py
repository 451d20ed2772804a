"""The office, the agreement, the tutorial and the list."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Coverage
from accounts.tests.factories import CoverageFactory, UserFactory
from appointments import booking
from appointments.models import Appointment, TutorialView
from appointments.tests.network import at, patient_of

pytestmark = pytest.mark.django_db
PAGES = ["office", "enter", "agreement", "tutorial", "list", "new"]


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def get(client, name, **query):
    return client.get(reverse(f"appointments:{name}", query=query))


def appointment(user, network, start, **fields):
    schedule = network.schedules["ana"]
    return Appointment.objects.create(
        reference=f"R{Appointment.objects.count():03}-AAA",
        patient=user.patient,
        schedule=schedule,
        practitioner=schedule.practitioner,
        site=schedule.site,
        procedure=network.first_visit,
        agreement=network.eps,
        modality="presencial",
        start=start,
        end=start + timedelta(minutes=20),
        booked_by=user,
        **{"status": "booked", "confirmed_at": start, **fields},
    )


@pytest.fixture
def nueva(network):
    """Somebody who registered a minute ago."""
    return UserFactory()


@pytest.mark.parametrize("name", PAGES)
def test_each_page_asks_to_sign_in(client, name):
    assert reverse("accounts:sign_in") in get(client, name)["Location"]


@pytest.mark.parametrize("name", PAGES)
def test_staff_have_no_appointments_of_their_own(client, db, name):
    client.force_login(UserFactory(staff=True))

    assert get(client, name).status_code == 403


def test_the_office_says_hello_and_offers_the_module(at_home):
    response = get(at_home, "office")

    assert "<h1>Hola, Rosa Elena</h1>" in text(response)
    assert "Su próxima cita" not in text(response)


def test_the_office_shows_the_next_appointment(at_home, paciente, network):
    appointment(paciente, network, at(9, 8))
    appointment(paciente, network, at(2, 10, 40))

    response = get(at_home, "office")

    assert response.context["next"].title == "Cardiología"
    assert "10:40 a. m." in text(response)


def test_entering_asks_for_the_agreement_when_there_are_several(at_home):
    assert get(at_home, "enter")["Location"] == reverse("appointments:agreement")


def test_somebody_new_is_asked_even_with_one_choice(client, nueva):
    client.force_login(nueva)

    assert get(client, "enter")["Location"] == reverse("appointments:agreement")


def test_one_agreement_in_use_is_not_asked_again(client, nueva, network):
    nueva.patient.preferred_agreement = network.particular
    nueva.patient.save()
    client.force_login(nueva)

    assert get(client, "enter")["Location"] == reverse("appointments:tutorial")


def test_the_agreement_chosen_is_remembered(client, nueva, network):
    client.force_login(nueva)

    response = client.post(
        reverse("appointments:agreement"), {"convenio": "particular"}
    )

    nueva.patient.refresh_from_db()
    assert nueva.patient.preferred_agreement == network.particular
    assert response["Location"] == reverse("appointments:tutorial")


def test_changing_the_agreement_in_the_wizard_goes_back_to_the_wizard(
    at_home, paciente
):
    token = paciente.patient.token

    response = at_home.post(
        reverse("appointments:agreement_of", args=[token]), {"convenio": "particular"}
    )

    assert response["Location"] == reverse("appointments:start", args=[token])


@pytest.mark.parametrize("code", ["", "de-otra-persona", "\0", "x" * 500])
def test_an_agreement_that_is_not_theirs_is_not_taken(at_home, paciente, code, network):
    response = at_home.post(reverse("appointments:agreement"), {"convenio": code})

    paciente.patient.refresh_from_db()
    assert response.status_code == (400 if code == "\0" else 422)
    assert paciente.patient.preferred_agreement == network.eps


def test_an_affiliation_to_verify_is_shown_with_its_reason(client, nueva, network):
    CoverageFactory(
        patient=nueva.patient,
        agreement=network.eps,
        state=Coverage.State.DECLARED,
        verified_at=None,
    )
    client.force_login(nueva)

    response = get(client, "agreement")

    assert "Estamos verificando su afiliación." in text(response)
    assert [
        code for code, _ in response.context["form"].fields["convenio"].choices
    ] == ["particular"]


def test_the_tutorial_is_shown_once_by_itself(client, nueva, network):
    client.force_login(nueva)
    client.post(reverse("appointments:tutorial"))

    response = client.post(
        reverse("appointments:agreement"), {"convenio": "particular"}
    )

    assert TutorialView.objects.filter(user=nueva).count() == 1
    assert response["Location"] == reverse("appointments:list")


def test_the_tutorial_can_be_seen_again_and_promises_nothing_to_come(at_home):
    response = get(at_home, "tutorial")

    assert "Comenzar" in text(response)
    for promise in ("varias citas", "recordatorio", "cancele"):
        assert promise not in text(response).lower()


def test_an_empty_list_says_what_will_be_there(at_home):
    assert "Todavía no tiene citas" in text(get(at_home, "list"))


def test_the_list_shows_what_is_coming_and_what_was(at_home, paciente, network):
    appointment(paciente, network, at(2, 10, 40))
    appointment(paciente, network, at(-20, 8), status="fulfilled")

    response = get(at_home, "list")

    assert [card.title for card in response.context["upcoming"]] == ["Cardiología"]
    assert [line.outcome for line in response.context["past"]] == ["Asistió"]


def test_a_held_time_in_the_list_leads_to_where_it_was_left(at_home, paciente, network):
    (slot,) = network.slots("luis", at(1, 8))
    held = booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=paciente.patient,
        agreement=network.eps,
        by=paciente,
        search="",
        now=timezone.now(),
    )

    (card,) = get(at_home, "list").context["upcoming"]

    assert card.url == reverse("appointments:instructions", args=[held.pk])
    assert card.tag.text == "Por confirmar"


def test_another_patients_appointments_are_not_in_the_list(
    at_home, otra_paciente, network
):
    appointment(otra_paciente, network, at(2, 8))

    assert "Todavía no tiene citas" in text(get(at_home, "list"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long(
    at_home, paciente, network, count, django_assert_num_queries
):
    for number in range(count):
        appointment(paciente, network, at(2 + number, 8))
        appointment(paciente, network, at(-2 - number, 8))

    get(at_home, "office")  # the first page of a session notes the session

    with django_assert_num_queries(12):
        response = get(at_home, "list")

    assert len(response.context["upcoming"]) == count


def test_six_past_ones_offer_to_see_them_all(client, network):
    user = patient_of(network)
    client.force_login(user)
    for number in range(7):
        appointment(user, network, at(-2 - number, 8))

    few, all_of_them = get(client, "list"), get(client, "list", todas="si")

    assert len(few.context["past"]) == 5
    assert len(all_of_them.context["past"]) == 7
