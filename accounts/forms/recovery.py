"""Forms for who lost phone and e-mail."""

from accounts.forms.document import DocumentForm
from portal.ui.fields import CaptchaField, EmailField, PhoneField, TextField
from portal.ui.forms import PortalForm


class DeskCodeForm(DocumentForm):
    codigo = TextField(
        label="Código que le dieron en la sede",
        hint="Son 12 letras y números. No importan los guiones ni las mayúsculas.",
        missing="Escriba el código que le dieron en la sede",
        max_length=40,
        autocomplete="one-time-code",
        attrs={"class": "input", "autocapitalize": "characters", "spellcheck": "false"},
    )
    humano = CaptchaField(purpose="recuperar")


class NewPhoneForm(PortalForm):
    destino = PhoneField(label="Su celular de ahora", hint="10 números.")


class NewEmailForm(PortalForm):
    destino = EmailField(label="Su correo de ahora", hint="Ejemplo: nombre@correo.com")
