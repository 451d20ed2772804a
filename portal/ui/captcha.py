"""The captcha field: letters in an image, or spoken in Spanish, judged by the server."""

import re
import secrets
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from portal.ui import speech, tickets
from portal.ui.bound import PortalBoundField, PortalField

# Without letters that look or sound alike.
ALPHABET = "ACEFHJKLMPRTUXYZ"
LENGTH = 5
TEST_ANSWER = "passed"
VISITOR = "captcha_visitor"


def letters() -> tuple[str, str]:
    """The challenge as drawn and the answer as compared."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return text, text.lower()


class Answer(NamedTuple):
    """What came back: which captcha, and the letters."""

    key: str
    text: str


class CaptchaWidget(forms.Widget):
    """The names that django-simple-captcha uses: `<name>_0` and `<name>_1`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Answer:
        return Answer(
            str(data.get(f"{name}_0", ""))[:64], str(data.get(f"{name}_1", ""))[:64]
        )

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_0" not in data and f"{name}_1" not in data


class CaptchaBoundField(PortalBoundField):
    field: "CaptchaField"

    @property
    def challenge(self) -> dict[str, str]:
        """What the template shows. Asking makes a captcha: once for each drawing."""
        _ = self.errors  # whether this one is solved is known after cleaning
        return self.field.challenge()


class CaptchaField(PortalField):
    """`purpose` names the form: an answer given in one form does not open another."""

    bound_field_class = CaptchaBoundField
    layout = "forms/captcha.html"
    first_control = "_1"
    missing = "Escriba las letras de la imagen"
    errors = {"wrong": "Las letras no coinciden. Escriba las de la imagen nueva"}
    widget_class = CaptchaWidget

    def __init__(
        self,
        *,
        purpose: str,
        label: str = "Escriba las letras de la imagen",
        hint: str = "Son 5 letras. Puede escribirlas en minúsculas.",
    ) -> None:
        # The form says whose it is before anything is asked of the field.
        self.place = tickets.Place(visitor="", purpose=purpose)
        self.solved: tickets.Solved | None = None
        super().__init__(label=label, hint=hint)

    def belong_to(self, request: HttpRequest) -> None:
        """Tie this field to the visitor's session; the form calls this."""
        visitor = request.session.get(VISITOR)
        if visitor is None:
            visitor = request.session[VISITOR] = secrets.token_urlsafe(16)
        self.place = tickets.Place(visitor=visitor, purpose=self.place.purpose)
        self.solved = None

    def clean(self, value: Answer | None) -> bool:
        key, text = value or Answer("", "")
        answer = re.sub(r"\s", "", text).lower()
        if settings.CAPTCHA_TEST_MODE and answer == TEST_ANSWER:
            return True
        try:
            self.solved = tickets.take(
                key=key, answer=answer, place=self.place, now=timezone.now()
            )
        except tickets.NotSolved as error:
            code = "wrong" if answer else "required"
            raise ValidationError(self.error_messages[code], code=code) from error
        return True

    def challenge(self) -> dict[str, str]:
        now = timezone.now()
        if self.solved is not None:
            key = tickets.keep(solved=self.solved, place=self.place, now=now)
            return {"key": key, "solved": "yes"}
        key = tickets.new_captcha(place=self.place, now=now)
        return {
            "key": key,
            "solved": "",
            "spoken": "yes" if speech.AVAILABLE else "",
            "phone": settings.ORGANISATION["phone"],
        }
