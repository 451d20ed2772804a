"""Forms for the clinic's own people."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from accounts import totp
from accounts.forms.password import HINT
from accounts.policies import PASSWORD_LONGEST
from portal.ui.fields import CodeField, PasswordField
from portal.ui.forms import PortalForm


class StaffSignInForm(AdminAuthenticationForm):
    """User, password and the code of the app, all at once; which was wrong is not said."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "Revise el usuario, la contraseña y el código de la aplicación.",
    }
    code = forms.CharField(
        label="Código de la aplicación",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        typed = "".join(sign for sign in self.data.get("code", "") if sign.isdigit())
        device = totp.device_for(user=user, token=typed)
        if device is None:
            raise ValidationError(
                self.error_messages["invalid_login"], code="invalid_login"
            )
        user.otp_device = device


class EnrolForm(PortalForm):
    """The invited person's first password, and the first code of their app."""

    nueva = PasswordField(
        label="Cree una contraseña",
        hint=HINT,
        autocomplete="new-password",
        max_length=PASSWORD_LONGEST,
        missing="Escriba una contraseña",
    )
    codigo = CodeField(hint="El que muestra la aplicación ahora.")
