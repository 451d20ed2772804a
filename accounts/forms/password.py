"""Forms of the forgotten and of the changed password."""

from accounts.forms.document import DocumentForm
from accounts.policies import PASSWORD_LONGEST
from portal.ui.fields import CaptchaField, ChoiceField, CodeField, PasswordField, choice
from portal.ui.forms import PortalForm

HINT = (
    "Mínimo 10 letras o números. Puede ser una frase fácil de recordar, por ejemplo "
    "tres palabras. Puede pegarla."
)
TOO_SHORT = "La contraseña debe tener mínimo 10 letras o números"
TOO_EASY = "Esa contraseña es muy fácil de adivinar. Use otra"
# Where a code may go, without telling anything about an account (ENU-04).
PLACES = {
    "sms": choice("sms", "Mensaje de texto (SMS)", "Al celular que registró"),
    "whatsapp": choice("whatsapp", "WhatsApp", "Al celular que registró"),
    "email": choice("email", "Correo electrónico", "Al correo que registró"),
}


class ForgottenForm(DocumentForm):
    captcha = CaptchaField(purpose="forgotten")


class ChannelForm(PortalForm):
    """`offered` are the channels of this installation, in its order."""

    canal = ChoiceField(
        label="¿Dónde quiere recibir el código?",
        hint="Si ese documento tiene cuenta, le llega un código de 6 números.",
        missing="Escoja dónde quiere recibir el código",
        heading=True,
    )

    def __init__(self, *args: object, offered: tuple[str, ...], **options: object):
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["canal"].choices = [PLACES[channel] for channel in offered]
        self.fields["canal"].initial = offered[0] if offered else None


class CodeForm(PortalForm):
    codigo = CodeField(hint="Sirve durante 10 minutos.")


class NewPasswordForm(PortalForm):
    nueva = PasswordField(
        label="Contraseña nueva",
        hint=HINT,
        autocomplete="new-password",
        max_length=PASSWORD_LONGEST,
        missing="Escriba una contraseña nueva",
    )


class ChangePasswordForm(PortalForm):
    actual = PasswordField(
        label="Su contraseña de ahora", missing="Escriba su contraseña de ahora"
    )
    nueva = PasswordField(
        label="Contraseña nueva",
        hint=HINT,
        autocomplete="new-password",
        max_length=PASSWORD_LONGEST,
        missing="Escriba una contraseña nueva",
    )
