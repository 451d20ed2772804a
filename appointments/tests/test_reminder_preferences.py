"""«Sus recordatorios»: what is offered, what is kept, and what it does to what is planned."""

import pytest
from django.utils import timezone

from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    UserFactory,
)
from appointments.models import ReminderPreference
from appointments.notifications import reminder
from appointments.tests.network import at, patient_of
from appointments.tests.steps import book
from portal.messaging.models import Channel, OutgoingMessage

pytestmark = pytest.mark.django_db
URL = "/citas/avisos/"
EVERY = {"cuando": ["week", "two_days", "day", "hours"], "por": ["sms", "email"]}


@pytest.fixture(autouse=True)
def every_channel(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_FROM = "+15005550006"


@pytest.fixture
def rosa(network):
    user = patient_of(network)
    ContactDeviceFactory(user=user, destination="rosa@example.com")
    ContactDeviceFactory(user=user, channel=Channel.SMS, destination="+573105550178")
    return user


@pytest.fixture
def at_home(client, rosa):
    client.force_login(rosa)
    return client


def chosen(user):
    found = ReminderPreference.objects.of(user.patient.pk)
    return set(found.moments()), set(found.channels())


def waiting(appointment):
    rows = OutgoingMessage.objects.filter(
        subject_ref=str(appointment.pk), kind__startswith=reminder.PREFIX
    )
    return {
        (row.kind.removeprefix(reminder.PREFIX), row.channel)
        for row in rows
        if reminder.compose(row, now=row.due_at)
    }


def test_at_first_everything_is_ticked(at_home):
    page = at_home.get(URL).content.decode()

    assert page.count(" checked") == 6
    assert "+573105550178" not in page
    assert "••78" in page
    assert "rosa@example.com" not in page


def test_what_is_chosen_is_kept_and_shown(at_home, rosa):
    response = at_home.post(URL, {"cuando": ["day"], "por": ["email"]}, follow=True)

    assert response.redirect_chain == [(URL, 302)]
    assert "Listo. Guardamos cómo quiere sus recordatorios." in (
        response.content.decode()
    )
    assert chosen(rosa) == ({"day"}, {"email"})
    assert response.content.decode().count(" checked") == 2


def test_nothing_ticked_is_nothing_sent(at_home, rosa, network):
    (slot,) = network.slots("luis", at(10, 10))
    booked = book(slot, rosa, now=timezone.now())

    at_home.post(URL, {})

    assert chosen(rosa) == (set(), set())
    assert waiting(booked) == set()


def test_what_cannot_be_chosen_is_said_and_nothing_is_lost(at_home, rosa):
    response = at_home.post(URL, {"cuando": ["day", "siempre"], "por": ["paloma"]})

    assert response.status_code == 422
    assert "Escoja una de las opciones" in response.content.decode()
    assert response.content.decode().count(" checked") == 1
    assert not ReminderPreference.objects.exists()


def test_only_proved_and_working_ways_are_offered(at_home, rosa, settings):
    rosa.contactdevice_set.filter(channel="email").update(
        confirmed=False, confirmed_at=None
    )

    page = at_home.get(URL).content.decode()
    assert "Mensaje de texto" in page
    assert "Correo electrónico" not in page
    assert at_home.post(URL, EVERY).status_code == 422

    settings.TWILIO_ACCOUNT_SID = ""
    page = at_home.get(URL).content.decode()
    assert "Todavía no hay un celular ni un correo confirmado" in page
    assert "Guardar" not in page


def test_a_way_that_is_not_offered_stays_as_it_was(at_home, rosa):
    ReminderPreference.objects.create(patient=rosa.patient, by_email=False)
    rosa.contactdevice_set.filter(channel="email").delete()

    at_home.post(URL, {"cuando": ["day"], "por": ["sms"]})

    assert chosen(rosa) == ({"day"}, {"sms"})


def test_what_is_wanted_again_is_planned_again(at_home, rosa, network):
    """Also for the appointments that there are already."""
    ReminderPreference.objects.create(
        patient=rosa.patient, by_email=False, day_before=False
    )
    (slot,) = network.slots("luis", at(10, 10))
    booked = book(slot, rosa, now=timezone.now())
    assert waiting(booked) == {("hours", "sms")}

    at_home.post(URL, EVERY)
    at_home.post(URL, EVERY)

    assert waiting(booked) == {
        (moment, way) for moment in ("day", "hours") for way in ("sms", "email")
    }


def test_the_appointments_of_who_one_acts_for_too(client, network, settings):
    guardian = patient_of(network)
    ContactDeviceFactory(user=guardian, destination="mama@example.com")
    child = GuardianshipFactory(asked_by=guardian).dependant
    ReminderPreference.objects.create(patient=guardian.patient, hours_before=False)
    (slot,) = network.slots("luis", at(10, 10))
    booked = book(slot, guardian, patient=child, now=timezone.now())
    assert waiting(booked) == {("day", "email")}
    client.force_login(guardian)

    client.post(URL, {"cuando": ["hours"], "por": ["email"]})

    assert waiting(booked) == {("hours", "email")}


def test_it_is_one_s_own(client, at_home):
    other = UserFactory()
    client.force_login(other)
    client.post(URL, {})

    assert [row.patient for row in ReminderPreference.objects.all()] == [other.patient]


def test_without_signing_in_there_is_nothing(client):
    response = client.get(URL)

    assert response.status_code == 302
    assert response["Location"].startswith("/ingresar/")


def test_my_data_and_the_review_lead_there(at_home):
    assert f'href="{URL}"' in at_home.get("/cuenta/").content.decode()


def test_the_page_costs_little(at_home, django_assert_max_num_queries):
    at_home.get(URL)  # the first page of a session writes it down

    with django_assert_max_num_queries(12):
        at_home.get(URL)
