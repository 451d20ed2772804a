"""What these pages have in common: clinical rows are not deleted, and reading them is written down."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Patient, User
from portal.audit import trail
from portal.audit.origin import origin_of


class NeverDeleted(admin.ModelAdmin):
    """No deletion, one by one or in bulk (ACC-08)."""

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class ReadOnly(NeverDeleted):
    """To look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class Watched(NeverDeleted):
    """Each page opened on a person and each search leaves a line in the trail (ACC-07, LOG-01)."""

    def patient_of(self, row: Any) -> Patient | None:
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        row = options.get("obj")
        if row is not None and request.method == "GET":
            write_down(request, f"{self._name()}.viewed", row, self.patient_of(row))
        return super().render_change_form(request, context, *args, **options)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        write_down(request, f"{self._name()}.listed", "", None)
        return super().changelist_view(request, extra_context)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        write_down(request, f"{self._name()}.changed", obj, self.patient_of(obj))
        return super().log_change(request, obj, message)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        write_down(request, f"{self._name()}.added", obj, self.patient_of(obj))
        return super().log_addition(request, obj, message)

    def _name(self) -> str:
        return f"admin.{self.opts.model_name}"


def write_down(
    request: HttpRequest, action: str, row: Model | str, patient: Patient | None
) -> None:
    user = request.user
    trail.record(
        action=action,
        actor=user if isinstance(user, User) else None,
        subject=row,
        patient=patient,
        request_context=origin_of(request),
        at=timezone.now(),
    )
