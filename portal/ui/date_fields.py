"""Days: in three boxes, or in the browser's own calendar. Use them from portal.ui.fields."""

import re
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from portal.ui.bound import PortalField


class DateParts(NamedTuple):
    """What was typed in the three boxes of a date."""

    day: str
    month: str
    year: str


class DateWidget(forms.Widget):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> DateParts:
        return DateParts(*(str(data.get(f"{name}-{part}", "")) for part in "dma"))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}-{part}" in data for part in "dma")


class DateField(PortalField, forms.Field):
    """A date in three boxes: day, month and year. With `birth=True`, of birth."""

    layout = "forms/date.html"
    first_control = "-d"
    widget_class = DateWidget
    missing = "La fecha debe tener día, mes y año"
    errors = {"impossible": "Revise la fecha: ese día no existe"}

    def __init__(self, *, label: str, birth: bool = False, **options: Any) -> None:
        self.autocomplete_prefix = "bday" if birth else ""
        if birth:
            options.setdefault(
                "missing", "La fecha de nacimiento debe tener día, mes y año"
            )
        super().__init__(label=label, **options)

    def to_python(self, value: DateParts | date | None) -> date | None:
        if value is None or isinstance(value, date):
            return value
        parts = [text.strip() for text in value]
        if not any(parts):
            return None
        if not all(re.fullmatch("[0-9]{1,4}", part) for part in parts):
            raise ValidationError(self.error_messages["required"], code="incomplete")
        day, month, year = map(int, parts)
        try:
            return date(year if year >= 1000 else 0, month, day)
        except ValueError as error:
            raise ValidationError(
                self.error_messages["impossible"], code="impossible"
            ) from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, date):
            return DateParts(str(value.day), str(value.month), str(value.year))
        return value or DateParts("", "", "")


class DayField(PortalField, forms.DateField):
    """A day near today, in the browser's own calendar; never for birth dates."""

    attributes = {"class": "input w10"}
    errors = {"invalid": "Revise la fecha: ese día no existe"}
    missing = "Escoja una fecha"

    def __init__(
        self,
        *,
        first: date | None = None,
        last: date | None = None,
        **options: Any,
    ) -> None:
        limits = {"min": first, "max": last}
        attrs = {name: day.isoformat() for name, day in limits.items() if day}
        options.setdefault("input_formats", ["%Y-%m-%d"])
        options.setdefault(
            "widget",
            forms.DateInput(
                format="%Y-%m-%d", attrs={"type": "date", **self.attributes, **attrs}
            ),
        )
        super().__init__(**options)
