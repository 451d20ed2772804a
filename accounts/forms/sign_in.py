"""The pages of the sign-in that ask for something; the code's are in `codes`."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from accounts.forms.document import DocumentForm
from accounts.forms.permissions import refuse_another_version
from accounts.models import LegalText
from portal.ui import fields
from portal.ui.forms import PortalForm


class SignInForm(DocumentForm):
    clave = fields.PasswordField(label="Contraseña", missing="Escriba su contraseña")
    humano = fields.CaptchaField(purpose="ingreso")


class TermsForm(PortalForm):
    """A box for each text whose version in force this person has not accepted."""

    def __init__(self, *args: Any, texts: list[LegalText], **options: Any) -> None:
        super().__init__(*args, **options)
        self.texts = {str(text.kind): text for text in texts}
        for text in texts:
            link = reverse("accounts:legal", args=[text.kind])
            self.fields[text.kind] = fields.CheckField(
                label=format_html(
                    'Leí y acepto: <a href="{}">{}</a>', link, text.title
                ),
                missing=f"Para seguir, acepte: {text.title}",
                attrs={"value": str(text.pk)},
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_another_version(self, self.texts)
        return data
