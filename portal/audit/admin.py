"""The trail, to read. Nobody edits it, not here and not in the database."""

from django.contrib import admin
from django.http import HttpRequest

from portal.audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    """Read only."""

    list_display = ["at", "action", "outcome", "actor", "subject", "address"]
    list_filter = ["outcome", "action"]
    list_select_related = ["actor"]
    date_hierarchy = "at"
    search_fields = ["=subject", "=patient_ref", "=request_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: AuditEvent | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: AuditEvent | None = None
    ) -> bool:
        return False
