"""What is said about an offer: the words, how long, to whom how much, and when not at all."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ContactDeviceFactory
from appointments import notifications, offer_links, waiting_list, waiting_order
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.notifications import offered
from appointments.tests.network import at
from appointments.tests.steps import book
from appointments.tests.test_offer_answers import offer_to
from catalog import version
from portal.messaging import gsm7, kinds
from portal.messaging.models import Channel, OutgoingMessage, ShortLink

pytestmark = pytest.mark.django_db
CLINICAL = ("ecograf", "radiolog", "abdomen", "cardiolog")


@pytest.fixture
def rosa(paciente, network):
    """With an address and a telephone, both proved, and the longest of names around."""
    ContactDeviceFactory(user=paciente, destination="rosa@example.com")
    phone = "+573105550178"
    ContactDeviceFactory(user=paciente, channel=Channel.SMS, destination=phone)
    network.ultrasound.sms_name = "ecografia abdomen con pelvis"
    network.ultrasound.save()
    site = network.schedules["luis"].site
    site.sms_name = "Chapinero No"
    site.save()
    version.bump()
    return paciente


@pytest.fixture
def offer(rosa, network):
    return offer_to(rosa, network, start=at(12, 10, 20))


def morning(offer):
    """The first moment at which they can be told."""
    now = timezone.localtime()
    return max(waiting_order.first_told(now=now, may_wake=False), offer.offered_at)


def composed(offer, channel=Channel.EMAIL, kind=notifications.OFFERED, now=None):
    message = OutgoingMessage.objects.get(
        kind=kind, subject_ref=str(offer.pk), channel=channel
    )
    return kinds.get(kind).compose(message, now=now or morning(offer))


def test_the_text_message_fits_at_its_longest(offer):

    text = composed(offer, Channel.SMS).text

    assert gsm7.fits(text)
    assert len(text) <= 160
    assert text.startswith(django_settings.ORGANISATION["sms_name"])
    assert "Acepte antes de" in text
    assert "/s/" in text


@pytest.mark.parametrize("days", [4, 12, 30])
@pytest.mark.parametrize("name", ["eco", "ecografia abdomen con pelvis"])
def test_every_text_message_is_one(rosa, network, days, name):
    network.ultrasound.sms_name = name
    network.ultrasound.save()
    version.bump()
    made = offer_to(rosa, network, start=at(days, 10, 20))

    text = composed(made, Channel.SMS).text

    assert gsm7.fits(text)
    assert len(text) <= 160


def test_the_short_link_leads_to_the_answer(offer, rosa):
    composed(offer, Channel.SMS)

    answer = offer_links.path(offer, rosa.patient)
    assert ShortLink.objects.filter(path=answer).exists()


def test_the_subject_is_short_and_says_nothing_clinical(offer):
    subject = composed(offer).subject

    assert subject.startswith("Se liberó una cita")
    assert len(subject) <= 60
    assert not any(word in subject.lower() for word in CLINICAL)
    assert "\xa0" not in subject


@pytest.mark.parametrize("hours", [1, 10, 30, 100])
def test_every_subject_is_short(offer, hours):
    now = morning(offer)
    offer.expires_at = now + timedelta(hours=hours)

    assert len(offered._subject(offer, now)) <= 60


def test_the_e_mail_has_both_answers_behind_one_signed_link(offer, rosa, client):
    letter = composed(offer)

    path = offer_links.path(offer, rosa.patient)
    assert path in letter.text
    assert "No me sirve" in letter.text
    assert offered.GOES_ON in letter.text
    assert "Prepárese así" in letter.text
    (url, *_) = re.findall(r"https?://\S+/citas/o/\S+", letter.text)
    page = client.get(urlsplit(url).path)
    assert page.status_code == 200
    assert 'id="no"' in page.content.decode()


def test_a_swap_says_before_and_now(rosa, network):
    (late,) = network.slots("luis", at(30, 8))
    later = book(late, rosa, agreement=network.eps, now=timezone.now())
    made = offer_to(rosa, network, instead_of=later, last_day=at(30, 0).date())

    text = composed(made).text

    assert "Antes: " in text
    assert "Ahora: " in text
    assert "Nunca le quedan dos" in text


def test_nobody_answers_from_a_destination_that_nobody_proved(offer, monkeypatch):
    """They get no signed link: they sign in."""
    real = offered.addressee

    def unproved(message, held, *, now):
        to = real(message, held, now=now)
        object.__setattr__(to.reach, "proved", False)
        return to

    monkeypatch.setattr(offered, "addressee", unproved)

    text = composed(offer).text

    assert "/citas/o/" not in text
    assert reverse("appointments:waiting_entry", args=[offer.entry_id]) in text
    assert not any(word in text.lower() for word in CLINICAL)


@pytest.mark.parametrize(
    "end", ["accepted", "declined", "expired", "withdrawn", "over", "let_go"]
)
def test_nothing_is_sent_when_the_offer_is_over(offer, end):
    now = morning(offer)
    if end == "over":
        Offer.objects.filter(pk=offer.pk).update(expires_at=now)
    elif end == "let_go":
        held = Appointment.objects.filter(pk=offer.appointment_id)
        held.update(status="lapsed", hold_expires_at=None)
    else:
        Offer.objects.filter(pk=offer.pk).update(status=end, answered_at=now)

    assert composed(offer, now=now) is None


@pytest.fixture
def expired(offer):
    now = offer.expires_at + timedelta(seconds=1)
    waiting_list.expire(now=now)
    offer.refresh_from_db()
    assert offer.status == "expired"
    return offer


def told_at(offer):
    local = timezone.localtime(offer.expires_at + timedelta(minutes=1))
    return waiting_order.first_told(now=local, may_wake=False)


def test_one_that_ran_out_says_that_they_stay(expired):
    kind = notifications.OFFER_EXPIRED
    letter = composed(expired, kind=kind, now=told_at(expired))

    assert letter.subject == "La hora que le ofrecimos ya se asignó"
    assert "sigue en la lista de espera" in letter.text
    message = OutgoingMessage.objects.filter(kind=kind, channel=Channel.SMS).first()
    text = kinds.get(kind).compose(message, now=told_at(expired)).text
    assert gsm7.fits(text)
    assert len(text) <= 160


def test_nothing_is_said_to_who_waits_no_more(expired):
    WaitingListEntry.objects.update(status="left", ended_at=timezone.now())

    kind = notifications.OFFER_EXPIRED
    assert composed(expired, kind=kind, now=told_at(expired)) is None
