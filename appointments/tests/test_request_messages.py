"""What is said about a request: the words, how long, and to whom how much."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from accounts.tests.factories import ContactDeviceFactory
from appointments import booking, notifications, requests
from appointments.models import Appointment
from appointments.notifications import accepted, asked
from appointments.tests.addresses import ULTRASOUND
from appointments.tests.asking import answer, decide, propose
from appointments.tests.network import at, patient_of
from catalog import version
from portal.messaging import gsm7, kinds
from portal.messaging.models import Channel, OutgoingMessage

pytestmark = pytest.mark.django_db

SEARCH = "convenio=eps-andina&" + "&".join(f"{k}={v}" for k, v in ULTRASOUND.items())


@pytest.fixture
def sent(network):
    """A request with an address and a telephone, both proved, and the longest of names."""
    user = patient_of(network)
    ContactDeviceFactory(user=user, destination="rosa@example.com")
    ContactDeviceFactory(user=user, channel=Channel.SMS, destination="+573105550178")
    network.ultrasound.sms_name = "ecografia abdomen con pelvis"
    network.ultrasound.save()
    schedule = network.schedules["eva"]
    schedule.booking = "request"
    schedule.save()
    site = schedule.site
    site.sms_name = "Chapinero No"
    site.save()
    version.bump()
    slot, *_ = network.slots("eva", at(9, 10, 20), at(9, 12), at(10, 8), at(11, 8))
    who = {"patient": user.patient, "by": user, "now": timezone.now()}
    held = booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        agreement=network.eps,
        search=SEARCH,
        **who,
    )
    booking.read_instructions(appointment_id=held.pk, **who)
    return booking.confirm(appointment_id=held.pk, **who)


def composed(kind, appointment, channel=Channel.EMAIL, *, now=None):
    message = OutgoingMessage.objects.get(
        kind=kind, subject_ref=str(appointment.pk), channel=channel
    )
    return kinds.get(kind).compose(message, now=now or timezone.now())


def plain(text):
    return " ".join(text.replace("\xa0", " ").split())


def told(sent):
    """Each message about this request, by kind: what leads to it and whom it is about."""
    return {
        notifications.REQUESTED: lambda: sent,
        notifications.ACCEPTED: lambda: decide(
            requests.accept, sent, now=timezone.now()
        ),
        notifications.DECLINED: lambda: decide(
            requests.decline, sent, reason="", now=timezone.now()
        ),
        notifications.EXPIRED: lambda: _expire(sent),
        notifications.PROPOSED_TIME: lambda: propose(
            sent, sent.schedule.slots.get(start=at(10, 8)), now=timezone.now()
        ),
        notifications.WITHDRAWN: lambda: answer(
            requests.withdraw, sent, now=timezone.now()
        ),
    }


def _expire(sent):
    requests.expire(now=sent.answer_by)
    return sent


WORDS = {
    notifications.REQUESTED: (
        "Recibimos su solicitud de cita",
        ("Todavía no es una cita. El médico responde antes del", "Ver solicitud"),
        "recibimos su solicitud de",
    ),
    notifications.ACCEPTED: (
        "Cita confirmada: ",
        ("Su cita quedó confirmada.", "Código:", "Con: Dra. Eva Villa"),
        "solicitud aceptada.",
    ),
    notifications.DECLINED: (
        "Escoja otra hora para su cita",
        (
            "El médico no puede atender el ",
            "Estas horas están libres con el mismo médico:",
            "?hora=",
            "Escoger otra hora",
        ),
        "no podemos atenderle",
    ),
    notifications.EXPIRED: (
        "No alcanzamos a responder su solicitud de cita",
        ("Le pedimos disculpas.", "?hora=", "Escoger otra hora"),
        "no alcanzamos a responder",
    ),
    notifications.PROPOSED_TIME: (
        "Le proponemos otra hora para su cita",
        (
            "La sede le propone otra hora:",
            "Se la guardamos hasta el",
            "Ver y responder",
        ),
        "Responda antes de",
    ),
    notifications.WITHDRAWN: (
        "Cancelamos su solicitud de cita",
        ("Como lo pidió, cancelamos su solicitud", "Pedir otra cita"),
        "quedo cancelada su solicitud",
    ),
}


@pytest.mark.parametrize("kind", WORDS)
def test_email(sent, kind):
    about = told(sent)[kind]()
    subject, words, _ = WORDS[kind]

    envelope = composed(kind, about)

    assert envelope.to == "rosa@example.com"
    assert envelope.subject.startswith(subject)
    assert len(envelope.subject) <= 60
    assert "cograf" not in envelope.subject + envelope.text
    for said in words:
        assert said in plain(envelope.text)
    assert bool(envelope.attachments) is (kind == notifications.ACCEPTED)


@pytest.mark.parametrize("kind", WORDS)
def test_sms_fits(sent, kind, settings):
    """With the longest service, site and address that a link can have."""
    settings.ORGANISATION = django_settings.ORGANISATION | {
        "short_url": "citas.co/xxxxx"[: 22 - 10]
    }
    about = told(sent)[kind]()

    text = composed(kind, about, Channel.SMS).text

    assert WORDS[kind][2] in text
    assert text.startswith(django_settings.ORGANISATION["sms_name"])
    assert gsm7.fits(text), (len(text), text)


def test_accepted_by_video_says_so(sent):
    sent.modality = "virtual"

    said = accepted.accepted_sms(sent, service="cita medica", now=timezone.now())

    assert "por videollamada" in said


@pytest.mark.parametrize("kind", WORDS)
def test_nothing_is_said_of_what_changed_meanwhile(sent, kind):
    about = told(sent)[kind]()
    Appointment.objects.filter(pk=about.pk).update(version=9)

    assert composed(kind, about) is None


def test_request_answered_before_its_message_went_is_not_announced(sent):
    decide(requests.accept, sent, now=timezone.now())

    assert composed(notifications.REQUESTED, sent) is None


def test_proposal_that_is_kept_no_longer_is_not_announced(sent):
    kept = told(sent)[notifications.PROPOSED_TIME]()

    late = kept.hold_expires_at + timedelta(seconds=1)

    assert composed(notifications.PROPOSED_TIME, kept, now=late) is None


def test_number_that_nobody_proved_reads_no_service(sent):
    message = OutgoingMessage.objects.filter(channel=Channel.SMS).first()
    to = notifications.addressee(message, sent, now=timezone.now())
    unproved = type(to)(
        type(to.reach)(to.reach.destination, proved=False), for_other=False
    )

    assert asked.called(sent, to).startswith("ecografia")
    assert asked.called(sent, unproved) == "cita medica"


@pytest.mark.parametrize("kind", WORDS)
def test_each_event_is_told_once_by_each_channel(sent, kind):
    about = told(sent)[kind]()
    requests.expire(now=timezone.now())

    found = OutgoingMessage.objects.filter(kind=kind, subject_ref=str(about.pk))

    assert sorted(found.values_list("channel", flat=True)) == ["email", "sms"]
