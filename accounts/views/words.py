"""What a refusal that is not about codes says on the page: always what to do next."""

from datetime import datetime

from accounts import errors
from accounts.views.refusals import INVALID, LIMITED, sending
from portal.ui.forms import PortalForm

_SAID: tuple[tuple[type[errors.AccountError], str], ...] = (
    (errors.PasswordTooShort, "La contraseña debe tener mínimo 10 letras o números"),
    (errors.PasswordTooEasy, "Esa contraseña es muy fácil de adivinar. Use otra"),
    (errors.PasswordWrong, "La contraseña no coincide. Revísela y escríbala otra vez"),
    (errors.PasswordIsTheSame, "Escriba una contraseña distinta de la actual"),
    (errors.NothingToChange, "Ese es el que ya tiene. Escriba el nuevo"),
    (
        errors.RecoveryRefused,
        "El documento o el código no coinciden, o el código ya venció",
    ),
    (errors.CoverageAlreadyThere, "Ya tiene ese convenio en su lista"),
    (errors.TooManyCoverages, "Ya tiene 6 convenios. Llame y lo revisamos con usted"),
    (errors.AgreementNotOffered, "Escoja su convenio"),
    (errors.ChannelNotOffered, "Escoja dónde quiere recibir el código"),
    (errors.CodeWrong, "El código no coincide. Revíselo y escríbalo otra vez"),
)


def put_on(
    form: PortalForm, field: str, refusal: errors.AccountError, *, now: datetime
) -> int:
    """Write the refusal on a field of its form; returns the status of the answer."""
    if isinstance(refusal, errors.TooOften):
        form.add_error(field, sending(refusal, now))
        return LIMITED
    form.add_error(
        field, next(text for kind, text in _SAID if isinstance(refusal, kind))
    )
    return INVALID
