"""What is told when an appointment is cancelled or gets another hour."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, changes, notifications
from appointments.models import Appointment
from appointments.notifications import ended, moved
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, act, bogota, book, hold, times
from catalog.tests.factories import ProcedureFactory, SiteFactory
from portal.messaging import gsm7, kinds
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
START = bogota(10, 8)


@pytest.fixture
def booked():
    user = ContactDeviceFactory(user=UserFactory()).user
    ContactDeviceFactory(
        user=user, name="Celular", channel="sms", destination="+573104567878"
    )
    schedule = ScheduleFactory(
        procedure=ProcedureFactory(
            name="Endoscopia", sms_name="Endoscopia diagnostica alta"
        ),
        site=SiteFactory(
            name="Sede Fontibón",
            sms_name="Sede Fontibo",
            address="Carrera 100 # 20-30A, piso 2",
            phone="601 555 0101 ext. 1234",
        ),
    )
    slots = times(schedule, START, START + timedelta(days=1))
    return book(slots[0], user)


def written(kind, channel):
    """The message as it goes out."""
    row = OutgoingMessage.objects.get(kind=kind, channel=channel)
    return kinds.get(kind).compose(row, now=NOON)


def ics_of(envelope):
    (attached,) = envelope.attachments
    calendar = Calendar.from_ical(attached.content)
    return str(calendar["method"]), calendar.events[0], attached.mimetype


def cancel(appointment):
    return act(changes.cancel, appointment, reason="")


def cancel_by_clinic(appointment):
    chief = UserFactory(username="jefa", patient=None, is_staff=True, is_superuser=True)
    return changes.cancel_by_clinic(
        appointment_id=appointment.pk, by=chief, reason="Enfermedad", now=NOON
    )


def move(appointment):
    kept = hold(
        appointment.schedule.slots.get(start=START + timedelta(days=1)),
        appointment.booked_by,
        replaces=appointment,
    )
    return act(booking.confirm, kept)


def test_cancelled_as_asked(booked):
    cancel(booked)

    sent = written(notifications.CANCELLED, "email")

    assert sent.subject == "Cancelamos su cita del martes 10 de marzo"
    assert "Como lo pidió, cancelamos su cita del martes 10 de marzo" in sent.text
    assert "otra persona usará esa hora" in sent.text
    method, event, mimetype = ics_of(sent)
    assert method == "CANCEL"
    assert "CANCEL" in mimetype
    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)


def test_cancelled_by_the_clinic_asks_for_pardon_and_leads_on(booked):
    cancel_by_clinic(booked)

    sent = written(notifications.CANCELLED_BY_CLINIC, "email")

    assert sent.subject == "Debemos cambiar su cita del martes 10 de marzo"
    assert "Le pedimos disculpas" in sent.text
    assert f"nueva/agenda/?{booked.search}" in sent.text
    assert "Enfermedad" not in sent.text
    assert ics_of(sent)[0] == "CANCEL"


def test_moved_says_before_and_after(booked):
    move(booked)

    sent = written(notifications.MOVED, "email")

    assert sent.subject == "Su cita cambió: ahora es el miércoles 11, 8:00 a. m."
    assert "Antes: martes 10 de marzo de 2026, 8:00 a. m." in sent.text
    assert "Ahora: miércoles 11 de marzo de 2026, 8:00 a. m." in sent.text
    method, event, _ = ics_of(sent)
    assert (method, event["sequence"]) == ("REQUEST", 2)
    assert event["dtstart"].dt == START + timedelta(days=1)


@pytest.mark.parametrize(
    ("do", "kind"),
    [
        (cancel, notifications.CANCELLED),
        (cancel_by_clinic, notifications.CANCELLED_BY_CLINIC),
        (move, notifications.MOVED),
    ],
)
def test_no_subject_says_why_or_which_service(booked, do, kind):
    """NOT-01: a subject is read over the shoulder."""
    do(booked)
    sent = written(kind, "email")

    assert len(sent.subject) <= 60
    assert "ndoscopia" not in sent.subject + sent.text


@pytest.mark.parametrize(
    ("do", "write"),
    [
        (cancel, ended.as_asked_sms),
        (cancel_by_clinic, ended.by_clinic_sms),
        (move, moved.moved_sms),
    ],
)
def test_a_text_message_is_one_at_its_longest(booked, do, write, settings):
    settings.ORGANISATION = {**settings.ORGANISATION, "short_url": "citas.guayacan.co"}
    do(booked)
    longest = START.replace(hour=12, minute=50) + timedelta(days=8 * 30)
    Appointment.objects.filter(pk=booked.pk).update(
        start=longest, end=longest + timedelta(minutes=20)
    )
    appointment = Appointment.objects.for_page().get(pk=booked.pk)

    text = write(appointment, service="Endoscopia diagnostica alta", now=NOON)

    assert gsm7.fits(text)


def test_what_changed_once_more_is_not_told_as_it_was(booked):
    move(booked)
    cancel(Appointment.objects.get(pk=booked.pk))

    assert written(notifications.MOVED, "sms") is None
    assert written(notifications.CANCELLED, "sms") is not None
    assert written(notifications.CONFIRMED, "sms") is None
