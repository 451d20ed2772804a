"""How to ask for an appointment, shown at the first entry and whenever it is wanted."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import PatientRequest, patient_required
from appointments import preferences


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def tutorial(request: PatientRequest) -> HttpResponse:
    """Four slides. «Comenzar» and «Saltar» both go on, and it is not shown again by itself."""
    if request.method == "POST":
        preferences.tutorial_seen(user=request.user, now=timezone.now())
        return redirect("appointments:list")
    return render(request, "appointments/tutorial.html")
