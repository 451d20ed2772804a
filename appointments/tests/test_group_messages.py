"""One message for several appointments: to each who is told of any, only what concerns them."""

from datetime import timedelta

import pytest
import vobject
from django.conf import settings as django_settings
from django.utils import timezone

from accounts.models import ContactDevice, Guardianship
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
)
from appointments import changes, notifications, requests
from appointments.models import Appointment, Schedule
from appointments.notifications import group_confirmed
from appointments.tests.asking import decide
from appointments.tests.network import at
from appointments.tests.together import confirmed, url
from catalog import instructions, version
from catalog.instructions import Step
from portal.messaging import gsm7, kinds
from portal.messaging.models import Channel, OutgoingMessage
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
Status = Appointment.Status
MOTHER, PHONE = "rosa@example.com", "+573105550178"
SON = "mateo@example.com"
NAMES = ("luis", "ana", "general")
# What a subject or a text message says nothing of.
CLINICAL = ("ecografía", "cardiolog", "medicina", "abdomen", "consulta")


@pytest.fixture
def mother(paciente):
    ContactDeviceFactory(user=paciente, destination=MOTHER)
    ContactDeviceFactory(user=paciente, channel=Channel.SMS, destination=PHONE)
    return paciente


@pytest.fixture
def son(mother, network):
    """Nobody's account: he is told by his mother."""
    found = GuardianshipFactory(asked_by=mother).dependant
    CoverageFactory(patient=found, agreement=network.eps)
    return found


def by_request(network, *names):
    for name in names:
        Schedule.objects.filter(pk=network.schedules[name].pk).update(booking="request")
    version.bump()


def message_of(group, person, channel=Channel.EMAIL):
    return OutgoingMessage.objects.get(
        kind=notifications.GROUP_CONFIRMED,
        event=f"{notifications.GROUP_CONFIRMED}:{group.pk}",
        recipient_ref=str(person.pk),
        channel=channel,
    )


def composed(group, person, channel=Channel.EMAIL, *, now=None):
    compose = kinds.get(notifications.GROUP_CONFIRMED).compose
    return compose(message_of(group, person, channel), now=now or timezone.now())


def rows(group):
    return list(group.appointments.order_by("start"))


def test_one_message_for_all(mother, network):
    confirmed(mother, network)

    told = OutgoingMessage.objects.filter(due_at__lte=timezone.now())

    assert sorted(told.values_list("kind", "channel")) == [
        (notifications.GROUP_CONFIRMED, Channel.EMAIL),
        (notifications.GROUP_CONFIRMED, Channel.SMS),
    ]


def test_email_says_each_and_brings_a_calendar_file_for_each(mother, network):
    group = confirmed(mother, network)

    envelope = composed(group, mother.patient)

    assert envelope.to == MOTHER
    assert envelope.text.startswith("Sus 3 citas quedaron asignadas.")
    assert [one.name for one in envelope.attachments] == [
        "cita-1.ics",
        "cita-2.ics",
        "cita-3.ics",
    ]
    found = [
        vobject.readOne(one.content.decode()).vevent.uid.value
        for one in envelope.attachments
    ]
    assert found == [str(one.pk) for one in rows(group)]
    for one, file in zip(rows(group), envelope.attachments, strict=True):
        assert f"Código: {one.reference}" in envelope.text
        assert file.mimetype == "text/calendar; method=REQUEST; charset=utf-8"
        assert b"METHOD:REQUEST" in file.content


def test_email_has_how_to_prepare_for_each(mother, network):
    instructions.publish(
        about=network.ultrasound,
        steps=[Step("No coma desde las {hora}.", minutes_before=360)],
        now=timezone.now(),
    )

    envelope = composed(confirmed(mother, network), mother.patient)

    assert "- No coma desde las 2:00 a. m." in envelope.text


@pytest.mark.parametrize(
    ("asked", "subject", "said"),
    [
        ((), "3 citas asignadas: ", "Sus 3 citas quedaron asignadas."),
        (
            ("ana",),
            "2 citas asignadas: ",
            "2 citas quedaron asignadas y 1 la revisa la sede antes de asignarla.",
        ),
        (
            ("ana", "general"),
            "Cita asignada: ",
            "1 cita quedó asignada y 2 las revisa la sede antes de asignarlas.",
        ),
        (
            NAMES,
            "Recibimos sus solicitudes de cita",
            "Recibimos lo que pidió. Todavía no es una cita: la sede debe aceptarlo.",
        ),
    ],
    ids=["all", "one asked", "two asked", "all asked"],
)
def test_what_waits_for_the_clinic_is_no_appointment(
    mother, network, asked, subject, said
):
    by_request(network, *asked)
    group = confirmed(mother, network)

    envelope = composed(group, mother.patient)

    assert envelope.subject.startswith(subject)
    assert envelope.text.startswith(said)
    assert len(envelope.attachments) == 3 - len(asked)
    assert envelope.text.count("Todavía no es una cita. La sede responde antes") == len(
        asked
    )


def test_subject_fits_and_says_nothing_clinical(mother, network):
    group = confirmed(mother, network)

    subject = composed(group, mother.patient).subject

    assert len(subject) <= 60
    assert not any(word in subject.lower() for word in CLINICAL)


def test_longest_subject_fits():
    """Six of them, on the day with the longest name at the longest hour."""
    longest = [Appointment(start=at(0, 10, 20)) for _ in range(6)]
    for day in range(365):
        for one in longest:
            one.start = at(day, 10, 20)
        found = group_confirmed.Concerned(None, "", tuple(longest), ())
        assert len(group_confirmed.subject(found)) <= 60


@pytest.mark.parametrize("asked", [(), ("ana",), NAMES], ids=["none", "one", "all"])
def test_sms_is_one_and_says_nothing_clinical(mother, network, asked):
    by_request(network, *asked)
    site = network.suba
    site.sms_name = "Chapinero No"
    site.save()
    version.bump()
    group = confirmed(mother, network)

    envelope = composed(group, mother.patient, Channel.SMS)

    assert gsm7.fits(envelope.text)
    assert len(envelope.text) <= 160
    assert envelope.text.startswith(django_settings.ORGANISATION["sms_name"])
    assert not any(word in envelope.text.lower() for word in CLINICAL)
    assert not any(one.reference in envelope.text for one in rows(group))


def test_sms_of_six_fits(mother, network):
    names = ("luis", "ana", "general", "eva", "luis", "general")
    group = confirmed(mother, network, names=names)

    text = composed(group, mother.patient, Channel.SMS).text

    assert "6 citas asignadas. La primera: " in text
    assert gsm7.fits(text)


def test_each_is_told_of_their_own(mother, network, son):
    """The mother asks for herself, for her small son, and for her grown son with an account."""
    grown = GuardianshipFactory(asked_by=mother).dependant
    CoverageFactory(patient=grown, agreement=network.eps)
    his = ContactDeviceFactory(user__patient=grown, destination=SON)
    assert his.user.patient_id == grown.pk

    group = confirmed(mother, network, patients=(mother.patient, son, grown))

    hers, grown_sons = composed(group, mother.patient), composed(group, grown)
    first, second, third = rows(group)
    assert f"Código: {first.reference}" in hers.text
    assert f"Código: {second.reference}" in hers.text
    assert f"Para: {son.given_names}" in hers.text
    assert grown_sons.to == SON
    assert f"Código: {third.reference}" in grown_sons.text
    for private in (first.reference, second.reference, son.given_names):
        assert private not in grown_sons.text
    assert len(grown_sons.attachments) == 1
    assert grown_sons.subject.startswith("Cita asignada: ")


def test_guardian_who_is_none_any_more_hears_of_the_rest(mother, network, son):
    group = confirmed(
        mother, network, names=("ana", "general"), patients=(mother.patient, son)
    )
    Guardianship.objects.filter(dependant=son).delete()

    envelope = composed(group, mother.patient)

    assert son.given_names not in envelope.text
    assert len(envelope.attachments) == 1


def test_address_that_nobody_proved_reads_when_and_where(mother, network):
    ContactDevice.objects.filter(user=mother).update(confirmed_at=None)
    group = confirmed(mother, network)

    envelope = composed(group, mother.patient)

    assert "Con: " not in envelope.text
    assert "Dónde: Sede Suba" in envelope.text


def test_what_ended_before_it_went_is_left_out(mother, network):
    group = confirmed(mother, network)
    one, *rest = rows(group)
    changes.cancel(
        appointment_id=one.pk,
        patient=one.patient,
        by=mother,
        reason="",
        now=timezone.now(),
    )

    envelope = composed(group, mother.patient)

    assert one.reference not in envelope.text
    assert len(envelope.attachments) == len(rest)


def test_nothing_is_said_of_what_ended_whole(mother, network):
    group = confirmed(mother, network)
    group.appointments.update(status=Status.CANCELLED)

    assert composed(group, mother.patient) is None


def test_request_accepted_before_it_went_is_an_appointment(mother, network):
    """Its answer goes by itself; what was asked for together is still told."""
    by_request(network, "ana")
    group = confirmed(mother, network)
    asked = group.appointments.get(status=Status.PROPOSED)
    decide(requests.accept, asked, now=timezone.now())

    assert len(composed(group, mother.patient).attachments) == 3


def test_nothing_is_said_when_all_is_over(mother, network):
    group = confirmed(mother, network)

    assert (
        composed(group, mother.patient, now=timezone.now() + timedelta(days=9)) is None
    )


def test_it_is_delivered(mother, network, mailoutbox):
    confirmed(mother, network)

    deliver_all(now=timezone.now())

    sent = [one for one in mailoutbox if one.to == [MOTHER]]
    assert len(sent) == 1
    assert len(sent[0].attachments) == 3


def test_its_link_leads_to_the_voucher(mother, network):
    group = confirmed(mother, network)

    assert url("voucher", group) in composed(group, mother.patient).text
