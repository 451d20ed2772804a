"""With which agreement: asked on the way in, and whenever the patient wants another."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import coverages
from accounts.access import PatientRequest, patient_required
from appointments import preferences
from appointments.forms import AgreementForm

NEW = "nueva"


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def agreement(request: PatientRequest) -> HttpResponse:
    """Choose the agreement that pays. Those still to be verified are shown with their reason."""
    patient, now = request.user.patient, timezone.now()
    assert patient is not None  # noqa: S101 - patient_required saw to it
    choices = coverages.choices(patient=patient, today=timezone.localdate(now))
    usable = [choice for choice in choices if choice.usable]
    onward = request.POST.get("seguir", request.GET.get("seguir", ""))
    form = AgreementForm(
        request.POST if request.method == "POST" else None,
        usable=usable,
        initial={"convenio": _first(request, usable)},
    )
    if request.method == "POST" and form.is_valid():
        preferences.use_agreement(patient=patient, agreement=form.chosen.agreement)
        return redirect(_next(request, onward))
    context = {
        "form": form,
        "waiting": [choice for choice in choices if not choice.usable],
        "onward": NEW if onward == NEW else "",
        "back_url": reverse(
            "appointments:list" if onward == NEW else "appointments:office"
        ),
        "alone": all(choice.coverage is None for choice in choices),
        "declare_url": reverse("accounts:declare_coverage"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "appointments/agreement.html", context, status=status)


@require_safe
def agreement_then_new(request: HttpRequest) -> HttpResponse:
    """The question in the middle of «Nueva cita»."""
    return redirect(f"{reverse('appointments:agreement')}?seguir={NEW}")


def _first(request: PatientRequest, usable: list[coverages.Choice]) -> str:
    """The one in use, else the first of the list."""
    patient = request.user.patient
    codes = [
        choice.agreement.code
        for choice in usable
        if patient and choice.agreement.pk == patient.preferred_agreement_id
    ]
    return (codes or [usable[0].agreement.code] if usable else [""])[0]


def _next(request: PatientRequest, onward: str) -> str:
    if onward == NEW:
        return reverse("appointments:new")
    if not preferences.has_seen_tutorial(request.user):
        return reverse("appointments:tutorial")
    return reverse("appointments:list")
