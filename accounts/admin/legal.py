"""Legal texts: each edition is a new version; what was accepted stays as it was."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts import consents, legal
from accounts.admin.base import NeverDeleted
from accounts.models import LegalText
from portal.audit.origin import origin_of


@admin.register(LegalText)
class LegalTextAdmin(NeverDeleted):
    """«Añadir» publishes the next version; add `?kind=terminos` to begin from the one in force."""

    list_display = ["kind", "version", "title", "published_at"]
    list_filter = ["kind"]
    fields = ["kind", "title", "body"]
    change_form_template = "admin/accounts/legal_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind = request.GET.get("kind", "")
        try:
            text = consents.current(kind)
        except LegalText.DoesNotExist:
            return {}
        return {"kind": text.kind, "title": text.title, "body": text.body}

    def save_model(
        self, request: HttpRequest, obj: LegalText, form: Any, change: bool
    ) -> None:
        published = legal.publish(
            kind=obj.kind,
            title=obj.title,
            body=obj.body,
            by=request.user,  # type: ignore[arg-type]
            origin=origin_of(request),
            now=timezone.now(),
        )
        obj.pk, obj.version = published.pk, published.version
        obj.published_at = published.published_at
