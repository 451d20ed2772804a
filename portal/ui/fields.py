"""Form fields that bring their label, hint, error and `autocomplete`.

A template writes `{{ form.numero.as_field_group }}`. Field names are Spanish: they
become the names and ids of the controls. People may type spaces, dots and hyphens;
errors say what to do.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString

from portal.ui.bound import PortalField
from portal.ui.captcha import CaptchaField
from portal.ui.date_fields import DateField, DayField

__all__ = [
    "CaptchaField",
    "CheckField",
    "ChoiceField",
    "CodeField",
    "DateField",
    "DayField",
    "DigitsField",
    "EmailField",
    "FileField",
    "MultiChoiceField",
    "PasswordField",
    "PhoneField",
    "SelectField",
    "TextAreaField",
    "TextField",
    "choice",
]

STRANGE = "Quite los símbolos que no son letras ni números"
LONG = "Escriba máximo %(limit_value)d letras"
# Control characters, and those that turn the direction of the text around.
FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd\ud800-\udfff]"
)
# A letter or a digit of any script.
READABLE = re.compile(r"[^\W_]")
SEPARATORS = re.compile(r"[\s.\-_()'’]+")


def legible(text: str) -> None:
    """Raises ValidationError for text that shows nothing, or that turns around what follows."""
    if FORBIDDEN.search(text) or not READABLE.search(text):
        raise ValidationError(STRANGE, code="strange")


class Label(str):
    """The text of an option, and what else its row says."""

    hint: str | SafeString = ""
    disabled: bool = False


def choice(
    value: str, label: str, hint: str | SafeString = "", *, disabled: bool = False
) -> tuple[str, Label]:
    """One option of a ChoiceField: a label and a hint under it."""
    text = Label(label)
    text.hint, text.disabled = hint, disabled
    return value, text


class TextField(PortalField, forms.CharField):
    """A line of text, without control characters and with single spaces."""

    attributes = {"class": "input", "autocomplete": "off"}
    errors = {
        "max_length": LONG,
        "min_length": "Escriba mínimo %(limit_value)d letras",
        "strange": STRANGE,
        "null_characters_not_allowed": STRANGE,
    }

    def __init__(self, *, max_length: int = 120, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", super().to_python(value) or "")
        if FORBIDDEN.search(text):
            raise ValidationError(self.error_messages["strange"], code="strange")
        return re.sub(r"\s+", " ", text)


class TextAreaField(PortalField, forms.CharField):
    """Several lines in the person's own words; line breaks stay, other control signs do not."""

    widget_class = forms.Textarea
    attributes = {"class": "input", "rows": "6"}
    errors = {
        "max_length": LONG,
        "strange": STRANGE,
        "null_characters_not_allowed": STRANGE,
    }

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", super().to_python(value) or "")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if FORBIDDEN.search(text.replace("\n", " ").replace("\t", " ")):
            raise ValidationError(self.error_messages["strange"], code="strange")
        return text


class DigitsField(TextField):
    """Only digits, however they were grouped: «52.123.456» is 52123456."""

    attributes = {"class": "input w10", "autocomplete": "off", "inputmode": "numeric"}
    errors = {
        **TextField.errors,
        "letters": "Escriba solo números",
        "length": "Revise el número",
    }

    def __init__(
        self, *, min_digits: int = 1, max_digits: int = 20, **options: Any
    ) -> None:
        self.min_digits, self.max_digits = min_digits, max_digits
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        return SEPARATORS.sub("", super().to_python(value))

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value:
            return
        if not re.fullmatch(r"[0-9]+", value):
            raise ValidationError(self.error_messages["letters"], code="letters")
        if not self.min_digits <= len(value) <= self.max_digits:
            raise ValidationError(self.error_messages["length"], code="length")


class CodeField(DigitsField):
    """A one-time code of six digits, in one control; pasted with spaces is fine."""

    attributes = {
        "class": "input code",
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
        "data-digits": True,
    }
    missing = "Escriba el código de 6 números"
    errors = {
        **DigitsField.errors,
        "letters": "Escriba el código de 6 números",
        "length": "El código debe tener 6 números",
    }

    def __init__(self, *, label: str = "Código de 6 números", **options: Any) -> None:
        options.setdefault("min_digits", 6)
        options.setdefault("max_digits", 6)
        super().__init__(label=label, **options)


class PhoneField(TextField):
    """A Colombian mobile; the value is E.164, «+573104567878»."""

    layout = "forms/phone.html"
    attributes = {
        "class": "input w10",
        "inputmode": "tel",
        "autocomplete": "tel-national",
    }
    missing = "Escriba un celular de 10 números que empiece por 3"
    errors = {**TextField.errors, "phone": missing}

    def to_python(self, value: Any) -> str:
        text = SEPARATORS.sub("", super().to_python(value))
        if not text:
            return ""
        match = re.fullmatch(r"(?:\+|00)?(?:57)?(3[0-9]{9})", text)
        if match is None:
            raise ValidationError(self.error_messages["phone"], code="phone")
        return f"+57{match[1]}"

    def prepare_value(self, value: Any) -> Any:
        """A stored number is shown without the prefix that stands before the box."""
        if isinstance(value, str) and re.fullmatch(r"\+57\d{10}", value):
            return f"{value[3:6]} {value[6:9]} {value[9:]}"
        return value


class EmailField(PortalField, forms.EmailField):
    attributes = {
        "class": "input",
        "autocomplete": "email",
        "autocapitalize": "none",
        "spellcheck": "false",
    }
    widget_class = forms.EmailInput
    missing = "Escriba el correo completo, por ejemplo nombre@correo.com"
    errors = {
        "invalid": missing,
        "max_length": missing,
        "null_characters_not_allowed": missing,
    }

    def __init__(self, *, max_length: int = 254, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)


class FileField(PortalField, forms.FileField):
    """A file to send; the form that takes it says what it takes, by its content."""

    attributes = {"class": "input"}
    widget_class = forms.FileInput
    missing = "Escoja un archivo"
    errors = {
        "invalid": "Escoja el archivo otra vez",
        "missing": "Escoja el archivo otra vez",
        "empty": "Ese archivo está vacío. Escoja otro",
        "max_length": "Escoja el archivo otra vez",
    }


class PasswordField(PortalField, forms.CharField):
    """Pasting and managers welcome (AUT-03); spaces inside count, and nothing is shown back."""

    layout = "forms/password.html"
    attributes = {"class": "input", "autocapitalize": "none", "spellcheck": "false"}
    widget_class = forms.PasswordInput
    missing = "Escriba su contraseña"
    errors = {
        "max_length": "La contraseña debe tener máximo %(limit_value)d letras o números",
        "null_characters_not_allowed": STRANGE,
    }

    def __init__(
        self,
        *,
        autocomplete: str = "current-password",
        max_length: int = 256,
        **options: Any,
    ) -> None:
        super().__init__(
            autocomplete=autocomplete, max_length=max_length, strip=False, **options
        )


class SelectField(PortalField, forms.ChoiceField):
    attributes = {"class": "input"}
    widget_class = forms.Select
    missing = "Escoja una opción"
    errors = {"invalid_choice": "Escoja una de las opciones"}


class ChoiceField(PortalField, forms.ChoiceField):
    """Radios with the whole row to touch; options come from `choice(...)`.

    `half=True` puts short options side by side; `heading=True` makes the label the
    H1 of the page.
    """

    layout = "forms/choices.html"
    first_control = "_0"
    widget_class = forms.RadioSelect
    missing = "Escoja una opción"
    errors = {"invalid_choice": "Escoja una de las opciones"}

    def __init__(
        self,
        *,
        choices: Iterable[tuple[str, str]] = (),
        half: bool = False,
        heading: bool = False,
        **options: Any,
    ) -> None:
        self.half, self.heading = half, heading
        super().__init__(choices=choices, **options)


class MultiChoiceField(PortalField, forms.MultipleChoiceField):
    """The same rows with boxes to tick; several may be chosen."""

    layout = "forms/choices.html"
    first_control = "_0"
    heading = False
    widget_class = forms.CheckboxSelectMultiple
    missing = "Escoja una opción"
    errors = {
        "invalid_choice": "Escoja una de las opciones",
        "invalid_list": "Escoja una de las opciones",
    }

    def __init__(
        self,
        *,
        choices: Iterable[tuple[str, str]] = (),
        half: bool = False,
        **options: Any,
    ) -> None:
        self.half = half
        super().__init__(choices=choices, **options)


class CheckField(PortalField, forms.BooleanField):
    """One box to tick. The label may hold links (`format_html`)."""

    layout = "forms/check.html"
    widget_class = forms.CheckboxInput
    missing = "Marque esta casilla para continuar"
