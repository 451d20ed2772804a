"""«Mis citas»: what is coming, what was."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest, patient_required
from appointments import history
from appointments.presenters.appointments import card, past_line


@require_safe
@patient_required
def mine(request: PatientRequest) -> HttpResponse:
    """The appointments to come, and the last ones that were."""
    patient, now = request.user.patient, timezone.now()
    assert patient is not None  # noqa: S101 - patient_required saw to it
    everything = "todas" in request.GET
    limit = history.MOST_PAST if everything else history.SHOWN_PAST + 1
    upcoming = history.upcoming(patient, now=now)
    past = history.past(patient, now=now, limit=limit)
    agreement = patient.preferred_agreement
    context = {
        "nav": "citas",
        "agreement": agreement.name if agreement else "",
        "upcoming": [card(appointment) for appointment in upcoming],
        "past": [past_line(appointment) for appointment in past],
    }
    if not upcoming and not past:
        return render(request, "appointments/list_empty.html", context)
    if not everything and len(past) > history.SHOWN_PAST:
        context["past"] = context["past"][: history.SHOWN_PAST]
        context["all_past_url"] = f"{reverse('appointments:list')}?todas=si"
    return render(request, "appointments/list.html", context)
