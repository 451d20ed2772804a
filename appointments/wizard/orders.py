"""What is wanting on paper, said before any time is held: between the questions and the dates."""

from dataclasses import replace
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from accounts.access import PatientRequest
from appointments import agenda, orders, papers, policies
from appointments.errors import TooManyOrders
from appointments.order_form import OrderForm
from appointments.presenters.orders import asking_page
from appointments.wizard import flow, parts, quest, refusals
from appointments.wizard.asking import Asking, address, for_person, onward
from appointments.wizard.query import ON_THE_DAY, Search

UNPROCESSABLE = 422
DAY = "para"  # the day that was chosen, when the papers do not reach it
FURTHEST = timedelta(days=400)


def are_promised(asking: Asking, search: Search) -> bool:
    """Who only changes the hour said so before."""
    return search.order == ON_THE_DAY or asking.changing is not None


def stop(asking: Asking, search: Search) -> str:
    """The page that says what is wanting, while something is; else nothing.

    What needs no paper, or none today, asks nothing of the database.
    """
    procedure = quest.procedure_of(asking, search)
    asked = papers.asked(procedure, asking.options.agreement)
    promised = are_promised(asking, search)
    if not asked.anything or (
        promised and not policies.gap_without_promised(asked, _all(asked)).anything
    ):
        return ""
    found = _missing(asking, search, asking.today)
    left = found.in_earnest if promised else found.gap
    return address(flow.ORDER, asking.patient, search) if left.anything else ""


def wanting_for(asking: Asking, search: Search, slot_id: int) -> str:
    """The same page, for the day of the time that was chosen."""
    start = agenda.start_of(slot_id)
    day = {DAY: localdate(start).isoformat()} if start else {}
    bare = replace(search, order="")
    return address(flow.ORDER, asking.patient, bare, **day)


@require_http_methods(["GET", "HEAD", "POST"])
@for_person
def order(request: PatientRequest, asking: Asking) -> HttpResponse:
    """«¿Tiene la orden médica?»: what it says, or what to do without it."""
    walk = asking.walk()
    if walk.open is not None:
        return redirect(onward(asking, walk.search))
    search = walk.search
    day = _day(request, asking)
    found = _missing(asking, search, day or asking.today)
    after = _after(asking, search, day)
    if not found.anything:
        return redirect(after)
    form = _form(request, asking, found)
    if form.is_valid():
        try:
            _declare(request, asking, search, form)
        except TooManyOrders as refusal:
            return refusals.refused(request, asking, search, refusal)
        return redirect(after)
    context = _context(asking, search, found, day) | {
        "form": form,
        "back_url": parts.back_url(asking, walk),
        "summary": parts.late_summary(asking, walk),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "appointments/wizard/order.html", context, status=status)


def _declare(
    request: PatientRequest, asking: Asking, search: Search, form: OrderForm
) -> None:
    orders.declare(
        patient=asking.patient,
        procedure=quest.procedure_of(asking, search),
        agreement=asking.options.agreement,
        declared=form.declared,
        upload=form.upload,
        by=request.user,
        now=asking.now,
    )


def _form(request: HttpRequest, asking: Asking, found: papers.Missing) -> OrderForm:
    sent = request.method == "POST"
    return OrderForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        asked=found.asked,
        today=asking.today,
        dropped=request.META.get("portal.dropped_files", ()),
    )


def _context(
    asking: Asking, search: Search, found: papers.Missing, day: date | None
) -> dict[str, object]:
    procedure = quest.procedure_of(asking, search)
    rejected = papers.last_rejected(
        patient=asking.patient,
        procedure=procedure,
        agreement=asking.options.agreement,
    )
    promise = replace(search, order=ON_THE_DAY)
    shown = asking_page(
        found, agreement=asking.options.agreement, day=day, rejected=rejected
    )
    return {
        "asking": shown,
        "question": shown.title,
        "number": 6,
        "promise_url": _after(asking, promise, day) if found.may_be_promised else "",
        "agenda_url": address(flow.AGENDA, asking.patient, search) if day else "",
        "nav": "citas",
    }


def _after(asking: Asking, search: Search, day: date | None) -> str:
    """Onward to the dates; back to the day that was chosen, if one was."""
    if day is None:
        return address(flow.DATES, asking.patient, search)
    return address(flow.AGENDA, asking.patient, search, ver=day.isoformat())


def _missing(asking: Asking, search: Search, day: date) -> papers.Missing:
    return papers.missing(
        patient=asking.patient,
        procedure=quest.procedure_of(asking, search),
        agreement=asking.options.agreement,
        day=day,
    )


def _all(asked: policies.Asked) -> policies.Gap:
    return policies.gap(
        asked,
        order=policies.NO_PAPER,
        authorization=policies.NO_PAPER,
        day=date.min,
    )


def _day(request: HttpRequest, asking: Asking) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get(DAY, ""))
    except ValueError:
        return None
    return day if asking.today <= day <= asking.today + FURTHEST else None
