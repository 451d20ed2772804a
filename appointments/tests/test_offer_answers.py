"""The link of an offer: what it shows, what it does, and for whom it stops working."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship
from accounts.policies import Limit
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    PatientFactory,
    UserFactory,
)
from appointments import offer_answers, offer_links, waiting_list
from appointments.errors import ConsentMissing, PatientBusy
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.tests.network import at
from appointments.tests.past import approve
from appointments.tests.steps import book
from appointments.waiting_list import Wanted
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
ORIGIN = Origin(address="190.0.2.10", user_agent="", request_id="")
OVER = "Ya no le guardamos esa hora"


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def join(user, network, **changes):
    now = timezone.now()
    facts = {
        "patient": user.patient,
        "agreement": network.eps,
        "procedure": network.ultrasound,
        "modality": "presencial",
        "first_day": timezone.localdate(now),
        "last_day": at(60, 0).date(),
        "notice_minutes": 180,
    }
    return waiting_list.join(Wanted(**facts | changes), by=user, now=now)


def offer_to(user, network, *, start=None, schedule="luis", **changes):
    network.slots(schedule, start or at(10, 10))
    entry = join(user, network, **changes)
    waiting_list.offer_out(now=timezone.now())
    return Offer.objects.get(entry=entry)


@pytest.fixture
def rosa(paciente):
    ContactDeviceFactory(user=paciente, destination="rosa@example.com")
    return paciente


@pytest.fixture
def offer(rosa, network):
    return offer_to(rosa, network)


@pytest.fixture
def url(offer):
    return offer_links.path(offer, offer.entry.patient)


def state(offer):
    offer.refresh_from_db()
    return offer.status


def test_the_page_shows_the_minimum(client, offer, url, network):
    """No name, no service, no professional; no session begins either."""
    response = client.get(url)

    page = text(response)
    held = offer.appointment
    assert response.status_code == 200
    assert "Se liberó una cita para usted" in page
    assert "Responda " in page
    assert "10:00 a. m." in page
    assert held.site.name in page
    for word in (
        *held.patient.full_name.split(),
        held.patient.document_number,
        held.reference,
        network.ultrasound.name,
        "Ecograf",
        "Radiolog",
        str(held.practitioner),
        held.agreement.name,
    ):
        assert word not in page
    assert "sessionid" not in response.cookies


def test_nothing_follows_the_link_outside(client, url):
    response = client.get(url)

    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, offer, url, method):
    """Programs that protect mailboxes follow every link."""
    written = AuditEvent.objects.count(), OutgoingMessage.objects.count()

    for _ in range(3):
        assert getattr(client, method)(url).status_code == 200

    assert state(offer) == "open"
    found = AuditEvent.objects.count(), OutgoingMessage.objects.count()
    assert found == written


@pytest.mark.parametrize("answer", ["aceptar/", "no-me-sirve/"])
def test_a_get_answers_nothing(client, offer, url, answer):
    assert client.get(f"{url}{answer}").status_code == 405
    assert state(offer) == "open"


def test_one_tap_accepts(client, offer, url, rosa):
    response = client.post(f"{url}aceptar/", follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert "Listo, la cita es suya" in text(response)
    assert "Aceptar esta cita" not in text(response)
    taken = Appointment.objects.get(pk=offer.appointment_id)
    assert (taken.status, state(offer)) == ("booked", "accepted")
    event = AuditEvent.objects.get(action=offer_answers.ANSWERED)
    assert event.actor_id == rosa.pk
    assert event.details == {"by_link": True, "answer": "accepted"}


def test_twice_is_once(client, offer, url):
    for _ in range(2):
        assert "Listo, la cita es suya" in text(
            client.post(f"{url}aceptar/", follow=True)
        )
    assert AuditEvent.objects.filter(action=offer_answers.ANSWERED).count() == 1
    for _ in range(2):
        assert client.post(f"{url}no-me-sirve/").status_code == 410


def test_no_me_sirve(client, offer, url):
    for _ in range(2):
        response = client.post(f"{url}no-me-sirve/", follow=True)
        assert "Gracias por responder" in text(response)
        assert "sigue en la lista de espera" in text(response)
    assert state(offer) == "declined"
    assert WaitingListEntry.objects.get().status == "waiting"
    assert client.post(f"{url}aceptar/").status_code == 410


def test_who_has_no_account_answers_all_the_same(client, offer, network):
    """The trace names the link alone."""
    someone = PatientFactory()
    CoverageFactory(patient=someone, agreement=network.eps)
    Appointment.objects.filter(pk=offer.appointment_id).update(patient=someone)
    WaitingListEntry.objects.update(patient=someone)

    response = client.post(f"{offer_links.path(offer, someone)}aceptar/", follow=True)

    assert "Listo, la cita es suya" in text(response)
    assert state(offer) == "accepted"
    event = AuditEvent.objects.get(action=offer_answers.ANSWERED)
    assert event.actor_id is None


@pytest.mark.parametrize("answer", ["", "aceptar/", "no-me-sirve/"])
def test_when_it_ran_out(client, offer, url, answer):
    over = timezone.now() - timedelta(seconds=1)
    Offer.objects.filter(pk=offer.pk).update(expires_at=over)

    send = client.post if answer else client.get
    response = send(f"{url}{answer}")

    assert response.status_code == 410
    assert OVER in text(response)
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_when_they_left_the_list(client, offer, url, rosa):
    waiting_list.leave(
        entry_id=offer.entry_id, patient=rosa.patient, by=rosa, now=timezone.now()
    )

    assert client.get(url).status_code == 410
    assert client.post(f"{url}aceptar/").status_code == 410


def test_a_cancelled_appointment_is_no_longer_theirs_by_the_link(client, offer, url):
    client.post(f"{url}aceptar/")
    Appointment.objects.update(status="cancelled")

    assert client.get(url).status_code == 410


def test_a_guardian_while_they_are_one(client, offer, rosa):
    guardian = UserFactory()
    approve(guardian, rosa.patient)
    link = offer_links.path(offer, guardian.patient)
    assert client.get(link).status_code == 200

    Guardianship.objects.all().delete()

    assert client.get(link).status_code == 410
    assert client.post(f"{link}aceptar/").status_code == 410
    assert state(offer) == "open"


def test_somebody_else_of_the_family_of_nobody(client, offer):
    link = offer_links.path(offer, PatientFactory())

    assert client.get(link).status_code == 410
    assert client.post(f"{link}no-me-sirve/").status_code == 410


def changed(token):
    return ("B" if token[0] != "B" else "C") + token[1:]


@pytest.mark.parametrize("answer", ["", "aceptar/", "no-me-sirve/"])
@pytest.mark.parametrize("kind", ["cut", "changed", "other", "loose", "nothing"])
def test_what_we_did_not_sign_does_not_exist(client, url, kind, answer):
    token = url.removeprefix("/citas/o/").removesuffix("/")
    forged = {
        "cut": token[:-1],
        "changed": changed(token),
        "other": signing.Signer(salt="appointments.answer", sep=".").sign("a.b"),
        "loose": signing.Signer(salt=offer_links.SALT, sep=".").sign("a.b"),
        "nothing": "%00",
    }[kind]

    send = client.post if answer else client.get
    assert send(f"/citas/o/{forged}/{answer}").status_code in (400, 404)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (ConsentMissing, "por videollamada debe leer y aceptar"),
        (PatientBusy, "No pudimos asignarle esa hora"),
    ],
)
def test_a_refusal_leads_inside(client, offer, url, monkeypatch, refusal, words):
    def no(**_):
        raise refusal

    monkeypatch.setattr("appointments.waiting_list.accept", no)

    response = client.post(f"{url}aceptar/")

    assert response.status_code == 409
    assert words in text(response)
    page = reverse("appointments:waiting_entry", args=[offer.entry_id])
    assert page in response.content.decode()


def test_too_often(client, offer, url, monkeypatch):
    once = (Limit(1, timedelta(hours=1)),)
    monkeypatch.setattr("appointments.views.offers.ANSWERS_FROM", (once, once))
    client.post(f"{url}no-me-sirve/")
    other = Client()

    response = other.post(f"{url}aceptar/", follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert state(offer) == "declined"


def test_a_sooner_one_swaps_and_the_link_shows_the_appointment(client, rosa, network):
    (late,) = network.slots("luis", at(30, 8))
    later = book(late, rosa, agreement=network.eps, now=timezone.now())
    offer = offer_to(rosa, network, instead_of=later, last_day=at(30, 0).date())
    link = offer_links.path(offer, rosa.patient)
    page = text(client.get(link))
    assert "Antes: " in page
    assert "Nunca le quedan dos" in page

    response = client.post(f"{link}aceptar/", follow=True)

    assert "Listo, la cita es suya" in text(response)
    assert "10:00 a. m." in text(response)
    later.refresh_from_db()
    assert later.start == at(10, 10)


def test_the_look_and_the_answer_agree_without_a_request(offer, rosa):
    link = offer_links.Link(offer.pk, rosa.patient.token)
    now = timezone.now()
    assert offer_answers.asked(link, now=now).is_open

    offer_answers.decline(link, origin=ORIGIN, now=now)

    asked = offer_answers.asked(link, now=now)
    assert asked.is_declined
    assert asked.still_waits


def test_it_costs_few_questions(offer, url, django_assert_max_num_queries):
    client = Client()
    client.get(url)

    with django_assert_max_num_queries(5):
        client.get(url)
