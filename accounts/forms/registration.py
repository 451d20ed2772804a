"""The pages of the registration that ask for something."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import policies
from accounts.forms.contact import MobileField
from accounts.forms.document import HINT, DocumentForm
from accounts.forms.permissions import refuse_another_version
from accounts.models import LegalText, Patient
from portal.ui import fields
from portal.ui.forms import PortalForm

# The box of each permission, and the text that it accepts.
PERMISSIONS = {
    "terminos": LegalText.Kind.TERMS,
    "datos": LegalText.Kind.HEALTH_DATA,
    "mensajes": LegalText.Kind.MESSAGES,
}
LABELS = {
    "terminos": 'Acepto los <a href="{}">términos y condiciones</a>.',
    "datos": "Autorizo el uso de mis datos personales y de salud para asignarme citas. "
    '<a href="{}">Lea cómo los cuidamos</a> (Ley 1581 de 2012).',
    "mensajes": "Quiero recibir otros mensajes, como campañas de salud (opcional). "
    '<a href="{}">Lea cuáles son</a>.',
}


class WhoForm(DocumentForm):
    """Step 1: the document and the day of birth."""

    nac = fields.DateField(
        label="Fecha de nacimiento", hint="Ejemplo: 27 3 1978", birth=True
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["numero"].help_text = f"{HINT} Ejemplo: 52123456"
        self.fields["numero"].widget.attrs["autocomplete"] = "off"

    def clean_nac(self) -> date:
        born: date = self.cleaned_data["nac"]
        if born >= self.today:
            raise ValidationError("La fecha de nacimiento debe ser una fecha pasada")
        if born < policies.OLDEST_BIRTH:
            raise ValidationError("Revise el año de nacimiento")
        return born


class DetailsForm(PortalForm):
    """Step 2: names, contact, password and permissions."""

    nombres = fields.TextField(
        label="Nombres",
        hint="Como aparecen en su documento.",
        missing="Escriba sus nombres, como aparecen en su documento",
        autocomplete="given-name",
        max_length=80,
    )
    apellidos = fields.TextField(
        label="Apellidos",
        missing="Escriba sus apellidos, como aparecen en su documento",
        autocomplete="family-name",
        max_length=80,
    )
    sexo = fields.ChoiceField(
        label="Sexo",
        hint="El que aparece en su documento. Algunos exámenes lo necesitan.",
        missing="Escoja el sexo que aparece en el documento",
        choices=Patient.Sex.choices,
        half=True,
    )
    cel = MobileField(
        label="Celular",
        hint="10 números. Aquí le llegan los códigos y los avisos de sus citas.",
    )
    correo = fields.EmailField(
        label="Correo electrónico (opcional)",
        hint="Ejemplo: nombre@correo.com",
        required=False,
    )
    clave = fields.PasswordField(
        label="Cree una contraseña",
        hint="Mínimo 10 letras o números. Puede ser una frase fácil de recordar, "
        "por ejemplo tres palabras. Puede pegarla.",
        missing="La contraseña debe tener mínimo 10 letras o números",
        autocomplete="new-password",
        max_length=policies.PASSWORD_LONGEST,
    )
    terminos = fields.CheckField(
        label="", missing="Para crear la cuenta, acepte los términos"
    )
    datos = fields.CheckField(
        label="",
        hint="Los datos de salud son sensibles y usted no está obligado a autorizarlos. "
        "Sin su autorización no podemos asignarle citas por aquí.",
        missing="Para asignarle citas, necesitamos su autorización de datos",
    )
    mensajes = fields.CheckField(label="", required=False)
    humano = fields.CaptchaField(purpose="registro")

    def __init__(
        self,
        *args: Any,
        request: HttpRequest,
        texts: dict[str, LegalText],
        has_sms: bool,
        has_password: bool,
        **options: Any,
    ) -> None:
        super().__init__(*args, request=request, **options)
        self.texts = texts
        for name, kind in PERMISSIONS.items():
            self.fields[name].label = _label(name, kind)
            self.fields[name].widget.attrs["value"] = str(texts[name].pk)
        if not has_sms:
            self._needs_email()
        if has_password:
            self._keeps_password()

    def clean_nombres(self) -> str:
        return _plain(
            self.cleaned_data["nombres"], "Escriba sus nombres solo con letras"
        )

    def clean_apellidos(self) -> str:
        return _plain(
            self.cleaned_data["apellidos"], "Escriba sus apellidos solo con letras"
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_another_version(self, self.texts)
        return data

    @property
    def accepted(self) -> tuple[int, ...]:
        """The versions that were ticked (PRV-01, PRV-02)."""
        return tuple(
            self.texts[name].pk for name in PERMISSIONS if self.cleaned_data[name]
        )

    def _needs_email(self) -> None:
        self.fields["correo"].required = True
        self.fields["correo"].widget.is_required = True
        self.fields["correo"].label = "Correo electrónico"
        self.fields[
            "correo"
        ].help_text = "Ejemplo: nombre@correo.com. Aquí le llegan los códigos."
        self.fields["cel"].help_text = "10 números."

    def _keeps_password(self) -> None:
        """Somebody who came back to correct something does not type everything again."""
        self.fields["clave"].required = False
        self.fields["clave"].widget.is_required = False
        self.fields[
            "clave"
        ].help_text = "Ya la escribió. Déjela en blanco si no quiere cambiarla."


def _label(name: str, kind: str) -> SafeString:
    return format_html(LABELS[name], reverse("accounts:legal", args=[kind]))


def _plain(name: str, complaint: str) -> str:
    if not policies.name_is_plain(name):
        raise ValidationError(complaint)
    return name
