"""When the agenda is empty: the changes of the search that really have times (never a dead end)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from appointments import availability, offer, words
from appointments.agenda import Quest
from appointments.availability import Window
from appointments.wizard import flow, quest
from appointments.wizard.asking import Asking, address
from appointments.wizard.parts import Tile
from appointments.wizard.query import ANY_SITE, FILTERS, Search
from catalog.models import Modality

TRIES = 3  # each one is a query
OTHER_PART = {("am",): ("pm",), ("pm",): ("am",)}


@dataclass(frozen=True, slots=True)
class WayOut:
    icon: str
    label: str
    search: Search
    opens: str = flow.AGENDA


def tiles(asking: Asking, search: Search, tried: Quest) -> list[Tile]:
    """The first few that have times, each with how many and since when."""
    found: list[Tile] = []
    for way in islice(_ways(asking, search), TRIES):
        tile = _tile(asking, way, tried)
        if tile is not None:
            found.append(tile)
    return found


def _ways(asking: Asking, search: Search) -> Iterator[WayOut]:
    if search.parts in OTHER_PART:
        other = replace(search, parts=OTHER_PART[search.parts])
        days = quest.in_plural(search.weekdays) or "horas"
        yield WayOut("clock", f"Ver {days} por la {quest.part_of(other.parts)}", other)
    if search.site and search.site != ANY_SITE:
        city = asking.options.names.cities.by_code[search.city]
        anywhere = replace(search, site=ANY_SITE, only="")
        if ANY_SITE in asking.options.sites(search.before("site")):
            label = f"Ver otras sedes de {words.city(city)}"
            yield WayOut("pin", label, anywhere)
    if any(getattr(search, name) for name in FILTERS):
        yield WayOut("calendar", "Ver todos los días y horas", search.without(*FILTERS))
    yield from _elsewhere(asking, search)


def _elsewhere(asking: Asking, search: Search) -> Iterator[WayOut]:
    """Another modality or another city for the same thing."""
    bare = search.without("city", "site", *FILTERS)
    here = asking.options.criteria(replace(bare, modality=""))
    if search.modality != Modality.VIRTUAL and "virtual" in offer.modalities(here):
        virtual = replace(bare, modality=Modality.VIRTUAL.value)
        yield WayOut("video", "Ver citas virtuales", virtual)
    if search.city and len(asking.options.cities(bare)) > 1:
        yield WayOut("pin", "Ver otras ciudades", bare, opens="ciudad")


def _tile(asking: Asking, way: WayOut, tried: Quest) -> Tile | None:
    form = quest.dates_form(asking, way.search)
    window = form.window(asking.now) if form.is_valid() else Window(now=asking.now)
    counts = availability.count_by_day(
        schedules=availability.matching(quest.criteria(asking, way.search)),
        window=window,
        busy=tried.busy,
    )
    if not counts:
        return None
    total = words.counted(sum(counts.values()), "cita", "citas")
    first = words.soon(min(counts), asking.today)
    since = f"desde {first}" if first in ("hoy", "mañana") else f"desde el {first}"
    url = address(way.opens, asking.patient, way.search)
    return Tile(url, way.icon, way.label, f"{total} {since}.")
