"""Who is it: type and number of the document, as the first two questions of a form."""

from typing import Any

from django.core.exceptions import ValidationError

from accounts import documents
from portal.ui import fields
from portal.ui.forms import PortalForm

HINT = "Solo números, sin puntos."


class DocumentForm(PortalForm):
    """The base of registration, sign-in and forgotten password."""

    tipo = fields.SelectField(
        label="Tipo de documento",
        choices=documents.SELF_SERVICE_CHOICES,
        missing="Escoja el tipo de documento",
        initial=documents.DocumentType.CC.value,
    )
    numero = fields.TextField(
        label="Número de documento",
        hint=HINT,
        missing="Escriba su número de documento",
        autocomplete="username",
        width="w10",
        attrs={"inputmode": "numeric"},
        max_length=40,
        error_messages={
            "max_length": "Revise el número: es muy largo",
            "strange": "Revise el número: solo lleva números o letras",
        },
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, number = data.get("tipo"), data.get("numero")
        if kind and number:
            data["numero"] = documents.normalise(number)
            if not documents.is_plausible(kind, data["numero"]):
                self.add_error("numero", ValidationError(_what_is_wrong(kind, number)))
        return data


def _what_is_wrong(kind: str, number: str) -> str:
    shape = documents.FORMATS[documents.DocumentType(kind)]
    signs = "números" if shape.only_digits else "letras o números"
    if shape.only_digits and not documents.normalise(number).isdigit():
        return "El número de documento solo lleva números"
    least, most = shape.length
    if least == most:
        return f"Revise el número: debe tener {least} {signs}"
    return f"Revise el número: debe tener entre {least} y {most} {signs}"
