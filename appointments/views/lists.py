"""«Mis citas»: what is coming, what waits for an answer, what was; of everybody one acts for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import people
from accounts.access import PatientRequest, patient_required
from accounts.models import Patient, PatientQuerySet
from appointments import history
from appointments.models import Appointment
from appointments.presenters import lists
from appointments.presenters import waiting as waiting_cards
from appointments.presenters.filters import (
    MANY,
    PAST,
    REQUESTS,
    TO_COME,
    Filters,
    filters,
)
from appointments.presenters.lists import Reader
from appointments.presenters.pending import offered, pending


@require_safe
@patient_required
def mine(request: PatientRequest) -> HttpResponse:
    """The appointments to come, the requests, and the last ones that were."""
    now = timezone.now()
    asked = _filters(request, now)
    if "todas" in request.GET:
        return _all_past(request, asked, now)
    within = _within(request, asked, now)
    upcoming = history.upcoming(within, now=now) if asked.shows(TO_COME) else []
    requests = history.requests(within, now=now) if asked.shows(REQUESTS) else []
    waiting = history.waiting(within, now=now) if asked.shows(REQUESTS) else []
    past = _past(within, asked, now=now, limit=history.SHOWN_PAST + 1)
    found = len(upcoming) + len(requests) + len(waiting) + len(past)
    reader = Reader(request.user, asked.several, now)
    context = {
        "nav": "citas",
        "agreement": _agreement(request),
        "filters": asked,
        "offers_filters": asked.chosen or asked.several or found > MANY,
        "pending": [*offered(waiting, reader), *pending(requests, reader)],
        "shows_upcoming": asked.shows(TO_COME),
        "upcoming": [lists.card(one, reader) for one in upcoming],
        "requests": [lists.request_card(one, reader) for one in requests],
        "waiting": [waiting_cards.card(one, reader) for one in waiting],
        "past": [lists.past_line(one, reader) for one in past[: history.SHOWN_PAST]],
        "all_past_url": asked.address(todas="si")
        if len(past) > history.SHOWN_PAST
        else "",
    }
    if found:
        return render(request, "appointments/list.html", context)
    if asked.chosen:
        return render(request, "appointments/list_nothing.html", context)
    return render(request, "appointments/list_empty.html", context)


def _all_past(request: PatientRequest, asked: Filters, now: datetime) -> HttpResponse:
    """Every past one, a page at a time: the next begins after the last that was seen."""
    within = _within(request, asked, now)
    size = history.PAGE_OF_PAST
    after = _after(request, within)
    past = _past(within, asked, now=now, limit=size + 1, after=after)
    reader = Reader(request.user, asked.several, now)
    more = past[size - 1] if len(past) > size else None
    context = {
        "nav": "citas",
        "filters": asked,
        "offers_filters": asked.chosen or asked.several or len(past) > MANY,
        "past": [lists.past_line(one, reader) for one in past[:size]],
        "older_url": asked.address(todas="si", despues=str(more.pk)) if more else "",
        "first_url": asked.address(todas="si") if after else "",
    }
    return render(request, "appointments/list_past.html", context)


def _filters(request: PatientRequest, now: datetime) -> Filters:
    """What the address asks for; the token of somebody else is a 404 (ACC-01)."""
    persons = people.persons(request.user, on=timezone.localdate(now))
    return filters(
        persons,
        person=_person(request.GET.get("persona", ""), persons),
        state=request.GET.get("estado", ""),
    )


def _person(token: str, persons: Sequence[Patient]) -> Patient | None:
    if not token:
        return None
    chosen = next((one for one in persons if str(one.token) == token), None)
    if chosen is None:
        raise Http404
    return chosen


def _within(request: PatientRequest, asked: Filters, now: datetime) -> PatientQuerySet:
    persons = people.acts_for(request.user, on=timezone.localdate(now))
    return persons.filter(pk=asked.person.pk) if asked.person else persons


def _past(
    within: PatientQuerySet,
    asked: Filters,
    *,
    now: datetime,
    limit: int,
    after: Appointment | None = None,
) -> list[Appointment]:
    if not asked.shows(PAST):
        return []
    only = asked.state.statuses if asked.state else ()
    return history.past(within, now=now, limit=limit, only=only, after=after)


def _after(request: PatientRequest, within: PatientQuerySet) -> Appointment | None:
    """The last one of the page before; a stranger's says nothing."""
    key = request.GET.get("despues", "")
    if not key:
        return None
    try:
        rows = Appointment.objects.filter(patient__in=within.values("pk"))
        return rows.get(pk=UUID(key))
    except (ValueError, Appointment.DoesNotExist):
        raise Http404 from None


def _agreement(request: PatientRequest) -> str:
    patient = request.user.patient
    assert patient is not None  # noqa: S101 - patient_required saw to it
    agreement = patient.preferred_agreement
    return agreement.name if agreement else ""
