"""The door of a virtual appointment."""

from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest, patient_required
from appointments import video
from appointments.errors import VideoClosed
from appointments.presenters.appointments import page
from appointments.presenters.rooms import room
from appointments.views.own import own
from portal.audit.origin import origin_of


@require_safe
@patient_required
def enter(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """To the room while it is open; before and after, the page that says when."""
    appointment, now = own(request, appointment_id), timezone.now()
    if not video.has_room(appointment):
        raise Http404
    try:
        address = video.enter(
            appointment, by=request.user, origin=origin_of(request), now=now
        )
    except VideoClosed:
        context = {
            "page": page(appointment),
            "room": room(appointment, now=now),
            "nav": "citas",
        }
        return render(
            request,
            "appointments/video_closed.html",
            context,
            status=HTTPStatus.CONFLICT,
        )
    return HttpResponseRedirect(address)
