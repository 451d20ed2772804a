"""The order of an appointment that was asked for already, and the files of one's own orders."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import people
from accounts.access import PatientRequest, patient_required
from appointments import orders, papers, uploads
from appointments.errors import NotStanding, TooManyOrders
from appointments.models import Appointment, ServiceRequestFile
from appointments.order_form import OrderForm
from appointments.presenters.orders import asking_page
from appointments.views.own import own
from portal.audit import trail
from portal.audit.origin import origin_of

UNPROCESSABLE = 422
TOO_MANY = "Ya tenemos varias órdenes suyas por revisar. Llámenos para ver esta."
# A download and never a page of ours, whatever it holds (UPL-01).
ONLY_TO_SAVE = "default-src 'none'; sandbox"


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def order_of(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """Send the order that was to be brought, or another for one that does not serve."""
    appointment, now = own(request, appointment_id), timezone.now()
    asked = papers.asked(appointment.procedure, appointment.agreement)
    over = appointment.status not in Appointment.LIVE or appointment.end <= now
    if over or not asked.anything:
        return redirect("appointments:detail", appointment.pk)
    sent = request.method == "POST"
    form = OrderForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        asked=asked,
        today=timezone.localdate(now),
        dropped=request.META.get("portal.dropped_files", ()),
    )
    if form.is_valid():
        return _send(request, appointment, form)
    day = timezone.localdate(appointment.start)
    found = papers.Missing(asked, papers.gap_of(asked, None, day))
    context = {
        "form": form,
        "asking": asking_page(found, agreement=appointment.agreement, day=None),
        "appointment_id": appointment.pk,
        "nav": "citas",
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "appointments/order.html", context, status=status)


def _send(
    request: PatientRequest, appointment: Appointment, form: OrderForm
) -> HttpResponse:
    now = timezone.now()
    try:
        declared = orders.declare(
            patient=appointment.patient,
            procedure=appointment.procedure,
            agreement=appointment.agreement,
            declared=form.declared,
            upload=form.upload,
            by=request.user,
            now=now,
        )
        orders.attach(
            appointment_id=appointment.pk,
            patient=appointment.patient,
            order=declared,
            by=request.user,
            now=now,
        )
    except TooManyOrders:
        messages.error(request, TOO_MANY)
    except NotStanding:
        messages.error(request, "Esa cita ya no está en pie.")
    else:
        messages.success(request, "Listo. La sede revisa los papeles.")
    return redirect("appointments:detail", appointment.pk)


@require_safe
@patient_required
def file(request: PatientRequest, file_id: UUID) -> HttpResponse:
    """One's own picture or PDF, to save. A stranger's id is a 404 (ACC-01)."""
    persons = people.acts_for(request.user, on=timezone.localdate())
    mine = ServiceRequestFile.objects.filter(service_request__patient__in=persons)
    kept = get_object_or_404(
        mine.select_related("service_request__patient"), pk=file_id
    )
    trail.record(
        action="order.file_read",
        actor=request.user,
        subject=kept,
        patient=kept.service_request.patient,
        request_context=origin_of(request),
        at=timezone.now(),
    )
    return to_save(kept)


def to_save(kept: ServiceRequestFile) -> HttpResponse:
    """For the owner's view and the staff's."""
    try:
        with uploads.open_kept(kept.path) as stored:
            content = stored.read()
    except FileNotFoundError:
        raise Http404 from None
    ending = uploads.ENDINGS.get(kept.mimetype, "bin")
    return HttpResponse(
        content,
        content_type=kept.mimetype,
        headers={
            "Content-Disposition": f'attachment; filename="orden.{ending}"',
            "Content-Security-Policy": ONLY_TO_SAVE,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
