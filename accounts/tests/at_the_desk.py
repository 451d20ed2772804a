"""Staff in the tests: how they enter the admin."""

from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import staff
from accounts.models import User
from accounts.tests.factories import PASSWORD


def member(*, role: str = "Recepción", **fields: Any) -> User:
    """Somebody of the staff with a password and an app."""
    user = staff.create(
        username=fields.pop("username", "ana.pena"),
        name="Ana Peña",
        roles=[role],
        sites=[],
        now=timezone.now(),
    )
    user.set_password(PASSWORD)
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    return user


def chief() -> User:
    return member(username="jefa", is_superuser=True)


def app_code(user: User) -> str:
    """What the app of this person shows now."""
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    return f"{totp.token():06d}"


def enter(client: Client, user: User, **changes: str) -> Any:
    form = {"username": user.username, "password": PASSWORD, "code": app_code(user)}
    return client.post("/admin/login/?next=/admin/", {**form, **changes})
