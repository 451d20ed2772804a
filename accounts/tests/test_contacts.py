"""Where somebody can be reached, and how much of it is shown."""

from datetime import timedelta

import pytest

from accounts import contacts
from accounts.tests.factories import (
    ContactDeviceFactory,
    PatientFactory,
    UserFactory,
)
from portal.messaging.models import Channel
from portal.testing.clock import NOON

PHONE, EMAIL = "+573105550178", "rosaelena@correo.com"


@pytest.mark.parametrize(
    ("channel", "destination", "text", "spoken"),
    [
        ("sms", PHONE, "310 ••• ••78", "terminado en 78"),
        ("whatsapp", PHONE, "310 ••• ••78", "terminado en 78"),
        ("email", EMAIL, "ro••••••@correo.com", "ro••••••@correo.com"),
        ("email", "a@correo.com", "a••••••@correo.com", "a••••••@correo.com"),
    ],
)
def test_masked_shows_enough_to_recognise(channel, destination, text, spoken):
    """ENU-04: the same length, however long it is."""
    assert contacts.masked(channel, destination) == contacts.Masked(text, spoken)


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        (" Rosa@Example.COM ", "rosa@example.com"),
        ("310 555 01 78", PHONE),
        ("(310) 5550178", PHONE),
        ("6015550100", ""),
        ("", ""),
    ],
)
def test_normalised_is_how_two_destinations_compare(spelling, same):
    assert contacts.normalised(spelling) == same


@pytest.mark.django_db
def test_addresses_are_the_confirmed_ones_of_the_account():
    user = ContactDeviceFactory(channel="sms", destination=PHONE).user
    ContactDeviceFactory(
        user=user, channel="email", destination=EMAIL, confirmed_at=None
    )

    found = contacts.addresses(user.patient, channels=list(Channel))

    assert found == {Channel.SMS: PHONE, Channel.WHATSAPP: PHONE}


@pytest.mark.django_db
def test_addresses_of_who_has_no_account_are_what_the_clinic_confirmed():
    known = PatientFactory(phone=PHONE, email="", contact_confirmed_at=NOON)
    unconfirmed = PatientFactory(phone=PHONE)

    assert contacts.addresses(known, channels=[Channel.SMS]) == {Channel.SMS: PHONE}
    assert contacts.addresses(unconfirmed, channels=[Channel.SMS]) == {}


@pytest.mark.django_db
def test_account_is_reached_where_it_confirmed_and_not_where_the_record_says():
    user = UserFactory(patient__phone=PHONE, patient__contact_confirmed_at=NOON)

    assert contacts.addresses(user.patient, channels=[Channel.SMS]) == {}


@pytest.mark.django_db
def test_reach_tells_what_was_proved_from_what_was_only_typed():
    user = ContactDeviceFactory(channel="sms", destination=PHONE).user
    contacts.keep_typed(user_id=user.pk, channel=Channel.EMAIL, destination=EMAIL)

    found = contacts.reach(user.patient, channels=[Channel.SMS, Channel.EMAIL])

    assert found == {
        Channel.SMS: contacts.Reach(PHONE, proved=True),
        Channel.EMAIL: contacts.Reach(EMAIL, proved=False),
    }


@pytest.mark.django_db
def test_proving_again_keeps_the_first_time():
    device = ContactDeviceFactory(confirmed_at=NOON)

    contacts.prove(device, now=NOON + timedelta(days=1))

    device.refresh_from_db()
    assert device.confirmed_at == NOON
