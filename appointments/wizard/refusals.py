"""A time that could not be kept: what happened, and the nearest way on. Nothing is lost."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime

from appointments import agenda, availability
from appointments.errors import (
    BookingError,
    NotOffered,
    PatientBusy,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
)
from appointments.presenters import agenda as presenter
from appointments.wizard import flow, quest
from appointments.wizard.asking import Asking, address
from appointments.wizard.query import Search
from portal.ui import dates

NEAR = 5
CONFLICT = 409
WORDS: dict[type[BookingError], tuple[str, str]] = {
    PatientBusy: (
        "Usted ya tiene otra cita a esa hora",
        "Esa hora se cruza con una de sus citas.",
    ),
    TooManyHolds: (
        "Ya tiene varias horas guardadas",
        "En «Mis citas» confirme o suelte una de ellas y vuelva a escoger.",
    ),
    TooManyInSpecialty: (
        "Ya tiene varias citas de esta especialidad",
        "Si necesita otra, llámenos.",
    ),
    TooManyAppointments: (
        "Ya tiene muchas citas pedidas",
        "Si necesita otra, llámenos.",
    ),
    NotOffered: (
        "Esa hora ya no se puede pedir",
        "Puede que falte muy poco para esa hora o que la agenda haya cambiado.",
    ),
}


def taken(
    request: HttpRequest, asking: Asking, search: Search, slot_id: int
) -> HttpResponse:
    """Somebody was faster: the nearest free times of the same search (409)."""
    lost = agenda.start_of(slot_id)
    context = _common(asking, search)
    if lost is None:
        context["lost"] = "La hora que escogió ya no está libre."
    else:
        when = localtime(lost)
        context["lost"] = (
            f"El {dates.day(when)} a las {dates.hour(when)} ya no está libre."
        )
    context |= _nearest(asking, search, lost or asking.now)
    return render(request, "appointments/wizard/taken.html", context, status=CONFLICT)


def refused(
    request: HttpRequest, asking: Asking, search: Search, refusal: BookingError
) -> HttpResponse:
    """A rule said no: which one, in words (409)."""
    kinds = [kind for kind in WORDS if isinstance(refusal, kind)]
    if not kinds:
        raise refusal
    title, text = WORDS[kinds[0]]
    context = _common(asking, search) | {"title": title, "text": text}
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)


def _common(asking: Asking, search: Search) -> dict[str, object]:
    return {
        "agenda_url": address(flow.AGENDA, asking.patient, search),
        "hold_url": address(flow.HOLD, asking.patient, search),
        "nav": "citas",
    }


def _nearest(asking: Asking, search: Search, lost: datetime) -> dict[str, object]:
    form = quest.dates_form(asking, search)
    if not form.is_valid():
        return {}
    wanted = quest.quest(asking, search, form)
    times = availability.nearest(
        schedules=wanted.schedules,
        window=wanted.window,
        lost=lost,
        busy=wanted.busy,
        limit=NEAR,
    )
    if not times:
        return {}
    best = next((time for time in times if time.start >= lost), times[0])
    setting = quest.setting(asking, search)
    others = [time for time in times if time is not best]
    return {
        "next": presenter.offer("La siguiente cita libre", best, setting),
        "others": presenter.hours(others, setting),
    }
