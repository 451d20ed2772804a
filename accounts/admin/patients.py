"""Patients, and what the desk does after seeing a document.

Every member of the reception finds every patient for now: a patient belongs to no
site until it has visits, so only the trail says who looked (ACC-07, in part).
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import identity, recovery
from accounts.admin.base import ReadOnly, Watched
from accounts.errors import NotStaff, RecordsOverlap
from accounts.models import Consent, Coverage, Patient, User
from portal.audit.origin import origin_of


class CoverageInline(admin.TabularInline):
    model = Coverage
    fields = ("agreement", "member_number", "state", "declared_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Patient)
class PatientAdmin(Watched):
    """Found by document or name; opened one by one."""

    list_display = ["name", "document", "birth_date", "has_account", "provisional"]
    list_filter = ["provisional", "active"]
    list_select_related = ["user"]
    search_fields = ["=document_number", "family_names", "given_names"]
    search_help_text = "Número de documento completo, o nombres y apellidos"
    show_full_result_count = False
    list_per_page = 50
    fields = [
        "document_type",
        "document_number",
        "given_names",
        "family_names",
        "birth_date",
        "sex",
        "phone",
        "email",
        "provisional",
        "active",
    ]
    inlines = [CoverageInline]
    change_form_template = "admin/accounts/patient_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A document seen once is not retyped; contacts of an account are its owner's."""
        if obj is None:
            return ["provisional"]
        fixed = ["document_type", "document_number", "provisional"]
        has_account = User.objects.filter(patient=obj).exists()
        return [*fixed, "phone", "email"] if has_account else fixed

    def patient_of(self, row: Patient) -> Patient:
        return row

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<int:pk>/codigo/",
                wrap(self.recovery_view),
                name="accounts_patient_recovery",
            ),
            path(
                "<int:pk>/identidad/",
                wrap(self.identity_view),
                name="accounts_patient_identity",
            ),
        ]
        return [*own, *super().get_urls()]

    @method_decorator(never_cache)
    def recovery_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """«Entregar código de recuperación»: shown once, to be copied by its owner."""
        account = self._account(request, pk)
        issued = None
        if request.method == "POST" and request.POST.get("visto"):
            try:
                issued = recovery.issue(
                    account=account,
                    by=_me(request),
                    origin=origin_of(request),
                    now=timezone.now(),
                )
            except NotStaff as refusal:
                raise PermissionDenied from refusal
        return self._desk(request, account, "recovery", issued=issued)

    @method_decorator(never_cache)
    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """«Confirmar identidad en ventanilla»: ties the account to the clinic's record."""
        account = self._account(request, pk)
        if request.method != "POST" or not request.POST.get("visto"):
            return self._desk(request, account, "identity")
        try:
            record = identity.tie_to_record(
                account=account,
                by=_me(request),
                origin=origin_of(request),
                now=timezone.now(),
            )
        except RecordsOverlap:
            messages.error(
                request,
                "Ya hay otra cuenta con esa historia, o las dos tienen citas a la misma "
                "hora. Llame a quien administra el portal.",
            )
            return redirect("admin:accounts_patient_change", pk)
        messages.success(request, "La identidad quedó confirmada.")
        return redirect("admin:accounts_patient_change", record.pk)

    @admin.display(description="nombre", ordering="family_names")
    def name(self, row: Patient) -> str:
        return row.full_name

    @admin.display(description="documento", ordering="document_number")
    def document(self, row: Patient) -> str:
        return f"{row.document_type} {row.document_number}"

    @admin.display(description="cuenta", boolean=True)
    def has_account(self, row: Patient) -> bool:
        return getattr(row, "user", None) is not None

    def _account(self, request: HttpRequest, pk: int) -> User:
        account = get_object_or_404(
            User.objects.select_related("patient"), patient_id=pk, is_active=True
        )
        if not self.has_change_permission(request, account.patient):
            raise PermissionDenied
        return account

    def _desk(
        self, request: HttpRequest, account: User, task: str, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "person": account.patient,
            "account": account,
            "task": task,
            "forgotten": request.method == "POST" and not request.POST.get("visto"),
            **more,
        }
        return TemplateResponse(request, "admin/accounts/desk.html", context)


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    """The evidence, to read (PRV-02)."""

    list_display = ["text", "patient", "given_at", "withdrawn_at"]
    list_filter = ["text__kind"]
    list_select_related = ["text", "patient"]
    search_fields = ["=patient__document_number"]
    search_help_text = "Número de documento completo"
    show_full_result_count = False


def _me(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]
