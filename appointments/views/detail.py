"""A confirmed appointment: its voucher, its page, its calendar file."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest, patient_required
from appointments import ics, notifications
from appointments.models import Appointment
from appointments.presenters.appointments import page
from appointments.presenters.notices import sent_by
from appointments.views.booking import expired, is_over
from appointments.views.own import own

Status = Appointment.Status


@require_safe
@patient_required
def voucher(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Listo, su cita quedó asignada», with the ticket to show, print or keep."""
    appointment = own(request, appointment_id)
    if appointment.confirmed_at is None:
        return redirect("appointments:detail", appointment.pk)
    destinations = notifications.reached(appointment.patient)
    context = {
        "page": page(appointment),
        "stands": appointment.status in Appointment.LIVE,
        "sent": sent_by(destinations),
        "nav": "citas",
    }
    return render(request, "appointments/voucher.html", context)


@require_safe
@patient_required
def detail(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """The page of one appointment. One that is not confirmed yet goes on where it was."""
    appointment = own(request, appointment_id)
    now = timezone.now()
    if appointment.confirmed_at is None:
        if is_over(appointment, now):
            return expired(request, appointment)
        return redirect("appointments:instructions", appointment.pk)
    context = {
        "page": page(appointment),
        "coming": appointment.status in Appointment.LIVE and appointment.end > now,
        "nav": "citas",
    }
    return render(request, "appointments/detail.html", context)


@require_safe
@patient_required
def calendar(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """The file for the patient's own calendar."""
    appointment = own(request, appointment_id)
    if appointment.confirmed_at is None:
        raise Http404
    content = ics.to_keep(appointment, now=timezone.now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cita.ics"'
    return response
