"""Signing in, as a list of stages: password, code, new terms if any, and then inside.

Between the password and the last stage the browser holds a half session: no user,
only whose password was typed, until when, and what is still to come (SES-01, SES-02).
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import (
    codes,
    consents,
    contacts,
    known_device,
    passwords,
    policies,
    throttle,
    totp,
)
from accounts.errors import (
    ChannelNotOffered,
    CodeExpired,
    CodeWrong,
    HalfSessionOver,
    LockedOut,
    PasswordRefused,
    TooManyTries,
    TooOften,
)
from accounts.models import Challenge, ContactDevice, LegalText, User
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging import channels

PURPOSE = Challenge.Purpose.SIGN_IN
APP = "app"
STRANGERS = "password.stranger"


class Stage(StrEnum):
    PASSWORD = "password"  # noqa: S105 the name of a stage
    CHANNEL = "channel"
    CODE = "code"
    TERMS = "terms"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Half:
    """What a half-signed session keeps. `token` binds the codes to this browser (AUT-10)."""

    account_id: int
    stamp: str
    until: str
    token: str
    next_path: str = ""
    way: str = ""
    device: str = ""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any] | None) -> "Half":
        if not kept:
            raise HalfSessionOver
        return cls(**kept)


def check_password(  # noqa: PLR0913 what the limits look at
    *,
    request: HttpRequest,
    kind: str,
    number: str,
    password: str,
    origin: Origin,
    next_path: str,
    now: datetime,
) -> Half:
    """The first factor. Raises PasswordRefused or LockedOut, which never say what was wrong.

    Limits come before hashing. The request is handed on to django-axes, which
    counts the failures of each document and address.
    """
    username = User.username_for(kind=kind, number=number)
    _pay(request, username, origin, now)
    user = authenticate(request, username=username, password=password)
    if getattr(request, "axes_locked_out", False):
        _audit_password(username, "locked", origin, now)
        raise LockedOut
    if user is None or user.patient_id is None:
        _audit_password(username, "refused", origin, now)
        raise PasswordRefused
    _audit_password(username, "ok", origin, now)
    return Half(
        account_id=user.pk,
        stamp=passwords.stamp(user),
        until=(now + policies.HALF_SESSION_LIVES).isoformat(),
        token=secrets.token_hex(16),
        next_path=next_path,
    )


def account_of(half: Half, *, now: datetime) -> User:
    """Whose half session this is, while it counts: ten minutes, and the same password."""
    user = (
        User.objects.select_related("patient")
        .filter(pk=half.account_id, is_active=True)
        .first()
    )
    if user is None or now >= datetime.fromisoformat(half.until):
        raise HalfSessionOver
    if not constant_time_compare(passwords.stamp(user), half.stamp):
        raise HalfSessionOver
    return user


def next_stage(half: Half | None, *, now: datetime) -> Stage:
    """What this browser has to do next."""
    if half is None:
        return Stage.PASSWORD
    try:
        account = account_of(half, now=now)
    except HalfSessionOver:
        return Stage.PASSWORD
    if not half.device:
        return Stage.CODE if half.way else Stage.CHANNEL
    return Stage.TERMS if pending_terms(account) else Stage.DONE


def pending_terms(account: User) -> list[LegalText]:
    """The texts in force that this person has not accepted yet."""
    return consents.pending(account.patient) if account.patient else []


def ways(account: User) -> dict[str, str]:
    """How this person proves who it is: their app, or else what they gave us.

    A destination typed when registering is proved by its first code: the password
    was right before it is offered, and whoever else reads there has no password.

    Who turned the app on wants nothing weaker to open the account (docs/adr/0012).
    """
    if totp.is_on(user=account):
        return {APP: ""}
    by_channel = _destinations(account)
    return {
        str(channel): device.destination
        for channel in channels.available(kind=codes.KIND)
        if (device := contacts.device_for(by_channel, channel))
    }


def _destinations(account: User) -> dict[str, ContactDevice]:
    return contacts.typed(account.pk) | contacts.devices(account.pk)


def choose(half: Half, *, way: str, origin: Origin, now: datetime) -> Half:
    """Send the code by this channel, or wait for the one of the app.

    Raises ChannelNotOffered, TooSoon, TooOften, HalfSessionOver.
    """
    account = account_of(half, now=now)
    offered = ways(account)
    if way not in offered:
        raise ChannelNotOffered
    if way != APP:
        codes.start(
            purpose=PURPOSE,
            binding=half.token,
            account=account,
            channel=way,
            destination=offered[way],
            deliverable=True,
            origin=origin,
            now=now,
        )
        trail.record(
            action="sign_in.code_sent",
            subject=account,
            patient=account.patient,
            request_context=origin,
            details={"channel": way},
            at=now,
        )
    return replace(half, way=way)


def sent(half: Half) -> Challenge | None:
    """The last code of this half session."""
    return codes.latest(purpose=PURPOSE, binding=half.token)


def check_code(half: Half, *, code: str, origin: Origin, now: datetime) -> Half:
    """The second factor. Raises the refusals of codes, or HalfSessionOver."""
    account = account_of(half, now=now)
    try:
        device = (
            _app(account, code, now)
            if half.way == APP
            else _channel(half, account, code, now)
        )
    except (CodeWrong, TooManyTries) as refusal:
        outcome = "locked" if isinstance(refusal, TooManyTries) else "refused"
        _audit_code(account, outcome, origin, now)
        raise
    _audit_code(account, "ok", origin, now)
    return replace(half, device=device.persistent_id)


def accept_terms(
    half: Half, *, texts: list[LegalText], origin: Origin, now: datetime
) -> None:
    """Take down that the texts on the screen were accepted."""
    account = account_of(half, now=now)
    if account.patient is None or not half.device:
        raise HalfSessionOver
    for text in texts:
        consents.give_to(
            patient=account.patient, text=text, by=account, origin=origin, now=now
        )


@transaction.atomic
def finish(half: Half, *, origin: Origin, now: datetime) -> tuple[User, Device]:
    """The account that enters now, and the device that its second factor was."""
    account = account_of(half, now=now)
    device = Device.from_persistent_id(half.device)
    if device is None or device.user_id != account.pk:
        raise HalfSessionOver
    throttle.forget(scope=STRANGERS, key=account.username)
    trail.record(
        action="sign_in.done",
        actor=account,
        subject=account,
        patient=account.patient,
        request_context=origin,
        details={"way": half.way},
        at=now,
    )
    return account, device


def _pay(request: HttpRequest, username: str, origin: Origin, now: datetime) -> None:
    """Count this try by address, and by document where nobody entered with it before."""
    acts = throttle.from_address("password", origin.address, policies.PASSWORDS_FROM)
    scope = "password.known"
    if not known_device.is_known(request, {"username": username}):
        scope = STRANGERS
    acts.append(throttle.Act(scope, username, policies.PASSWORDS_OF_STRANGERS))
    try:
        throttle.hit_all(acts=acts, now=now)
    except TooOften as refusal:
        _audit_password(username, "limited", origin, now)
        raise LockedOut from refusal


def _app(account: User, code: str, now: datetime) -> Device:
    try:
        throttle.hit(
            scope="app.failures",
            key=account.username,
            limits=(*policies.CODE_FAILURES, *policies.CODE_FAILURES_A_DAY),
            now=now,
        )
    except TooOften as refusal:
        raise TooManyTries(refusal.retry_at) from refusal
    if not totp.matches(user=account, token=code):
        raise CodeWrong
    throttle.forget(scope="app.failures", key=account.username)
    return TOTPDevice.objects.get(user=account, confirmed=True)


def _channel(half: Half, account: User, code: str, now: datetime) -> Device:
    challenge = sent(half)
    if challenge is None:
        raise CodeExpired
    device = contacts.device_for(_destinations(account), challenge.channel)
    if device is None or device.destination != challenge.destination:
        raise CodeExpired
    codes.check(
        challenge_id=challenge.pk,
        binding=half.token,
        purpose=PURPOSE,
        code=code,
        now=now,
    )
    contacts.prove(device, now=now)
    return device


def _audit_password(username: str, outcome: str, origin: Origin, now: datetime) -> None:
    """The document only as an HMAC: the same line for known and unknown ones."""
    who = throttle.digest(scope="audit", key=username)[:24]
    trail.record(
        action="sign_in.password",
        subject=f"document:{who}",
        outcome=outcome,
        request_context=origin,
        at=now,
    )


def _audit_code(account: User, outcome: str, origin: Origin, now: datetime) -> None:
    trail.record(
        action="sign_in.code",
        subject=account,
        patient=account.patient,
        outcome=outcome,
        request_context=origin,
        at=now,
    )
