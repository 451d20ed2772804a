"""The words of the codes and of the notices, as they arrive (ux.md §7)."""

import pytest

from accounts import codes
from accounts.models import Challenge
from accounts.tests.factories import PatientFactory, UserFactory
from portal.messaging import gsm7, kinds
from portal.messaging.models import OutgoingMessage
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings, smtp_server, twilio_server):
    settings.BASE_URL = "https://citas.example.com"


def start(channel, destination, **changes):
    asked = {"account": None, "deliverable": True, "purpose": Challenge.Purpose.SIGN_IN}
    return codes.start(
        **{**asked, **changes},
        binding="this browser",
        channel=channel,
        destination=destination,
        now=NOON,
    )


def test_code_by_sms(twilio_server):
    code = codes.derive(start("sms", "+573105550178"))
    deliver_all(NOON)

    text = twilio_server.messages[0].body
    assert text == (
        f"{code} es su codigo de la Oficina Virtual IPS Guayacan. "
        f"Vence en 10 min. No lo comparta con nadie.\n\n@citas.example.com #{code}"
    )
    assert gsm7.fits(text)


def test_code_by_whatsapp_travels_as_a_variable(twilio_server):
    code = codes.derive(start("whatsapp", "+573105550178"))
    deliver_all(NOON)

    assert twilio_server.messages[0].variables == {"1": code}


def test_code_by_e_mail_is_not_in_the_subject(smtp_server):
    """AUT-15."""
    user = UserFactory(patient=PatientFactory(given_names="Rosa Elena"))
    code = codes.derive(start("email", "rosa@example.com", account=user))
    deliver_all(NOON)

    mail = smtp_server.messages[0]
    assert mail.subject == "Su código de la Oficina Virtual"
    assert mail.text.startswith(
        f"Hola, Rosa Elena:\n\nEscriba este código en la página: {code}\n\n"
        "Sirve hasta las 12:10 p.\N{NO-BREAK SPACE}m.".replace(
            "12:10 p.", "12:10\N{NO-BREAK SPACE}p."
        )
    )
    assert code in mail.html


def test_code_of_a_registration_quotes_no_name(smtp_server):
    """INJ-07: a form that anybody fills in does not write to strangers."""
    start("email", "rosa@example.com", purpose=Challenge.Purpose.REGISTER)
    deliver_all(NOON)

    assert smtp_server.messages[0].text.startswith("Hola:\n")


@pytest.mark.parametrize("change", [{"used_at": NOON}, {"replaced_at": NOON}])
def test_code_that_is_no_longer_good_is_not_sent(change, smtp_server):
    challenge = start("email", "rosa@example.com")
    Challenge.objects.filter(pk=challenge.pk).update(**change)

    deliver_all(NOON)

    assert smtp_server.messages == []
    assert OutgoingMessage.objects.get().state == "dropped"


def test_code_is_not_sent_after_its_ten_minutes(smtp_server):
    challenge = start("email", "rosa@example.com")

    deliver_all(challenge.expires_at)

    assert smtp_server.messages == []


def test_unknown_document_gets_no_message(smtp_server):
    start("email", "rosa@example.com", deliverable=False)
    deliver_all(NOON)

    assert smtp_server.messages == []


def test_codes_go_ahead_and_are_never_repeated():
    kind = kinds.get(codes.KIND)

    assert kind.urgent
    assert kind.on_uncertain is kinds.NEVER


def test_retried_message_carries_the_same_code(smtp_server):
    challenge = start("email", "rosa@example.com")
    smtp_server.faults.fail_next = 1
    deliver_all(NOON)
    deliver_all(NOON.replace(minute=5))

    assert codes.derive(challenge) in smtp_server.messages[0].text
