"""«Sus recordatorios»: when and by which way."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import contacts
from accounts.access import PatientRequest, patient_required
from accounts.contacts import Reach
from accounts.models import Patient
from appointments import notifications, preferences
from appointments.forms import RemindersForm
from appointments.models import ReminderPreference
from portal.messaging.models import Channel
from portal.ui import fields

LABELS = {
    Channel.SMS: "Mensaje de texto",
    Channel.EMAIL: "Correo electrónico",
}
SAVED = "Listo. Guardamos cómo quiere sus recordatorios."


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def reminders(request: PatientRequest) -> HttpResponse:
    """For oneself; a guardian is reminded of the dependants' appointments in the same way."""
    patient = request.user.patient
    assert patient is not None  # noqa: S101 - patient_required saw to it
    ways = _ways(patient)
    form = RemindersForm(
        request.POST if request.method == "POST" else None,
        ways=[_choice(channel, reach) for channel, reach in ways.items()],
        initial=_chosen(patient),
    )
    if request.method == "POST" and form.is_valid():
        preferences.choose_reminders(
            user=request.user,
            moments=form.cleaned_data["cuando"],
            channels={one: one in form.cleaned_data["por"] for one in ways},
            now=timezone.now(),
        )
        messages.success(request, SAVED)
        return redirect("appointments:reminders")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "reached": bool(ways), "nav": "datos"}
    return render(request, "appointments/reminders.html", context, status=status)


def _ways(patient: Patient) -> dict[Channel, Reach]:
    """Those that work here and that this person proved to be theirs."""
    reached = notifications.reached(patient)
    return {channel: reach for channel, reach in reached.items() if reach.proved}


def _choice(channel: Channel, reach: Reach) -> tuple[str, str]:
    """With enough of the destination to recognise one's own (ENU-04)."""
    shown = contacts.masked(channel, reach.destination)
    return fields.choice(channel.value, LABELS[channel], shown.text)


def _chosen(patient: Patient) -> dict[str, list[str]]:
    chosen = ReminderPreference.objects.of(patient.pk)
    return {"cuando": sorted(chosen.moments()), "por": sorted(chosen.channels())}
