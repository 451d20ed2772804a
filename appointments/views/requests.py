"""A request: what it waits for, another time that the clinic proposes, how it ended."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.access import PatientRequest, patient_required
from appointments import alternatives, changes, notifications, requests, words
from appointments.errors import (
    AlreadyDecided,
    NoProposal,
    PatientBusy,
    SlotTaken,
)
from appointments.forms import CancelForm
from appointments.models import Appointment
from appointments.presenters import requests as presenter
from appointments.presenters.appointments import page
from appointments.presenters.lists import Leaf
from appointments.presenters.notices import will_tell
from appointments.views.own import own, times_url

Status = Appointment.Status
REFUSED = (Status.DECLINED, Status.LAPSED)
MEANWHILE = {
    Status.BOOKED: "La sede ya aceptó su solicitud: es una cita.",
    Status.DECLINED: "La sede respondió antes: no puede atenderle a esa hora.",
    Status.CANCELLED: "Esta solicitud ya estaba cancelada.",
    Status.LAPSED: "El plazo de esta solicitud ya se venció.",
}
GONE = "Esa hora ya no está guardada para usted."
BUSY = "tiene otra cita a esa hora. Cancélela primero, o escoja otra hora."


@require_safe
@patient_required
def request_page(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """One address for the whole life of a request; an appointment has its own."""
    asked, now = own(request, appointment_id), timezone.now()
    if requests.is_over(asked, now=now):
        return _refused(request, asked, now)
    if asked.status == Status.PROPOSED:
        return _waiting(request, asked, now)
    if asked.confirmed_at is None and requests.was_asked(asked):
        if asked.status == Status.CANCELLED:
            return _withdrawn(request, asked)
        if asked.status in REFUSED and not changes.is_done(asked):
            return _refused(request, asked, now)
    whole = requests.page_of(asked)
    if whole is not None:
        return redirect("appointments:request", whole)
    return redirect("appointments:detail", asked.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def cancel(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«¿Quiere cancelar esta solicitud?»"""
    asked, now = own(request, appointment_id), timezone.now()
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason = changes.REASONS.get(form.cleaned_data["motivo"], "")
        return _do(request, asked, requests.withdraw, reason=reason)
    if asked.status != Status.PROPOSED or requests.is_over(asked, now=now):
        return redirect("appointments:request", asked.pk)
    context = _common(asked) | {"form": form}
    status = 422 if form.errors else 200
    template = "appointments/request_cancel.html"
    return render(request, template, context, status=status)


@require_POST
@patient_required
def take(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Aceptar esta hora»."""
    return _do(request, own(request, appointment_id), requests.take_proposal)


@require_POST
@patient_required
def refuse(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«No me sirve»."""
    return _do(request, own(request, appointment_id), requests.refuse_proposal)


def _do(
    request: PatientRequest,
    asked: Appointment,
    act: Callable[..., Appointment],
    **facts: str,
) -> HttpResponse:
    """One act of the domain; who comes too late is told what happened, and sees it."""
    try:
        done = act(
            appointment_id=asked.pk,
            patient=asked.patient,
            by=request.user,
            now=timezone.now(),
            **facts,
        )
    except AlreadyDecided as late:
        messages.info(request, MEANWHILE.get(Status(late.status), ""))
    except NoProposal:
        messages.info(request, GONE)
    except (PatientBusy, SlotTaken):
        messages.error(request, f"{words.whom(asked.patient, request.user)} {BUSY}")
    else:
        if done.status == Status.BOOKED:
            return redirect("appointments:voucher", done.pk)
    return redirect("appointments:request", asked.pk)


def _waiting(
    request: PatientRequest, asked: Appointment, now: datetime
) -> HttpResponse:
    kept = requests.proposal(asked, now=now)
    context = _common(asked)
    if kept is not None:
        context["proposal"] = presenter.proposed(kept, context["page"], now=now)
        return render(request, "appointments/request_proposal.html", context)
    if asked.booked_by_id == request.user.pk:
        asked.booked_by = request.user
    destinations = notifications.destinations(asked, on=timezone.localdate(now))
    context |= {
        "waiting": presenter.waiting(asked, now=now),
        "told_by": will_tell(destinations),
    }
    return render(request, "appointments/request_pending.html", context)


def _withdrawn(request: PatientRequest, asked: Appointment) -> HttpResponse:
    told = notifications.destinations(asked, on=timezone.localdate())
    context = _common(asked) | {"told": bool(told)}
    return render(request, "appointments/request_withdrawn.html", context)


def _refused(
    request: PatientRequest, asked: Appointment, now: datetime
) -> HttpResponse:
    """With the nearest times of the same person; of a change of hour, its appointment stays."""
    context = _common(asked)
    context["refusal"] = presenter.refusal(asked, context["page"], now=now)
    if asked.replaces_id is None:
        found = alternatives.nearest(asked, now=now)
        chosen = request.GET.get("hora", "")
        times = presenter.times(asked, found, chosen=chosen, now=now)
        context |= {"first": times[:1], "others": times[1:]} | times_url(asked)
    return render(request, "appointments/request_refused.html", context)


def _common(asked: Appointment) -> dict:
    standing = None
    if asked.replaces_id is not None:
        standing = page(Appointment.objects.for_page().get(pk=asked.replaces_id))
    return {
        "page": page(asked),
        "leaf": Leaf.of(timezone.localdate(asked.start)),
        "standing": standing,
        "back_url": reverse("appointments:list"),
        "nav": "citas",
    }
