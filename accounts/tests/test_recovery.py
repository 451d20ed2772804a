"""Who lost phone and e-mail: the desk's code, a new destination, a new password."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import codes, contacts, recovery, totp
from accounts.errors import NotStaff, RecoveryRefused
from accounts.models import Challenge, RecoveryCode, User
from accounts.tests import walk
from accounts.tests.factories import PASSWORD, ContactDeviceFactory, UserFactory
from accounts.tests.places import HERE
from portal.audit.models import AuditEvent
from portal.messaging.models import Channel
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
NEW = "otra frase bien larga"
NEW_MAIL = "ahora@example.com"


@pytest.fixture(autouse=True)
def noon(settings, time_machine):
    settings.CAPTCHA_TEST_MODE = True
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def rosa():
    user = UserFactory(
        patient__document_number="52123456", patient__email="vieja@example.com"
    )
    ContactDeviceFactory(user=user)
    return user


@pytest.fixture
def desk():
    return UserFactory(staff=True)


def issue(account, by):
    return recovery.issue(account=account, by=by, origin=HERE, now=NOON).code


def open_with(client, code, number="52123456"):
    form = {"tipo": "CC", "numero": number, "codigo": code, "humano_1": "passed"}
    return client.post("/ingresar/sin-celular/", form)


def give_address(client, what="correo", destination=NEW_MAIL):
    return client.post(f"/ingresar/sin-celular/{what}/", {"destino": destination})


def prove(client):
    code = codes.derive(walk.last_challenge())
    return client.post("/ingresar/sin-celular/codigo/", {"codigo": code})


def save(client):
    return client.post("/ingresar/sin-celular/clave/", {"nueva": NEW})


def whole_way(client, code):
    open_with(client, code)
    give_address(client)
    prove(client)
    return save(client)


def test_the_whole_way_gives_the_account_back(client, rosa, desk):
    answer = whole_way(client, issue(rosa, desk))

    rosa.refresh_from_db()
    assert answer.headers["Location"] == "/ingresar/"
    assert rosa.check_password(NEW)
    assert contacts.account_addresses(rosa.pk, channels=list(Channel)) == {
        Channel.EMAIL: NEW_MAIL
    }


def test_it_ends_in_a_normal_sign_in(client, rosa, desk):
    whole_way(client, issue(rosa, desk))

    walk.type_password(client, rosa, clave=NEW)
    client.post("/ingresar/codigo/", {"canal": "email"})
    answer = walk.type_code(client, codes.derive(walk.last_challenge()))

    assert answer.headers["Location"] == "/ingresar/textos/"


def test_a_phone_serves_as_well(client, rosa, desk):
    open_with(client, issue(rosa, desk))
    give_address(client, "celular", "320 111 22 33")
    prove(client)
    save(client)

    rosa.patient.refresh_from_db()
    assert rosa.patient.phone == "+573201112233"


def test_the_lost_addresses_are_told(client, rosa, desk, smtp_server):
    """AUT-16: if it was not the owner, the owner hears of it."""
    whole_way(client, issue(rosa, desk))

    deliver_all(NOON)

    assert "vieja@example.com" in [mail.to for mail in smtp_server.messages]


def test_the_app_and_the_other_browsers_go_too(client, rosa, desk):
    """SES-03."""
    device = totp.begin(user=rosa)
    device.confirmed = True
    device.save()
    theirs = Client()
    theirs.force_login(rosa)
    theirs.get("/cuenta/")

    whole_way(client, issue(rosa, desk))

    assert not totp.is_on(user=rosa)
    assert theirs.get("/cuenta/").status_code == 302


@pytest.mark.parametrize(
    "spelling", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c} "]
)
def test_the_code_is_read_however_it_is_typed(client, rosa, desk, spelling):
    answer = open_with(client, spelling(issue(rosa, desk)))

    assert answer.headers["Location"] == "/ingresar/sin-celular/celular/"


def test_the_code_is_not_in_the_table(rosa, desk):
    """AUT-07."""
    code = issue(rosa, desk)

    row = RecoveryCode.objects.get()
    assert code not in str(vars(row))
    assert code.replace("-", "") not in str(vars(row))


def test_who_handed_it_over_is_written_down(rosa, desk):
    """LOG-01."""
    issue(rosa, desk)

    event = AuditEvent.objects.get(action="recovery.issued")
    assert (event.actor, event.patient_ref) == (desk, rosa.patient.token)


def test_it_serves_once(client, rosa, desk):
    """AUT-09."""
    code = issue(rosa, desk)
    whole_way(client, code)

    assert open_with(Client(), code).status_code == 422


def test_two_browsers_with_one_code_finish_once(client, rosa, desk):
    code, other = issue(rosa, desk), Client()
    for browser, address in ((client, NEW_MAIL), (other, "ladron@example.com")):
        open_with(browser, code)
        give_address(browser, destination=address)
        prove(browser)
    save(client)

    answer = save(other)

    assert answer.headers["Location"] == "/ingresar/sin-celular/"
    assert contacts.account_addresses(rosa.pk, channels=[Channel.EMAIL]) == {
        Channel.EMAIL: NEW_MAIL
    }


def test_it_serves_for_two_hours(client, rosa, desk, time_machine):
    code = issue(rosa, desk)
    time_machine.move_to(NOON + timedelta(hours=2), tick=False)

    assert open_with(client, code).status_code == 422


def test_a_newer_code_voids_the_one_before(client, rosa, desk):
    """AUT-08."""
    former = issue(rosa, desk)
    newer = issue(rosa, desk)

    assert open_with(client, former).status_code == 422
    assert open_with(client, newer).status_code == 302


def test_after_five_wrong_ones_the_right_one_is_void(client, rosa, desk):
    """AUT-11."""
    code = issue(rosa, desk)
    for _ in range(5):
        open_with(client, "2222-2222-2222")

    assert open_with(client, code).status_code == 422


def test_guessing_is_limited_by_document(client):
    """AUT-11: known or not, the answer is the same."""
    answers = [open_with(client, "2222-2222-2222", "99999999") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_another_persons_code_does_not_serve(client, rosa, desk):
    code = issue(UserFactory(patient__document_number="11111111"), desk)

    assert open_with(client, code).status_code == 422


def test_known_and_unknown_documents_get_the_same_answer(rosa, desk):
    """ENU-01."""
    issue(rosa, desk)

    told = [
        list(
            open_with(Client(), "2222-2222-2222", number).context["form"].errors.items()
        )
        for number in ("52123456", "99999999")
    ]

    assert told[0] == told[1]


def test_without_proving_the_new_address_there_is_no_password(client, rosa, desk):
    open_with(client, issue(rosa, desk))
    give_address(client)

    answer = save(client)

    assert answer.headers["Location"] == "/ingresar/sin-celular/"
    assert User.objects.get(pk=rosa.pk).check_password(PASSWORD)


def test_an_address_changed_after_the_proof_is_proved_again(
    client, rosa, desk, time_machine
):
    open_with(client, issue(rosa, desk))
    give_address(client)
    prove(client)
    time_machine.shift(61)
    give_address(client, "celular", "320 111 22 33")

    answer = save(client)

    assert answer.headers["Location"] == "/ingresar/sin-celular/"


@pytest.mark.parametrize(
    "step",
    [
        "/ingresar/sin-celular/correo/",
        "/ingresar/sin-celular/codigo/",
        "/ingresar/sin-celular/clave/",
    ],
)
def test_a_missing_step_goes_to_the_first(client, step):
    assert client.get(step).headers["Location"] == "/ingresar/sin-celular/"
    assert client.post(step).headers["Location"] == "/ingresar/sin-celular/"


def test_staff_hands_over_none_to_itself_nor_to_staff(desk):
    """AUT-19."""
    both = UserFactory(is_staff=True)

    for account, by in ((desk, desk), (both, both), (both, UserFactory())):
        with pytest.raises(NotStaff):
            issue(account, by)


def test_a_deactivated_account_is_not_recovered(rosa, desk):
    code = issue(rosa, desk)
    User.objects.filter(pk=rosa.pk).update(is_active=False)

    with pytest.raises(RecoveryRefused):
        recovery.open_with(
            kind="CC", number="52123456", code=code, origin=HERE, now=NOON
        )


def test_nothing_is_sent_before_the_desk_code(client, rosa):
    open_with(client, "2222-2222-2222")

    assert Challenge.objects.count() == 0
