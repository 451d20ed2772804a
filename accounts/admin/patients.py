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

from accounts import document_change, errors, identity, recovery
from accounts.admin.base import ReadOnly, Watched
from accounts.admin.priorities import PrioritiesDesk
from accounts.errors import AccountError, NotStaff, RecordsOverlap
from accounts.forms.desk import DocumentChangeForm, in_words
from accounts.models import Consent, Coverage, Patient, PatientDocument, User
from portal.audit.origin import origin_of

# What the desk's page says of each task: its title, its consequence, its button.
TASKS: dict[str, tuple[str, str, str]] = {
    "recovery": (
        "Entregar código de recuperación",
        "Con este código la persona registra otro celular o correo y crea una contraseña "
        "nueva. Sus demás sesiones se cierran. Los códigos anteriores dejan de servir.",
        "Entregar código",
    ),
    "identity": (
        "Confirmar identidad en ventanilla",
        "La cuenta queda unida a la historia que la clínica tiene con este documento. No "
        "se puede deshacer aquí.",
        "Confirmar identidad",
    ),
    "retire": (
        "Retirar la cuenta de este documento",
        "Otra persona se registró con este documento. Nadie podrá entrar con esa cuenta, y "
        "quien es de verdad podrá registrarse. No se puede deshacer aquí.",
        "Retirar la cuenta",
    ),
}
NOT_CHANGED: dict[type, str] = {
    errors.NotStaff: "Es su propio documento: lo cambia otra persona.",
    errors.IdentityNotConfirmed: "Primero confirme la identidad en ventanilla.",
    errors.DocumentNotPlausible: "Revise el número: ese tipo de documento no es así.",
    errors.NothingToChange: "Ese es el documento que ya tiene.",
    errors.DocumentOfAnother: "Otro paciente de la clínica tiene ese documento. Llame a "
    "quien administra el portal.",
    errors.DocumentHasAccount: "Ya hay una cuenta con ese documento. Si no es de esta "
    "persona, retírela primero; si lo es, llame a quien administra el portal.",
}


class CoverageInline(admin.TabularInline):
    model = Coverage
    fields = ("agreement", "member_number", "state", "declared_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FormerDocumentInline(admin.TabularInline):
    """Documents that this person used before; they still find the record."""

    model = PatientDocument
    verbose_name_plural = "documentos anteriores"
    fields = ("document_type", "document_number", "until")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("accounts.view_patient"))


@admin.register(Patient)
class PatientAdmin(PrioritiesDesk, Watched):
    """Found by document or name; opened one by one."""

    list_display = ["name", "document", "birth_date", "has_account", "provisional"]
    list_filter = ["provisional", "active"]
    list_select_related = ["user"]
    search_fields = [
        "=document_number",
        "=former_documents__document_number",
        "family_names",
        "given_names",
    ]
    search_help_text = (
        "Número de documento completo, también uno anterior, o nombres y apellidos"
    )
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
    inlines = [FormerDocumentInline, CoverageInline]
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
            path(
                "<int:pk>/retirar/",
                wrap(self.retire_view),
                name="accounts_patient_retire",
            ),
            path(
                "<int:pk>/documento/",
                wrap(self.document_view),
                name="accounts_patient_document",
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

    @method_decorator(never_cache)
    def retire_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """«Retirar la cuenta»: it was not of this person, whose document is seen here."""
        account = self._account(request, pk)
        if request.method != "POST" or not request.POST.get("visto"):
            return self._desk(request, account, "retire")
        identity.retire(
            account=account,
            by=_me(request),
            origin=origin_of(request),
            now=timezone.now(),
        )
        messages.success(request, "La cuenta quedó retirada: nadie entra con ella.")
        return redirect("admin:accounts_patient_change", pk)

    @method_decorator(never_cache)
    def document_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """«Cambiar documento»: from registro civil to tarjeta, from tarjeta to cédula."""
        patient = get_object_or_404(Patient, pk=pk)
        if not self.has_change_permission(request, patient):
            raise PermissionDenied
        form = DocumentChangeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                document_change.change_document(
                    patient=patient,
                    kind=form.cleaned_data["tipo"],
                    number=form.cleaned_data["numero"],
                    by=_me(request),
                    origin=origin_of(request),
                    now=timezone.now(),
                )
            except AccountError as refusal:
                in_words(form, refusal, NOT_CHANGED)
            else:
                messages.success(request, "El documento quedó cambiado.")
                return redirect("admin:accounts_patient_change", pk)
        return self._document_page(request, patient, form)

    def _document_page(
        self, request: HttpRequest, patient: Patient, form: DocumentChangeForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "person": patient,
            "form": form,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(
            request, "admin/accounts/document.html", context, status=status
        )

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
            "task": TASKS[task],
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
