"""What appointments add to the rights over one's data: the copy, and closing the account."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import closing, people
from accounts.errors import NotActing
from accounts.my_copy import make
from accounts.tests.factories import PASSWORD, GuardianshipFactory, UserFactory
from accounts.tests.places import HERE
from appointments import (
    booking,
    feeds,
    orders,
    preferences,
    requests,
    rights,
    waiting_list,
)
from appointments.models import CalendarFeed
from appointments.orders import Declared
from appointments.tests.asking import ask, decide
from appointments.tests.steps import NOON, act, bogota, book, hold, one_time, particular
from appointments.tests.test_uploads import PDF
from appointments.tests.waiting import leave, offered, somebody, waits
from appointments.uploads import read
from portal.audit.models import AuditEvent
from portal.messaging.models import Channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def mateo(rosa):
    return GuardianshipFactory(asked_by=rosa).dependant


def copy(client, **typed):
    sent = {"formato": "json", "clave": PASSWORD, **typed}
    return client.post("/cuenta/copia/", sent)


def test_the_copy_has_what_was_asked_for_and_not_what_was_only_held(rosa):
    """PRV-06."""
    booked = book(one_time(), rosa)
    declined = ask(bogota(4, 8), rosa)
    decide(requests.decline, declined, reason="No atiende")
    act(booking.release, hold(one_time(bogota(5, 8)), rosa))

    rows = rights.appointments(rosa.patient)

    assert [row["código"] for row in rows] == [booked.reference, declined.reference]


def test_the_copy_says_where_the_pictures_are(client, rosa, settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path
    orders.declare(
        patient=rosa.patient,
        procedure=book(one_time(), rosa).procedure,
        agreement=particular(),
        declared=Declared(order_number="77-A"),
        upload=read(SimpleUploadedFile("orden.pdf", PDF)),
        by=rosa,
        now=NOON,
    )

    (row,) = rights.orders(rosa.patient)

    assert row["archivos"].startswith("http")
    assert (
        client.get(row["archivos"].removeprefix(settings.BASE_URL)).status_code == 200
    )


def test_the_copy_has_the_wishes_and_the_calendars(rosa):
    preferences.choose_reminders(
        user=rosa, moments=["day"], channels={Channel.SMS: False}, now=NOON
    )
    feeds.open_feed(user=rosa, now=NOON)

    (wishes,) = rights.wishes(rosa.patient)
    (calendar,) = rights.calendars(rosa.patient)

    assert (wishes["por mensaje de texto"], wishes["un día antes"]) == (False, True)
    assert wishes["dos horas antes"] is False
    assert (calendar["creado"], calendar["anulado"]) == (NOON, None)


def test_the_representative_takes_the_copy_of_a_child(client, rosa, mateo):
    """PRV-06: of the child, written down as an access to the child's data."""
    page = copy(client, persona=str(mateo.token))

    found = json.loads(page.content)
    assert found["Sus datos"][0]["número de documento"] == mateo.document_number
    assert rosa.patient.document_number not in page.content.decode()
    trace = AuditEvent.objects.get(action="data.copied")
    assert (trace.actor, trace.patient_ref) == (rosa, mateo.token)


def test_who_has_a_child_says_whose_copy_it_is(client, mateo):
    assert copy(client).status_code == 422


def test_of_an_adult_or_a_stranger_nobody_else_takes_a_copy(client, rosa):
    """ACC-01, ACC-03: neither by the page nor by the act itself."""
    mother = GuardianshipFactory(
        asked_by=rosa, relation="parent", dependant=UserFactory().patient
    ).dependant
    stranger = UserFactory().patient
    today = timezone.localdate()
    assert mother in people.persons(rosa, on=today)

    for other in (mother, stranger):
        page = copy(client, persona=str(other.token))
        assert other.document_number not in page.content.decode()
        with pytest.raises(NotActing):
            make(
                user=rosa,
                patient=other,
                password=PASSWORD,
                form="json",
                origin=HERE,
                now=timezone.now(),
            )


def test_a_former_guardian_takes_no_copy(client, rosa, mateo):
    rosa.patient.guardianships.update(state="ended")

    page = copy(client, persona=str(mateo.token))

    assert mateo.document_number not in page.content.decode()


def test_closing_the_account_revokes_the_calendar(rosa):
    feeds.open_feed(user=rosa, now=NOON)

    closing.close(user=rosa, password=PASSWORD, origin=HERE, now=NOON)

    assert CalendarFeed.objects.get().revoked_at == NOON


def test_the_copy_has_the_waiting_list_and_what_was_offered(rosa):
    """PRV-06: also why it ended; nothing of anybody else who waits."""
    slot = one_time(bogota(20, 8))
    user = somebody()
    entry = waits(slot.schedule, user=user)
    waits(slot.schedule, 5)
    waiting_list.offer_out(now=NOON)
    leave(entry)

    (place,) = rights.places(user.patient)
    (offer,) = rights.offers(user.patient)

    assert place["estado"] == "Se retiró"
    assert place["por qué"] == "Salió de la lista"
    assert offer["estado"] == "Retirada"
    assert offer["cuándo"] == bogota(20, 8)


def test_who_closes_the_account_waits_no_more_and_the_time_goes_on():
    user = somebody()
    slot = one_time(bogota(20, 8))
    entry = waits(slot.schedule, user=user)
    waiting_list.offer_out(now=NOON)
    assert offered(entry)
    assert rights.waiting(user.patient, NOON) == 0

    rights.leave(user, NOON)

    entry.refresh_from_db()
    slot.refresh_from_db()
    assert (entry.status, offered(entry), slot.free) == ("left", None, True)
