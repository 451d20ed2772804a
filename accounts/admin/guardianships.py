"""Claims to act for somebody: the ones that wait first; approved after seeing the papers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import consents, errors, guardianships
from accounts.admin.base import Watched, write_down
from accounts.errors import AccountError, GuardianshipNotWaiting
from accounts.forms.desk import ApprovalForm, DeskClaimForm, ReasonForm, in_words
from accounts.models import Guardianship, LegalText, Patient, User
from portal.audit.origin import origin_of

State = Guardianship.State
REFUSED: dict[type, str] = {
    errors.NotStaff: "Esta solicitud es suya: la decide otra persona.",
    errors.IdentityNotConfirmed: "Primero confirme en ventanilla la identidad de quien "
    "pide (en su página de paciente).",
    errors.EvidenceMissing: "Escriba qué documentos vio.",
    errors.ReasonMissing: "Escriba el motivo.",
    errors.EndsBeforeItBegins: "La fecha final ya pasó.",
    errors.ChildIsAdult: "Según la historia ya es mayor de edad: no puede estar como hijo "
    "o hija. Que lo pida de nuevo con otra relación.",
    errors.RepresentativeMustConsent: "Es menor de edad según la historia y falta la "
    "autorización del representante. Que lo pida de nuevo y la acepte.",
    errors.RecordInactive: "La historia de esa persona está inactiva. Llame a quien "
    "administra el portal.",
    errors.ClaimIncomplete: "Faltan datos para crear la historia. Cree primero el paciente.",
    errors.OneselfClaimed: "Ese documento es de la misma persona que pide.",
    errors.AlreadyActing: "Ya es acudiente de esa persona.",
}

REFUSED_TO_ASK = REFUSED | {
    errors.ChildIsAdult: "Ya es mayor de edad: no puede estar como hijo o hija.",
    errors.RepresentativeMustConsent: "Es menor de edad: falta la autorización firmada "
    "por su representante.",
    errors.AlreadyAsked: "Ya está pedido y espera aprobación: búsquelo en la lista.",
    errors.TooManyAsks: "Ese acudiente ya tiene muchas solicitudes por aprobar.",
}


@admin.register(Guardianship)
class GuardianshipAdmin(Watched):
    """A queue to read; each decision has its page and its reasons."""

    list_display = ["guardian", "relation", "typed", "state", "asked_at"]
    list_filter = ["state", "relation"]
    list_select_related = ["guardian"]
    search_fields = [
        "=document_number",
        "=guardian__document_number",
        "=dependant__document_number",
    ]
    search_help_text = "Número de documento completo, del acudiente o de la persona"
    show_full_result_count = False
    list_per_page = 50
    fields = [
        "state",
        "guardian",
        "relation",
        "document_type",
        "document_number",
        "given_names",
        "family_names",
        "birth_date",
        "sex",
        "dependant",
        "evidence",
        "start_date",
        "end_date",
        "consent_text",
        "consent_at",
        "asked_at",
        "decided_by",
        "decided_at",
        "reason",
    ]
    change_form_template = "admin/accounts/guardianship_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may_decide(request)

    @method_decorator(never_cache)
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Who brings the papers without having asked: the claim, and then its approval."""
        if not _may_decide(request):
            raise PermissionDenied
        form = DeskClaimForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                row = guardianships.ask_at_desk(
                    guardian=form.cleaned_data["guardian"],
                    claim=form.claim,
                    signed=_signed(form),
                    **_who(request),
                )
            except AccountError as refusal:
                in_words(form, refusal, REFUSED_TO_ASK)
            else:
                messages.success(request, "Quedó por aprobar. Diga qué soporte vio.")
                return redirect("admin:accounts_guardianship_approve", row.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "title": "Agregar un acudiente",
        }
        template = "admin/accounts/guardianship_add.html"
        status = 422 if form.errors else 200
        return TemplateResponse(request, template, context, status=status)

    def has_change_permission(
        self, request: HttpRequest, obj: Guardianship | None = None
    ) -> bool:
        """Nothing is retyped: it is decided."""
        return False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        waiting = Case(
            When(state=State.ASKED, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
        return [waiting, "asked_at", "pk"]

    def patient_of(self, row: Guardianship) -> Patient | None:
        return row.dependant or row.guardian

    @admin.display(description="para")
    def typed(self, row: Guardianship) -> str:
        return f"{row.document_type} {row.document_number}"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(f"<uuid:pk>/{slug}/", wrap(view), name=f"accounts_guardianship_{name}")
            for slug, name, view in (
                ("aprobar", "approve", self.approve_view),
                ("no-aprobar", "reject", self.reject_view),
                ("terminar", "end", self.end_view),
            )
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        context["may_decide"] = _may_decide(request)
        return super().render_change_form(request, context, *args, **options)

    @method_decorator(never_cache)
    def approve_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = ApprovalForm(request.POST or None)
        return self._decide(
            request,
            pk,
            form,
            lambda: guardianships.approve(
                guardianship_id=pk,
                evidence=form.cleaned_data["soporte"],
                end_date=form.cleaned_data["hasta"],
                **_who(request),
            ),
            title="Aprobar al acudiente",
            done="Quedó aprobado. Le avisamos.",
        )

    @method_decorator(never_cache)
    def reject_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = ReasonForm(request.POST or None)
        return self._decide(
            request,
            pk,
            form,
            lambda: guardianships.reject(
                guardianship_id=pk,
                reason=form.cleaned_data["motivo"],
                **_who(request),
            ),
            title="No aprobar al acudiente",
            done="Quedó sin aprobar. Le avisamos.",
        )

    @method_decorator(never_cache)
    def end_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = ReasonForm(request.POST or None)
        return self._decide(
            request,
            pk,
            form,
            lambda: guardianships.end(
                guardianship_id=pk,
                reason=form.cleaned_data["motivo"],
                **_who(request),
            ),
            title="Terminar la relación",
            done="Quedó terminada. Le avisamos.",
        )

    def _decide(
        self,
        request: HttpRequest,
        pk: UUID,
        form: forms.Form,
        act: Callable[[], Guardianship],
        *,
        title: str,
        done: str,
    ) -> HttpResponse:
        if not _may_decide(request):
            raise PermissionDenied
        row = get_object_or_404(
            Guardianship.objects.select_related("guardian", "dependant"), pk=pk
        )
        if request.method == "POST" and form.is_valid():
            try:
                act()
            except GuardianshipNotWaiting:
                messages.warning(request, "Otra persona ya decidió esta solicitud.")
                return redirect("admin:accounts_guardianship_change", pk)
            except AccountError as refusal:
                in_words(form, refusal, REFUSED)
            else:
                messages.success(request, done)
                return redirect("admin:accounts_guardianship_change", pk)
        return self._page(request, row, form, title)

    def _page(
        self, request: HttpRequest, row: Guardianship, form: forms.Form, title: str
    ) -> HttpResponse:
        """What was typed beside what the clinic has: the person who decides sees both."""
        record = row.dependant or guardianships.record_of(row)
        if request.method == "GET":
            write_down(request, "admin.guardianship.deciding", row, record)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": row,
            "record": record,
            "form": form,
            "title": title,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(
            request, "admin/accounts/guardianship_decision.html", context, status=status
        )


def _signed(form: DeskClaimForm) -> LegalText | None:
    """What the representative signed, if they did."""
    if not form.cleaned_data["autorizo"]:
        return None
    return consents.current(LegalText.Kind.REPRESENTATIVE)


def _may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("accounts.change_guardianship"))


def _who(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin's own check came before
    return {"by": user, "origin": origin_of(request), "now": timezone.now()}
