"""The office: what there is to do, and the way in to «Citas médicas»."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest, patient_required
from appointments import history, preferences
from appointments.presenters.appointments import card
from appointments.wizard.asking import default_agreement, usable_agreements


@require_safe
@patient_required
def office(request: PatientRequest) -> HttpResponse:
    """Hello, the module, and the next appointment if there is one."""
    patient = request.user.patient
    assert patient is not None  # noqa: S101 - patient_required saw to it
    coming = history.next_confirmed(patient, now=timezone.now())
    context = {
        "given_names": patient.given_names,
        "next": card(coming) if coming else None,
    }
    return render(request, "appointments/office.html", context)


@require_safe
@patient_required
def enter(request: PatientRequest) -> HttpResponse:
    """«Ingresar»: the agreement if there is a choice, the tutorial the first time, the list."""
    patient, today = request.user.patient, timezone.localdate()
    assert patient is not None  # noqa: S101 - patient_required saw to it
    decided = default_agreement(patient, today) is not None
    if not decided or len(usable_agreements(patient, today)) > 1:
        return redirect("appointments:agreement")
    if not preferences.has_seen_tutorial(request.user):
        return redirect("appointments:tutorial")
    return redirect("appointments:list")
