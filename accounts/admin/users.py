"""Accounts: who may enter. Passwords and factors are nobody's but their owner's (AUT-19)."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import sessions, staff
from accounts.admin.base import Watched
from accounts.errors import NotStaff
from accounts.models import Patient, User
from portal.audit.origin import origin_of


@admin.register(User)
class UserAdmin(Watched):
    """No password and no factor can be read or written here."""

    list_display = ["__str__", "is_staff", "is_active", "created_at"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["username", "staff_name"]
    show_full_result_count = False
    fields = [
        "username",
        "staff_name",
        "is_active",
        "is_staff",
        "groups",
        "sites",
        "patient",
        "identity_confirmed_at",
        "created_at",
        "last_login",
    ]
    filter_horizontal = ["groups"]
    actions = ["invite_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff come in by `manage.py create_staff`, patients by registering."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [
            "username",
            "patient",
            "identity_confirmed_at",
            "created_at",
            "last_login",
        ]
        if request.user.is_superuser:
            return fixed
        return [*fixed, "is_staff", "groups"]

    def patient_of(self, row: User) -> Patient | None:
        return row.patient

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            sessions.end_all(user=obj, origin=origin_of(request), now=timezone.now())

    @admin.action(
        description="Dar otro enlace de activación (personal)", permissions=["invite"]
    )
    def invite_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                path = staff.invite_again(
                    user=user,
                    by=request.user,  # type: ignore[arg-type]
                    origin=origin_of(request),
                    now=timezone.now(),
                )
            except NotStaff:
                messages.warning(request, f"{user} no es del personal.")
            else:
                messages.success(
                    request,
                    f"{user}: {settings.BASE_URL}{path} (sirve una vez, 24 horas).",
                )

    def has_invite_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)
