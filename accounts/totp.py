"""The authenticator app: the stronger second factor (AUT-17; offered to patients too)."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import notices, sessions
from accounts.errors import CodeWrong, FactorAlreadyOn
from accounts.models import User
from portal.audit import trail
from portal.audit.origin import Origin

BACKUP_CODES, BACKUP_DIGITS = 10, 10


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the person copies into the app, by camera, by link or by hand."""

    key: str
    link: str
    picture: str


def is_on(*, user: User) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


@transaction.atomic
def begin(*, user: User) -> TOTPDevice:
    """The device that waits for its first code; asking again gives the same one."""
    User.objects.select_for_update().get(pk=user.pk)
    if is_on(user=user):
        raise FactorAlreadyOn
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return waiting or TOTPDevice.objects.create(
        user=user, name="Aplicación de códigos", confirmed=False
    )


def set_up(device: TOTPDevice) -> SetUp:
    """The key in groups of four, the link for the same phone and the picture for another."""
    key = base64.b32encode(device.bin_key).decode().rstrip("=")
    link = _link(device, key)
    picture = segno.make(link, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    groups = [key[start : start + 4] for start in range(0, len(key), 4)]
    return SetUp(" ".join(groups), link, picture)


def confirm(
    *, user: User, token: str, keep: str, origin: Origin, now: datetime
) -> list[str]:
    """The first code was right: from now on it is asked for. The backup codes are shown once."""
    device = begin(user=user)
    if not device.verify_token(token):
        raise CodeWrong
    return turn_on(device, keep=keep, origin=origin, now=now)


@transaction.atomic
def turn_on(
    device: TOTPDevice, *, keep: str, origin: Origin, now: datetime
) -> list[str]:
    user = User.objects.select_for_update().get(pk=device.user_id)
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    codes = _new_backup_codes(user)
    sessions.end_others(user=user, keep=keep, origin=origin, now=now)
    _changed("factor.added", user, origin=origin, now=now)
    return codes


def matches(*, user: User, token: str) -> bool:
    """Whether this is the app's code of now, or a backup code that nobody used."""
    return device_for(user=user, token=token) is not None


def device_for(*, user: User, token: str) -> TOTPDevice | StaticDevice | None:
    """The factor that this code proves: the app, or the box of backup codes."""
    backup = len(token) == BACKUP_DIGITS
    kind, typed = (StaticDevice, _kept(user, token)) if backup else (TOTPDevice, token)
    devices = kind.objects.filter(user=user, confirmed=True)
    return next((one for one in devices if _verified(one.pk, kind, typed)), None)


@transaction.atomic
def _verified(
    device_id: int, kind: type[TOTPDevice] | type[StaticDevice], token: str
) -> bool:
    """One try, with the row held: a code is used once, and tries wait for each other."""
    device = kind.objects.select_for_update().get(pk=device_id)
    return bool(device.verify_is_allowed()[0] and device.verify_token(token))


@transaction.atomic
def remove(*, user: User, keep: str, origin: Origin, now: datetime) -> None:
    """Back to codes by message; the other browsers are closed."""
    User.objects.select_for_update().get(pk=user.pk)
    if drop(user=user):
        sessions.end_others(user=user, keep=keep, origin=origin, now=now)
        _changed("factor.removed", user, origin=origin, now=now)


def drop(*, user: User) -> int:
    """Forget the app and its backup codes."""
    StaticDevice.objects.filter(user=user).delete()
    return TOTPDevice.objects.filter(user=user).delete()[0]


def _new_backup_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    box = StaticDevice.objects.create(user=user, name="Códigos de respaldo")
    codes = [
        f"{secrets.randbelow(10**BACKUP_DIGITS):0{BACKUP_DIGITS}d}"
        for _ in range(BACKUP_CODES)
    ]
    StaticToken.objects.bulk_create(
        StaticToken(device=box, token=_kept(user, code)) for code in codes
    )
    return codes


def _kept(user: User, code: str) -> str:
    """What the table holds of a backup code: useless without the server's key."""
    return salted_hmac("accounts.backup", f"{user.pk}|{code}").hexdigest()[:16]


def _link(device: TOTPDevice, key: str) -> str:
    issuer = f"Oficina virtual {settings.ORGANISATION['name']}"
    # The label says whose it is without naming the document (PRV-10).
    label = quote(f"{issuer}:{device.user}")
    options = {"secret": key, "issuer": issuer, "digits": device.digits}
    return f"otpauth://totp/{label}?{urlencode(options, quote_via=quote)}"


def _changed(action: str, user: User, *, origin: Origin, now: datetime) -> None:
    trail.record(
        action=action,
        actor=user,
        subject=user,
        patient=user.patient,
        request_context=origin,
        at=now,
    )
    notices.factor_changed(user=user, now=now)
