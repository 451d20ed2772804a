"""The form of every page: Spanish ids and names, and the list of what to look at again."""

from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest

from portal.ui.captcha import CaptchaField


class Mistake(NamedTuple):
    """One line of the error summary and the control it leads to."""

    anchor: str
    text: str


class PortalForm(forms.Form):
    """Fields come from portal.ui.fields; ids are the names of the fields.

    A form with a captcha must be given the request: the answer counts only in
    the session and the form that asked for it (CAP-01).
    """

    def __init__(
        self, *args: Any, request: HttpRequest | None = None, **options: Any
    ) -> None:
        options.setdefault("auto_id", "%s")
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, CaptchaField):
                if request is None:
                    raise TypeError("A form with a captcha needs request=…")
                field.belong_to(request)

    @property
    def error_summary(self) -> list[Mistake]:
        """Every message, in the order of the page; the form's own come first."""
        own = [Mistake("", str(text)) for text in self.non_field_errors()]
        return own + [
            Mistake(getattr(bound, "anchor", bound.auto_id), str(text))
            for bound in self.visible_fields()
            for text in bound.errors
        ]
