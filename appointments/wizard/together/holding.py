"""«Escoger este plan»: all of its times are kept, or none; then the next best one is shown."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime
from django.views.decorators.http import require_http_methods

from accounts.access import PatientRequest
from appointments import agenda, groups, planning
from appointments.errors import BookingError, PaperMissing, PlanLost
from appointments.planning import Basket
from appointments.presenters import plans as presenter
from appointments.wizard.refusals import CONFLICT, in_words
from appointments.wizard.together.basket import Several
from appointments.wizard.together.path import (
    APART,
    HOLD,
    PLANS,
    basket_of,
    before_plans,
    order_url,
    with_basket,
)
from appointments.wizard.together.views import FOLDER, setting
from portal.ui import dates


@require_http_methods(["GET", "HEAD", "POST"])
@with_basket
def hold(request: PatientRequest, several: Several) -> HttpResponse:
    """Keep the times of a plan for ten minutes. Read again, it is the plans."""
    several, instead = before_plans(several)
    if instead:
        return redirect(instead)
    slots = slots_in(request.POST)
    if request.method != "POST" or len(slots) != len(several.entries):
        return redirect(several.url(PLANS))
    wanted = basket_of(several)
    try:
        planning.check_plan(wanted, slots, now=several.asking.now)
        group = groups.hold(
            chosen=[
                groups.Chosen(slot_id, part.procedure, part.patient, part.agreement)
                for slot_id, part in zip(slots, wanted.parts, strict=True)
            ],
            opened_for=several.asking.patient,
            by=request.user,
            search=several.query.querystring(),
            now=several.asking.now,
        )
    except PlanLost as lost:
        return _lost(request, several, wanted, lost.slot_id)
    except PaperMissing as refusal:
        return redirect(_papers_url(several, slots, refusal))
    except BookingError as refusal:
        return _refused(request, several, slots, refusal)
    return redirect("appointments:group_instructions", group.pk)


def slots_in(sent: QueryDict) -> list[int]:
    """The ids in a button of ours, in the order of the basket; none if one is not an id."""
    texts = sent.getlist("cupo")
    good = all(t.isascii() and t.isdigit() and len(t) <= 16 for t in texts)
    return [int(text) for text in texts] if good else []


def _lost(
    request: PatientRequest, several: Several, wanted: Basket, slot_id: int | None
) -> HttpResponse:
    """Somebody was faster: nothing was kept, and this is the next best plan (409)."""
    found = planning.plans(wanted, now=several.asking.now)
    page = presenter.page(found, setting(several, wanted, found))
    context = {
        "lost": _said(agenda.start_of(slot_id) if slot_id else None),
        "card": page.cards[0] if page.cards else None,
        "unproved": page.unproved,
        "hold_url": several.url(HOLD),
        "plans_url": several.url(PLANS),
        "apart_url": several.url(APART),
        "nav": "citas",
    }
    return render(request, f"{FOLDER}/plan_lost.html", context, status=CONFLICT)


def _said(start: datetime | None) -> str:
    if start is None:
        return "Una de las horas de ese plan ya no está libre."
    when = localtime(start)
    return f"La hora del {dates.day(when)} a las {dates.hour(when)} ya no está libre."


def _refused(
    request: PatientRequest,
    several: Several,
    slots: Sequence[int],
    refusal: BookingError,
) -> HttpResponse:
    """A rule said no, about one of the times if it says which (409)."""
    at = _number(slots, refusal)
    patient = several.entries[at].patient if at is not None else several.asking.patient
    title, text = in_words(refusal, patient, request.user)
    context = {
        "title": title,
        "text": f"{text} No guardamos ninguna de las horas.",
        "agenda_url": several.url(PLANS),
        "onward": "Ver los planes",
        "nav": "citas",
    }
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)


def _papers_url(several: Several, slots: Sequence[int], refusal: BookingError) -> str:
    """To the papers of that time, for its day: they may not reach it."""
    at = _number(slots, refusal) or 0
    start = agenda.start_of(slots[at])
    day = localdate(start) if start else None
    return order_url(several, at, day)


def _number(slots: Sequence[int], refusal: BookingError) -> int | None:
    """Which of the times it is about."""
    found = refusal.slot_id
    return slots.index(found) if found in slots else None
