"""A confirmed appointment: its voucher, its page, its calendar file."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import people
from accounts.access import PatientRequest, patient_required
from appointments import history, ics, notifications, reminders, requests
from appointments.history import Told
from appointments.models import Appointment
from appointments.presenters.appointments import page
from appointments.presenters.deadlines import ways
from appointments.presenters.endings import ending, titled
from appointments.presenters.groups import Others, others
from appointments.presenters.notices import sent_by, will_remind
from appointments.presenters.orders import order_card
from appointments.presenters.prices import price
from appointments.presenters.rooms import room
from appointments.presenters.rules import Line, rules_line
from appointments.presenters.story import story
from appointments.views.booking import expired, is_held_together, is_over
from appointments.views.own import again_url, own

Status = Appointment.Status


@require_safe
@patient_required
def voucher(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Listo, su cita quedó asignada», with the ticket to show, print or keep."""
    appointment = own(request, appointment_id)
    if appointment.confirmed_at is None:
        return redirect("appointments:detail", appointment.pk)
    destinations = notifications.destinations(appointment, on=timezone.localdate())
    context = {
        "page": page(appointment),
        "stands": appointment.status in Appointment.LIVE,
        "moved": appointment.moves > 0,
        "price": price(appointment),
        "rules": _rules(appointment),
        "sent": sent_by(destinations),
        "reminded": _reminded(request, appointment),
        "nav": "citas",
    }
    return render(request, "appointments/voucher.html", context)


def _reminded(request: PatientRequest, appointment: Appointment) -> str:
    """When the reader is reminded of it next."""
    now, person = timezone.now(), request.user.patient
    assert person is not None  # noqa: S101 - patient_required saw to it
    at = reminders.next_for(person, appointment, now=now)
    return will_remind(at, timezone.localdate(now))


def _rules(appointment: Appointment) -> Line | None:
    """Until when it may be cancelled or changed, as long as that is still a question."""
    now = timezone.now()
    coming = appointment.status == Status.BOOKED and appointment.start > now
    return rules_line(appointment, now) if coming else None


@require_safe
@patient_required
def detail(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """The page of one appointment, with its history. What is not one yet goes on where it was."""
    appointment, now = own(request, appointment_id), timezone.now()
    if is_held_together(appointment):
        return redirect("appointments:group_instructions", appointment.group_id)
    told = history.told(appointment)
    elsewhere = _elsewhere(request, appointment, told, now)
    if elsewhere is not None:
        return elsewhere
    shown = page(appointment)
    coming = appointment.status in Appointment.LIVE and appointment.end > now
    context = {
        "page": shown,
        "whose": ""
        if appointment.patient_id == request.user.patient_id
        else appointment.patient.given_names,
        "title": titled(appointment, shown, reader=request.user),
        "coming": coming,
        "ending": ending(appointment, told, reader=request.user, now=now),
        "ways": ways(appointment, now=now),
        "room": room(appointment, now=now),
        "papers": order_card(appointment),
        "others": _others(request, appointment),
        "price": price(appointment) if coming else None,
        "story": story(appointment, told, reader=request.user),
        "refused": appointment.status in (Status.DECLINED, Status.LAPSED),
        "confirmed": _has_voucher(appointment),
        "again_url": again_url(appointment),
        "sooner_url": _sooner_url(appointment, now),
        "nav": "citas",
    }
    return render(request, "appointments/detail.html", context)


def _others(request: PatientRequest, appointment: Appointment) -> Others | None:
    """Those that were asked for with it, of people this account acts for."""
    if appointment.group_id is None:
        return None
    persons = people.acts_for(request.user, on=timezone.localdate())
    rows = Appointment.objects.filter(
        group=appointment.group_id, patient__in=persons
    ).select_related("procedure__specialty", "patient")
    return others(appointment, rows.order_by("start", "pk"), reader=request.user)


def _sooner_url(appointment: Appointment, now: datetime) -> str:
    """«Avíseme si hay antes», while it stands and is to come."""
    if appointment.status != Status.BOOKED or appointment.start <= now:
        return ""
    return reverse("appointments:join_for_sooner", args=[appointment.pk])


def _has_voucher(appointment: Appointment) -> bool:
    """It was confirmed, and neither ended before it came nor was missed."""
    over = (Status.CANCELLED, Status.NOSHOW)
    return appointment.confirmed_at is not None and appointment.status not in over


def _elsewhere(
    request: PatientRequest, appointment: Appointment, told: Told, now: datetime
) -> HttpResponse | None:
    """Where a hold, a request and a time kept in place of another have their pages."""
    whole = requests.page_of(appointment)
    if whole is not None:
        return redirect("appointments:request", whole)
    if appointment.status == Status.HELD:
        if is_over(appointment, now):
            return expired(request, appointment)
        return redirect("appointments:instructions", appointment.pk)
    if appointment.status == Status.LAPSED and not told.was_request:
        if appointment.replaces_id:
            return redirect("appointments:detail", appointment.replaces_id)
        return expired(request, appointment)
    return None


@require_safe
@patient_required
def calendar(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """The file for the patient's own calendar; a request is there as not certain."""
    appointment = own(request, appointment_id)
    waits = appointment.status == Status.PROPOSED and appointment.replaces_id is None
    if appointment.confirmed_at is None and not waits:
        raise Http404
    content = ics.to_keep(appointment, now=timezone.now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cita.ics"'
    return response
