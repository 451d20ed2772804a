"""The staff's own admin: only for staff who entered with their app's code (AUT-17)."""

from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.forms.staff import StaffSignInForm

# Factors are enrolled and taken off in `accounts.staff`; failures are in the audit trail.
HIDDEN_APPS = {"axes", "captcha", "otp_static", "otp_totp"}


class PortalAdminSite(AdminSite):
    site_header = "Oficina virtual: administración"
    site_title = "Administración"
    index_title = "Qué quiere hacer"
    login_form = StaffSignInForm
    login_template = "admin/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """A code by message opens the patients' pages and never these."""
        device = getattr(request.user, "otp_device", None)
        by_app = isinstance(device, TOTPDevice | StaticDevice)
        return super().has_permission(request) and by_app

    def register(self, models: Any, *args: Any, **options: Any) -> None:  # type: ignore[override]
        """What libraries register by themselves stays out of sight."""
        listed = [models] if isinstance(models, type) else list(models)
        shown = [model for model in listed if not _is_hidden(model)]
        if shown:
            super().register(shown, *args, **options)


def _is_hidden(model: type[Model]) -> bool:
    return model._meta.app_label in HIDDEN_APPS
