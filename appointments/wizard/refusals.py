"""A time that could not be kept: what happened, and the nearest way on. Nothing is lost."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime

from accounts.access import PatientRequest
from accounts.models import Patient, User
from appointments import agenda, availability, words
from appointments.errors import (
    BookingError,
    ByTelephone,
    ChangePending,
    NotOffered,
    NotStanding,
    OfferPending,
    OtherAge,
    OtherService,
    PatientBusy,
    PersonInactive,
    SameTime,
    SlotTaken,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
    TooManyOrders,
)
from appointments.presenters import agenda as presenter
from appointments.presenters import rules
from appointments.wizard import flow, quest
from appointments.wizard.asking import Asking, address
from appointments.wizard.query import Search
from portal.ui import dates

NEAR = 5
CONFLICT = 409
WORDS: dict[type[BookingError], tuple[str, str]] = {
    SlotTaken: (
        "Esa hora ya no está disponible",
        "Alguien la tomó antes.",
    ),
    PatientBusy: (
        "{who} ya tiene otra cita a esa hora",
        "Esa hora se cruza con una de sus citas.",
    ),
    TooManyHolds: (
        "{who} ya tiene varias horas guardadas",
        "En «Mis citas» confirme o suelte una de ellas y vuelva a escoger.",
    ),
    TooManyInSpecialty: (
        "{who} ya tiene varias citas de esta especialidad",
        "Si necesita otra, llámenos.",
    ),
    TooManyAppointments: (
        "{who} ya tiene muchas citas pedidas",
        "Si necesita otra, llámenos.",
    ),
    NotStanding: (
        "Esa cita ya no se puede cambiar",
        "Se canceló o ya cambió. Mírela en «Mis citas».",
    ),
    SameTime: (
        "Esa es la hora que ya tiene",
        "Escoja otra hora, o conserve su cita como está.",
    ),
    OtherService: (
        "Esa hora es para otra cita",
        "Para cambiar la hora tiene que ser el mismo servicio, con el mismo convenio.",
    ),
    OfferPending: (
        "Tiene una hora ofrecida para esta cita",
        "Diga primero si le sirve. La ve en «Mis citas».",
    ),
    ChangePending: (
        "Ya pidió otra hora para esta cita",
        "Espere la respuesta de la sede. La ve en «Mis citas».",
    ),
    PersonInactive: (
        "No se pueden pedir citas para esta persona",
        "Su registro está inactivo en la clínica. Llámenos para revisarlo.",
    ),
    TooManyOrders: (
        "Ya tenemos varias órdenes por revisar",
        "La sede revisa primero esas. Si necesita otra, llámenos.",
    ),
    OtherAge: (
        "Ese servicio es para otra edad",
        "El día de la cita la persona ya tiene otra edad. Escoja un día antes del "
        "cumpleaños, o busque un servicio para esa edad.",
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
    request: PatientRequest, asking: Asking, search: Search, refusal: BookingError
) -> HttpResponse:
    """A rule said no: which one, in words (409)."""
    if isinstance(refusal, ByTelephone) and asking.changing is not None:
        shown = rules.to_call(asking.changing, rules.CHANGE, refusal.barrier)
        context = {"call": shown, "nav": "citas"}
        return render(request, rules.CALL_PAGE, context, status=CONFLICT)
    title, text = in_words(refusal, asking.patient, request.user)
    context = _common(asking, search) | {"title": title, "text": text}
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)


def in_words(refusal: BookingError, patient: Patient, user: User) -> tuple[str, str]:
    """Title and text; of a dependant, by the name. What has no words is ours to hear of."""
    kind = next((kind for kind in WORDS if isinstance(refusal, kind)), None)
    if kind is None:
        raise refusal
    title, text = WORDS[kind]
    return title.format(who=words.whom(patient, user)), text


def _common(asking: Asking, search: Search) -> dict[str, object]:
    return {
        "agenda_url": address(flow.AGENDA, asking.patient, search),
        "hold_url": address(flow.HOLD, asking.patient, search),
        "changing": rules.changing(asking.changing),
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
