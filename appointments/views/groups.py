"""Several appointments held together: recommendations, consent, review, voucher, cancelling."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import legal, people
from accounts.access import PatientRequest, patient_required
from accounts.contacts import Reach
from accounts.errors import NotActing
from appointments import groups, lifecycle, notifications, policies, telehealth
from appointments.errors import (
    BookingError,
    ConsentMissing,
    HoldAlreadyExtended,
    HoldExpired,
    InstructionsUnread,
    NotHeld,
    PaperMissing,
)
from appointments.forms import CancelForm, TelehealthForm
from appointments.models import Appointment, AppointmentGroup
from appointments.presenters import groups as presenter
from appointments.presenters.notices import sent_by, told_by
from appointments.views.booking import EXTENDED_ALREADY, ORDER_REJECTED, TIME_OVER
from appointments.wizard import refusals
from portal.audit.origin import origin_of
from portal.messaging.models import Channel

P = ParamSpec("P")
Status = Appointment.Status
CONFLICT, GONE = 409, 410
FOLDER = "appointments/group"
# The step that somebody jumped over.
MISSING: dict[type[BookingError], str] = {
    InstructionsUnread: "group_instructions",
    ConsentMissing: "group_consent",
}
PAGES = {"revisar": "group_review", "telesalud": "group_consent"}
ENDED = {
    lifecycle.RELEASED: "Usted soltó estas horas",
    lifecycle.REPLACED: "Usted escogió otras horas",
}
NONE_ASKED = "No pedimos ninguna de las citas."


@dataclass(frozen=True, slots=True)
class Seen:
    """A group as this account may see it: its rows for whom it acts, by their hour."""

    group: AppointmentGroup
    rows: tuple[Appointment, ...]
    whole: bool

    @property
    def over(self) -> bool:
        return any(one.status != Status.HELD for one in self.rows)

    def over_at(self, now: datetime) -> bool:
        lapsed = policies.hold_lapsed
        return self.over or any(
            lapsed(expires_at=one.hold_expires_at, now=now) for one in self.rows
        )


def seen_by(request: PatientRequest, group_id: UUID) -> Seen:
    """What of a group is of people this account acts for; a stranger's is a 404 (ACC-01)."""
    user, today = request.user, timezone.localdate()
    persons = people.acts_for(user, on=today)
    among = Appointment.objects.filter(group=group_id)
    mine = among.filter(patient__in=persons).for_page()
    mine = mine.annotate(alone=people.is_alone(user, on=today))
    mine = mine.select_related("booked_by", "patient__user", "service_request")
    rows = mine.prefetch_related("instruction_set__steps", "service_request__files")
    found = tuple(rows.order_by("start", "pk"))
    if not found:
        raise Http404
    if len({one.patient_id for one in found}) == 1:
        # Of several people each appointment says whose it is (ACC-03).
        found[0].patient.alone = found[0].alone
        request.active_person = found[0].patient
    group = AppointmentGroup.objects.select_related("patient").get(pk=group_id)
    return Seen(group, found, whole=among.count() == len(found))


def while_held(
    view: Callable[Concatenate[PatientRequest, Seen, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Only while all of them are kept; afterwards the voucher, or the way back to the basket."""

    @wraps(view)
    def guarded(
        request: PatientRequest, group_id: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        seen = seen_by(request, group_id)
        if seen.group.confirmed_at is not None:
            return redirect("appointments:group_voucher", group_id)
        if not seen.whole:
            return _not_all(request, seen)
        if seen.over_at(timezone.now()):
            return _expired(request, seen)
        return view(request, seen, *args, **kwargs)

    return patient_required(guarded)


@require_http_methods(["GET", "HEAD", "POST"])
@while_held
def instructions(request: PatientRequest, seen: Seen) -> HttpResponse:
    """The recommendations by appointment; «Siguiente» says that they were read."""
    if request.method == "POST":
        return _do(request, seen, groups.read_instructions, "group_review")
    context = _context(request, seen, here="recomendaciones")
    return render(request, f"{FOLDER}/instructions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@while_held
def consent(request: PatientRequest, seen: Seen) -> HttpResponse:
    """Those by video ask whether they may be (Res. 2654 de 2019); each keeps its own answer."""
    waiting = telehealth.missing(seen.rows)
    if not waiting:
        return redirect("appointments:group_review", seen.group.pk)
    text, today = telehealth.text(), timezone.localdate()
    sent = request.POST if request.method == "POST" else None
    patients = [one.patient for one in waiting]
    capacity = presenter.accepting(patients, acting=request.user.patient, today=today)
    form = TelehealthForm(sent, version=text.version, on_behalf=capacity)
    if form.is_valid():
        for one in waiting:
            telehealth.consent(
                appointment=one,
                text=text,
                patient=one.patient,
                by=request.user,
                origin=origin_of(request),
                now=timezone.now(),
            )
        return redirect("appointments:group_review", seen.group.pk)
    asked = {one.pk for one in waiting}
    context = _context(request, seen, here="telesalud")
    shown = zip(seen.rows, context["together"].parts, strict=True)
    context |= {
        "form": form,
        "text": text,
        "blocks": legal.blocks(text.body),
        "virtual": [part for one, part in shown if one.pk in asked],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, f"{FOLDER}/consent.html", context, status=status)


@require_safe
@while_held
def review(request: PatientRequest, seen: Seen) -> HttpResponse:
    """All of them once more, before they are confirmed."""
    if any(one.instructions_read_at is None for one in seen.rows):
        return redirect("appointments:group_instructions", seen.group.pk)
    if telehealth.missing(seen.rows):
        return redirect("appointments:group_consent", seen.group.pk)
    context = _context(request, seen, here="revisar")
    context["told_by"] = told_by(_destinations(seen))
    return render(request, f"{FOLDER}/review.html", context)


@require_POST
@patient_required
def confirm(request: PatientRequest, group_id: UUID) -> HttpResponse:
    """All are asked for, or none. Twice is once."""
    seen = seen_by(request, group_id)
    return _do(request, seen, groups.confirm, "group_voucher")


@require_POST
@patient_required
def extend(request: PatientRequest, group_id: UUID) -> HttpResponse:
    """«Necesito más tiempo»: ten minutes more for all, once."""
    back = PAGES.get(request.POST.get("volver", ""), "group_instructions")
    return _do(request, seen_by(request, group_id), groups.extend, back)


@require_POST
@patient_required
def release(request: PatientRequest, group_id: UUID) -> HttpResponse:
    """«No pedir estas citas»: the times go back to the agenda, the basket stays."""
    seen = seen_by(request, group_id)
    try:
        groups.release(group_id=group_id, by=request.user, now=timezone.now())
    except NotHeld:
        return redirect("appointments:group_voucher", group_id)
    except NotActing:
        return _not_all(request, seen)
    messages.success(
        request, "No pedimos las citas. Esas horas quedaron libres otra vez."
    )
    return redirect("appointments:list")


@require_safe
@patient_required
def voucher(request: PatientRequest, group_id: UUID) -> HttpResponse:
    """«Listo, sus 3 citas quedaron asignadas», one ticket each."""
    seen = seen_by(request, group_id)
    if seen.group.confirmed_at is None:
        return redirect("appointments:group_instructions", group_id)
    standing = groups.cancellable(seen.rows, now=timezone.now())
    context = {
        "together": presenter.together(group_id, seen.rows, now=timezone.now()),
        "outcome": presenter.outcome(seen.rows),
        "sent": sent_by(_destinations(seen)),
        "may_cancel": len(standing) > 1,
        "nav": "citas",
    }
    return render(request, f"{FOLDER}/voucher.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def cancel(request: PatientRequest, group_id: UUID) -> HttpResponse:
    """Which can be cancelled online and which need a call; then what became of each."""
    seen, now = seen_by(request, group_id), timezone.now()
    if seen.group.confirmed_at is None:
        return redirect("appointments:group_instructions", group_id)
    form = CancelForm(request.POST if request.method == "POST" else None)
    form.fields["motivo"].label = "¿Por qué las cancela? (opcional)"
    if form.is_valid():
        groups.cancel(
            group_id=group_id,
            by=request.user,
            reason=form.cleaned_data["motivo"],
            now=now,
        )
        return redirect("appointments:group_cancel", group_id)
    looked_at = groups.cancellable(seen.rows, now=now)
    choices = presenter.choices(seen.rows, looked_at, now=now)
    context = {
        "pk": group_id,
        "choices": choices,
        "form": form,
        "told": bool(_destinations(seen)),
        "nav": "citas",
    }
    template = "cancel" if choices.online else "cancelled"
    if not choices.online and not choices.ended and not choices.by_phone:
        return redirect("appointments:group_voucher", group_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, f"{FOLDER}/{template}.html", context, status=status)


# --- What the pages share --------------------------------------------------------------


def _context(request: PatientRequest, seen: Seen, *, here: str) -> dict[str, Any]:
    return {
        "together": presenter.together(seen.group.pk, seen.rows, now=timezone.now()),
        "plans_url": _basket(request, seen.group, "several_plans"),
        "here": here,
        "nav": "citas",
    }


def _basket(request: PatientRequest, group: AppointmentGroup, name: str) -> str:
    """The basket that led here, for who filled it and acts for its person still."""
    today, patient = timezone.localdate(), group.patient
    acts = people.acts_for(request.user, on=today).filter(pk=patient.pk)
    if group.booked_by_id != request.user.pk or not acts.exists():
        return reverse("appointments:new")
    return f"{reverse(f'appointments:{name}', args=[patient.token])}?{group.search}"


def _destinations(seen: Seen) -> dict[Channel, Reach]:
    found: dict[Channel, Reach] = {}
    for one in seen.rows:
        found |= notifications.destinations(one, on=timezone.localdate())
    return found


def _do(
    request: PatientRequest,
    seen: Seen,
    act: Callable[..., AppointmentGroup],
    then: str,
) -> HttpResponse:
    """One act of the domain on the whole group."""
    try:
        act(group_id=seen.group.pk, by=request.user, now=timezone.now())
    except HoldAlreadyExtended:
        messages.info(request, EXTENDED_ALREADY)
    except NotActing:
        return _not_all(request, seen)
    except BookingError as refusal:
        return _refused(request, seen, refusal)
    return redirect(f"appointments:{then}", seen.group.pk)


def _refused(
    request: PatientRequest, seen: Seen, refusal: BookingError
) -> HttpResponse:
    """Where each refusal leads; the times stay kept while there is time to mend it."""
    if type(refusal) in MISSING:
        return redirect(f"appointments:{MISSING[type(refusal)]}", seen.group.pk)
    if isinstance(refusal, HoldExpired | NotHeld):
        return _too_late(request, seen_by(request, seen.group.pk))
    about = _about(seen, refusal)
    if isinstance(refusal, PaperMissing):
        messages.error(request, ORDER_REJECTED)
        return redirect("appointments:order_of", about.pk)
    title, text = refusals.in_words(refusal, about.patient, request.user)
    return _said(
        request,
        title=title,
        text=f"{text} {NONE_ASKED}",
        url=_basket(request, seen.group, "several_plans"),
        onward="Ver los planes",
    )


def _about(seen: Seen, refusal: BookingError) -> Appointment:
    """The one that a refusal is about; the first, if it does not say."""
    for one in seen.rows:
        if one.claims.filter(slot=refusal.slot_id).exists():
            return one
    return seen.rows[0]


def _too_late(request: PatientRequest, seen: Seen) -> HttpResponse:
    """From an old tab: what was confirmed meanwhile has its voucher."""
    if seen.group.confirmed_at is not None:
        return redirect("appointments:group_voucher", seen.group.pk)
    return _expired(request, seen)


def _expired(request: PatientRequest, seen: Seen) -> HttpResponse:
    """They are no longer kept: the basket is, and finds its plans again (410)."""
    last = next((one for one in seen.rows if one.status == Status.LAPSED), None)
    step = last.events.last() if last else None
    title = ENDED.get(step.reason if step else "", TIME_OVER)
    context = {
        "title": title,
        "time_over": title == TIME_OVER,
        "together": presenter.together(seen.group.pk, seen.rows, now=timezone.now()),
        "plans_url": _basket(request, seen.group, "several_plans"),
        "nav": "citas",
    }
    return render(request, f"{FOLDER}/expired.html", context, status=GONE)


def _not_all(request: PatientRequest, seen: Seen) -> HttpResponse:
    """One is for somebody for whom this account acts no longer, or never did (409)."""
    mine = seen.group.booked_by_id == request.user.pk
    return _said(
        request,
        title="No puede pedir estas citas juntas",
        text="Una de ellas es para una persona por la que usted no puede pedir citas. "
        f"{NONE_ASKED}",
        url=_basket(request, seen.group, "several")
        if mine
        else reverse("appointments:list"),
        onward="Volver a lo que escogió" if mine else "Ver «Mis citas»",
    )


def _said(
    request: PatientRequest, *, title: str, text: str, url: str, onward: str
) -> HttpResponse:
    context = {"title": title, "text": text, "agenda_url": url, "onward": onward}
    context["nav"] = "citas"
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)
