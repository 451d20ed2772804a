"""What our fields share, and how each is tied to its label, its hint and its error."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString


class PortalBoundField(BoundField):
    """Hint is `<id>-h`, error is `<id>-e`, and the control says so."""

    field: "PortalField"

    @property
    def template_name(self) -> str:
        return self.field.template_name or self.field.layout

    @property
    def aria_describedby(self) -> str | None:
        if not self.auto_id or self.is_hidden:
            return None
        parts = []
        if self.help_text:
            parts.append(f"{self.auto_id}-h")
        if self.errors:
            parts.append(f"{self.auto_id}-e")
        return " ".join(parts) or None

    @property
    def anchor(self) -> str:
        """The id that the error summary leads to: the first control of the field."""
        return f"{self.auto_id}{self.field.first_control}"


class PortalField(forms.Field):
    """Where a field is drawn and how it complains."""

    bound_field_class = PortalBoundField
    template_name: str | None
    layout = "forms/field.html"
    first_control = ""
    missing = "Escriba este dato"
    errors: dict[str, str] = {}
    attributes: dict[str, str | bool] = {}
    widget_class: type[forms.Widget] = forms.TextInput

    def __init__(self, *, label: str, hint: str | SafeString = "", **options: Any):
        """Options: missing (the error when empty), autocomplete, width (w2, w4, w10),
        attrs, and whatever Django's field takes."""
        options["error_messages"] = {
            "required": options.pop("missing", self.missing),
            **self.errors,
            **options.get("error_messages", {}),
        }
        attrs = {**self.attributes, **options.pop("attrs", {})}
        if width := options.pop("width", ""):
            attrs["class"] = f"{attrs.get('class', '')} {width}".strip()
        if autocomplete := options.pop("autocomplete", ""):
            attrs["autocomplete"] = autocomplete
        options.setdefault("widget", self.widget_class(attrs=attrs))
        super().__init__(label=label, help_text=hint, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No `maxlength`: it would cut a pasted text without a word."""
        return {}
