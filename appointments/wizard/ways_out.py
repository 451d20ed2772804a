"""Nothing, or nothing soon: what to change, as links to the search that has it (never a dead end)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from appointments import agenda, availability, loosening, words
from appointments.agenda import Quest
from appointments.availability import Criteria, Engagement
from appointments.forms import FROM, NEXT_WEEK
from appointments.loosening import Answer, Asked, Loosened
from appointments.wizard import flow, quest
from appointments.wizard.asking import Asking, address
from appointments.wizard.options import BY_PROCEDURE, BY_SPECIALTY
from appointments.wizard.parts import Tile
from appointments.wizard.query import ANY_SITE, Search
from catalog.models import Modality
from portal.ui import dates

MOST = 4
ICONS = {
    Answer.PART: "clock",
    Answer.WEEKDAYS: "calendar",
    Answer.DATES: "calendar",
    Answer.SITE: "pin",
    Answer.ANY_SITE: "pin",
    Answer.PRACTITIONER: "person",
    Answer.MODALITY: "video",
    Answer.CITY: "pin",
}
PLACES = (Answer.SITE, Answer.ANY_SITE, Answer.CITY)


@dataclass(frozen=True, slots=True)
class Way:
    """A search that has what this one has not, and what it has."""

    search: Search
    gives: Loosened


def ways(
    asking: Asking, search: Search, tried: Quest, *, first_day: date | None
) -> list[Way]:
    """The best few; several answers at once only where no single one helps."""
    engaged = availability.engagements_of(
        asking.patient, asking.now, replaces=asking.changing
    )
    asked = _asked(asking, search, tried, engaged, first_day)
    found: list[Way] = []
    for gives in loosening.ways(asked):
        if found and len(gives.answers) > len(found[0].gives.answers):
            break
        loosened = _search(asking, search, gives)
        if loosened is not None:
            found.append(_seen_from_there(loosened, gives, engaged, first_day))
        if len(found) == MOST:
            break
    return found


def tiles(asking: Asking, search: Search, tried: Quest) -> list[Tile]:
    """For an empty search: what has times, how many and since when; and to wait or to ask."""
    found = ways(asking, search, tried, first_day=None)
    shown = [_tile(asking, way, _label(asking, way)) for way in found]
    shown.append(
        Tile(
            waiting_url(asking, search),
            "bell",
            "Anotarme en la lista de espera",
            "Le avisamos por mensaje si se libera una cita.",
        )
    )
    if not found and asking.changing is None:
        shown.append(
            Tile(
                _with(asking, search, "file_request"),
                "list",
                "Radicar solicitud",
                "Le damos un número y la fecha en que la sede le responde.",
            )
        )
    return shown


def sooner_tiles(asking: Asking, ways: Sequence[Way]) -> list[Tile]:
    """For a far one: how many are before, and the first of them."""
    return [_tile(asking, way, _label_before(asking, way)) for way in ways]


def waiting_url(asking: Asking, search: Search) -> str:
    """Where to be told of what becomes free."""
    return _with(asking, search, "join_waiting_list")


def _with(asking: Asking, search: Search, name: str) -> str:
    """The page that takes this search along."""
    url = reverse(f"appointments:{name}", args=[asking.patient.token])
    return f"{url}?{urlencode(search.pairs())}"


# --- From the search to what can be loosened, and back -----------------------------


def _asked(
    asking: Asking,
    search: Search,
    tried: Quest,
    engaged: Sequence[Engagement],
    first_day: date | None,
) -> Asked:
    window = tried.window
    if not (search.when == NEXT_WEEK or (search.when == FROM and search.last_day)):
        window = replace(window, last_day=None)
    anybody = None
    if tried.criteria.practitioner_id is not None:
        anybody = quest.criteria(asking, _of_anybody(asking, search))
    return Asked(
        criteria=tried.criteria,
        anybody=anybody,
        window=window,
        busy=[one.span for one in engaged],
        first_day=first_day,
    )


def _of_anybody(asking: Asking, search: Search) -> Search:
    if not search.practitioner:
        return replace(search, only="")
    visit = bool(quest.procedure_of(asking, search).visit)
    return replace(
        search,
        practitioner="",
        only="",
        door=BY_SPECIALTY if visit else BY_PROCEDURE,
        specialty=search.specialty if visit else "",
    )


def _search(asking: Asking, search: Search, gives: Loosened) -> Search | None:
    """The loosened answers as the questions know them; None if no page leads there."""
    for answer in gives.answers:
        search = _loosened(asking, search, answer, gives)
    for spelling in _spellings(asking, search):
        found = _walked(asking, spelling, gives.criteria)
        if found is not None:
            return found
    return None


def _loosened(
    asking: Asking, search: Search, answer: Answer, gives: Loosened
) -> Search:
    names, criteria = asking.options.names, gives.criteria
    if answer == Answer.PART:
        return replace(search, parts=tuple(gives.window.parts))
    if answer == Answer.WEEKDAYS:
        return replace(search, weekdays=())
    if answer == Answer.DATES:
        return search.without("when", "first_day", "last_day")
    if answer == Answer.PRACTITIONER:
        return _of_anybody(asking, search)
    site = names.sites.by_id.get(criteria.site_id or 0)
    city = names.cities.by_id.get(criteria.city_id or 0)
    virtual = criteria.modality == Modality.VIRTUAL
    return replace(
        search,
        modality=criteria.modality or "",
        city=city.code if city else "",
        site=site.code if site else "" if virtual else ANY_SITE,
    )


def _spellings(asking: Asking, search: Search) -> Iterator[Search]:
    """The same by other doors: the one that was taken may not be open there."""
    yield search
    only = search.practitioner or search.only
    bare = replace(search, practitioner="", only=only)
    if quest.procedure_of(asking, search).visit:
        yield replace(bare, door=BY_SPECIALTY)
    yield replace(bare, door=BY_PROCEDURE, specialty="")


def _walked(asking: Asking, search: Search, criteria: Criteria) -> Search | None:
    """As the agenda will read it, if it asks the same of the same schedules."""
    walk = flow.walk(search, asking.options)
    found = walk.search
    # A question with one possible answer answers itself, with another service perhaps.
    if walk.open is not None or found.procedure != search.procedure:
        return None
    if _ids(quest.criteria(asking, found)) != _ids(criteria):
        return None
    if quest.dates_form(asking, found).is_valid():
        return found
    # A last day past the end of the agenda says nothing.
    found = replace(found, last_day="")
    return found if quest.dates_form(asking, found).is_valid() else None


def _ids(criteria: Criteria) -> frozenset[int]:
    return frozenset(schedule.id for schedule in availability.matching(criteria))


def _seen_from_there(
    search: Search,
    gives: Loosened,
    engaged: Sequence[Engagement],
    first_day: date | None,
) -> Way:
    """A hold of that very search does not stand in its way: then it is read again."""
    said = search.querystring()
    if all(one.search != said for one in engaged):
        return Way(search, gives)
    there = Quest(
        gives.criteria,
        gives.window,
        [one.span for one in engaged if one.search != said],
    )
    found = agenda.read(there, shown=None, page=1)
    if found is None:
        return Way(search, gives)
    counts = found.counts.items()
    sooner = sum(n for day, n in counts if first_day is None or day < first_day)
    total = sum(found.counts.values())
    return Way(
        search, replace(gives, count=total, sooner=sooner, first=found.first.start)
    )


# --- In words ----------------------------------------------------------------------


def _tile(asking: Asking, way: Way, said: tuple[str, str]) -> Tile:
    label, hint = said
    *_, last = way.gives.answers
    url = address(flow.AGENDA, asking.patient, way.search)
    return Tile(url, ICONS[last], label, words.stopped(hint))


def _label(asking: Asking, way: Way) -> tuple[str, str]:
    gives = way.gives
    count = words.counted(gives.count, "cita", "citas")
    if gives.answers in ((Answer.SITE,), (Answer.CITY,)):
        where = _noun(asking, way, gives.answers[0])
        return f"En {where} hay {count}", f"La primera, {_moment(asking, gives)}"
    if gives.answers == (Answer.MODALITY,):
        return _by_other_means(asking, way), f"{count} {_since(asking, gives)}"
    return f"Ver {_all(asking, way)}", f"{count} {_since(asking, gives)}"


def _label_before(asking: Asking, way: Way) -> tuple[str, str]:
    gives = way.gives
    (answer,) = gives.answers
    before = f"{words.counted(gives.sooner, 'hora', 'horas')} antes"
    first = f"La primera, {_moment(asking, gives)}"
    if answer == Answer.MODALITY:
        return _by_other_means(asking, way), f"Hay {before}"
    if answer == Answer.PART:
        part = quest.part_of(way.search.parts)
        return f"Por la {part} hay {before}", first
    if answer == Answer.PRACTITIONER:
        return f"Con otros profesionales hay {before}", first
    return f"En {_noun(asking, way, answer)} hay {before}", first


def _by_other_means(asking: Asking, way: Way) -> str:
    """«Virtual: mañana 8:20 a. m.»"""
    when = _moment(asking, way.gives)
    if way.search.modality == Modality.VIRTUAL:
        return f"Virtual: {when}"
    return f"Presencial en {_city(asking, way.search)}: {when}"


def _noun(asking: Asking, way: Way, answer: Answer) -> str:
    search = way.search
    if answer == Answer.PART:
        days = quest.in_plural(search.weekdays) or "horas"
        return f"{days} por la {quest.part_of(search.parts)}"
    if answer == Answer.SITE:
        site = asking.options.names.sites.by_code[search.site]
        return f"la {words.site_named(site)}"
    if answer == Answer.ANY_SITE:
        return f"otras sedes de {_city(asking, search)}"
    if answer == Answer.CITY:
        return _city(asking, search)
    if answer == Answer.MODALITY:
        virtual = search.modality == Modality.VIRTUAL
        where = "" if virtual else f" en {_city(asking, search)}"
        return f"citas {'virtuales' if virtual else 'presenciales'}{where}"
    return {
        Answer.WEEKDAYS: "otros días de la semana",
        Answer.DATES: "otras fechas",
        Answer.PRACTITIONER: "otros profesionales",
    }[answer]


def _all(asking: Asking, way: Way) -> str:
    """«horas por la mañana y otros profesionales en la Sede Suba»."""
    answers = way.gives.answers
    nouns = [_noun(asking, way, one) for one in answers if one not in PLACES]
    places = [_noun(asking, way, one) for one in answers if one in PLACES]
    *first, last = nouns or places
    said = f"{', '.join(first)} y {last}" if first else last
    return f"{said} en {places[0]}" if nouns and places else said


def _city(asking: Asking, search: Search) -> str:
    return words.city(asking.options.names.cities.by_code[search.city])


def _since(asking: Asking, gives: Loosened) -> str:
    day = words.soon(gives.first_day, asking.today)
    return f"desde {day}" if day in ("hoy", "mañana") else f"desde el {day}"


def _moment(asking: Asking, gives: Loosened) -> str:
    """«mañana 8:20 a. m.»"""
    return f"{words.soon(gives.first_day, asking.today)} {dates.hour(gives.first)}"
