"""Forms of «Mis datos»."""

from itertools import groupby

from django.core.validators import RegexValidator

from accounts.models import Coverage
from catalog.models import Agreement
from portal.ui.fields import (
    CodeField,
    EmailField,
    PasswordField,
    PhoneField,
    SelectField,
    TextField,
)
from portal.ui.forms import PortalForm

MEMBER_NUMBER = r"^[^\W_](?:[^\W_]|[ -])*\Z"
ONLY_LETTERS_AND_NUMBERS = "Escriba solo letras, números y guiones"


class _WithPassword(PortalForm):
    clave = PasswordField(
        label="Su contraseña",
        hint="La pedimos otra vez para cuidar su cuenta.",
    )


class PhoneForm(_WithPassword):
    destino = PhoneField(label="Celular nuevo", hint="10 números.")
    field_order = ["destino", "clave"]


class EmailForm(_WithPassword):
    destino = EmailField(
        label="Correo electrónico nuevo", hint="Ejemplo: nombre@correo.com"
    )
    field_order = ["destino", "clave"]


class PasswordAgainForm(_WithPassword):
    """Who turns the app off knows the password."""


class AppSetUpForm(_WithPassword):
    """The first code of the app proves that it was set up."""

    codigo = CodeField(hint="El que muestra la aplicación ahora.")
    field_order = ["codigo", "clave"]


class CoverageForm(PortalForm):
    """Which agreement pays, and the number that the person has there."""

    convenio = SelectField(label="Su convenio", missing="Escoja su convenio")
    afiliacion = TextField(
        label="Número de afiliación",
        hint="Está en su carné. Si no lo sabe, escriba su número de documento.",
        missing="Escriba su número de afiliación",
        max_length=Coverage._meta.get_field("member_number").max_length or 30,
        validators=[RegexValidator(MEMBER_NUMBER, ONLY_LETTERS_AND_NUMBERS)],
    )

    def __init__(self, *args: object, offered: list[Agreement], **options: object):
        super().__init__(*args, **options)  # type: ignore[arg-type]
        field = self.fields["convenio"]
        assert isinstance(field, SelectField)  # noqa: S101 declared above
        field.choices = [("", "Escoja uno"), *_by_payer(offered)]
        self.offered = {str(agreement.pk): agreement for agreement in offered}

    @property
    def agreement(self) -> Agreement:
        return self.offered[self.cleaned_data["convenio"]]


def _by_payer(offered: list[Agreement]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = groupby(offered, key=lambda agreement: str(agreement.payer))
    return [(payer, [(str(a.pk), a.name) for a in plans]) for payer, plans in groups]
