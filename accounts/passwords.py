"""Passwords: what makes one good, changing it and forgetting it."""

from collections.abc import Iterable
from datetime import datetime

from axes.utils import reset as forget_failures
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts import notices, policies, sessions, throttle
from accounts.errors import (
    PasswordIsTheSame,
    PasswordTooEasy,
    PasswordTooShort,
    PasswordWrong,
    ResetOver,
)
from accounts.models import Patient, User
from portal.audit import trail
from portal.audit.origin import Origin


def check_strength(*, password: str, about: Iterable[str]) -> None:
    """Refuse what is short or easy to guess; `about` are words on the person (AUT-01, AUT-02)."""
    if len(password) < policies.PASSWORD_SHORTEST:
        raise PasswordTooShort
    if policies.password_is_easy(password=password, about=tuple(about)):
        raise PasswordTooEasy
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError as common:
        raise PasswordTooEasy from common


def words_about(patient: Patient) -> tuple[str, ...]:
    """What a stranger would try first for this person."""
    return (
        patient.document_number,
        patient.given_names,
        patient.family_names,
        patient.phone.removeprefix("+57"),
        patient.email.partition("@")[0],
        f"{patient.birth_date:%d%m%Y}",
        f"{patient.birth_date:%Y%m%d}",
        f"{patient.birth_date:%Y}",
    )


def change(
    *,
    user: User,
    current: str,
    new: str,
    keep: str,
    origin: Origin,
    now: datetime,
) -> None:
    """Another password for who knows the current one; the other browsers are closed (AUT-04).

    `keep` is the session that asks. Raises TooOften, PasswordWrong, PasswordIsTheSame,
    PasswordTooShort or PasswordTooEasy.
    """
    prove(user=user, password=current, now=now)
    if new == current:
        raise PasswordIsTheSame
    _check(user, new)
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=user.pk)
        _replace(owner, new, origin=origin, now=now)
        sessions.end_others(user=owner, keep=keep, origin=origin, now=now)
    user.password = owner.password


def prove(*, user: User, password: str, now: datetime) -> None:
    """Whoever holds this browser also knows the password. Raises PasswordWrong, TooOften."""
    throttle.hit(
        scope="password.again",
        key=str(user.pk),
        limits=policies.PASSWORDS_AGAIN,
        now=now,
    )
    if not check_password(password, user.password):
        raise PasswordWrong
    throttle.forget(scope="password.again", key=str(user.pk))


def stamp(user: User) -> str:
    """Changes when the password does: what was proved before no longer counts."""
    return user.get_session_auth_hash()


@transaction.atomic
def reset(
    *, user_id: int, proved: str, new: str, origin: Origin, now: datetime
) -> None:
    """A new password for who proved a confirmed destination; every browser is closed.

    The second factor stays as it was: signing in asks for it (AUT-04). `proved` is
    the stamp of the account when the code was right. Raises ResetOver besides the
    refusals of a weak password.
    """
    owner = User.objects.select_for_update().get(pk=user_id)
    if not owner.is_active or not constant_time_compare(stamp(owner), proved):
        raise ResetOver
    put_new(owner=owner, new=new, origin=origin, now=now)


def put_new(*, owner: User, new: str, origin: Origin, now: datetime) -> None:
    """Inside the caller's transaction, for an account that the caller locked."""
    _check(owner, new)
    _replace(owner, new, origin=origin, now=now)
    forget_failures(username=owner.username)
    sessions.end_all(user=owner, origin=origin, now=now)


def _check(user: User, new: str) -> None:
    about = words_about(user.patient) if user.patient else (user.username,)
    check_strength(password=new, about=about)


def _replace(owner: User, new: str, *, origin: Origin, now: datetime) -> None:
    owner.set_password(new)
    owner.save(update_fields=["password"])
    trail.record(
        action="password.changed",
        actor=owner,
        subject=owner,
        patient=owner.patient,
        request_context=origin,
        at=now,
    )
    notices.password_changed(user=owner, now=now)
