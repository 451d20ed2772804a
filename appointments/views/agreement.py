"""With which agreement: asked on the way in, and whenever the patient wants another."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import coverages
from accounts.access import PatientRequest, patient_required
from accounts.models import Patient
from appointments import preferences
from appointments.forms import AgreementForm
from appointments.wizard.asking import acting_for


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def agreement(request: PatientRequest) -> HttpResponse:
    """On the way in: one's own."""
    patient = request.user.patient
    assert patient is not None  # noqa: S101 - patient_required saw to it
    onward = reverse("appointments:list")
    declare_url = f"{reverse('accounts:declare_coverage')}?seguir=entrar"
    if not preferences.has_seen_tutorial(request.user):
        onward = reverse("appointments:tutorial")
    return _choose(
        request,
        patient,
        onward,
        back_url=reverse("appointments:office"),
        declare_url=declare_url,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def agreement_of(request: PatientRequest, person: UUID) -> HttpResponse:
    """In the middle of «Nueva cita», of whoever it is for; then its first question."""
    patient = acting_for(request, person)
    onward = reverse("appointments:start", args=[patient.token])
    return _choose(
        request,
        patient,
        onward,
        back_url=reverse("appointments:list"),
        declare_url=_declare_url(request, patient),
    )


def _choose(
    request: PatientRequest,
    patient: Patient,
    onward: str,
    *,
    back_url: str,
    declare_url: str,
) -> HttpResponse:
    """Choose the agreement that pays. Those still to be verified are shown with their reason."""
    choices = coverages.choices(patient=patient, today=timezone.localdate())
    usable = [choice for choice in choices if choice.usable]
    form = AgreementForm(
        request.POST if request.method == "POST" else None,
        usable=usable,
        initial={"convenio": _first(patient, usable)},
    )
    if request.method == "POST" and form.is_valid():
        preferences.use_agreement(patient=patient, agreement=form.chosen.agreement)
        return redirect(onward)
    context = {
        "form": form,
        "waiting": [choice for choice in choices if not choice.usable],
        "back_url": back_url,
        "alone": all(choice.coverage is None for choice in choices),
        "declare_url": declare_url,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "appointments/agreement.html", context, status=status)


def _declare_url(request: PatientRequest, patient: Patient) -> str:
    """Another affiliation of this person, and back to this question."""
    url = reverse("accounts:declare_coverage")
    if patient.pk != request.user.patient_id:
        url = reverse("accounts:declare_person_coverage", args=[patient.token])
    return f"{url}?seguir=cita"


def _first(patient: Patient, usable: list[coverages.Choice]) -> str:
    """The one in use, else the first of the list."""
    codes = [
        choice.agreement.code
        for choice in usable
        if choice.agreement.pk == patient.preferred_agreement_id
    ]
    return (codes or [usable[0].agreement.code] if usable else [""])[0]
