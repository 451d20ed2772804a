"""The appointments of a site; what is done with them goes through the domain."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import ReadOnly, Watched
from accounts.models import Patient
from appointments import pattern, references
from appointments.admin.cancelling import Cancelling
from appointments.admin.marking import Marking
from appointments.admin.rooms import WithRoom
from appointments.models import Appointment, AppointmentEvent


class DayFilter(admin.SimpleListFilter):
    """Reception looks at today; a search looks at every day."""

    title = "día"
    parameter_name = "dia"
    days = {"hoy": (0, 1), "manana": (1, 2), "semana": (0, 7)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("hoy", "Hoy"),
            ("manana", "Mañana"),
            ("semana", "Siete días"),
            ("todos", "Todos"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        searched = bool(request.GET.get("q"))
        chosen = self.value() or ("todos" if searched else "hoy")
        if chosen not in self.days:
            return queryset
        first, last = (_midnight_in(days) for days in self.days[chosen])
        return queryset.filter(start__gte=first, start__lt=last)


def _midnight_in(days: int) -> datetime:
    return pattern.midnight(timezone.localdate() + timedelta(days=days))


class EventInline(admin.TabularInline):
    model = AppointmentEvent
    fields = ("at", "from_status", "to_status", "by", "reason")
    readonly_fields = fields
    extra = 0
    can_delete = False
    verbose_name_plural = "historia"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Appointment)
class AppointmentAdmin(Watched, ReadOnly, WithRoom, Marking, Cancelling):
    """To look at: an appointment changes only through the domain, which keeps its history."""

    list_display = [
        "reference",
        "start",
        "patient",
        "procedure",
        "practitioner",
        "site",
        "status",
    ]
    list_filter = [DayFilter, "status", "modality"]
    list_select_related = ["patient", "procedure", "practitioner", "site"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["reference"]
    search_help_text = "Código de la cita (GY4K-72M) o número de documento completo"
    exclude = ("search",)
    readonly_fields = ("room_link",)
    actions = (*Marking.actions, *Cancelling.actions)
    inlines = [EventInline]

    def patient_of(self, row: Appointment) -> Patient:
        return row.patient

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        """Reception sees its own sites (ACC-07)."""
        found = super().get_queryset(request)
        if request.user.is_superuser or not request.user.is_authenticated:
            return found
        return found.filter(site__in=request.user.sites.all())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Appointment], search_term: str
    ) -> tuple[QuerySet[Appointment], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        reference = references.clean(term)
        if reference is not None and queryset.filter(reference=reference).exists():
            return queryset.filter(reference=reference), False
        number = term.replace(".", "").replace(" ", "").upper()
        return queryset.filter(patient__document_number=number), False
