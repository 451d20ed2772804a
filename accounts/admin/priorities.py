"""Preferential attention at the desk: written down and ended one person at a time.

Sensitive data (Ley 1581 de 2012, art. 5): a page of its own, with permissions of its
own, and a line in the trail each time that it is opened.
"""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import priorities
from accounts.admin.base import write_down
from accounts.errors import (
    AccountError,
    EndsBeforeItBegins,
    PriorityAlreadyThere,
    PriorityBeginsLater,
)
from accounts.forms.desk import in_words
from accounts.models import Patient, PatientPriority, User
from portal.audit.origin import origin_of

PAGE = "admin:accounts_patient_priorities"
NOT_RECORDED: dict[type, str] = {
    PriorityBeginsLater: "Empieza hoy o antes: revise «Desde».",
    EndsBeforeItBegins: "Ese último día ya pasó: revise «Hasta».",
    PriorityAlreadyThere: "Ese motivo ya está anotado y sigue vigente.",
}


class PriorityForm(forms.Form):
    """Why somebody is put first, as their paper says."""

    motivo = forms.ChoiceField(label="Motivo", choices=PatientPriority.Kind.choices)
    desde = forms.DateField(
        label="Desde", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    hasta = forms.DateField(
        label="Hasta (si tiene fin)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    visto = forms.BooleanField(
        label="La persona lo dijo o mostró su soporte, y autoriza que lo anotemos",
        error_messages={"required": "Marque la casilla después de preguntarle"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("desde"), cleaned.get("hasta")
        if since and until and until < since:
            self.add_error("hasta", "Termina antes de empezar")
        return cleaned


class PrioritiesDesk(admin.ModelAdmin):
    """What the page of a patient gets: the way to theirs."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.priorities_view)
        name = "accounts_patient_priorities"
        return [path("<int:pk>/prioridad/", view, name=name), *super().get_urls()]

    @method_decorator(never_cache)
    def priorities_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """«Prioridad de atención»: what there is, and one more."""
        if not request.user.has_perm("accounts.view_patientpriority"):
            raise PermissionDenied
        patient = get_object_or_404(Patient, pk=pk)
        if request.method != "POST":
            write_down(request, "admin.patientpriority.viewed", patient, patient)
            today = timezone.localdate()
            return self._page(request, patient, PriorityForm(initial={"desde": today}))
        ending = request.POST.get("terminar", "")
        if ending:
            return self._end(request, patient, ending)
        return self._record(request, patient)

    def _record(self, request: HttpRequest, patient: Patient) -> HttpResponse:
        if not request.user.has_perm("accounts.add_patientpriority"):
            raise PermissionDenied
        form = PriorityForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            reason = priorities.Reason(said["motivo"], said["desde"], said["hasta"])
            try:
                priorities.record(patient=patient, reason=reason, **_who(request))
            except AccountError as refusal:
                in_words(form, refusal, NOT_RECORDED)
            else:
                messages.success(request, "La prioridad quedó anotada.")
                return redirect(PAGE, patient.pk)
        return self._page(request, patient, form)

    def _end(self, request: HttpRequest, patient: Patient, key: str) -> HttpResponse:
        if not request.user.has_perm("accounts.change_patientpriority"):
            raise PermissionDenied
        digits = key.isascii() and key.isdigit() and len(key) <= 16
        found = PatientPriority.objects.filter(patient=patient)
        row = get_object_or_404(found, pk=int(key) if digits else 0)
        priorities.end(priority_id=row.pk, patient=patient, **_who(request))
        messages.success(request, "La prioridad quedó terminada.")
        return redirect(PAGE, patient.pk)

    def _page(
        self, request: HttpRequest, patient: Patient, form: PriorityForm
    ) -> HttpResponse:
        today = timezone.localdate()
        may = request.user.has_perm
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "person": patient,
            "by_age": priorities.by_age(patient, on=today),
            "rows": [(row, _holds(row, today)) for row in priorities.of(patient)],
            "form": form,
            "may_record": may("accounts.add_patientpriority"),
            "may_end": may("accounts.change_patientpriority"),
        }
        status = 422 if form.errors else 200
        template = "admin/accounts/priorities.html"
        return TemplateResponse(request, template, context, status=status)


def _holds(row: PatientPriority, today: date) -> bool:
    """Still, and beyond today: what ends with the day was ended."""
    return row.until is None or row.until > max(row.since, today - timedelta(days=1))


def _who(request: HttpRequest) -> dict[str, Any]:
    by = request.user
    assert isinstance(by, User)  # noqa: S101 - the admin is for staff
    return {"by": by, "origin": origin_of(request), "now": timezone.now()}
