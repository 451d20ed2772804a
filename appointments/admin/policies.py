"""Until when one cancels or changes online, how often, and how many one may have: by level.

Each row says only what its level has of its own; beside it stands, in words, what holds
in the end and which level said it.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from appointments import cancellation
from appointments.cancellation import Place
from appointments.models import CancellationPolicy
from appointments.models.policy import LEVELS
from appointments.policies import Rules
from appointments.presenters.rules import span
from catalog import version

NAMES = {
    "schedule": "la agenda",
    "procedure": "el procedimiento",
    "specialty": "la especialidad",
    "site": "la sede",
    "agreement": "el convenio",
    "default": "toda la red",
    "": "el portal",
}


class LevelFilter(admin.SimpleListFilter):
    title = "nivel"
    parameter_name = "nivel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(level, NAMES[level].capitalize()) for level in (*LEVELS, "default")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[CancellationPolicy]
    ) -> QuerySet[CancellationPolicy]:
        if self.value() == "default":
            return queryset.filter(is_default=True)
        if self.value() in LEVELS:
            return queryset.filter(**{f"{self.value()}__isnull": False})
        return queryset


class PolicyForm(forms.ModelForm):
    """One level, and something said about it."""

    class Meta:
        model = CancellationPolicy
        fields = [
            *LEVELS,
            "online",
            *cancellation.MINUTES.values(),
            *cancellation.NUMBERS,
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        levels = [level for level in LEVELS if cleaned.get(level)]
        if self.instance.is_default is None and len(levels) != 1:
            raise forms.ValidationError(
                "Escoja un solo nivel: una agenda, un procedimiento, una especialidad, "
                "una sede o un convenio."
            )
        return cleaned


@admin.register(CancellationPolicy)
class CancellationPolicyAdmin(admin.ModelAdmin):
    """What is empty is said by the next level, from the agenda to the whole network."""

    form = PolicyForm
    list_display = ["__str__", "level", "in_words"]
    list_filter = [LevelFilter]
    list_select_related = list(LEVELS)
    list_per_page = 50
    autocomplete_fields = list(LEVELS)
    readonly_fields = ["in_words"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        said = [
            "online",
            *cancellation.MINUTES.values(),
            *cancellation.NUMBERS,
        ]
        rules = ("Reglas (vacío: lo dice el nivel siguiente)", {"fields": said})
        result = ("Lo que resulta", {"fields": ["in_words"]})
        if obj is not None and obj.is_default:
            return [rules, result]
        level = ("Nivel (uno solo)", {"fields": list(LEVELS)})
        return [level, rules, *([result] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row keeps its level: another level is another row."""
        levels = LEVELS if obj is not None and obj.is_default is None else ()
        return [*super().get_readonly_fields(request, obj), *levels]

    def formfield_for_foreignkey(
        self, db_field: Any, *args: Any, **options: Any
    ) -> Any:
        field = super().formfield_for_foreignkey(db_field, *args, **options)
        if field is not None:
            field.required = False
        return field

    @admin.display(description="nivel")
    def level(self, row: CancellationPolicy) -> str:
        return NAMES[_place(row)[0]].capitalize()

    @admin.display(description="lo que resulta")
    def in_words(self, row: CancellationPolicy) -> SafeString:
        if row.pk is None:
            return format_html("{}", "")
        return explained(cancellation.rules_at(_place(row)[1]))

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        version.bump()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        version.bump()

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[CancellationPolicy]
    ) -> None:
        super().delete_queryset(request, queryset)
        version.bump()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The network always has rules."""
        if obj is not None and obj.is_default:
            return False
        return super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        if any(one.is_default for one in objs):
            return [], {}, {"política de toda la red"}, []
        return super().get_deleted_objects(objs, request)


def explained(rules: Rules) -> SafeString:
    """The rules in sentences, each with the level that says it."""
    lines = [
        (_door(rules), "online"),
        (f"Cancelar hasta {before(rules.cancel_notice)}", "cancel_notice"),
        (f"Cambiar la hora hasta {before(rules.change_notice)}", "change_notice"),
        (f"Máximo {rules.most_changes} cambios por cita", "most_changes"),
        (f"Máximo {rules.most_to_come} citas pendientes", "most_to_come"),
        (
            f"Máximo {rules.most_to_come_in_specialty} pendientes en la especialidad",
            "most_to_come_in_specialty",
        ),
        (f"Máximo {rules.most_holds} horas apartadas a la vez", "most_holds"),
        (
            f"Máximo {rules.most_cancellations_a_week} cancelaciones por semana",
            "most_cancellations_a_week",
        ),
    ]
    said = ((text, NAMES[rules.said_by.get(name, "")]) for text, name in lines)
    return format_html_join("", "<div>{} <small>({})</small></div>", said)


def before(notice: timedelta) -> str:
    return f"{span(notice)} antes" if notice else "la hora de la cita"


def _door(rules: Rules) -> str:
    return (
        "Se cancela y se cambia por internet"
        if rules.online
        else "Se cancela y se cambia solo por teléfono"
    )


def _place(row: CancellationPolicy) -> tuple[str, Place]:
    """Its level, and everything more general that its key already decides."""
    level = next((one for one in LEVELS if getattr(row, f"{one}_id")), "default")
    keys: dict[str, Any] = {one: getattr(row, f"{one}_id") for one in LEVELS}
    if row.schedule is not None:
        keys |= {"specialty": row.schedule.specialty_id, "site": row.schedule.site_id}
    elif row.procedure is not None:
        keys["specialty"] = row.procedure.specialty_id
    return level, Place(**keys)
