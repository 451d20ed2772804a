"""The link of a reminder: what it shows, what it does, and for whom it stops working."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import Throttle
from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    PatientFactory,
    UserFactory,
)
from appointments import answer_links, reminder_answers
from appointments.models import Appointment, Slot
from appointments.notifications import reminder
from appointments.tests.network import at, patient_of
from appointments.tests.steps import book
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
Status = Appointment.Status
ORIGIN = Origin(address="190.0.2.10", user_agent="", request_id="")
OVER = "Esta cita cambió o ya pasó"


@pytest.fixture
def booked(network):
    user = patient_of(network)
    ContactDeviceFactory(user=user, destination="rosa@example.com")
    (slot,) = network.slots("luis", at(10, 10))
    return book(slot, user, now=timezone.now())


@pytest.fixture
def url(booked):
    return answer_links.path(booked, booked.patient)


def now_is(booked):
    booked.refresh_from_db()
    return SimpleNamespace(
        status=booked.status, comes=booked.attendance_confirmed_at is not None
    )


def test_the_page_shows_the_minimum(client, booked, url, network):
    """No name, no service, no professional; no session begins either."""
    response = client.get(url)

    page = response.content.decode()
    assert response.status_code == 200
    assert "¿Va a venir a su cita?" in page
    assert "10:00&nbsp;a." in page or "10:00\xa0a." in page
    assert booked.site.name in page
    for word in (
        *booked.patient.full_name.split(),
        booked.patient.document_number,
        booked.reference,
        network.ultrasound.name,
        "Ecograf",
        "Radiolog",
        str(booked.practitioner),
        booked.agreement.name,
    ):
        assert word not in page
    assert "sessionid" not in response.cookies


def test_nothing_follows_the_link_outside(client, url):
    """WEB: no referrer to others, no search engine, nothing kept by a proxy."""
    response = client.get(url)

    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("more", ["", "no-puedo-ir/"])
def test_looking_changes_nothing(client, booked, url, method, more):
    """Programs that protect mailboxes follow every link."""
    written = AuditEvent.objects.count(), OutgoingMessage.objects.count()

    for _ in range(3):
        assert getattr(client, method)(f"{url}{more}").status_code == 200

    assert now_is(booked) == SimpleNamespace(status=Status.BOOKED, comes=False)
    found = AuditEvent.objects.count(), OutgoingMessage.objects.count()
    assert found == written
    assert not Throttle.objects.exists()


def test_a_get_cannot_say_that_one_comes(client, booked, url):
    assert client.get(f"{url}voy/").status_code == 405
    assert not now_is(booked).comes


def test_confirmo_que_voy(client, booked, url):
    response = client.post(f"{url}voy/", follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert "Gracias. Ya sabemos que usted va." in response.content.decode()
    assert "Confirmo que voy" not in response.content.decode()
    assert now_is(booked) == SimpleNamespace(status=Status.BOOKED, comes=True)
    event = AuditEvent.objects.get(action=reminder_answers.COMES)
    assert (event.actor_id, event.details) == (booked.booked_by_id, {"by_link": True})


def test_twice_is_once(client, booked, url):
    client.post(f"{url}voy/")
    first = now_is(booked), booked.attendance_confirmed_at
    client.post(f"{url}voy/")

    assert (now_is(booked), booked.attendance_confirmed_at) == first
    assert AuditEvent.objects.filter(action=reminder_answers.COMES).count() == 1


def test_no_puedo_ir_is_asked_once_more(client, booked, url):
    page = client.get(f"{url}no-puedo-ir/").content.decode()

    assert "¿Quiere avisar que no puede ir?" in page
    assert "Sí, no puedo ir" in page
    assert booked.patient.given_names not in page


def test_no_puedo_ir_frees_the_hour(client, booked, url):
    """Also within the last hours, and whatever the rules say (Ley 1438 de 2011, art. 55)."""
    response = client.post(f"{url}no-puedo-ir/", follow=True)

    page = response.content.decode()
    assert response.redirect_chain == [(url, 302)]
    assert "Su cita quedó cancelada" in page
    assert "Gracias por avisar: otra persona podrá usar esa hora." in page
    assert now_is(booked).status == Status.CANCELLED
    assert Slot.objects.get(start=booked.start).free
    event = AuditEvent.objects.get(action=reminder_answers.CANNOT)
    assert event.actor_id == booked.booked_by_id


def test_no_puedo_ir_twice_is_once(client, booked, url):
    for _ in range(3):
        assert client.post(f"{url}no-puedo-ir/").status_code == 302

    assert booked.events.filter(to_status=Status.CANCELLED).count() == 1
    assert AuditEvent.objects.filter(action=reminder_answers.CANNOT).count() == 1


def test_confirmed_and_then_not_coming(client, booked, url):
    client.post(f"{url}voy/")
    client.post(f"{url}no-puedo-ir/")

    assert now_is(booked).status == Status.CANCELLED


def test_not_coming_and_then_confirmed(client, booked, url):
    client.post(f"{url}no-puedo-ir/")

    response = client.post(f"{url}voy/")

    assert response.status_code == 410
    assert now_is(booked) == SimpleNamespace(status=Status.CANCELLED, comes=False)


def test_who_has_no_account_answers_too(client, booked):
    """A patient whom the clinic booked: the trace names the link alone."""
    other = PatientFactory()
    Appointment.objects.update(patient=other)
    booked.patient = other

    client.post(answer_links.path(booked, other) + "no-puedo-ir/")

    assert now_is(booked).status == Status.CANCELLED
    assert AuditEvent.objects.get(action=reminder_answers.CANNOT).actor_id is None


def test_changing_the_hour_asks_to_sign_in(client, booked, url):
    page = client.get(url).content.decode()
    change = f"/citas/{booked.pk}/cambiar/"

    assert f'href="{change}"' in page
    response = client.get(change)
    assert response.status_code == 302
    assert response["Location"].startswith("/ingresar/?next=")


@pytest.mark.parametrize("more", ["", "voy/", "no-puedo-ir/"])
@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"version": 2}, OVER),
        ({"status": Status.ARRIVED}, OVER),
        ({"status": Status.FULFILLED}, OVER),
        ({"status": Status.NOSHOW}, OVER),
        ({"status": Status.PROPOSED}, OVER),
        ({"start": timezone.now() - timedelta(minutes=1)}, OVER),
    ],
)
def test_when_it_changed_or_is_over_the_page_says_so(
    client, booked, url, change, shown, more
):
    Appointment.objects.update(**change)
    before = Appointment.objects.values().get()

    send = client.post if more else client.get
    response = send(f"{url}{more}")

    assert response.status_code == 410
    assert shown in response.content.decode()
    assert Appointment.objects.values().get() == before


def test_the_last_moment_is_before_it_begins(booked):
    link = answer_links.read(answer_links.path(booked, booked.patient).split("/")[3])

    def is_open(now):
        return reminder_answers.asked(link, now=now).is_open

    assert is_open(booked.start - timedelta(seconds=1))
    assert not is_open(booked.start)


def test_cancelled_by_another_way_it_says_cancelled(client, booked, url):
    Appointment.objects.update(status=Status.CANCELLED, version=2)

    assert "Su cita quedó cancelada" in client.get(url).content.decode()


def test_a_guardian_answers_while_they_are_one(client, booked):
    guardian = UserFactory()
    link = answer_links.path(booked, guardian.patient)
    assert client.get(link).status_code == 410

    GuardianshipFactory(asked_by=guardian, dependant=booked.patient, relation="other")
    assert client.get(link).status_code == 200

    guardian.patient.guardianships.update(state="ended")
    assert client.get(link).status_code == 410
    assert client.post(f"{link}no-puedo-ir/").status_code == 410
    assert now_is(booked).status == Status.BOOKED


def tokens():
    """Everything that somebody may put there."""
    key = "0" * 32
    other = signing.Signer(salt="otra", sep=".").sign(f"{key}.1.{key}")
    ours = signing.Signer(salt=answer_links.SALT, sep=".")
    return [
        "x",
        "..",
        f"{key}.1.{key}",
        f"{key}.1.{key}.",
        other,
        ours.sign("x"),
        ours.sign("x.y.z"),
        ours.sign(f"{key}.uno.{key}"),
        "%00",
        "ñ" * 40,
        "a" * 5000,
    ]


@pytest.mark.parametrize("token", tokens())
@pytest.mark.parametrize("more", ["", "voy/", "no-puedo-ir/"])
def test_what_we_did_not_sign_does_not_exist(client, token, more):
    send = client.post if more else client.get

    assert send(f"/citas/r/{token}/{more}").status_code in (400, 404)


def test_a_changed_letter_is_another_link(client, url):
    """The version, the person and the appointment are all inside the signature."""
    body = url.removeprefix("/citas/r/").removesuffix("/")
    appointment, version, person, signature = body.split(".")
    forged = [
        f"{appointment}.2.{person}.{signature}",
        f"{person}.{version}.{appointment}.{signature}",
        f"{appointment}.{version}.{appointment}.{signature}",
    ]

    for token in forged:
        assert client.get(f"/citas/r/{token}/").status_code == 404


def test_signed_for_an_appointment_that_is_no_more(client, booked):
    gone = Appointment(pk="00000000-0000-0000-0000-000000000000", version=1)
    gone.pk = type(booked.pk)(int=0)

    assert client.get(answer_links.path(gone, booked.patient)).status_code == 410


def test_a_form_from_elsewhere_is_refused(url):
    """CSRF: the link alone does nothing, and neither does another site's form."""
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(f"{url}voy/").status_code == 403


def test_too_many_answers_from_one_address_wait(client, booked, url):
    for _ in range(60):
        client.post(f"{url}voy/", REMOTE_ADDR="190.0.2.7")

    response = client.post(f"{url}no-puedo-ir/", REMOTE_ADDR="190.0.2.7", follow=True)

    assert "Por seguridad, espere" in response.content.decode()
    assert now_is(booked).status == Status.BOOKED


def test_the_short_link_of_a_reminder_leads_there(client, booked, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_FROM = "+15005550006"
    ContactDeviceFactory(
        user=booked.booked_by, channel="sms", destination="+573105550178"
    )
    message = OutgoingMessage.objects.create(
        kind="appointments.reminder.day",
        event="x",
        channel="sms",
        recipient_ref=str(booked.patient.pk),
        subject_ref=str(booked.pk),
    )

    text = reminder.compose(message, now=at(9, 10)).text

    path = text.rpartition("127.0.0.1:8000")[2] or text.rpartition(" ")[2]
    response = client.get(f"/s/{path.rpartition('/')[2]}/")
    assert response["Location"] == answer_links.path(booked, booked.patient)


def test_the_page_costs_little(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        client.get(url)
