"""Forms about one's own data: a copy, a claim, closing the account."""

from collections.abc import Sequence
from typing import Any, cast

from accounts.forms.account import PasswordAgainForm
from accounts.models import DataClaim, Patient
from portal.ui.fields import CheckField, ChoiceField, TextAreaField
from portal.ui.forms import PortalForm

TEXT_LENGTH = 2000


class CopyForm(PasswordAgainForm):
    """In which form the copy is wanted; the password, because it is everything (PRV-06)."""

    JSON, READABLE = "json", "html"
    formato = ChoiceField(
        label="¿Cómo la quiere?",
        choices=[
            (READABLE, "Para leer o imprimir"),
            (JSON, "Para usarla en otro programa (JSON)"),
        ],
        missing="Escoja cómo quiere la copia",
    )
    persona = ChoiceField(label="¿De quién son los datos?", missing="Escoja de quién")
    field_order = ["persona", "formato", "clave"]

    def __init__(self, *args: Any, persons: Sequence[Patient], **kwargs: Any) -> None:
        """`persons`: oneself first, then the minors that one represents."""
        super().__init__(*args, **kwargs)
        me, *minors = persons
        self._persons = {str(one.token): one for one in persons}
        if minors:
            of = [(str(one.token), f"De {one.full_name}") for one in minors]
            of.insert(0, (str(me.token), "Míos"))
            cast(ChoiceField, self.fields["persona"]).choices = of
        else:
            del self.fields["persona"]

    @property
    def patient(self) -> Patient:
        """Of whom, once it is valid."""
        first = next(iter(self._persons))
        return self._persons[self.cleaned_data.get("persona", first)]


class ClaimForm(PortalForm):
    """What is asked, in the person's own words."""

    clase = ChoiceField(
        label="¿Qué necesita?",
        choices=DataClaim.Kind.choices,
        missing="Escoja qué necesita",
    )
    texto = TextAreaField(
        label="Cuéntenos qué pide",
        hint="Por ejemplo, qué dato está mal y cómo debe quedar. Máximo 2.000 letras.",
        missing="Escriba qué pide",
        max_length=TEXT_LENGTH,
        error_messages={"max_length": "Escriba máximo 2.000 letras"},
    )


class CloseForm(PasswordAgainForm):
    """Nobody closes an account by mistake."""

    seguro = CheckField(
        label="Entiendo que no podré entrar más con esta cuenta.",
        missing="Marque la casilla para cerrar su cuenta",
    )
    field_order = ["seguro", "clave"]
