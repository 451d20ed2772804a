"""What a patient copies from their order and authorisation, and a picture of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from appointments import uploads
from appointments.errors import (
    BadUpload,
    UploadActive,
    UploadOfAnotherKind,
    UploadTooBig,
)
from appointments.orders import Declared
from appointments.policies import Asked
from appointments.uploads import Upload
from portal.ui import dates, fields
from portal.ui.forms import PortalForm

TOO_BIG = "El archivo pesa más de 5 MB o es demasiado grande. Escoja otro"
WORDS: dict[type[BadUpload], str] = {
    UploadTooBig: TOO_BIG,
    UploadOfAnotherKind: "Escoja una foto (JPG, PNG o WebP) o un PDF",
    UploadActive: "Ese PDF tiene contraseña o programas. Mande una foto de la orden",
}
LONGEST_NUMBER = 40


class OrderForm(PortalForm):
    """Only the papers that are asked for have fields."""

    numero_orden = fields.TextField(
        label="Número de la orden (opcional)", required=False, max_length=LONGEST_NUMBER
    )
    fecha_orden = fields.DateField(
        label="Fecha de la orden",
        hint="Ejemplo: 15 11 2026",
        missing="Escriba la fecha de la orden: día, mes y año",
    )
    hasta_orden = fields.DateField(
        label="La orden vence (si lo dice)",
        required=False,
        missing="Escriba día, mes y año, o deje las tres casillas vacías",
    )
    numero_autorizacion = fields.TextField(
        label="Número de la autorización",
        missing="Escriba el número de la autorización",
        max_length=LONGEST_NUMBER,
    )
    fecha_autorizacion = fields.DateField(
        label="Fecha de la autorización",
        missing="Escriba la fecha de la autorización: día, mes y año",
    )
    hasta_autorizacion = fields.DateField(
        label="La autorización vence (si lo dice)",
        required=False,
        missing="Escriba día, mes y año, o deje las tres casillas vacías",
    )
    archivo = fields.FileField(
        label="Foto o PDF (opcional)",
        hint="JPG, PNG, WebP o PDF. Máximo 5 MB.",
        required=False,
        attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"},
    )

    def __init__(
        self,
        *args: Any,
        asked: Asked,
        today: date,
        dropped: Sequence[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.asked, self.today, self.dropped = asked, today, dropped
        self.upload: Upload | None = None
        if not asked.order:
            self._without("numero_orden", "fecha_orden", "hasta_orden")
        elif asked.order_later and asked.authorization:
            # The authorisation alone is worth telling; the order may come on the day.
            self.fields["fecha_orden"].required = False
        if not asked.authorization:
            self._without(
                "numero_autorizacion", "fecha_autorizacion", "hasta_autorizacion"
            )
        elif asked.authorization_later and asked.order:
            self.fields["numero_autorizacion"].required = False
            self.fields["fecha_autorizacion"].required = False

    @property
    def declared(self) -> Declared:
        data = self.cleaned_data
        return Declared(
            order_number=data.get("numero_orden") or "",
            order_date=data.get("fecha_orden"),
            order_until=data.get("hasta_orden"),
            authorization_number=data.get("numero_autorizacion") or "",
            authorization_date=data.get("fecha_autorizacion"),
            authorization_until=data.get("hasta_autorizacion"),
        )

    def clean_archivo(self) -> UploadedFile | None:
        """By its content: neither its name nor what the browser says of it counts."""
        if "archivo" in self.dropped:
            raise ValidationError(TOO_BIG)
        sent: UploadedFile | None = self.cleaned_data.get("archivo")
        if sent is None:
            return None
        try:
            self.upload = uploads.read(sent)
        except BadUpload as refusal:
            raise ValidationError(WORDS[type(refusal)]) from refusal
        return sent

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_dates("orden", "la orden")
        self._check_dates("autorizacion", "la autorización")
        self._check_something()
        return cleaned

    def _check_dates(self, name: str, what: str) -> None:
        issued = self.cleaned_data.get(f"fecha_{name}")
        until = self.cleaned_data.get(f"hasta_{name}")
        if issued and issued > self.today:
            self.add_error(f"fecha_{name}", "Esa fecha todavía no llega. Revísela")
        if until and issued and until < issued:
            self.add_error(f"hasta_{name}", f"Revise la fecha: {what} es posterior")
        elif until and until < self.today:
            said = f"Se venció el {dates.day(until)}. Pida una nueva"
            self.add_error(f"hasta_{name}", said.replace(dates.NBSP, " "))

    def _check_something(self) -> None:
        """Both may be left for later one by one, but not the whole page."""
        if self.errors:
            return
        names = ("fecha_orden", "numero_autorizacion")
        if not any(self.cleaned_data.get(name) for name in names):
            present = next(name for name in names if name in self.fields)
            self.add_error(present, self.fields[present].error_messages["required"])

    def _without(self, *names: str) -> None:
        for name in names:
            del self.fields[name]
