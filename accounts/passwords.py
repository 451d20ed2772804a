"""Passwords: what makes one good, changing it and forgetting it."""

from collections.abc import Iterable

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts import policies
from accounts.errors import PasswordTooEasy, PasswordTooShort
from accounts.models import Patient


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
    )
