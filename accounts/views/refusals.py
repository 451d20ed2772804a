"""What a refusal about codes or limits says on the page, in ux.md's words."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.errors import (
    CodeExpired,
    CodeRefused,
    CodeUsed,
    CodeWrong,
    TooManyTries,
    TooOften,
    TooSoon,
)
from accounts.forms.codes import AppCodeForm, CodeForm
from portal.ui import dates

INVALID, LIMITED = 422, 429
SOON = "Ya le enviamos un código. Espere 60 segundos para pedir otro"
WRONG = "El código no coincide. Revíselo y escríbalo otra vez"
EXPIRED = "El código venció. Pida uno nuevo"
USED = "Ese código ya se usó. Pida uno nuevo"


def wait(retry_at: datetime | None = None, now: datetime | None = None) -> str:
    """How long, without saying why: fifteen minutes, or until which hour."""
    phone = settings.ORGANISATION["phone"]
    if retry_at and now and retry_at - now > timedelta(minutes=15):
        until = f"{dates.near_day(retry_at, now)}, {dates.hour(retry_at)}"
        return f"Por seguridad, espere hasta {until} o llame al {phone}"
    return f"Por seguridad, espere 15 minutos o llame al {phone}"


def sending(refusal: TooOften, now: datetime) -> str:
    return SOON if isinstance(refusal, TooSoon) else wait(refusal.retry_at, now)


def put_on(form: CodeForm | AppCodeForm, refusal: CodeRefused, now: datetime) -> int:
    """Write the refusal of a code on its form; returns the status of the answer."""
    if isinstance(refusal, TooManyTries):
        form.add_error("codigo", wait(refusal.retry_at, now))
        return LIMITED
    form.add_error("codigo", _words(refusal))
    if isinstance(refusal, CodeWrong) and refusal.left:
        form.say_left(refusal.left)
    return INVALID


def _words(refusal: CodeRefused) -> str:
    if isinstance(refusal, CodeUsed):
        return USED
    return EXPIRED if isinstance(refusal, CodeExpired) else WRONG
