"""Messages for staff to look at: how far each got, never what it says or to whom."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.messaging.models import OutgoingMessage, OutgoingMessageQuerySet


class WithoutReceipt(admin.SimpleListFilter):
    """Sent three days ago or more, and nobody confirmed it arrived (NOT-09)."""

    title = "confirmación"
    parameter_name = "confirmacion"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, str]]:
        return [("falta", "Sin confirmación")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]
    ) -> QuerySet[OutgoingMessage]:
        if self.value() != "falta" or not isinstance(queryset, OutgoingMessageQuerySet):
            return queryset
        return queryset.unconfirmed(at=timezone.now())


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(admin.ModelAdmin):
    """Read only: what happens to a message is decided by the worker."""

    list_display = (
        "kind",
        "channel",
        "state",
        "attempts",
        "error",
        "created_at",
        "due_at",
        "sent_at",
        "delivered_at",
    )
    list_filter = ["state", WithoutReceipt, "channel", "kind"]
    date_hierarchy = "created_at"
    fields = ("id", *list_display, "expires_at", "version", "provider_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: OutgoingMessage | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: OutgoingMessage | None = None
    ) -> bool:
        return False
