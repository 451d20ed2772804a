"""The document that somebody types: type and number, in the one spelling we store."""

from typing import Any

from accounts import documents
from portal.ui.fields import SelectField, TextField
from portal.ui.forms import PortalForm

ONLY_NUMBERS = {"CC", "TI", "PT"}


class DocumentForm(PortalForm):
    """`tipo` and `numero`; after cleaning, `numero` has no dots, spaces or hyphens."""

    tipo = SelectField(
        label="Tipo de documento",
        choices=documents.SELF_SERVICE_CHOICES,
        missing="Escoja su tipo de documento",
    )
    numero = TextField(
        label="Número de documento",
        hint="Solo números, sin puntos.",
        missing="Escriba su número de documento",
        autocomplete="username",
        max_length=40,
        attrs={"class": "input w10", "inputmode": "numeric"},
    )

    def clean_numero(self) -> str:
        return documents.normalise(self.cleaned_data["numero"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, number = cleaned.get("tipo"), cleaned.get("numero")
        if kind and number is not None and (error := _mistake(kind, number)):
            self.add_error("numero", error)
        return cleaned


def _mistake(kind: str, number: str) -> str:
    if not number:
        return "Escriba su número de documento"
    if kind in ONLY_NUMBERS and not (number.isascii() and number.isdigit()):
        return "El número de documento solo lleva números"
    if not documents.is_plausible(kind, number):
        return "Revise el número de documento"
    return ""
