"""A place on the waiting list: what it says, what is offered, and how one leaves it."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import people
from accounts.access import PatientRequest, patient_required
from appointments import preparation, telehealth, waiting_list
from appointments.errors import BookingError, ConsentMissing, OfferOver
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.presenters import waiting as presenter
from appointments.presenters.requests import answer_due

Status = Appointment.Status
FOLDER = "appointments/waiting"
DECLINED = "Listo. Le ofrecemos esa hora a otra persona. Usted sigue en la lista."
LEFT = "Salió de la lista de espera."
CONSENT_FIRST = (
    "Para una cita por videollamada, primero lea y acepte este texto. "
    "Después toque «Aceptar esta cita»."
)


def own_entry(request: PatientRequest, entry_id: UUID) -> WaitingListEntry:
    """A place of somebody this account acts for; a stranger's is a 404 (ACC-01)."""
    user, today = request.user, timezone.localdate()
    persons = people.acts_for(user, on=today)
    mine = WaitingListEntry.objects.filter(patient__in=persons)
    mine = mine.annotate(alone=people.is_alone(user, on=today))
    mine = mine.select_related(
        "patient",
        "agreement",
        "procedure__specialty",
        "practitioner",
        "city",
        "instead_of",
        "assigned",
    ).prefetch_related("sites")
    found = get_object_or_404(mine, pk=entry_id)
    found.patient.alone = found.alone  # type: ignore[attr-defined]
    request.active_person = found.patient
    return found


@require_safe
@patient_required
def entry(request: PatientRequest, entry_id: UUID) -> HttpResponse:
    """One's place on the list; with an open offer, the offer."""
    place, now = own_entry(request, entry_id), timezone.now()
    last = place.offers.order_by("-offered_at", "pk").first()
    held = _held(last, now)
    if last is not None and held is not None:
        return _offer(request, place, last, held, now)
    assigned = place.assigned
    context = {
        "place": presenter.place(place),
        "ahead": _ahead(place, now),
        "by_order": presenter.by_order(),
        "filed_url": presenter.filed_url(place),
        "offer_over": _ran_out(last, now),
        "change_url": _change_url(place),
        "request_url": _url("request", assigned, Status.PROPOSED),
        "assigned_url": "" if assigned is None else _detail(assigned),
        "nav": "citas",
    }
    return render(request, f"{FOLDER}/entry.html", context)


@require_POST
@patient_required
def accept(request: PatientRequest, entry_id: UUID) -> HttpResponse:
    """«Aceptar esta cita»: one tap, and it is theirs. Twice is once."""
    place = own_entry(request, entry_id)
    offer = _named(request, place)
    if offer is None:  # the page says what is offered, if anything is
        return redirect("appointments:waiting_entry", place.pk)
    try:
        taken = waiting_list.accept(
            offer_id=offer.pk,
            patient=place.patient,
            by=request.user,
            now=timezone.now(),
        )
    except ConsentMissing:
        messages.info(request, CONSENT_FIRST)
        return redirect("appointments:consent", offer.appointment_id)
    except BookingError as refusal:
        return _refused(request, place, refusal)
    if taken.status == Status.BOOKED:
        return redirect("appointments:voucher", taken.pk)
    return redirect("appointments:request", taken.pk)


@require_POST
@patient_required
def decline(request: PatientRequest, entry_id: UUID) -> HttpResponse:
    """«No me sirve»: they stay on the list. Twice is once."""
    place = own_entry(request, entry_id)
    offer = _named(request, place)
    if offer is None:
        return redirect("appointments:waiting_entry", place.pk)
    try:
        waiting_list.decline(
            offer_id=offer.pk,
            patient=place.patient,
            by=request.user,
            now=timezone.now(),
        )
    except BookingError as refusal:
        return _refused(request, place, refusal)
    messages.success(request, DECLINED)
    return redirect("appointments:waiting_entry", place.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def leave(request: PatientRequest, entry_id: UUID) -> HttpResponse:
    """«¿Quiere salir de la lista de espera?»"""
    place = own_entry(request, entry_id)
    if request.method == "POST":
        ended = waiting_list.leave(
            entry_id=place.pk,
            patient=place.patient,
            by=request.user,
            now=timezone.now(),
        )
        if ended.status != WaitingListEntry.Status.LEFT:
            return redirect("appointments:waiting_entry", place.pk)
        messages.success(request, LEFT)
        return redirect("appointments:list")
    if place.status != WaitingListEntry.Status.WAITING:
        return redirect("appointments:waiting_entry", place.pk)
    offered = place.offers.filter(status=Offer.Status.OPEN).exists()
    context = {"place": presenter.place(place), "offered": offered, "nav": "citas"}
    return render(request, f"{FOLDER}/leave.html", context)


# --- Look ------------------------------------------------------------------------------


def _held(offer: Offer | None, now: datetime) -> Appointment | None:
    """What is kept for them, as long as it is."""
    if offer is None or offer.status != Offer.Status.OPEN or offer.is_over(now=now):
        return None
    rows = Appointment.objects.for_page().select_related("replaces")
    rows = rows.prefetch_related("instruction_set__steps")
    return rows.filter(pk=offer.appointment_id, status=Status.HELD).first()


def _ran_out(offer: Offer | None, now: datetime) -> bool:
    if offer is None:
        return False
    return offer.status == Offer.Status.EXPIRED or (
        offer.status == Offer.Status.OPEN and offer.is_over(now=now)
    )


def _named(request: PatientRequest, place: WaitingListEntry) -> Offer | None:
    """The offer that the button was under, and not one that came since."""
    try:
        key = UUID(request.POST.get("oferta", ""))
    except ValueError:
        return None
    return Offer.objects.filter(entry=place, pk=key).first()


def _ahead(place: WaitingListEntry, now: datetime) -> str:
    if place.status != WaitingListEntry.Status.WAITING:
        return ""
    number = waiting_list.ahead_of(place, on=timezone.localdate(now))
    return presenter.ahead(number)


def _change_url(place: WaitingListEntry) -> str:
    """Where to say anew what serves; of what the clinic wrote down there is no search."""
    later = place.instead_of
    if later is not None:
        standing = later.status == Status.BOOKED
        url = reverse("appointments:join_for_sooner", args=[later.pk])
        return url if standing else ""
    if not place.search:
        return ""
    url = reverse("appointments:join_waiting_list", args=[place.patient.token])
    return f"{url}?{place.search}"


def _detail(appointment: Appointment) -> str:
    return reverse("appointments:detail", args=[appointment.pk])


def _url(name: str, appointment: Appointment | None, status: str) -> str:
    if appointment is None or appointment.status != status:
        return ""
    return reverse(f"appointments:{name}", args=[appointment.pk])


# --- Show ------------------------------------------------------------------------------


def _offer(
    request: PatientRequest,
    place: WaitingListEntry,
    offer: Offer,
    held: Appointment,
    now: datetime,
) -> HttpResponse:
    own = place.patient_id == request.user.patient_id
    wanting = telehealth.is_missing(held)
    context = {
        "place": presenter.place(place),
        "whose": "" if own else place.patient.given_names,
        "offer": presenter.offered(offer, held, now=now),
        "lines": preparation.preparation(held).before,
        "answer_due": answer_due(held, now=now),
        "consent_url": _url("consent", held, Status.HELD) if wanting else "",
        "nav": "citas",
    }
    return render(request, f"{FOLDER}/offer.html", context)


def _refused(
    request: PatientRequest, place: WaitingListEntry, refusal: BookingError
) -> HttpResponse:
    """Which rule said no, and where to go on: their place, which stays."""
    over = isinstance(refusal, OfferOver)
    # Another tab may have answered since this place was read.
    place = own_entry(request, place.pk)
    if over and place.status == WaitingListEntry.Status.SERVED and place.assigned:
        return redirect("appointments:detail", place.assigned.pk)
    said = presenter.refusal(refusal, place.patient, request.user)
    if over and place.status != WaitingListEntry.Status.WAITING:
        said = replace(said, text="Y ya no está en la lista de espera.")
    context = {
        "said": said,
        "onward_url": reverse("appointments:waiting_entry", args=[place.pk]),
        "onward": "Ver mi lugar en la lista" if over else "Volver a la oferta",
        "nav": "citas",
    }
    status = HTTPStatus.GONE if over else HTTPStatus.CONFLICT
    return render(request, f"{FOLDER}/refused.html", context, status=status)
