"""How far a basket goes: what is still to be answered before its plans, and in which order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpResponse, QueryDict

from accounts.access import PatientRequest
from appointments import offer, papers
from appointments.availability import Window
from appointments.forms import SOON, DatesForm, Horizon
from appointments.papers import Missing
from appointments.planning import Basket
from appointments.wizard import orders
from appointments.wizard.asking import Asking, for_person
from appointments.wizard.query import FILTERS, PARAMS, SEVERAL
from appointments.wizard.together import basket as baskets
from appointments.wizard.together.basket import Several

P = ParamSpec("P")

BASKET, PLANS, APART, HOLD = (
    "several",
    "several_plans",
    "several_apart",
    "several_hold",
)
CITY, SITE, ORDER, DATES = (
    "several_city",
    "several_site",
    "several_order",
    "several_dates",
)
# The item whose papers are asked for, and the day that they must reach.
WHICH, DAY = "papel", "para_el"


def with_basket(
    view: Callable[Concatenate[PatientRequest, Several, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give the view the basket of the address."""

    @wraps(view)
    def guarded(
        request: PatientRequest, asking: Asking, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        return view(request, baskets.read(request, asking), *args, **kwargs)

    return for_person(guarded)


def settle(several: Several) -> tuple[Several, str]:
    """With the places that need no question; and the page that is still to be answered."""
    if not several.ready:
        return several, BASKET
    if not several.in_person:
        return _at(several, city="", site=""), ""
    cities, search = several.cities(), several.query.search
    if not cities:
        return several, BASKET
    city = search.city if search.city in cities else _only(cities)
    several = _at(several, city=city, site=search.site)
    if not city:
        return several, CITY
    sites = several.sites()
    site = search.site if search.site in sites else _only(sites)
    return _at(several, city=city, site=site), "" if site else SITE


def onward(several: Several) -> str:
    """The first page of this basket that is still to be answered, or its plans."""
    several, name = settle(several)
    if name:
        return several.url(name)
    wanting = first_wanting(several)
    if wanting is not None:
        return order_url(several, wanting)
    name = PLANS if several.query.search.when else DATES
    return several.url(name)


def before_plans(several: Several) -> tuple[Several, str]:
    """The settled basket, and where to go instead while something is to be answered."""
    several, name = settle(several)
    if name:
        return several, several.url(name)
    wanting = first_wanting(several)
    if wanting is not None:
        return several, order_url(several, wanting)
    return several, "" if dates_form(several).is_valid() else several.url(DATES)


def order_url(several: Several, number: int, day: date | None = None) -> str:
    until = {DAY: day.isoformat()} if day else {}
    return several.url(ORDER, **{WHICH: str(number + 1)}, **until)


def first_wanting(several: Several) -> int | None:
    """The first item for which a paper must still be told about or promised."""
    for number in range(len(several.entries)):
        if left_of(several, number).anything:
            return number
    return None


def left_of(several: Several, number: int) -> papers.Gap:
    found = missing_of(several, number)
    promised = several.query.search.order == orders.ON_THE_DAY
    return found.in_earnest if promised else found.gap


def missing_of(several: Several, number: int, day: date | None = None) -> Missing:
    """For today, or for the day of the time that was chosen. What that item needs on paper; what needs none asks nothing of the database."""
    part = several.entries[number].part
    return papers.missing(
        patient=part.patient,
        procedure=part.procedure,
        agreement=part.agreement,
        day=day or several.asking.today,
    )


def dates_form(several: Several) -> DatesForm:
    """When they can come, as far as any of the agendas goes: each knows its own end."""
    today, search = several.asking.today, several.query.search
    days = max(
        one.horizon_days
        for entry in several.entries
        for one in offer.matching(several.criteria(entry))
    )
    data = QueryDict(mutable=True)
    for name in FILTERS:
        value = getattr(search, name)
        data.setlist(PARAMS[name], list(value) if name in SEVERAL else [value])
    if not search.when:
        data["cuando"] = SOON
    return DatesForm(data, horizon=Horizon(today, today + timedelta(days=days)))


def basket_of(several: Several) -> Basket:
    """What the planner's reader takes; on any day while the dates cannot be read."""
    form, now = dates_form(several), several.asking.now
    window = form.window(now) if form.is_valid() else Window(now=now)
    return several.basket(window)


def _at(several: Several, *, city: str, site: str) -> Several:
    return replace(several, query=several.query.searching(city=city, site=site))


def _only(codes: tuple[str, ...]) -> str:
    return codes[0] if len(codes) == 1 else ""
