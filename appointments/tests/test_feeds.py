"""The private address of a calendar: who reads what, and for how long."""

from datetime import timedelta

import pytest
import vobject
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship
from accounts.tests.factories import PatientFactory, UserFactory
from appointments import feeds
from appointments.models import Appointment, CalendarFeed
from appointments.tests.factories import AppointmentFactory
from appointments.tests.network import at
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
Status = Appointment.Status


@pytest.fixture
def appointment(paciente):
    return AppointmentFactory(booked_by=paciente, start=at(3, 8, 20))


def become(appointment, status):
    appointment.status = status
    appointment.save()


@pytest.fixture
def address(paciente):
    return path_of(feeds.open_feed(user=paciente, now=timezone.now()))


def path_of(address):
    return f"/{address.split('/', 3)[3]}"


def events(client, address):
    found = vobject.readOne(client.get(address).content.decode())
    return {one.uid.value: one for one in found.contents.get("vevent", [])}


def test_a_calendar_reads_it_without_signing_in(client, address, appointment):
    (event,) = events(client, address).values()

    assert event.uid.value == str(appointment.pk)
    assert event.dtstart.value == appointment.start
    assert event.status.value == "CONFIRMED"
    assert event.summary.value == "Cita en IPS Guayacán"


def test_without_appointments_it_is_an_empty_calendar(client, address):
    assert events(client, address) == {}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.PROPOSED, "TENTATIVE"),
        (Status.ARRIVED, "CONFIRMED"),
        (Status.CANCELLED, "CANCELLED"),
        (Status.DECLINED, "CANCELLED"),
    ],
)
def test_it_says_how_each_one_stands(client, address, appointment, status, said):
    become(appointment, status)

    (event,) = events(client, address).values()

    assert event.status.value == said


def test_a_time_that_is_only_kept_is_not_in_it(client, paciente, address):
    """Neither a hold, nor the other time that is kept for an appointment."""
    standing = AppointmentFactory(booked_by=paciente, start=at(3, 8))
    AppointmentFactory(
        booked_by=paciente, start=at(4, 8), status=Status.PROPOSED, replaces=standing
    )
    AppointmentFactory(booked_by=paciente, start=at(5, 8), status=Status.HELD)

    assert list(events(client, address)) == [str(standing.pk)]


def test_what_ended_long_ago_is_left_out(client, address, appointment):
    Appointment.objects.filter(pk=appointment.pk).update(
        start=timezone.now() - timedelta(days=61),
        end=timezone.now() - timedelta(days=60, seconds=1),
    )

    assert events(client, address) == {}


def test_it_follows_those_whom_one_acts_for_while_one_does(client, paciente, address):
    """ACC-03: the guardianship is looked at each time that it is read."""
    daughter = PatientFactory(document_type="TI", given_names="Valentina")
    Guardianship.objects.create(
        guardian=paciente.patient,
        dependant=daughter,
        relation=Guardianship.Relation.WARD,
        document_type="TI",
        document_number=daughter.document_number,
        state=Guardianship.State.APPROVED,
    )
    hers = AppointmentFactory(booked_by=paciente, patient=daughter, start=at(3, 8))

    during = events(client, address)
    Guardianship.objects.update(state=Guardianship.State.ENDED)

    assert list(during) == [str(hers.pk)]
    assert events(client, address) == {}


def test_it_names_neither_person_nor_service(client, address, appointment):
    """INJ-04, PRV: a shared calendar is read by others."""
    content = client.get(address).content.decode().replace("\r\n ", "")

    patient = appointment.patient
    for word in ("Rosa", "Martínez", patient.document_number, "Ecograf", "Radiolog"):
        assert word not in content


def test_a_stranger_reads_nothing_of_it(client, address, otra_paciente, appointment):
    other = path_of(feeds.open_feed(user=otra_paciente, now=timezone.now()))

    assert events(client, other) == {}


def test_another_address_ends_the_one_before(client, paciente, address):
    now = timezone.now()

    second = path_of(feeds.open_feed(user=paciente, now=now))

    assert client.get(address).status_code == 404
    assert client.get(second).status_code == 200
    assert CalendarFeed.objects.filter(user=paciente, revoked_at=None).count() == 1


def test_revoked_it_is_nothing_and_twice_is_once(client, paciente, address):
    assert feeds.revoke(user=paciente, now=timezone.now())
    assert not feeds.revoke(user=paciente, now=timezone.now())

    assert client.get(address).status_code == 404
    assert AuditEvent.objects.filter(action="calendar.revoked").count() == 1


@pytest.mark.parametrize(
    "closed", [{"is_active": False}, {"closed_at": "2026-01-01T00:00:00Z"}]
)
def test_an_account_that_is_closed_shows_nothing(client, paciente, address, closed):
    type(paciente).objects.filter(pk=paciente.pk).update(**closed)

    assert client.get(address).status_code == 404


def test_an_address_that_nobody_made_is_not_found(client, db):
    assert client.get("/calendario/unknown.ics").status_code == 404
    assert client.get(f"/calendario/{'a' * 43}.ics").status_code == 404


def test_only_a_hash_is_kept_and_the_trail_says_that_it_was_made(paciente, address):
    """LOG-02: what is written down opens nothing."""
    token = address.split("/")[-1].removesuffix(".ics")
    row = CalendarFeed.objects.get(user=paciente)
    event = AuditEvent.objects.get(action="calendar.opened")

    assert len(token) == 43
    assert token not in (row.token_hash, str(event.details), event.subject)
    assert event.actor_id == paciente.pk


def test_the_log_says_the_route_and_not_the_address(client, address, caplog):
    """LOG-02."""
    token = address.split("/")[-1].removesuffix(".ics")
    with caplog.at_level("INFO"):
        client.get(address)
        client.get(f"/calendario/{token[:-1]}x.ics")

    said = [str(vars(line)) for line in caplog.records if line.name == "portal.access"]
    assert len(said) == 2
    assert all("calendario/<slug:token>.ics" in line for line in said)
    assert all(token[:-1] not in line for line in said)


def test_what_did_not_change_is_not_sent_again(client, address, appointment):
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"
    become(appointment, Status.CANCELLED)
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_it_may_be_asked_for_without_its_body(client, address, appointment):
    answer, full = client.head(address), client.get(address)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == full["ETag"]
    assert client.post(address).status_code == 405


def test_reading_it_begins_no_session_and_sends_nobody_on(client, address):
    answer = client.get(address)

    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"


def test_it_costs_the_same_for_many(
    client, paciente, address, django_assert_max_num_queries
):
    for day in range(3, 9):
        AppointmentFactory(booked_by=paciente, start=at(day, 8))

    with django_assert_max_num_queries(4):
        assert len(events(client, address)) == 6


# --- The page ------------------------------------------------------------------


def test_the_page_shows_the_address_once(at_home, paciente):
    page = reverse("appointments:calendars")

    shown = at_home.post(page)
    after = at_home.get(page).content.decode()

    address = shown.context["address"]
    assert address.startswith("http://127.0.0.1:8000/calendario/")
    assert f'value="{address}"' in shown.content.decode()
    assert f'href="webcal{address.removeprefix("http")}"' in shown.content.decode()
    assert address not in after
    assert "Usted tiene un enlace" in after
    assert "Ningún calendario lo ha leído todavía." in after
    assert shown["Cache-Control"] == "no-store"


def test_the_page_says_when_a_calendar_last_read_it(at_home, client, address):
    client.get(address)

    said = at_home.get(reverse("appointments:calendars")).content.decode()

    assert "Un calendario lo leyó por última vez el" in said


def test_that_it_was_read_is_noted_every_few_minutes(client, address):
    client.get(address)
    first = CalendarFeed.objects.get().read_at
    client.get(address)

    assert CalendarFeed.objects.get().read_at == first
    CalendarFeed.objects.update(read_at=first - feeds.NOTE_EVERY)
    client.get(address)
    assert CalendarFeed.objects.get().read_at >= first


def test_the_page_takes_the_address_back(at_home, address):
    answer = at_home.post(reverse("appointments:revoke_calendar"), follow=True)

    assert answer.redirect_chain == [(reverse("appointments:calendars"), 302)]
    assert "Ese enlace ya no muestra sus citas." in answer.content.decode()
    assert at_home.get(address).status_code == 404


@pytest.mark.parametrize("name", ["calendars", "revoke_calendar"])
def test_the_pages_are_for_patients(client, name):
    client.force_login(UserFactory(staff=True))
    assert client.post(reverse(f"appointments:{name}")).status_code == 403
    client.logout()
    assert client.post(reverse(f"appointments:{name}")).status_code == 302
    assert not CalendarFeed.objects.exists()
