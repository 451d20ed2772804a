"""What is said when an appointment is assigned."""

from datetime import UTC, datetime

import pytest
import vobject
from django.conf import settings as django_settings
from django.utils import timezone

from accounts.tests.factories import ContactDeviceFactory
from appointments import booking, notifications
from appointments.models import Appointment
from appointments.notifications import confirmed, pieces
from appointments.tests.network import at, patient_of
from catalog import instructions
from catalog.instructions import Step
from portal.messaging import gsm7
from portal.messaging.models import Channel, OutgoingMessage
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(network):
    user = patient_of(network)
    ContactDeviceFactory(user=user, destination="rosa@example.com")
    ContactDeviceFactory(user=user, channel=Channel.SMS, destination="+573105550178")
    instructions.publish(
        about=network.ultrasound,
        steps=[Step("No coma desde las {hora}.", minutes_before=360)],
        now=timezone.now(),
    )
    (slot,) = network.slots("luis", at(3, 8, 20))
    who = {"patient": user.patient, "by": user, "now": timezone.now()}
    held = booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        agreement=network.eps,
        search="",
        **who,
    )
    booking.read_instructions(appointment_id=held.pk, **who)
    return booking.confirm(appointment_id=held.pk, **who)


def composed(booked, channel):
    message = OutgoingMessage.objects.get(
        kind=notifications.CONFIRMED, subject_ref=str(booked.pk), channel=channel
    )
    return confirmed.compose(message, now=timezone.now())


def test_the_email_says_when_where_with_whom_and_how_to_prepare(booked):
    envelope = composed(booked, Channel.EMAIL)

    assert envelope.to == "rosa@example.com"
    assert envelope.subject.startswith("Cita asignada: ")
    assert envelope.subject.endswith("8:20 a. m.")
    assert len(envelope.subject) <= 60
    for words in (
        "Su cita quedó asignada.",
        "Llegue a las 8:00 a. m.",
        "Sede Suba, Carrera 13 # 56-32, piso 2, Bogotá",
        "Con: Dr. Luis Rincón",
        f"Código: {booked.reference}",
        "No coma desde las 2:20 a. m.",
    ):
        assert words in envelope.text


def test_the_email_of_a_virtual_appointment_says_how_one_enters(booked):
    Appointment.objects.filter(pk=booked.pk).update(modality="virtual")
    said = "Desde diez minutos antes, en la página de su cita aparece el botón para entrar. ¿No le funciona el video? Llame al"

    virtual = composed(booked, Channel.EMAIL).text
    Appointment.objects.filter(pk=booked.pk).update(modality="presencial")

    assert said in " ".join(virtual.replace("\xa0", " ").split())
    assert said not in composed(booked, Channel.EMAIL).text


def test_the_html_says_the_same_and_is_escaped(booked):
    """INJ-02."""
    booked.site.name = "Sede <b>Norte</b>"
    booked.site.save()

    html = composed(booked, Channel.EMAIL).html

    assert "Sede &lt;b&gt;Norte&lt;/b&gt;" in html
    assert booked.reference in html


def test_the_email_brings_the_calendar_file(booked):
    (attached,) = composed(booked, Channel.EMAIL).attachments

    assert (attached.name, attached.mimetype) == (
        "cita.ics",
        "text/calendar; method=REQUEST; charset=utf-8",
    )
    event = vobject.readOne(attached.content.decode()).vevent
    assert event.dtstart.value == booked.start


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_no_message_says_what_it_is_for(booked, channel):
    envelope = composed(booked, channel)

    for word in ("Ecograf", "Radiolog", "881302", "Rosa"):
        assert word not in envelope.text + envelope.subject + envelope.html


def test_the_sms_says_it_in_one_message(booked):
    text = composed(booked, Channel.SMS).text

    assert text.startswith("IPS Guayacan: cita asignada. cita medica, ")
    assert "8:20 a.m., Sede, Cra 13 # 56-32. " in text
    assert f"Codigo {booked.reference}. " in text
    assert gsm7.fits(text)


def test_the_sms_fits_at_its_longest(booked, settings):
    """ux.md §7: {cita} 28, {sede} 12, {dir} 20, {ref} 8, {url} 22."""
    settings.ORGANISATION = {**django_settings.ORGANISATION, "short_url": "citas.gu.co"}
    service = "A" * pieces.SERVICE_LENGTH
    booked.site.sms_name = "Ñ" * 12
    booked.site.address = "Carrera 123 bis # 115-58, local 4"
    booked.start = datetime(2026, 9, 30, 15, 20, tzinfo=UTC)

    text = confirmed.confirmed_sms(booked, service=service, now=timezone.now())

    assert gsm7.fits(text)
    assert "Cra 123 bis # 115-58" in text


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("Carrera 13 # 56-32, piso 2", "Cra 13 # 56-32"),
        ("Avenida Suba # 115-58, local 4", "Av Suba # 115-58"),
        ("Calle 38 Sur # 78M-20", "Cl 38 Sur # 78M-20"),
        ("Avenida Carrera 123 bis # 115-58", ""),
        ("Vereda La Esperanza kilómetro 12", ""),
    ],
)
def test_an_address_is_whole_or_left_out(address, short):
    """A number that was cut is the number of another house."""
    assert pieces.street(address) == short


def test_a_long_host_costs_the_address_and_not_a_second_message(booked, settings):
    settings.ORGANISATION = {
        **django_settings.ORGANISATION,
        "short_url": "citas.hospital-universitario.example.org",
    }
    booked.site.sms_name, service = "Chapinero", "A" * pieces.SERVICE_LENGTH

    text = confirmed.confirmed_sms(booked, service=service, now=timezone.now())

    assert gsm7.fits(text)
    assert "Carrera" not in text
    assert booked.reference in text


def test_where_there_is_no_sms_none_is_promised(booked, settings):
    settings.TWILIO_ACCOUNT_SID = ""

    assert list(notifications.reached(booked.patient)) == [Channel.EMAIL]


def test_the_link_is_a_short_one_to_the_appointment(booked, client):
    url = composed(booked, Channel.SMS).text.rsplit(" ", 1)[1]

    response = client.get(f"/s/{url.rpartition('/')[2]}/")

    assert response["Location"].endswith(f"/citas/{booked.pk}/")


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"version": 2}])
def test_what_no_longer_stands_is_not_announced(booked, change):
    message = OutgoingMessage.objects.filter(kind=notifications.CONFIRMED).first()
    Appointment.objects.filter(pk=booked.pk).update(**change)

    assert confirmed.compose(message, now=timezone.now()) is None


def test_what_is_over_is_not_announced(booked):
    message = OutgoingMessage.objects.filter(kind=notifications.CONFIRMED).first()

    assert confirmed.compose(message, now=booked.end) is None


@pytest.mark.django_db(transaction=True)
def test_both_messages_arrive(booked, smtp_server, twilio_server):
    deliver_all(timezone.now())

    (letter,) = smtp_server.messages
    (text,) = twilio_server.messages
    assert letter.to == ["rosa@example.com"] or letter.to == "rosa@example.com"
    assert "cita asignada" in str(text.text)


def test_an_address_that_nobody_proved_reads_only_when_and_where(booked):
    """Somebody else may be reading: neither the practitioner nor the preparation."""
    booked.patient.user.contactdevice_set.update(confirmed=False, confirmed_at=None)
    booked.procedure.__class__.objects.update(sms_name="Ecografia")

    letter, sms = composed(booked, Channel.EMAIL), composed(booked, Channel.SMS)

    assert "Luis" not in letter.text
    assert "No coma" not in letter.text
    assert booked.reference in letter.text
    assert letter.attachments[0].name == "cita.ics"
    assert sms.text.startswith("IPS Guayacan: cita asignada. cita medica, ")
