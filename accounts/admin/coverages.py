"""Affiliations that wait for somebody to ask the payer."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from accounts import coverages
from accounts.admin.base import Watched
from accounts.errors import CoverageNotWaiting
from accounts.models import Coverage, Patient
from portal.audit.origin import origin_of


@admin.register(Coverage)
class CoverageAdmin(Watched):
    """The declared ones first; «Verificar» and «No encontrada» decide."""

    list_display = ["patient", "agreement", "member_number", "state", "declared_at"]
    list_filter = ["state", "agreement"]
    list_select_related = ["patient", "agreement"]
    search_fields = ["=patient__document_number", "=member_number"]
    search_help_text = "Número de documento o de afiliación, completos"
    autocomplete_fields = ["patient"]
    show_full_result_count = False
    actions = ["verify", "reject"]
    fields = [
        "patient",
        "agreement",
        "member_number",
        "member_type",
        "income_level",
        "fee_exemption",
        "start_date",
        "end_date",
        "state",
        "declared_at",
        "verified_at",
        "verified_by",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        decided = ["state", "declared_at", "verified_at", "verified_by"]
        return decided if obj is None else ["patient", "agreement", *decided]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        waiting = Case(
            When(state=Coverage.State.DECLARED, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
        return [waiting, "declared_at", "pk"]

    def patient_of(self, row: Coverage) -> Patient:
        return row.patient

    def save_model(
        self, request: HttpRequest, obj: Coverage, form: Any, change: bool
    ) -> None:
        """What staff add was seen by staff."""
        if not change:
            obj.state = Coverage.State.VERIFIED
            obj.verified_at = timezone.now()
            obj.verified_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    @admin.action(description="Verificar", permissions=["change"])
    def verify(self, request: HttpRequest, queryset: QuerySet[Coverage]) -> None:
        self._decide(request, queryset, coverages.verify, "verificadas")

    @admin.action(description="No encontrada", permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Coverage]) -> None:
        self._decide(
            request, queryset, coverages.reject, "marcadas como no encontradas"
        )

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[Coverage],
        decide: Any,
        done: str,
    ) -> None:
        count = 0
        for coverage in queryset:
            try:
                decide(
                    coverage_id=coverage.pk,
                    by=request.user,
                    origin=origin_of(request),
                    now=timezone.now(),
                )
                count += 1
            except CoverageNotWaiting:
                messages.warning(request, f"{coverage}: ya estaba decidida.")
        messages.success(request, f"Afiliaciones {done}: {count}.")
