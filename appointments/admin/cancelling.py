"""«Cancelar por la sede»: asked first with its reason, told row by row, and to each patient."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from appointments import changes
from appointments.errors import BookingError, NotStanding, NotThisSite
from appointments.models import Appointment

MOST_AT_ONCE = 100
WHY = {
    NotThisSite: "no es de sus sedes, o su cargo no cancela citas",
    NotStanding: "ya no está en pie",
}


class ReasonForm(forms.Form):
    """Why: for the clinic's own history. The patient reads an apology, not this."""

    motivo = forms.CharField(
        label="Motivo (lo ve el personal; no escriba datos de salud)",
        max_length=200,
        error_messages={"required": "Escriba el motivo"},
    )


class Cancelling(admin.ModelAdmin):
    """The action of a list of appointments. It asks on a page of its own first."""

    actions: tuple[str, ...] = ("cancel_by_clinic",)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(changes.MAY_CANCEL)

    @admin.action(description="Cancelar por la sede", permissions=["cancel"])
    def cancel_by_clinic(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        found = list(queryset.order_by("start", "pk")[: MOST_AT_ONCE + 1])
        if len(found) > MOST_AT_ONCE:
            messages.error(request, f"Escoja máximo {MOST_AT_ONCE} citas a la vez.")
            return None
        sent = request.POST.get("confirmado") == "si"
        form = ReasonForm(request.POST if sent else None)
        if not form.is_valid():
            return _ask(self, request, found, form)
        _do(request, found, form.cleaned_data["motivo"])
        return None


def _ask(
    page: admin.ModelAdmin,
    request: HttpRequest,
    found: Iterable[Appointment],
    form: ReasonForm,
) -> HttpResponse:
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "title": "¿Cancelar estas citas por la sede?",
        "opts": page.opts,
        "appointments": found,
        "form": form,
        "action": "cancel_by_clinic",
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    template = "admin/appointments/cancel_by_clinic.html"
    return TemplateResponse(
        request, template, context, status=422 if form.errors else 200
    )


def _do(request: HttpRequest, found: Iterable[Appointment], reason: str) -> None:
    """Each in a transaction of its own: one that cannot be does not stop the others."""
    done = []
    for one in found:
        try:
            changes.cancel_by_clinic(
                appointment_id=one.pk,
                by=request.user,  # type: ignore[arg-type]
                reason=reason,
                now=timezone.now(),
            )
        except BookingError as refusal:
            why = WHY.get(type(refusal), "no se pudo")
            messages.error(request, f"{one.reference}: {why}.")
        else:
            done.append(one.reference)
    if done:
        messages.success(
            request, f"Canceladas y avisadas a sus pacientes: {', '.join(done)}."
        )
