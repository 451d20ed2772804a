"""Each rule is broken on purpose once, and found."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    PatientFactory,
    UserFactory,
)
from appointments import (
    booking,
    changes,
    invariants,
    notifications,
    reminders,
    requests,
)
from appointments.models import Appointment, AppointmentEvent, Slot, SlotClaim
from appointments.tests import sabotage
from appointments.tests.asking import ask, decide
from appointments.tests.steps import NOON, act, bogota, book, hold, one_time, times
from catalog.tests.factories import PractitionerFactory
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
UNTOLD = "De una cita o una solicitud no hay mensaje"


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


@pytest.fixture
def eva(settings):
    """Somebody whom messages reach."""
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    return ContactDeviceFactory(user=UserFactory()).user


def forget(*kinds):
    OutgoingMessage.objects.filter(kind__in=kinds).delete()


def test_booked_and_never_told(eva):
    book(one_time(), eva)
    assert broken() == []

    OutgoingMessage.objects.all().delete()

    assert broken() == [UNTOLD]


def test_accepted_and_never_told(eva):
    asked = ask(user=eva)
    decide(requests.accept, asked)
    assert broken() == []

    forget(notifications.ACCEPTED)

    assert broken() == [UNTOLD]


def test_asked_for_and_never_told(eva):
    ask(user=eva)
    assert broken() == []

    forget(notifications.REQUESTED)

    assert broken() == [UNTOLD]


def test_moved_and_never_told_of_the_new_hour(eva):
    """What told of the hour before does not count."""
    booked = book(one_time(bogota(10, 8)), eva)
    (slot,) = times(booked.schedule, bogota(11, 8))
    kept = hold(slot, eva, procedure=booked.procedure, replaces=booked)
    act(booking.confirm, kept)
    assert broken() == []

    forget(notifications.MOVED)

    assert broken() == [UNTOLD]


def test_nobody_told_a_guardian(eva):
    """Who has no phone of their own is told by who acts for them."""
    child = PatientFactory()
    acting = GuardianshipFactory(asked_by=eva, dependant=child, relation="other")
    book(one_time(), eva, patient=child)
    assert broken() == []

    OutgoingMessage.objects.all().delete()
    assert broken() == [UNTOLD]

    acting.state = "ended"
    acting.save()
    assert broken() == []


def test_whom_nobody_can_tell_costs_no_question_each():
    """The clinic books by telephone for thousands whose contact it does not know."""
    book(one_time(bogota(6, 8)))
    with CaptureQueriesContext(connection) as one:
        assert broken() == []

    for hour in range(9, 12):
        book(one_time(bogota(6, hour)))
    with CaptureQueriesContext(connection) as four:
        assert broken() == []

    assert len(four) == len(one)


def test_reminders_that_nobody_planned(eva):
    book(one_time(bogota(6, 10)), eva)
    assert broken() == []

    forget(*notifications.REMINDERS.values())

    assert broken() == ["Una cita no tiene sus recordatorios"]
    assert reminders.plan_missing(now=NOON) == 1
    assert broken() == []


def test_an_hour_kept_for_what_stands_no_more():
    user = UserFactory()
    booked = book(one_time(bogota(10, 8)), user)
    (slot,) = times(booked.schedule, bogota(11, 8))
    hold(slot, user, procedure=booked.procedure, replaces=booked)
    act(changes.cancel, booked, reason="")
    assert broken() == []

    kept = Appointment.objects.get(replaces=booked)
    Appointment.objects.filter(pk=kept.pk).update(
        status="held", hold_expires_at=NOON + timedelta(minutes=5)
    )

    assert "Una hora espera por una cita que ya no está en pie" in broken()


def test_a_request_that_no_job_ended():
    asked = ask(bogota(10, 8))
    Appointment.objects.filter(pk=asked.pk).update(answer_by=NOON - timedelta(hours=2))

    assert broken() == ["Una solicitud vencida sigue esperando"]


def test_command_says_that_all_is_well(capsys):
    call_command("verify_invariants")

    assert capsys.readouterr().out == "Las 19 reglas se cumplen.\n"


def test_command_fails_and_says_what(capsys):
    slot = one_time()
    Slot.objects.update(free=False)

    with pytest.raises(CommandError):
        call_command("verify_invariants")

    assert capsys.readouterr().out == (
        f"Una hora no está libre y no es de nadie: 1\n  {slot.pk}\n"
    )
