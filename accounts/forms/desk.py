"""What the desk writes down after seeing papers: plain forms for the admin."""

from typing import Any

from django import forms

from accounts import documents
from accounts.guardianships import Claim
from accounts.models import Guardianship, Patient


class DocumentChangeForm(forms.Form):
    """The new document, as it stands on the card."""

    tipo = forms.ChoiceField(label="Tipo de documento nuevo", choices=documents.CHOICES)
    numero = forms.CharField(label="Número de documento nuevo", max_length=40)
    visto = forms.BooleanField(
        label="Vi el documento nuevo original y es de esta persona",
        error_messages={"required": "Marque la casilla después de ver el documento"},
    )

    def clean_numero(self) -> str:
        return documents.normalise(self.cleaned_data["numero"])


class DeskClaimForm(forms.Form):
    """Who will act for whom, as their documents say. Approving comes after, with its evidence."""

    tipo_acudiente = forms.ChoiceField(
        label="Tipo de documento del acudiente", choices=documents.CHOICES
    )
    numero_acudiente = forms.CharField(
        label="Número de documento del acudiente", max_length=40
    )
    relacion = forms.ChoiceField(
        label="La persona a cargo es", choices=Guardianship.Relation.choices
    )
    tipo = forms.ChoiceField(
        label="Tipo de documento de la persona a cargo",
        choices=documents.DEPENDANT_CHOICES,
    )
    numero = forms.CharField(
        label="Número de documento de la persona a cargo", max_length=40
    )
    nombres = forms.CharField(label="Nombres", max_length=80)
    apellidos = forms.CharField(label="Apellidos", max_length=80)
    nacimiento = forms.DateField(
        label="Fecha de nacimiento", widget=forms.DateInput(attrs={"type": "date"})
    )
    sexo = forms.ChoiceField(label="Sexo", choices=Patient.Sex.choices)
    autorizo = forms.BooleanField(
        label="Si es menor de 18 años: su representante firmó ante mí la autorización "
        "de datos",
        required=False,
    )

    def clean_numero_acudiente(self) -> str:
        return documents.normalise(self.cleaned_data["numero_acudiente"])

    def clean_numero(self) -> str:
        return documents.normalise(self.cleaned_data["numero"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        found = Patient.objects.of_the_clinic().with_document(
            kind=data.get("tipo_acudiente", ""), number=data.get("numero_acudiente", "")
        )
        data["guardian"] = found.first()
        if data["guardian"] is None and "numero_acudiente" in data:
            self.add_error(
                "numero_acudiente",
                "No está en la clínica. Cree primero su registro de paciente",
            )
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
            birth_date=data["nacimiento"],
            sex=data["sexo"],
        )


class ApprovalForm(forms.Form):
    """Nothing is approved without saying what was seen."""

    soporte = forms.CharField(
        label="Soporte visto",
        help_text="Qué documentos vio y su número: registro civil, cédulas, "
        "autorización firmada, sentencia, poder.",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        max_length=1000,
    )
    hasta = forms.DateField(
        label="Hasta (opcional)",
        required=False,
        help_text="Si el soporte dice hasta cuándo. De un hijo termina solo a los 18 años.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    visto = forms.BooleanField(
        label="Vi los originales, y la persona de abajo es la que dice el soporte",
        error_messages={"required": "Marque la casilla después de ver los documentos"},
    )


class ReasonForm(forms.Form):
    """Who is told no, reads why."""

    motivo = forms.CharField(
        label="Motivo",
        help_text="La persona que pidió ser acudiente lo lee en su página.",
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        max_length=200,
    )


def in_words(form: forms.Form, refusal: Exception, said: dict[type, str]) -> Any:
    """Write a refusal of the domain on its form; what nobody foresaw is heard of."""
    text = next(
        (words for kind, words in said.items() if isinstance(refusal, kind)), ""
    )
    if not text:
        raise refusal
    form.add_error(None, text)
