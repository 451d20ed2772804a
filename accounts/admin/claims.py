"""Claims about personal data, the one that must be answered first on top."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from accounts import data_claims
from accounts.admin.base import Watched
from accounts.errors import ClaimAnswered
from accounts.models import DataClaim, Patient, User
from portal.audit.origin import origin_of

ASKED = (
    "number",
    "patient",
    "kind",
    "text",
    "asked_at",
    "due_date",
    "state",
    "answered_by",
    "answered_at",
)


@admin.register(DataClaim)
class DataClaimAdmin(Watched):
    """Writing an answer answers it; writing a reason for more time extends it, once."""

    list_display = ["number", "kind", "state", "due_date", "days_left"]
    list_filter = ["state", "kind"]
    search_fields = ["=number", "=patient__document_number"]
    search_help_text = "Radicado o número de documento, completos"
    show_full_result_count = False
    fields = (*ASKED, "extension_reason", "answer")
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(
        self, request: HttpRequest, obj: DataClaim | None = None
    ) -> tuple[str, ...]:
        if obj is None or obj.state == DataClaim.State.ANSWERED:
            return (*ASKED, "extension_reason", "answer")
        if obj.state == DataClaim.State.EXTENDED:
            return (*ASKED, "extension_reason")
        return ASKED

    def patient_of(self, row: DataClaim) -> Patient:
        return row.patient

    @admin.display(description="faltan (días)")
    def days_left(self, row: DataClaim) -> str:
        if row.state == DataClaim.State.ANSWERED:
            return "–"
        left = (row.due_date - timezone.localdate()).days
        return str(left) if left >= 0 else f"vencido hace {-left}"

    def save_model(
        self, request: HttpRequest, obj: DataClaim, form: Any, change: bool
    ) -> None:
        by = request.user
        assert isinstance(by, User)  # noqa: S101 - the admin is for staff
        done: dict[str, Any] = {
            "claim_id": obj.pk,
            "by": by,
            "origin": origin_of(request),
            "now": timezone.now(),
        }
        try:
            if "extension_reason" in form.changed_data:
                data_claims.extend(reason=obj.extension_reason, **done)
            if "answer" in form.changed_data:
                data_claims.answer(text=obj.answer, **done)
        except ClaimAnswered:
            messages.error(request, "Otra persona ya lo respondió. Vuelva a abrirlo.")
