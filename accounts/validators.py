"""Our rule for passwords, where Django's own forms ask for one."""

from django.core.exceptions import ValidationError

from accounts import passwords
from accounts.errors import PasswordTooEasy, PasswordTooShort
from accounts.models import User


class Strength:
    """For AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: User | None = None) -> None:
        try:
            passwords.check_strength(
                password=password, about=(user.username,) if user else ()
            )
        except PasswordTooShort as refusal:
            raise ValidationError(
                "La contraseña debe tener mínimo 10 letras o números"
            ) from refusal
        except PasswordTooEasy as refusal:
            raise ValidationError(
                "Esa contraseña es muy fácil de adivinar. Use otra"
            ) from refusal

    def get_help_text(self) -> str:
        return "Mínimo 10 letras o números. Puede ser una frase fácil de recordar."
