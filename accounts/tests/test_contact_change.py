"""Another phone or e-mail: password, code to the new one, notice to the old (AUT-16)."""

import pytest
from django.test import Client

from accounts import codes, contacts
from accounts.models import Challenge, ContactDevice, FormerContact
from accounts.tests import walk
from accounts.tests.factories import PASSWORD, ContactDeviceFactory, UserFactory
from portal.audit.models import AuditEvent
from portal.messaging.models import Channel
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
NEW_MAIL, NEW_PHONE = "nueva@example.com", "+573201112233"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa(client):
    user = UserFactory(patient__email="rosa@example.com")
    ContactDeviceFactory(user=user)
    client.force_login(user)
    return user


def ask(client, what="correo", destination=NEW_MAIL, password=PASSWORD):
    return client.post(
        f"/cuenta/cambiar/{what}/", {"destino": destination, "clave": password}
    )


def answer(client, where, code=None):
    code = code or codes.derive(walk.last_challenge())
    return client.post(where.headers["Location"], {"codigo": code})


def reached(user):
    return contacts.account_addresses(user.pk, channels=list(Channel))


def test_the_code_goes_to_the_new_address_and_the_notice_to_both(
    client, rosa, smtp_server
):
    """AUT-16: the whole way."""
    where = ask(client)
    deliver_all(NOON)
    answer(client, where)
    deliver_all(NOON)

    subjects = sorted((mail.to, mail.subject) for mail in smtp_server.messages)
    assert subjects == [
        (NEW_MAIL, "Cambiaron el celular o el correo de su cuenta"),
        (NEW_MAIL, "Su código de la Oficina Virtual"),
        ("rosa@example.com", "Quitaron este correo de su cuenta"),
    ]


def test_from_then_on_the_new_one_is_theirs(client, rosa):
    answer(client, ask(client))

    rosa.patient.refresh_from_db()
    assert reached(rosa) == {Channel.EMAIL: NEW_MAIL}
    assert rosa.patient.email == NEW_MAIL
    assert FormerContact.objects.get().destination == "rosa@example.com"


def test_the_same_code_sent_twice_is_one_change(client, rosa):
    where, code = ask(client), codes.derive(walk.last_challenge())
    answer(client, where, code)

    again = answer(client, where, code)

    assert (again.status_code, again.headers["Location"]) == (302, "/cuenta/")
    assert reached(rosa) == {Channel.EMAIL: NEW_MAIL}
    assert AuditEvent.objects.filter(action="contact.changed").count() == 1


def test_a_used_code_does_not_bring_an_old_address_back(client, rosa):
    """AUT-10."""
    where, code = ask(client), codes.derive(walk.last_challenge())
    answer(client, where, code)
    ContactDevice.objects.filter(user=rosa).update(destination="otra@example.com")

    again = answer(client, where, code)

    assert again.status_code == 422
    assert reached(rosa) == {Channel.EMAIL: "otra@example.com"}


def test_a_phone_is_proved_by_message_and_serves_whatsapp_too(client, rosa):
    answer(client, ask(client, "celular", "320 111 22 33"))

    found = reached(rosa)
    assert found[Channel.SMS] == found[Channel.WHATSAPP] == NEW_PHONE
    assert found[Channel.EMAIL] == "rosa@example.com"


def test_without_the_password_nothing_is_sent(client, rosa):
    """AUT-16: re-authentication."""
    refused = ask(client, password="no es esta")

    assert refused.status_code == 422
    assert Challenge.objects.count() == 0


def test_a_wrong_code_changes_nothing(client, rosa):
    where = ask(client)

    refused = answer(client, where, walk.wrong(walk.last_challenge()))

    assert refused.status_code == 422
    assert "Le quedan 4 intentos." in refused.content.decode()
    assert reached(rosa) == {Channel.EMAIL: "rosa@example.com"}


def test_the_same_address_is_no_change(client, rosa):
    refused = ask(client, destination="rosa@example.com")

    assert refused.context["form"].errors["destino"] == [
        "Ese es el que ya tiene. Escriba el nuevo"
    ]


def test_the_change_belongs_to_the_browser_that_began_it(client, rosa):
    """AUT-10."""
    where = ask(client)
    other = Client()
    other.force_login(rosa)

    assert answer(other, where).status_code == 404


def test_nobody_finishes_another_persons_change(client, rosa):
    """ACC-01."""
    where = ask(client)
    stranger = Client()
    stranger.force_login(UserFactory())

    assert stranger.get(where.headers["Location"]).status_code == 404
    assert answer(stranger, where).status_code == 404


def test_the_other_browsers_are_closed(client, rosa):
    """SES-03: a factor changed."""
    other = Client()
    other.force_login(rosa)
    other.get("/cuenta/")

    answer(client, ask(client))

    assert other.get("/cuenta/").status_code == 302
    assert client.get("/cuenta/").status_code == 200


def test_the_change_is_in_the_trail(client, rosa):
    """LOG-01."""
    answer(client, ask(client))

    event = AuditEvent.objects.get(action="contact.changed")
    assert (event.actor, event.details) == (rosa, {"channel": "email"})


def test_answering_twice_changes_once(client, rosa):
    """AUT-09."""
    where = ask(client)
    code = codes.derive(walk.last_challenge())
    answer(client, where, code)

    answer(client, where, code)

    assert ContactDevice.objects.filter(user=rosa).count() == 1
    assert FormerContact.objects.count() == 1


@pytest.mark.parametrize("what", ["celular", "correo"])
@pytest.mark.parametrize(
    "typed", ["", "x", "601 555 0100", "+1 202 555 0100", "a@b", "3" * 30]
)
def test_what_is_no_address_is_explained(client, rosa, what, typed):
    """AUT-14."""
    assert ask(client, what, typed).status_code == 422


@pytest.mark.parametrize("what", ["direccion", "CELULAR", "0"])
def test_there_is_nothing_else_to_change(client, rosa, what):
    assert client.get(f"/cuenta/cambiar/{what}/").status_code == 404


def test_a_phone_cannot_be_changed_where_no_message_reaches_one(client, rosa, settings):
    settings.TWILIO_ACCOUNT_SID = ""

    assert client.get("/cuenta/cambiar/celular/").status_code == 404
    assert "/cuenta/cambiar/celular/" not in client.get("/cuenta/").content.decode()


def test_the_code_of_one_kind_is_not_the_page_of_the_other(client, rosa):
    where = ask(client).headers["Location"].replace("correo", "celular")

    assert client.get(where).status_code == 404
