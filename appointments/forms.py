"""What patients type or tick on the pages about appointments. Forms clean; they do not save."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from accounts.coverages import Choice
from appointments.availability import Window
from appointments.changes import REASONS
from catalog.models import Practitioner
from portal.ui import dates, fields
from portal.ui.forms import PortalForm

SOMEBODY_NEW = "otra"
SOON, NEXT_WEEK, FROM = "ya", "semana", "desde"
PARTS = {"am": "Mañana", "pm": "Tarde"}
WEEKDAYS = {"lun": 1, "mar": 2, "mie": 3, "jue": 4, "vie": 5, "sab": 6}


class AgreementForm(PortalForm):
    """With which agreement."""

    convenio = fields.ChoiceField(
        label="¿Con qué convenio va a pedir la cita?",
        hint="El convenio es quien paga la atención: su EPS, su medicina prepagada o usted.",
        missing="Escoja su convenio",
        heading=True,
        error_messages={"invalid_choice": "Escoja su convenio"},
    )

    def __init__(self, *args: Any, usable: Iterable[Choice], **options: Any) -> None:
        super().__init__(*args, **options)
        self.by_code = {choice.agreement.code: choice for choice in usable}
        self.fields["convenio"].choices = [  # type: ignore[attr-defined]
            fields.choice(code, choice.label, choice.hint)
            for code, choice in self.by_code.items()
        ]

    @property
    def chosen(self) -> Choice:
        return self.by_code[self.cleaned_data["convenio"]]


class WhoForm(PortalForm):
    """For whom. Sent with GET: it only leads to the questions of that person."""

    para = fields.ChoiceField(label="¿Para quién es la cita?", heading=True)

    def __init__(
        self, *args: Any, options: list[tuple[str, str]], **others: Any
    ) -> None:
        super().__init__(*args, **others)
        field = self.fields["para"]
        field.choices = [  # type: ignore[attr-defined]
            *options,
            fields.choice(
                SOMEBODY_NEW, "Otra persona", "La agregamos con su documento."
            ),
        ]
        field.initial = options[0][0]


class TelehealthForm(PortalForm):
    """The consent of a virtual appointment."""

    acepto = fields.CheckField(
        label="Leí este texto y acepto que me atiendan por videollamada.",
        missing="Para una cita virtual, acepte la atención por videollamada",
    )

    def __init__(
        self, *args: Any, version: int, on_behalf: str = "", **options: Any
    ) -> None:
        """`on_behalf`: in which capacity somebody accepts for the patient."""
        super().__init__(*args, **options)
        self.version = version
        if on_behalf:
            self.fields[
                "acepto"
            ].label = f"Leí este texto y, {on_behalf}, acepto que le atiendan por videollamada."

    def clean(self) -> dict[str, Any]:
        """The box on another text accepts nothing."""
        cleaned = super().clean() or self.cleaned_data
        if "acepto" in cleaned and self.data.get("version") != str(self.version):
            self.add_error("acepto", "Este texto cambió. Léalo otra vez")
            self.data = {}
        return cleaned


class RemindersForm(PortalForm):
    """When and by which way somebody wants to be reminded; nothing ticked is nothing sent."""

    cuando = fields.MultiChoiceField(
        label="¿Cuándo le recordamos?",
        hint="Si no marca ninguno, no le mandamos recordatorios.",
        required=False,
        choices=[
            fields.choice("week", "7 días antes", "Solo si hay que prepararse."),
            fields.choice("two_days", "2 días antes", "Solo si hay que prepararse."),
            fields.choice("day", "Un día antes"),
            fields.choice("hours", "2 horas antes"),
        ],
    )
    por = fields.MultiChoiceField(label="¿Por dónde?", required=False)

    def __init__(
        self, *args: Any, ways: Sequence[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["por"].choices = list(ways)  # type: ignore[attr-defined]


class CancelForm(PortalForm):
    """Why it is cancelled, for who wants to say it."""

    motivo = fields.ChoiceField(
        label="¿Por qué la cancela? (opcional)",
        required=False,
        choices=[fields.choice(code, label) for code, label in REASONS.items()],
    )


class SearchForm(PortalForm):
    """The box of a question; the page says what to write in it."""

    q = fields.TextField(label="", required=False)

    def __init__(self, *args: Any, missing: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.missing = missing

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("q") and "q" not in self.errors:
            self.add_error("q", self.missing)
        return cleaned


class AddForm(SearchForm):
    """What to add to a basket, and for whom where there is a choice."""

    para = fields.ChoiceField(label="¿Para quién es?", required=False)
    field_order = ("para", "q")

    def __init__(
        self, *args: Any, persons: Sequence[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, missing="Escriba qué cita quiere agregar", **options)
        self.fields["para"].choices = list(persons)  # type: ignore[attr-defined]
        if len(persons) < 2:
            del self.fields["para"]


NOTICES = {"3h": 180, "1d": 1440}


class WaitingForm(PortalForm):
    """What somebody who waits can do: until when, at which hours, how soon to be told."""

    hasta = fields.DayField(label="¿Hasta qué día le sirve?")
    jornada = fields.MultiChoiceField(
        label="¿A qué hora puede?",
        missing="Marque mañana, tarde o las dos",
        half=True,
        choices=[fields.choice(code, label) for code, label in PARTS.items()],
    )
    dia = fields.MultiChoiceField(
        label="¿Qué días puede? (opcional)",
        hint="Si no marca ninguno, le sirve cualquiera.",
        half=True,
        required=False,
        choices=[
            fields.choice(code, dates.WEEKDAYS[number - 1].capitalize())
            for code, number in WEEKDAYS.items()
        ],
    )
    sede = fields.MultiChoiceField(
        label="¿En qué sedes puede? (opcional)",
        hint="Si no marca ninguna, le sirve cualquiera.",
        required=False,
    )
    aviso = fields.ChoiceField(
        label="¿Con cuánto tiempo le avisamos?",
        choices=[
            fields.choice("3h", "Puedo ir aunque me avisen 3 horas antes"),
            fields.choice("1d", "Mínimo un día antes"),
        ],
    )
    noche = fields.CheckField(
        label="Pueden avisarme a cualquier hora",
        hint="Si no marca esta casilla, solo le avisamos de 7:00 a. m. a 8:00 p. m.",
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        first: date,
        last: date,
        sites: Sequence[tuple[str, str]] = (),
        **options: Any,
    ) -> None:
        """From `first` to `last` is what can be waited for; `sites` where there is a choice."""
        self.first, self.last = first, last
        super().__init__(*args, **options)
        limits = {"min": first.isoformat(), "max": last.isoformat()}
        self.fields["hasta"].widget.attrs |= limits
        self.fields["sede"].choices = list(sites)  # type: ignore[attr-defined]
        if len(sites) < 2:
            del self.fields["sede"]

    def clean_hasta(self) -> date:
        day: date = self.cleaned_data["hasta"]
        if not self.first <= day <= self.last:
            raise ValidationError(between(self.first, self.last))
        return day

    @property
    def part(self) -> str:
        """Both halves of the day are any hour."""
        parts = self.cleaned_data["jornada"]
        return "" if len(parts) == len(PARTS) else str(parts[0])

    @property
    def weekdays(self) -> str:
        """ISO digits in their order; all of them are any day."""
        days = sorted(WEEKDAYS[code] for code in self.cleaned_data["dia"])
        return "" if len(days) == len(WEEKDAYS) else "".join(map(str, days))

    @property
    def notice_minutes(self) -> int:
        return NOTICES[self.cleaned_data["aviso"]]


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days that can be asked for."""

    today: date
    last: date

    @property
    def next_week(self) -> tuple[date, date]:
        """Monday to Saturday."""
        monday = self.today + timedelta(days=7 - self.today.weekday())
        return monday, monday + timedelta(days=5)

    @property
    def next_week_in_words(self) -> str:
        monday, saturday = self.next_week
        return f"Del {dates.day(monday)} al {dates.day(saturday)}"


class DatesForm(PortalForm):
    """When the patient can come. Sent with GET: it only narrows the search."""

    cuando = fields.ChoiceField(label="Fecha", required=False)
    desde = fields.DayField(label="¿Desde qué fecha?", required=False)
    hasta = fields.DayField(label="¿Hasta qué fecha? (opcional)", required=False)
    jornada = fields.MultiChoiceField(
        label="Hora del día",
        half=True,
        required=False,
        choices=[
            fields.choice("am", "Mañana", "Antes de las 12 m."),
            fields.choice("pm", "Tarde", "Después de las 12 m."),
        ],
    )
    dia = fields.MultiChoiceField(
        label="Días (opcional)",
        hint="Si no marca ninguno, le mostramos todos.",
        half=True,
        required=False,
        choices=[
            fields.choice(code, dates.WEEKDAYS[number - 1].capitalize())
            for code, number in WEEKDAYS.items()
        ],
    )
    profesional = fields.SelectField(label="¿Con quién? (opcional)", required=False)

    def __init__(
        self,
        *args: Any,
        horizon: Horizon,
        practitioners: Sequence[Practitioner] = (),
        **options: Any,
    ) -> None:
        self.horizon = horizon
        super().__init__(*args, **options)
        self._offer_days()
        if len(practitioners) > 1:
            self.fields["profesional"].choices = [  # type: ignore[attr-defined]
                ("", "Cualquier profesional"),
                *((one.code, str(one)) for one in practitioners),
            ]
        else:
            del self.fields["profesional"]

    def _offer_days(self) -> None:
        self.fields["cuando"].choices = [  # type: ignore[attr-defined]
            fields.choice(SOON, "Lo más pronto posible"),
            fields.choice(
                NEXT_WEEK, "La próxima semana", self.horizon.next_week_in_words
            ),
            fields.choice(FROM, "Desde otra fecha"),
        ]
        first, last = self.horizon.today.isoformat(), self.horizon.last.isoformat()
        for name in ("desde", "hasta"):
            self.fields[name].widget.attrs |= {"min": first, "max": last}
        last_in_words = f"{self.horizon.last.day} de {dates.MONTHS[self.horizon.last.month - 1]} de {self.horizon.last.year}"
        self.fields["desde"].help_text = f"Hay agenda hasta el {last_in_words}."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("cuando") == FROM:
            self._check_days(cleaned.get("desde"), cleaned.get("hasta"))
        return cleaned

    def _check_days(self, first: date | None, last: date | None) -> None:
        if first is None and "desde" not in self.errors:
            self.add_error("desde", ValidationError("Escoja desde qué fecha"))
        for name, day in (("desde", first), ("hasta", last)):
            if day and not self.horizon.today <= day <= self.horizon.last:
                self.add_error(name, ValidationError(self._between))
        if first and last and last < first and "hasta" not in self.errors:
            text = "La última fecha debe ser igual o posterior a la primera"
            self.add_error("hasta", ValidationError(text))

    @property
    def _between(self) -> str:
        return between(self.horizon.today, self.horizon.last)

    def window(self, now: datetime) -> Window:
        """The same as the reader of the agenda takes it."""
        data = self.cleaned_data
        first, last = localdate(now), self.horizon.last
        if data.get("cuando") == NEXT_WEEK:
            first, last = self.horizon.next_week
        if data.get("cuando") == FROM:
            first, last = data["desde"], data.get("hasta") or self.horizon.last
        parts = frozenset(data.get("jornada") or ())
        return Window(
            now=now,
            first_day=first,
            last_day=last,
            parts=frozenset() if len(parts) == len(PARTS) else parts,
            weekdays=frozenset(WEEKDAYS[code] for code in data.get("dia") or ()),
        )


def between(first: date, last: date) -> str:
    """What to do about a day that is not among these."""
    return (
        f"Escoja una fecha entre el {first.day} de {dates.MONTHS[first.month - 1]}"
        f" de {first.year} y el {last.day} de {dates.MONTHS[last.month - 1]} de {last.year}"
    )
