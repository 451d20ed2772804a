"""The page that adds somebody to «Personas a mi cargo»."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html

from accounts import documents, policies
from accounts.forms.document import DocumentForm
from accounts.forms.permissions import refuse_another_version
from accounts.guardianships import Claim
from accounts.models import Guardianship, LegalText, Patient
from portal.ui import fields

NEEDS_PERMISSION = "Es menor de edad: marque esta casilla para autorizar sus datos"


class PersonForm(DocumentForm):
    """Who it is, as their document says, and what the representative of a minor accepts."""

    relacion = fields.ChoiceField(
        label="¿Quién es esta persona?",
        missing="Escoja quién es esta persona",
        choices=[
            fields.choice(code, name) for code, name in Guardianship.Relation.choices
        ],
    )
    tipo = fields.SelectField(
        label="Tipo de documento",
        choices=[("", "Escoja uno"), *documents.DEPENDANT_CHOICES],
        missing="Escoja el tipo de documento",
    )
    nombres = fields.TextField(
        label="Nombres",
        hint="Como aparecen en su documento.",
        missing="Escriba los nombres, como aparecen en el documento",
        max_length=80,
    )
    apellidos = fields.TextField(
        label="Apellidos",
        missing="Escriba los apellidos, como aparecen en el documento",
        max_length=80,
    )
    nac = fields.DateField(label="Fecha de nacimiento", hint="Ejemplo: 27 3 2019")
    sexo = fields.ChoiceField(
        label="Sexo",
        hint="El que aparece en su documento. Algunos exámenes lo necesitan.",
        missing="Escoja el sexo que aparece en el documento",
        choices=Patient.Sex.choices,
        half=True,
    )
    autorizo = fields.CheckField(label="", required=False)
    field_order = [
        "relacion",
        "tipo",
        "numero",
        "nombres",
        "apellidos",
        "nac",
        "sexo",
        "autorizo",
    ]

    def __init__(
        self, *args: Any, today: date, text: LegalText, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.today, self.text = today, text
        self._about_somebody_else()
        box = self.fields["autorizo"]
        box.label = format_html(
            "Si es menor de 18 años: soy su representante y autorizo el uso de sus "
            'datos para asignarle citas. <a href="{}">Lea esta autorización</a> '
            "(Ley 1581 de 2012).",
            reverse("accounts:legal", args=[text.kind]),
        )
        box.widget.attrs["value"] = str(text.pk)

    def clean_nombres(self) -> str:
        return _plain(
            self.cleaned_data["nombres"], "Escriba los nombres solo con letras"
        )

    def clean_apellidos(self) -> str:
        return _plain(
            self.cleaned_data["apellidos"], "Escriba los apellidos solo con letras"
        )

    def clean_nac(self) -> date:
        born: date = self.cleaned_data["nac"]
        if born > self.today:
            raise ValidationError("La fecha de nacimiento debe ser una fecha pasada")
        if born < policies.OLDEST_BIRTH:
            raise ValidationError("Revise el año de nacimiento")
        return born

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_another_version(self, {"autorizo": self.text})
        born = data.get("nac")
        minor = born is not None and policies.is_minor(birth_date=born, on=self.today)
        if minor and not data.get("autorizo") and "autorizo" not in self.errors:
            self.add_error("autorizo", NEEDS_PERMISSION)
        return data

    @property
    def claim(self) -> Claim:
        data = self.cleaned_data
        return Claim(
            relation=data["relacion"],
            document_type=data["tipo"],
            document_number=data["numero"],
            given_names=data["nombres"],
            family_names=data["apellidos"],
            birth_date=data["nac"],
            sex=data["sexo"],
        )

    @property
    def accepted(self) -> LegalText | None:
        return self.text if self.cleaned_data.get("autorizo") else None

    def _about_somebody_else(self) -> None:
        number = self.fields["numero"]
        number.help_text = "Sin puntos ni espacios."
        number.widget.attrs |= {"autocomplete": "off", "inputmode": "text"}
        number.error_messages["required"] = "Escriba el número de documento"


def _plain(name: str, complaint: str) -> str:
    if not policies.name_is_plain(name):
        raise ValidationError(complaint)
    return name
