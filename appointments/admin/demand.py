"""What was looked for in vain, for who plans the agendas: by week, service, city and agreement."""

import csv
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.admin.base import ReadOnly, write_down
from appointments.models import UnmetDemand
from catalog.importing.report import FORMULA
from catalog.models import City
from portal.ui import dates

WEEKS_SHOWN = 26
Outcome = UnmetDemand.Outcome
Rows = QuerySet[UnmetDemand]


class WeekFilter(admin.SimpleListFilter):
    title = "semana"
    parameter_name = "semana"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The last half year."""
        weeks = UnmetDemand.objects.order_by("-week").values_list("week", flat=True)
        return [
            (week.isoformat(), f"Desde el {dates.day_with_year(week)}")
            for week in weeks.distinct()[:WEEKS_SHOWN]
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        known = {str(code) for code, _ in self.lookup_choices}
        value = self.value()
        return queryset.filter(week=value) if value in known else queryset


class CityFilter(admin.SimpleListFilter):
    title = "ciudad"
    parameter_name = "ciudad"
    NOWHERE = "virtual"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = UnmetDemand.objects.order_by().values("city_code").distinct()
        cities = City.objects.filter(code__in=codes).order_by("name", "code")
        return [
            *cities.values_list("code", "name"),
            (self.NOWHERE, "Sin ciudad (virtual)"),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(city_code="" if value == self.NOWHERE else value)


@admin.register(UnmetDemand)
class UnmetDemandAdmin(ReadOnly):
    """To look at, add up, and take to a spreadsheet. There is nobody in it."""

    change_list_template = "admin/appointments/unmetdemand/change_list.html"
    list_display = [
        "week",
        "procedure",
        "city",
        "agreement",
        "modality",
        "outcome",
        "count",
    ]
    list_display_links = None
    list_select_related = ["procedure", "agreement"]
    list_filter = [
        WeekFilter,
        "outcome",
        CityFilter,
        ("agreement", admin.RelatedOnlyFieldListFilter),
        "modality",
        ("procedure__specialty", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["procedure__name", "procedure__code"]
    list_per_page = 100
    show_full_result_count = False
    ordering = ["-week", "-count", "pk"]

    @admin.display(description="ciudad", ordering="city_code")
    def city(self, row: UnmetDemand) -> str:
        return row.city_name or row.city_code  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> Rows:
        named = City.objects.filter(code=OuterRef("city_code")).values("name")
        found: Rows = super().get_queryset(request)
        return found.annotate(city_name=Subquery(named[:1]))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        name = "appointments_unmetdemand_download"
        return [path("descargar/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With what the rows of the filters add up to."""
        answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            shown = answer.context_data.get("cl")
            if shown is not None:
                answer.context_data["totals"] = totals(shown.queryset)
        return answer

    def download(self, request: HttpRequest) -> HttpResponse:
        """The rows that the same filters leave, as a table for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:  # as the list answers to them
            return redirect("admin:appointments_unmetdemand_changelist")
        write_down(request, "admin.unmetdemand.downloaded", "", None)
        answer = HttpResponse(
            "\ufeff",  # so that a spreadsheet reads it as UTF-8
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="demanda-sin-atender.csv"'
            },
        )
        _write(csv.writer(answer), rows.select_related("procedure", "agreement"))
        return answer


def totals(rows: Rows) -> list[tuple[str, int]]:
    """How many searches, by what came of them, and all together.

    What was filed follows a search that found nothing and was counted then.
    """
    found = dict(rows.order_by().values_list("outcome").annotate(searches=Sum("count")))
    each = [(str(one.label), found.get(one.value, 0)) for one in Outcome]
    return [*each, ("Total", sum(found.values()) - found.get(Outcome.FILED, 0))]


def _write(writer: Any, rows: Rows) -> None:
    columns: list[tuple[str, Callable[[Any], object]]] = [
        ("semana", lambda row: row.week.isoformat()),
        ("codigo", lambda row: row.procedure.code),
        ("servicio", lambda row: row.procedure.name),
        ("divipola", lambda row: row.city_code),
        ("ciudad", lambda row: row.city_name or ""),
        ("convenio", lambda row: row.agreement.name),
        ("modalidad", lambda row: row.get_modality_display()),
        ("resultado", lambda row: row.get_outcome_display()),
        ("busquedas", lambda row: row.count),
    ]
    writer.writerow([name for name, _ in columns])
    for row in rows.iterator():
        writer.writerow([_cell(of(row)) for _, of in columns])


def _cell(value: object) -> str:
    """A cell that a spreadsheet would run gets an apostrophe (INJ-05)."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
