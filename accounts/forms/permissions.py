"""Boxes that accept a legal text: what is ticked is the version that was on the screen."""

from collections.abc import Mapping

from accounts.models import LegalText
from portal.ui.forms import PortalForm

ANOTHER_VERSION = "Este texto cambió. Léalo y marque la casilla otra vez"


def refuse_another_version(form: PortalForm, boxes: Mapping[str, LegalText]) -> None:
    """The box carries the id of its text; nothing else accepts it (PRV-02)."""
    for name, text in boxes.items():
        if form.cleaned_data.get(name) and form.data.get(name) != str(text.pk):
            form.add_error(name, ANOTHER_VERSION)
