"""Staff: invited once, with password and app from the first day."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import staff
from accounts.errors import NotStaff
from accounts.models import User
from accounts.tests import at_the_desk
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.places import HERE
from catalog.tests.factories import SiteFactory
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


def create(*options):
    out = StringIO()
    call_command("create_staff", "ana.pena", "Ana Peña", *options, stdout=out)
    return "/personal/" + out.getvalue().strip().split("/personal/")[1]


def activate(client, path, **changes):
    client.get(path)
    user = User.objects.get(username="ana.pena")
    form = {"nueva": PASSWORD, "codigo": at_the_desk.app_code(user)}
    return client.post(path, {**form, **changes})


def test_the_command_makes_an_account_that_nobody_can_enter_yet():
    """AUT-18, AUT-19: no default password."""
    site = SiteFactory()
    create("--role", "Recepción", "--site", site.code)

    user = User.objects.get(username="ana.pena")
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert not user.has_usable_password()
    assert list(user.sites.all()) == [site]
    assert user.has_perm("accounts.change_patient")
    assert not user.has_perm("accounts.change_user")


def test_the_link_gives_password_app_and_backup_codes(client):
    answer = activate(client, create())

    assert len(answer.context["codes"]) == 10
    user = User.objects.get(username="ana.pena")
    assert user.check_password(PASSWORD)


def test_after_activating_one_enters_with_a_backup_code(client):
    codes = activate(client, create()).context["codes"]
    user = User.objects.get(username="ana.pena")

    at_the_desk.enter(client, user, code=codes[0])

    assert client.get("/admin/").status_code == 200


def test_the_link_serves_once(client):
    path = create()
    activate(client, path)

    assert client.get(path).status_code == 404


def test_the_link_lasts_a_day(client, time_machine):
    time_machine.move_to(NOON, tick=False)
    path = create()
    time_machine.move_to(NOON + timedelta(days=1, seconds=1), tick=False)

    assert client.get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "eyJ:1:abc", "%00", "a" * 400])
def test_an_invented_link_is_nothing(client, token):
    assert client.get(f"/personal/activar/{token}/").status_code in (400, 404)


@pytest.mark.parametrize(
    ("field", "value"), [("codigo", "000000"), ("nueva", "1234567890"), ("nueva", "x")]
)
def test_a_weak_password_or_a_wrong_code_activates_nothing(client, field, value):
    """AUT-02, AUT-17."""
    answer = activate(client, create(), **{field: value})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not User.objects.get(username="ana.pena").has_usable_password()


def test_inviting_again_takes_password_and_app_away(client):
    activate(client, create())
    user = User.objects.get(username="ana.pena")
    theirs = Client()
    theirs.force_login(user)
    theirs.get("/legal/terminos/")

    path = staff.invite_again(
        user=user, by=UserFactory(staff=True), origin=HERE, now=NOON
    )

    user.refresh_from_db()
    assert not user.has_usable_password()
    assert client.get(path).status_code == 200
    assert AuditEvent.objects.filter(action="staff.invited").count() == 1


def test_a_newer_link_voids_the_one_before(client):
    former = create()
    user = User.objects.get(username="ana.pena")
    staff.invite_again(user=user, by=UserFactory(staff=True), origin=HERE, now=NOON)

    assert client.get(former).status_code == 404


def test_patients_are_not_invited():
    with pytest.raises(NotStaff):
        staff.invite_again(
            user=UserFactory(), by=UserFactory(staff=True), origin=HERE, now=NOON
        )


@pytest.mark.parametrize(
    "arguments",
    [("CC:52123456", "x"), ("ana.pena", "otra"), ("nueva", "x", "--site", "nada")],
)
def test_the_command_refuses_what_it_cannot_do(arguments):
    create()

    with pytest.raises(CommandError):
        call_command("create_staff", *arguments)


@pytest.mark.parametrize("role", sorted(staff.ROLES))
def test_every_permission_of_a_role_exists(role):
    """A name that was misspelt would give nothing and say nothing."""
    user = staff.create(username="alguien", name="A", roles=[role], sites=[], now=NOON)

    assert user.get_group_permissions() == set(staff.ROLES[role])
