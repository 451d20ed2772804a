"""Forms of the forgotten and of the changed password."""

from accounts.forms.document import DocumentForm
from accounts.policies import PASSWORD_LONGEST
from portal.ui.fields import CaptchaField, PasswordField, choice
from portal.ui.forms import PortalForm

HINT = (
    "Mínimo 10 letras o números. Puede ser una frase fácil de recordar, por ejemplo "
    "tres palabras. Puede pegarla."
)
# Where a code may go, without telling anything about an account (ENU-04).
PLACES = {
    "sms": choice("sms", "Mensaje de texto (SMS)", "Al celular que registró"),
    "whatsapp": choice("whatsapp", "WhatsApp", "Al celular que registró"),
    "email": choice("email", "Correo electrónico", "Al correo que registró"),
}


class ForgottenForm(DocumentForm):
    humano = CaptchaField(purpose="clave")


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
