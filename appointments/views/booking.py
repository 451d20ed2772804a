"""From a time held to a time confirmed: recommendations, consent, review, confirmation."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec
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

from accounts import legal
from accounts.access import PatientRequest, patient_required
from appointments import (
    agenda,
    booking,
    changes,
    lifecycle,
    notifications,
    policies,
    requests,
    telehealth,
)
from appointments.errors import (
    BookingError,
    ByTelephone,
    ConsentMissing,
    HeldByOffer,
    HeldTogether,
    HoldAlreadyExtended,
    InstructionsUnread,
    NotHeld,
    NotStanding,
    PaperMissing,
    PatientBusy,
    SlotTaken,
    TooManyAppointments,
)
from appointments.forms import TelehealthForm
from appointments.models import Appointment
from appointments.presenters import rules
from appointments.presenters.appointments import page
from appointments.presenters.notices import told_by
from appointments.presenters.orders import order_card
from appointments.presenters.people import on_behalf
from appointments.presenters.prices import price
from appointments.presenters.requests import answer_due
from appointments.views.own import before, change_links, own, search_url, summary
from appointments.wizard import flow, refusals
from portal.audit.origin import origin_of

P = ParamSpec("P")
Status = Appointment.Status
CONFLICT, GONE = 409, 410
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
# The step that somebody jumped over, and what only counts when a hold is confirmed.
MISSING: dict[type[BookingError], str] = {
    InstructionsUnread: "instructions",
    ConsentMissing: "consent",
}
AT_THE_END = (TooManyAppointments, PatientBusy, SlotTaken)
TIME_OVER = "Se acabó el tiempo de reserva"
ENDED = {
    lifecycle.RELEASED: "Usted soltó esta hora",
    lifecycle.REPLACED: "Usted escogió otra hora",
    lifecycle.NOT_STANDING: lifecycle.NOT_STANDING,
}
ORDER_REJECTED = "La sede revisó su orden y no sirve. Mande otra para esta cita."
EXTENDED_ALREADY = "Ya le dimos más tiempo. Confirme la cita antes de que se acabe."


def while_held(
    view: Callable[Concatenate[PatientRequest, Appointment, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Only while the time is kept: before that ends nothing, after it the voucher or the way back."""

    @wraps(view)
    def guarded(
        request: PatientRequest, appointment_id: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        appointment = own(request, appointment_id)
        asked = _asked_elsewhere(appointment)
        if asked is not None:
            return asked
        if appointment.confirmed_at is not None:
            return redirect("appointments:voucher", appointment.pk)
        if changes.is_done(appointment):
            return redirect("appointments:voucher", appointment.replaces_id)
        whole = requests.page_of(appointment)
        if whole is not None:
            return redirect("appointments:request", whole)
        if is_over(appointment, timezone.now()):
            return expired(request, appointment)
        return view(request, appointment, *args, **kwargs)

    return patient_required(guarded)


def _asked_elsewhere(appointment: Appointment) -> HttpResponse | None:
    """The page of its group, or of the offer that keeps it; the consent is given here."""
    offered = lifecycle.is_offered(appointment)
    if not is_held_together(appointment) and not offered:
        return None
    if offered and telehealth.is_missing(appointment):
        return None
    return redirect(*_page_of_its_own(appointment))


def _page_of_its_own(appointment: Appointment) -> tuple[str, UUID | None]:
    if lifecycle.is_offered(appointment):
        return "appointments:waiting_entry", appointment.offer.entry_id
    return "appointments:group_instructions", appointment.group_id


def is_held_together(appointment: Appointment) -> bool:
    """It is, or was, kept with others: their page says what became of all."""
    kept = appointment.status in (Status.HELD, Status.LAPSED)
    # A request that nobody answered lapsed too, and lived its own life before.
    return kept and appointment.group_id is not None and not _is_confirmed(appointment)


def _is_confirmed(appointment: Appointment) -> bool:
    group = appointment.group
    return group is not None and group.confirmed_at is not None


def is_over(appointment: Appointment, now: datetime) -> bool:
    if appointment.status != Status.HELD:
        return True
    return policies.hold_lapsed(expires_at=appointment.hold_expires_at, now=now)


def expired(request: PatientRequest, appointment: Appointment) -> HttpResponse:
    """It is no longer kept: the same search again, and the same time if it is still free."""
    last = appointment.events.last()
    title = ENDED.get(last.reason if last else "", TIME_OVER)
    if title == lifecycle.NOT_STANDING:
        return _nothing_to_change(request, appointment)
    context = {
        "title": title,
        "time_over": title == TIME_OVER,
        "page": page(appointment),
        "agenda_url": search_url(appointment, flow.AGENDA),
        "hold_url": search_url(appointment, flow.HOLD),
        "slot_id": agenda.same_again(appointment, now=timezone.now()),
        "nav": "citas",
    }
    return render(request, "appointments/expired.html", context, status=GONE)


def _nothing_to_change(
    request: PatientRequest, appointment: Appointment
) -> HttpResponse:
    """What was to get this time was cancelled or moved meanwhile."""
    title, text = refusals.in_words(NotStanding(), appointment.patient, request.user)
    context = {
        "title": title,
        "text": text,
        "agenda_url": reverse("appointments:detail", args=[appointment.replaces_id]),
        "onward": "Ver la cita",
        "nav": "citas",
    }
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)


@require_http_methods(["GET", "HEAD", "POST"])
@while_held
def instructions(request: PatientRequest, appointment: Appointment) -> HttpResponse:
    """Read this before your appointment; «Siguiente» says that it was read."""
    if request.method == "POST":
        return _do(request, appointment, booking.read_instructions, "review")
    shown = page(appointment)
    context = {
        "page": shown,
        "price": price(appointment),
        "papers": order_card(appointment),
        "summary": summary(appointment, shown),
        "back_url": search_url(appointment, flow.AGENDA),
        "here": "recomendaciones",
        "nav": "citas",
    }
    return render(request, "appointments/instructions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@while_held
def consent(request: PatientRequest, appointment: Appointment) -> HttpResponse:
    """A virtual appointment asks whether it may be by video (Res. 2654 de 2019)."""
    if not telehealth.is_missing(appointment):
        return redirect("appointments:review", appointment.pk)
    text = telehealth.text()
    # A text that changed while it was being read is shown again, not accepted unread.
    form = TelehealthForm(
        request.POST if request.method == "POST" else None,
        version=text.version,
        on_behalf=on_behalf(
            appointment.patient,
            acting=request.user.patient,
            today=timezone.localdate(),
        ),
    )
    if form.is_valid():
        telehealth.consent(
            appointment=appointment,
            text=text,
            patient=appointment.patient,
            by=request.user,
            origin=origin_of(request),
            now=timezone.now(),
        )
        return redirect("appointments:review", appointment.pk)
    shown = page(appointment)
    context = {
        "page": shown,
        "form": form,
        "text": text,
        "blocks": legal.blocks(text.body),
        "summary": summary(appointment, shown),
        "here": "telesalud",
        "nav": "citas",
    }
    status = UNPROCESSABLE if form.errors else HTTPStatus.OK
    return render(request, "appointments/telehealth.html", context, status=status)


@require_safe
@while_held
def review(request: PatientRequest, appointment: Appointment) -> HttpResponse:
    """Everything once more, before it is confirmed."""
    if appointment.instructions_read_at is None:
        return redirect("appointments:instructions", appointment.pk)
    if telehealth.is_missing(appointment):
        return redirect("appointments:consent", appointment.pk)
    destinations = notifications.destinations(appointment, on=timezone.localdate())
    context = {
        "page": page(appointment),
        "before": before(appointment),
        "rules": rules.rules_line(appointment, timezone.now()),
        "price": price(appointment),
        "links": change_links(appointment),
        "told_by": told_by(destinations),
        "answer_due": answer_due(appointment, now=timezone.now()),
        "here": "revisar",
        "nav": "citas",
    }
    return render(request, "appointments/review.html", context)


@require_POST
@patient_required
def confirm(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """The appointment is asked for. Twice is once."""
    appointment = own(request, appointment_id)
    if is_held_together(appointment):
        return redirect("appointments:group_review", appointment.group_id)
    if telehealth.is_missing(appointment) and appointment.confirmed_at is None:
        return redirect("appointments:consent", appointment.pk)
    return _do(request, appointment, booking.confirm, "voucher")


@require_POST
@patient_required
def extend(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Necesito más tiempo»: ten minutes more, once."""
    appointment = own(request, appointment_id)
    pages = {"revisar": "review", "telesalud": "consent"}
    back = pages.get(request.POST.get("volver", ""), "instructions")
    return _do(request, appointment, booking.extend, back)


@require_POST
@patient_required
def release(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«No pedir esta cita»: the time goes back to the agenda."""
    appointment = own(request, appointment_id)
    old = appointment.replaces_id
    try:
        booking.release(
            appointment_id=appointment.pk,
            patient=appointment.patient,
            by=request.user,
            now=timezone.now(),
        )
    except (HeldTogether, NotHeld):
        return redirect("appointments:detail", appointment.pk)
    if old is not None:
        messages.success(request, "No cambiamos la hora. Su cita sigue como estaba.")
        return redirect("appointments:detail", old)
    messages.success(request, "No pedimos la cita. Esa hora quedó libre otra vez.")
    return redirect("appointments:list")


def _do(
    request: PatientRequest,
    appointment: Appointment,
    act: Callable[..., Appointment],
    then: str,
) -> HttpResponse:
    """One act of the domain."""
    done = appointment
    try:
        done = act(
            appointment_id=appointment.pk,
            patient=appointment.patient,
            by=request.user,
            now=timezone.now(),
        )
    except HoldAlreadyExtended:
        messages.info(request, EXTENDED_ALREADY)
    except BookingError as refusal:
        return _refused(request, appointment, refusal)
    if done.status == Status.PROPOSED:
        return redirect("appointments:request", done.pk)
    return redirect(f"appointments:{then}", done.pk)


def _refused(
    request: PatientRequest, appointment: Appointment, refusal: BookingError
) -> HttpResponse:
    """Where each refusal leads."""
    if isinstance(refusal, (HeldByOffer, HeldTogether)):
        return redirect(*_page_of_its_own(appointment))
    if type(refusal) in MISSING:
        return redirect(f"appointments:{MISSING[type(refusal)]}", appointment.pk)
    if isinstance(refusal, PaperMissing):
        messages.error(request, ORDER_REJECTED)
        return redirect("appointments:order_of", appointment.pk)
    if isinstance(refusal, ByTelephone):
        return _by_telephone(request, appointment, refusal)
    if isinstance(refusal, AT_THE_END):
        return _not_this_one(request, appointment, refusal)
    return _too_late(request, own(request, appointment.pk))


def _not_this_one(
    request: PatientRequest, appointment: Appointment, refusal: BookingError
) -> HttpResponse:
    """A rule that only counts now, when the hold is to become an appointment."""
    title, text = refusals.in_words(refusal, appointment.patient, request.user)
    agenda_url = search_url(appointment, flow.AGENDA)
    context = {"title": title, "text": text, "agenda_url": agenda_url, "nav": "citas"}
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)


def _by_telephone(
    request: PatientRequest, appointment: Appointment, refusal: ByTelephone
) -> HttpResponse:
    """It became too late to change while the review was on the screen."""
    old = own(request, appointment.replaces_id or appointment.pk)
    shown = rules.to_call(old, rules.CHANGE, refusal.barrier, timezone.now())
    context = {"call": shown, "nav": "citas"}
    return render(request, rules.CALL_PAGE, context, status=CONFLICT)


def _too_late(request: PatientRequest, appointment: Appointment) -> HttpResponse:
    """From an old tab: what was confirmed meanwhile has its voucher, a request its page."""
    if appointment.confirmed_at is not None:
        return redirect("appointments:voucher", appointment.pk)
    if changes.is_done(appointment):
        return redirect("appointments:voucher", appointment.replaces_id)
    whole = requests.page_of(appointment)
    if whole is not None:
        return redirect("appointments:request", whole)
    return expired(request, appointment)
