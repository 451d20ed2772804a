"""Where to send a code, and the code itself."""

from typing import Any, cast

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import contacts
from portal.messaging.models import Channel
from portal.ui import fields
from portal.ui.forms import PortalForm


class ChannelForm(PortalForm):
    """One choice among the destinations that there are; the first is chosen beforehand."""

    canal = fields.ChoiceField(
        label="¿Dónde quiere recibir el código?",
        missing="Escoja dónde quiere recibir el código",
        error_messages={"invalid_choice": "Escoja dónde quiere recibir el código"},
        heading=True,
    )

    def __init__(
        self,
        *args: Any,
        choices: list[tuple[str, str]],
        question: str,
        explanation: str,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        field = cast(fields.ChoiceField, self.fields["canal"])
        field.choices, field.label, field.help_text = choices, question, explanation
        if choices:
            field.initial = choices[0][0]


class CodeForm(PortalForm):
    """The six digits."""

    codigo = fields.CodeField(hint="Sirve durante 10 minutos.")

    def say_left(self, left: int) -> None:
        """After a wrong one: how many more tries there are."""
        tries = "1 intento" if left == 1 else f"{left} intentos"
        verb = "queda" if left == 1 else "quedan"
        self["codigo"].help_text = f"Le {verb} {tries}."


class AppCodeForm(PortalForm):
    """The six digits of an authenticator app, or one of its backup codes."""

    codigo = fields.DigitsField(
        label="Código de 6 números",
        hint="Está en la aplicación de códigos de su celular. También sirve un código de respaldo.",
        missing="Escriba el código de 6 números",
        min_digits=6,
        max_digits=10,
        autocomplete="one-time-code",
        error_messages={"length": "El código debe tener 6 números"},
    )

    def say_left(self, left: int) -> None:
        """The app's tries are not counted aloud."""


def with_number(channel: str, destination: str) -> tuple[str, str]:
    """A channel with its masked destination, as the registration shows it."""
    return fields.choice(str(channel), _label(channel), _hint(channel, destination))


def spoken(channel: str, destination: str) -> tuple[str, str]:
    """A channel with only the end of the number, as the sign-in shows it."""
    mask = contacts.masked(channel, destination)
    start = "A" if channel == Channel.EMAIL else "Al celular"
    return fields.choice(str(channel), _label(channel), f"{start} {mask.spoken}")


def _label(channel: str) -> str:
    return str(Channel(channel).label)


def _hint(channel: str, destination: str) -> SafeString:
    mask = contacts.masked(channel, destination)
    if channel == Channel.EMAIL:
        return format_html("A {}", mask.text)
    return format_html(
        'Al celular <span aria-hidden="true">{}</span><span class="vh">{}</span>',
        mask.text,
        mask.spoken,
    )
