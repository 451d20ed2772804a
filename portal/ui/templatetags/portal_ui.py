"""What templates say: icons, the way back, the progress, days and hours."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui import dates
from portal.ui.icons import ICONS

register = template.Library()

PARTS = (
    (4, "Parte 1 de 4: qué cita"),
    (6, "Parte 2 de 4: dónde"),
    (8, "Parte 3 de 4: cuándo"),
    (11, "Parte 4 de 4: confirmar"),
)
# The wizard's eleven pages: the bar moves on each of them, the part does not.
PROGRESS = (6, 12, 18, 24, 37, 49, 62, 74, 83, 91, 99)


@register.simple_tag
def icon(name: str) -> SafeString:
    return ICONS[name]


@register.simple_tag
def back(url: str, text: str = "Volver") -> SafeString:
    return format_html('<a class="back" href="{}">{}{}</a>', url, ICONS["left"], text)


@register.simple_tag
def step(number: int, total: int = 11, name: str = "") -> SafeString:
    """{% step 2 4 "sus datos" %} in the registration, {% step 5 %} in the wizard."""
    if total == len(PROGRESS):
        value = PROGRESS[number - 1]
        text = next(text for last, text in PARTS if number <= last)
    else:
        value = max(number * 100 // total - 1, 1)
        text = f"Paso {number} de {total}: {name}"
    return format_html(
        '<p class="step"><span>{}</span>'
        '<progress value="{}" max="100" aria-label="Avance">{} %</progress></p>',
        text,
        value,
        value,
    )


@register.filter
def fecha(when: date | None) -> str:
    return dates.day(when) if when else ""


@register.filter
def fecha_completa(when: date | None) -> str:
    return dates.day_with_year(when) if when else ""


@register.filter
def hora(when: dates.Moment | None) -> str:
    return "" if when is None else dates.hour(when)


@register.filter
def cuando(when: date | None, today: date | None = None) -> str:
    return dates.near_day(when, today or timezone.localdate()) if when else ""
