"""Each rule is broken on purpose once, and found."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, invariants
from appointments.models import Appointment, AppointmentEvent, Slot, SlotClaim
from appointments.tests import sabotage
from appointments.tests.steps import NOON, act, bogota, book, hold, one_time
from catalog.tests.factories import PractitionerFactory
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db


def broken():
    return [violation.rule for violation in invariants.violations(now=NOON)]


@pytest.fixture
def no_walls(monkeypatch):
    """PostgreSQL would not let the fault in."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in sabotage.WALLS:
                cursor.execute(
                    f"ALTER TABLE appointments_appointment DROP CONSTRAINT {name}"
                )


def test_agenda_as_it_should_be():
    user = UserFactory()
    book(one_time(), user)
    act(booking.release, hold(one_time(bogota(4, 8)), user))

    assert broken() == []


@pytest.mark.usefixtures("no_walls")
def test_patient_in_two_places():
    one, other = book(one_time()), book(one_time())
    Appointment.objects.filter(pk=other.pk).update(patient=one.patient)

    assert broken() == ["Un paciente está en dos citas a la vez"]


@pytest.mark.usefixtures("no_walls")
def test_practitioner_in_two_places():
    one, other = book(one_time()), book(one_time())
    Appointment.objects.filter(pk=other.pk).update(practitioner=one.practitioner)

    assert broken() == ["Un profesional atiende dos citas a la vez"]


def test_one_after_the_other_is_not_two_places():
    both = PractitionerFactory()
    book(one_time(bogota(3, 8), practitioner=both))
    book(one_time(bogota(3, 8, 20), practitioner=both))

    assert broken() == []


def test_live_appointment_without_its_slot():
    book(one_time())
    SlotClaim.objects.all().delete()

    assert broken() == [
        "Una cita viva no tiene su hora",
        "Una hora no está libre y no es de nadie",
    ]


def test_claim_of_an_appointment_that_is_over():
    booked = book(one_time())
    Appointment.objects.update(status="cancelled")
    AppointmentEvent.objects.create(
        appointment=booked, from_status="booked", to_status="cancelled", at=NOON
    )

    assert broken() == ["Una hora es de una cita que ya no vive"]


def test_claim_on_another_time():
    booked = book(one_time())
    Appointment.objects.update(
        start=booked.start + timedelta(days=1), end=booked.end + timedelta(days=1)
    )

    assert broken() == ["Una hora no es la de su cita"]


def test_free_slot_that_is_somebodys():
    book(one_time())
    Slot.objects.update(free=True)

    assert broken() == ["Una hora está libre y es de una cita"]


def test_slot_that_nobody_will_be_offered():
    one_time()
    Slot.objects.update(free=False)

    assert broken() == ["Una hora no está libre y no es de nadie"]


def test_practitioner_published_at_two_places():
    both = PractitionerFactory()
    one_time(bogota(3, 8), practitioner=both)
    one_time(bogota(3, 8, 10), practitioner=both)

    assert broken() == ["Un profesional está publicado en dos sitios a la vez"]


def test_state_that_no_event_tells():
    booked = book(one_time())
    booked.events.filter(to_status="booked").delete()

    assert "El estado de una cita no está en su historia" in broken()


def test_history_with_a_jump():
    booked = book(one_time())
    booked.events.filter(to_status="held").delete()

    assert broken() == ["La historia de una cita tiene un salto"]


def test_booked_and_never_told(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    user = UserFactory()
    ContactDeviceFactory(user=user)
    book(one_time(), user)
    assert broken() == []

    OutgoingMessage.objects.all().delete()

    assert broken() == ["De una cita confirmada no hay mensaje"]


def test_command_says_that_all_is_well(capsys):
    call_command("verify_invariants")

    assert capsys.readouterr().out == "Las 11 reglas se cumplen.\n"


def test_command_fails_and_says_what(capsys):
    slot = one_time()
    Slot.objects.update(free=False)

    with pytest.raises(CommandError):
        call_command("verify_invariants")

    assert capsys.readouterr().out == (
        f"Una hora no está libre y no es de nadie: 1\n  {slot.pk}\n"
    )
