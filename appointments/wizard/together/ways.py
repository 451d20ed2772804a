"""When no plan is possible: which appointment has no time, and what would have a plan."""

from collections.abc import Callable
from dataclasses import replace

from appointments import planning, words
from appointments.planning import FEWEST, Basket, Found
from appointments.wizard import ways_out
from appointments.wizard.parts import Context, Tile
from appointments.wizard.query import ANY_SITE, Search
from appointments.wizard.together.basket import Query, Several
from appointments.wizard.together.path import APART, BASKET, DATES, PLANS
from portal.ui import dates


def page(
    several: Several, tried: Basket, found: Found, enough: Callable[[], bool]
) -> Context:
    """Everything that the page without a plan says; each tile was tried, and leads to a plan.

    `enough` is the deadline of the whole page: however many are tried, it waits once.
    """
    without = [_named(several, number) for number in found.without]
    return {
        "count": len(several.entries),
        "without": without,
        "tiles": [
            *_looser(several, tried, enough),
            *_fewer(several, tried, found, enough),
        ],
        "waiting": [
            tile for number in found.without for tile in _waiting(several, number)
        ],
        "separate": Tile(
            several.url(APART),
            "list",
            "Escoger cada cita por separado",
            "Su lista se conserva.",
        ),
        "dates_url": several.url(DATES),
        "basket_url": several.url(BASKET),
    }


def _looser(several: Several, tried: Basket, enough: Callable[[], bool]) -> list[Tile]:
    """The same appointments at any site, on any day; together only if neither is enough."""
    search = several.query.search
    free = dict.fromkeys(("first_day", "last_day"), "") | {"parts": (), "weekdays": ()}
    ways: list[tuple[str, str, Basket, Query]] = []
    any_site = any_day = None
    if tried.site_id is not None and several.in_person:
        any_site = several.query.searching(site=ANY_SITE)
        city = several.asking.options.names.cities.by_code[search.city]
        text = f"En cualquier sede de {words.city(city)}"
        ways.append(("pin", text, planning.anywhere(tried), any_site))
    if _is_narrow(search):
        any_day = several.query.searching(when="ya", **free)
        text = "En cualquier día y a cualquier hora"
        ways.append(("calendar", text, planning.any_day(tried), any_day))
    tiles = [tile for way in ways if (tile := _tile(several, *way, enough))]
    if not tiles and any_site is not None and any_day is not None:
        both = any_day.searching(site=ANY_SITE)
        looser = planning.anywhere(planning.any_day(tried))
        tile = _tile(
            several, "search", "En cualquier sede, cualquier día", looser, both, enough
        )
        tiles = [tile] if tile else []
    return tiles


def _is_narrow(search: Search) -> bool:
    return bool(search.when not in ("", "ya") or search.parts or search.weekdays)


def _fewer(
    several: Several, tried: Basket, found: Found, enough: Callable[[], bool]
) -> list[Tile]:
    """Without those that have no time, if the others make a plan."""
    rest = [n for n in range(len(tried.parts)) if n not in found.without]
    if not found.without or len(rest) < FEWEST:
        return []
    query = several.query
    for number in sorted(found.without, reverse=True):
        query = query.removing(number)
    fewer = replace(tried, parts=tuple(tried.parts[n] for n in rest))
    named = " y ".join(_named(several, n) for n in found.without)
    tile = _tile(several, "list", f"Sin {named}", fewer, query, enough)
    return [tile] if tile else []


def _tile(
    several: Several,
    icon: str,
    text: str,
    basket: Basket,
    query: Query,
    enough: Callable[[], bool],
) -> Tile | None:
    found = planning.plans(basket, now=several.asking.now, enough=enough)
    if not found.plans:
        return None
    many = words.counted(len(found.plans), "plan", "planes")
    first = min(plan.times[0][1].day for plan in found.plans)
    hint = f"{many}. El más cercano, {dates.near_day(first, several.asking.today)}."
    return Tile(several.url_with(query, PLANS), icon, text, hint)


def _named(several: Several, number: int) -> str:
    entry = several.entries[number]
    text = words.inside(entry.service)
    if several.is_family:
        text = f"{text} para {entry.patient.given_names}"
    return text


def _waiting(several: Several, number: int) -> list[Tile]:
    """The waiting list for this one alone."""
    url = ways_out.waiting_url(*several.ordinary(several.entries[number]))
    named = _named(several, number)
    hint = f"Le avisamos si se libera una hora de {named}."
    return [Tile(url, "bell", "Anotarme en la lista de espera", hint)] if url else []
