"""What the items of a basket need on paper, one after the other, before any time is held."""

from dataclasses import replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import PatientRequest
from appointments import orders, papers
from appointments.errors import TooManyOrders
from appointments.order_form import OrderForm
from appointments.papers import Missing
from appointments.presenters.orders import asking_page
from appointments.wizard.orders import FURTHEST, UNPROCESSABLE
from appointments.wizard.query import ON_THE_DAY
from appointments.wizard.refusals import CONFLICT, in_words
from appointments.wizard.together.basket import Several
from appointments.wizard.together.parts import common, label
from appointments.wizard.together.path import (
    BASKET,
    DAY,
    PLANS,
    WHICH,
    missing_of,
    onward,
    settle,
    with_basket,
)


@require_http_methods(["GET", "HEAD", "POST"])
@with_basket
def order(request: PatientRequest, several: Several) -> HttpResponse:
    """«¿Tiene la orden médica?» for one item; then for the next, then onward."""
    several, open_page = settle(several)
    number = _number(request.GET.get(WHICH, ""), several)
    if open_page or number is None:
        return redirect(onward(several))
    day = _day(request.GET.get(DAY, ""), several.asking.today)
    found = missing_of(several, number, day)
    if not found.anything:
        return redirect(onward(several))
    form = _form(request, several, found)
    if form.is_valid():
        try:
            _declare(request, several, number, form)
        except TooManyOrders as refusal:
            return _refused(request, several, number, refusal)
        return redirect(onward(several))
    context = _context(several, number, found, day) | {"form": form}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "appointments/wizard/order.html", context, status=status)


def _context(
    several: Several, number: int, found: Missing, day: date | None
) -> dict[str, object]:
    entry = several.entries[number]
    part = entry.part
    rejected = papers.last_rejected(
        patient=part.patient, procedure=part.procedure, agreement=part.agreement
    )
    shown = asking_page(found, agreement=part.agreement, day=day, rejected=rejected)
    promised = replace(several, query=several.query.searching(order=ON_THE_DAY))
    return common(several, shown.title, 6, BASKET) | {
        "asking": shown,
        "about": label(several, entry),
        "promise_url": onward(promised) if found.may_be_promised else "",
        "agenda_url": several.url(PLANS) if day else "",
    }


def _declare(
    request: PatientRequest, several: Several, number: int, form: OrderForm
) -> None:
    part = several.entries[number].part
    orders.declare(
        patient=part.patient,
        procedure=part.procedure,
        agreement=part.agreement,
        declared=form.declared,
        upload=form.upload,
        by=request.user,
        now=several.asking.now,
    )


def _form(request: PatientRequest, several: Several, found: Missing) -> OrderForm:
    sent = request.method == "POST"
    return OrderForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        asked=found.asked,
        today=several.asking.today,
        dropped=request.META.get("portal.dropped_files", ()),
    )


def _refused(
    request: PatientRequest, several: Several, number: int, refusal: TooManyOrders
) -> HttpResponse:
    title, text = in_words(refusal, several.entries[number].patient, request.user)
    context = {
        "title": title,
        "text": text,
        "agenda_url": several.url(BASKET),
        "onward": "Volver a sus citas",
        "nav": "citas",
    }
    return render(request, "appointments/wizard/refused.html", context, status=CONFLICT)


def _number(text: str, several: Several) -> int | None:
    """«1» is the first item."""
    if text.isascii() and text.isdigit() and len(text) == 1:
        number = int(text) - 1
        return number if 0 <= number < len(several.entries) else None
    return None


def _day(text: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if today <= day <= today + FURTHEST else None
