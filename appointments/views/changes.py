"""After booking: cancel, say that one cannot go, choose another hour."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PatientRequest, patient_required
from appointments import cancellation, changes, notifications, policies, words
from appointments.errors import AlreadyBegun, ByTelephone, NotStanding
from appointments.forms import CancelForm
from appointments.models import Appointment
from appointments.presenters import rules
from appointments.presenters.appointments import page
from appointments.presenters.lists import Leaf
from appointments.views.own import change_url, own
from portal.ui import dates

Status = Appointment.Status


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def cancel(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«¿Quiere cancelar esta cita?», or whom to call when it is too late for that."""
    appointment, now = own(request, appointment_id), timezone.now()
    if appointment.status != Status.BOOKED:
        return _as_it_is(appointment)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        barrier = policies.barrier_to_cancel(
            cancellation.rules_for(appointment),
            start=appointment.start,
            now=now,
            cancellations=cancellation.cancelled_in_a_week(
                appointment.patient, now=now
            ),
        )
        if barrier is not None:
            return _call(request, appointment, rules.CANCEL, barrier)
        return _ask(request, appointment, form)
    try:
        changes.cancel(
            appointment_id=appointment.pk,
            patient=appointment.patient,
            by=request.user,
            reason=form.cleaned_data["motivo"],
            now=now,
        )
    except ByTelephone as refusal:
        return _call(request, appointment, rules.CANCEL, refusal.barrier)
    except NotStanding:
        return _as_it_is(own(request, appointment.pk))
    return redirect("appointments:cancelled", appointment.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def cannot_go(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Avisar que no puedo ir»: until it begins, whatever the rules say."""
    appointment, now = own(request, appointment_id), timezone.now()
    if appointment.status != Status.BOOKED:
        return _as_it_is(appointment)
    if request.method == "POST":
        return _give_notice(request, appointment)
    if not policies.may_give_notice(start=appointment.start, now=now):
        return _call(request, appointment, rules.GIVE_NOTICE, "")
    context = {
        "page": page(appointment),
        "leaf": Leaf.of(timezone.localdate(appointment.start)),
        "nav": "citas",
    }
    return render(request, "appointments/cannot_go.html", context)


@require_safe
@patient_required
def cancelled(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Su cita quedó cancelada»."""
    appointment = own(request, appointment_id)
    if appointment.status != Status.CANCELLED:
        return redirect("appointments:detail", appointment.pk)
    told = notifications.destinations(appointment, on=timezone.localdate())
    shown = page(appointment)
    when = dates.moment(appointment.start)
    context = {
        "page": shown,
        "said": words.stopped(f"{shown.title}, {when}"),
        "told": bool(told),
        "nav": "citas",
    }
    return render(request, "appointments/cancelled.html", context)


@require_safe
@patient_required
def change(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Cambiar la hora»: the agenda of the same search, or whom to call."""
    appointment, now = own(request, appointment_id), timezone.now()
    if appointment.status != Status.BOOKED:
        return redirect("appointments:detail", appointment.pk)
    barrier = policies.barrier_to_move(
        cancellation.rules_for(appointment),
        start=appointment.start,
        now=now,
        moves=appointment.moves,
    )
    if barrier is not None:
        return _call(request, appointment, rules.CHANGE, barrier)
    return redirect(change_url(appointment))


def _give_notice(request: PatientRequest, appointment: Appointment) -> HttpResponse:
    try:
        changes.cannot_go(
            appointment_id=appointment.pk,
            patient=appointment.patient,
            by=request.user,
            now=timezone.now(),
        )
    except AlreadyBegun:
        return _call(request, appointment, rules.GIVE_NOTICE, "")
    except NotStanding:
        return _as_it_is(own(request, appointment.pk))
    return redirect("appointments:cancelled", appointment.pk)


def _ask(
    request: PatientRequest, appointment: Appointment, form: CancelForm
) -> HttpResponse:
    context = {
        "page": page(appointment),
        "leaf": Leaf.of(timezone.localdate(appointment.start)),
        "form": form,
        "may_change": cancellation.may_change_now(appointment, now=timezone.now()),
        "nav": "citas",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "appointments/cancel.html", context, status=status)


def _call(
    request: PatientRequest, appointment: Appointment, act: str, barrier: str
) -> HttpResponse:
    """By telephone; asked by a button that was still there, it is a conflict."""
    shown = rules.to_call(appointment, act, barrier, timezone.now())
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    context = {"call": shown, "nav": "citas"}
    return render(request, rules.CALL_PAGE, context, status=status)


def _as_it_is(appointment: Appointment) -> HttpResponse:
    """Nothing to cancel: its page says what it is, and a cancelled one has its own."""
    if appointment.status == Status.CANCELLED:
        return redirect("appointments:cancelled", appointment.pk)
    return redirect("appointments:detail", appointment.pk)
