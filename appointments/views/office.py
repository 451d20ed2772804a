"""The office: what there is to do, and the way in to «Citas médicas»."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import people
from accounts.access import PatientRequest, patient_required
from appointments import history, preferences
from appointments.presenters.lists import Reader, card
from appointments.presenters.pending import pending
from appointments.wizard.asking import default_agreement, usable_agreements


@require_safe
@patient_required
def office(request: PatientRequest) -> HttpResponse:
    """Hello, the module, what waits for an answer, and the next appointment of anybody."""
    patient, now = request.user.patient, timezone.now()
    assert patient is not None  # noqa: S101 - patient_required saw to it
    today = timezone.localdate(now)
    persons = people.acts_for(request.user, on=today)
    reader = Reader(request.user, len(people.persons(request.user, on=today)) > 1, now)
    coming = history.next_confirmed(persons, now=now)
    context = {
        "given_names": patient.given_names,
        "pending": pending(history.requests(persons, now=now), reader),
        "next": card(coming, reader) if coming else None,
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
