"""What the owner is told when something about the account changed."""

from datetime import timedelta

import pytest

from accounts import notices
from accounts.models import FormerContact
from accounts.tests.factories import ContactDeviceFactory, UserFactory
from portal.messaging import gsm7
from portal.messaging.models import Channel, OutgoingMessage
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
TELL = {
    "password": notices.password_changed,
    "contact": notices.contact_changed,
    "factor": notices.factor_changed,
}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa():
    user = UserFactory(patient__email="rosa@example.com")
    ContactDeviceFactory(user=user)
    ContactDeviceFactory(user=user, channel=Channel.SMS, destination="+573105550178")
    return user


def test_the_words_of_a_changed_password(rosa, smtp_server, twilio_server):
    """ux.md §7."""
    notices.password_changed(user=rosa, now=NOON)

    deliver_all(NOON)

    assert [message.text for message in twilio_server.messages] == [
        "IPS Guayacan: cambiaron su contraseña hoy 12 m. "
        "Si no fue usted, llame ya al 601 555 0100."
    ]
    (mail,) = smtp_server.messages
    assert mail.subject == "Cambiaron su contraseña"
    assert "Fue hoy a las 12\xa0m.\n" in mail.text
    assert "Si no fue usted, llame ya al 601 555 0100." in mail.text


@pytest.mark.parametrize("what", TELL)
def test_a_text_message_is_one_message(rosa, what, twilio_server, smtp_server):
    """GSM-7 and 160 characters."""
    TELL[what](user=rosa, now=NOON)

    deliver_all(NOON + timedelta(hours=13))

    (message,) = twilio_server.messages
    assert gsm7.fits(message.text)
    assert "el lun 23 nov 12 m." in message.text


def test_what_was_taken_off_is_told_where_it_was(rosa, smtp_server):
    """AUT-16."""
    former = FormerContact.objects.create(
        user=rosa, channel="email", destination="vieja@example.com", until=NOON
    )
    notices.contact_taken_off(former=former, now=NOON)

    deliver_all(NOON)

    (mail,) = smtp_server.messages
    assert (mail.to, mail.subject) == (
        "vieja@example.com",
        "Quitaron este correo de su cuenta",
    )


def test_no_name_and_no_document_go_out(rosa, smtp_server, twilio_server):
    """PRV-10, NOT-14."""
    notices.password_changed(user=rosa, now=NOON)

    deliver_all(NOON)

    texts = [smtp_server.messages[0].text, twilio_server.messages[0].text]
    assert not any(
        secret in text
        for text in texts
        for secret in ("Rosa", rosa.patient.document_number)
    )


def test_who_has_no_such_channel_is_not_told_by_it(smtp_server, twilio_server):
    user = UserFactory()
    ContactDeviceFactory(user=user)
    notices.password_changed(user=user, now=NOON)

    deliver_all(NOON)

    assert len(smtp_server.messages) == 1
    assert twilio_server.messages == []


def test_old_news_are_not_sent(rosa, smtp_server):
    notices.password_changed(user=rosa, now=NOON)

    deliver_all(NOON + notices.WORTH_SAYING)

    assert smtp_server.messages == []
    assert OutgoingMessage.objects.filter(state="dropped").exists()
