"""What each question shows: tiles, results of a search, cards of the sites."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from appointments import availability, words
from appointments.availability import FreeTime, Window
from appointments.names import Shelf
from appointments.wizard import flow
from appointments.wizard.asking import Asking, address
from appointments.wizard.query import ANY_SITE, Search
from catalog import search as catalog_search
from catalog.models import Modality, Practitioner, Procedure, Site, Specialty
from portal.ui import dates

SHORT_LIST = 8
WHERE = ("Modalidad", "Ciudad", "Sede")
MOST_WANTED = 6
FOUND = 20
LONGEST_QUERY = 100

DOORS = {
    "medico": ("person", "Por médico", "Si ya sabe con quién quiere la cita."),
    "especialidad": (
        "stethoscope",
        "Por especialidad",
        "Medicina general, cardiología, pediatría y más.",
    ),
    "procedimiento": (
        "list",
        "Por procedimiento",
        "Ecografías, resonancias, rayos X y otros exámenes de su orden médica.",
    ),
}
MODALITIES = {
    Modality.IN_PERSON: (
        "building",
        "Presencial",
        "Usted va a una de nuestras sedes.",
    ),
    Modality.VIRTUAL: (
        "video",
        "Virtual",
        "Usted habla con el médico por videollamada. Necesita internet y una cámara. "
        "No sirve para exámenes.",
    ),
}
VISITS = {
    Procedure.Visit.FIRST: "Si va por un problema nuevo o por primera vez.",
    Procedure.Visit.CONTROL: "Si el médico le pidió volver por el mismo problema.",
}


@dataclass(frozen=True, slots=True)
class Tile:
    url: str
    icon: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of «Su cita hasta ahora»."""

    label: str
    text: str
    url: str = ""

    @property
    def inside(self) -> str:
        return self.label.lower()


@dataclass(frozen=True, slots=True)
class SiteCard:
    url: str
    name: str
    address: str
    first: str
    note: str
    map_url: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """The search box of a question, and what it found."""

    label: str
    hint: str
    query: str
    hidden: list[tuple[str, str]]
    heading: str = ""
    tiles: Sequence[Tile] = ()
    found: str = ""
    said: str = ""
    suggestion: Tile | None = None
    advice: str = ""
    help: str = ""


Context = dict[str, object]


def page(asking: Asking, walk: flow.Walk, query: QueryDict) -> tuple[str, Context]:
    """The template of the open question and what it needs."""
    step = walk.open
    assert step is not None  # noqa: S101 - the view sends finished searches on
    name, build = PAGES[step.slug]
    common: Context = {
        "question": step.question,
        "number": step.number,
        "back_url": back_url(asking, walk),
        "summary": [
            row
            for row in summary(asking, walk)
            if step.field != "site" or row.label != "Convenio"
        ],
        "nothing": not walk.codes,
        "nav": "citas",
    }
    return f"appointments/wizard/{name}.html", common | build(asking, walk, query)


def back_url(asking: Asking, walk: flow.Walk) -> str:
    previous = walk.previous
    if previous is None:
        return reverse("appointments:list")
    return address(previous.slug, asking.patient, walk.search.before(previous.field))


def summary(asking: Asking, walk: flow.Walk) -> list[Row]:
    """Every answer so far, with the way to change those that were a choice."""
    rows = [
        Row(
            "Convenio",
            asking.options.agreement.name,
            f"{reverse('appointments:agreement')}?seguir=nueva",
        )
    ]
    for answer in walk.answers:
        if not answer.step.label:
            continue
        url = ""
        if answer.was_asked:
            before = walk.search.before(answer.step.field)
            url = address(answer.step.slug, asking.patient, before)
        text = said(asking, answer.step, walk.search)
        rows.append(Row(answer.step.label, text, url))
    return rows


def late_summary(asking: Asking, walk: flow.Walk) -> list[Row]:
    """From the dates on, what is asked for comes first and what led to it is left out."""
    rows = [
        row for row in summary(asking, walk) if row.label not in ("Convenio", "Tipo")
    ]
    return sorted(rows, key=lambda row: row.label in WHERE)


def said(asking: Asking, step: flow.Step, search: Search) -> str:
    """An answer in words."""
    code, names = getattr(search, step.field), asking.options.names
    if step.field == "modality":
        return str(Modality(code).label)
    if code == ANY_SITE:
        return "Cualquier sede"
    shelves: dict[str, Shelf[Any]] = {
        "category": names.categories,
        "practitioner": names.practitioners,
        "specialty": names.specialties,
        "procedure": names.procedures,
        "city": names.cities,
        "site": names.sites,
    }
    row: Any = shelves[step.field].get(code)
    if isinstance(row, Procedure):
        return row.get_visit_display() if step.slug == "consulta" else row.name
    if isinstance(row, Site):
        return words.site_in_a_row(row)
    return row.name if hasattr(row, "name") else str(row)


def link(asking: Asking, walk: flow.Walk, code: str) -> str:
    """Where choosing this answer leads."""
    assert walk.open is not None  # noqa: S101 - a question is open here
    chosen = walk.search.answered(walk.open.field, code)
    name = flow.after(walk.open, chosen, asking.options)
    return address(name, asking.patient, chosen)


# --- Tiles ---------------------------------------------------------------------


def _categories(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    rows = (asking.options.names.categories.by_code[code] for code in walk.codes)
    return {
        "tiles": [
            Tile(
                link(asking, walk, row.code), row.icon or "calendar", row.name, row.hint
            )
            for row in rows
        ]
    }


def _modalities(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    return {
        "tiles": [
            Tile(link(asking, walk, code), *MODALITIES[Modality(code)])
            for code in walk.codes
        ]
    }


def _doors(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    return {
        "tiles": [Tile(link(asking, walk, code), *DOORS[code]) for code in walk.codes]
    }


def _consultations(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    rows = [asking.options.names.procedures.by_code[code] for code in walk.codes]
    once = len({row.visit for row in rows}) == len(rows)
    return {
        "tiles": [
            Tile(
                link(asking, walk, row.code),
                "stethoscope",
                row.get_visit_display() if once else row.name,
                VISITS[Procedure.Visit(row.visit)],
            )
            for row in rows
        ]
    }


def _cities(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    schedules = _schedules(asking, walk.search)
    first = availability.first_by_site(
        schedules=schedules,
        window=Window(now=asking.now),
        busy=availability.busy_of(asking.patient, asking.now),
    )
    sites: dict[int, set[int]] = {}
    for schedule in schedules:
        sites.setdefault(schedule.city_id, set()).add(schedule.site_id)
    tiles = []
    for code in walk.codes:
        city = asking.options.names.cities.by_code[code]
        own = sites.get(city.pk, set())
        soonest = min((first[pk] for pk in own if pk in first), default=None, key=_key)
        count = words.counted(len(own), "sede", "sedes")
        hint = f"{count}. {_first_day(soonest, asking)}"
        tile = Tile(link(asking, walk, code), "pin", city.name, hint)
        tiles.append((-len(own), tile))
    tiles.sort(key=lambda pair: pair[0])
    return {
        "tiles": [tile for _, tile in tiles],
        "wanted": _wanted(asking, walk.search),
    }


def _key(time: FreeTime) -> tuple:
    return time.key


# --- Sites ---------------------------------------------------------------------


def _sites(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    names = asking.options.names
    first = availability.first_by_site(
        schedules=_schedules(asking, walk.search),
        window=Window(now=asking.now),
        busy=availability.busy_of(asking.patient, asking.now),
    )
    cards = []
    for code in walk.codes:
        if code == ANY_SITE:
            continue
        site = names.sites.by_code[code]
        cards.append(
            SiteCard(
                url=link(asking, walk, code),
                name=words.site_named(site),
                address=site.address,
                first=_first_moment(first.get(site.pk), asking),
                note="Acceso sin escaleras." if site.step_free else "",
                map_url=words.map_url(site),
            )
        )
    city = names.cities.get(walk.search.city)
    return {
        "question": f"¿En qué sede de {words.city(city)}?" if city else "¿En qué sede?",
        "title": "¿En qué sede?",
        "cards": cards,
        "any_url": link(asking, walk, ANY_SITE) if ANY_SITE in walk.codes else "",
        "count": len(cards),
    }


# --- Searches ------------------------------------------------------------------


def typed(query: QueryDict) -> str:
    """What was typed in the box, as far as it can be searched."""
    text = "".join(c if c.isprintable() else " " for c in query.get("q", ""))
    return " ".join(text[:LONGEST_QUERY].split())


def _practitioners(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    shelf, text = asking.options.names.practitioners, typed(query)
    offered = [shelf.by_code[code] for code in walk.codes]
    result = catalog_search.practitioners(
        query=text, limit=FOUND, within={row.pk for row in offered}
    )
    rows = [shelf.by_id[row.pk] for row in result.items]
    if not text and len(offered) <= SHORT_LIST:
        rows = offered
    tiles = _practitioner_tiles(asking, walk, rows)
    return {
        "lookup": Lookup(
            label="Nombre o apellido",
            hint="",
            query=text,
            hidden=walk.search.pairs(),
            tiles=tiles,
            found=words.counted(result.total, "médico", "médicos"),
            said="con",
            suggestion=_suggested(asking, walk, result.suggestion),
            advice="Pruebe con un solo apellido.",
        )
    }


def _practitioner_tiles(
    asking: Asking, walk: flow.Walk, rows: Iterable[Practitioner]
) -> list[Tile]:
    rows = list(rows)
    first = _first_by_practitioner(asking, walk.search, {row.pk for row in rows})
    tiles = []
    for row in rows:
        specialties = ", ".join(one.name for one in row.specialties.all())
        when = _first_moment(first.get(row.pk), asking)
        hint = f"{specialties}. {when}" if specialties else when
        tiles.append(Tile(link(asking, walk, row.code), "person", str(row), hint))
    return tiles


def _first_by_practitioner(
    asking: Asking, search: Search, ids: set[int]
) -> dict[int, FreeTime]:
    schedules = [s for s in _schedules(asking, search) if s.practitioner_id in ids]
    times = availability.first_by_schedule(
        schedules=schedules,
        window=Window(now=asking.now),
        busy=availability.busy_of(asking.patient, asking.now),
    )
    first: dict[int, FreeTime] = {}
    for time in sorted(times.values(), key=_key):
        first.setdefault(time.practitioner_id, time)
    return first


def _specialties(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    shelf, text = asking.options.names.specialties, typed(query)
    offered = [shelf.by_code[code] for code in walk.codes]
    result = catalog_search.specialties(
        query=text, limit=FOUND, within={row.pk for row in offered}
    )
    rows: list[Specialty] = [shelf.by_id[row.pk] for row in result.items]
    heading = ""
    if not text:
        rows = sorted(offered, key=lambda row: -row.popularity)
        few = len(rows) <= SHORT_LIST
        heading = "" if few else "Las más pedidas"
        rows = rows if few else rows[:MOST_WANTED]
    needs = _orders(asking, walk.search)
    return {
        "lookup": Lookup(
            label="Especialidad o problema",
            hint="Ejemplo: «corazón» o «cardiología»",
            query=text,
            hidden=walk.search.pairs(),
            heading=heading,
            tiles=[
                Tile(
                    link(asking, walk, row.code),
                    "stethoscope",
                    row.name,
                    _about_specialty(row, needs.get(row.pk, "")),
                )
                for row in rows
            ],
            found=words.counted(result.total, "especialidad", "especialidades"),
            said="para",
            suggestion=_suggested(asking, walk, result.suggestion),
            advice="Pruebe con una sola palabra, por ejemplo «corazón».",
        )
    }


def _about_specialty(row: Specialty, order: str) -> str:
    """What it is and whether it asks for an order, unless staff already wrote that."""
    hint = _sentence(row.hint)
    return hint if "orden médica" in hint else f"{hint} {order}".strip()


def _orders(asking: Asking, search: Search) -> dict[int, str]:
    """By specialty, whether its first consultation asks for a doctor's order."""
    return {
        procedure.specialty_id or 0: "Pide orden médica."
        if procedure.needs_order
        else "Sin orden médica."
        for procedure in asking.options.visits(search)
        if procedure.visit == Procedure.Visit.FIRST
    }


def _procedures(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    shelf, text = asking.options.names.procedures, typed(query)
    offered = [shelf.by_code[code] for code in walk.codes]
    result = catalog_search.procedures(
        query=text, limit=FOUND, within={row.pk for row in offered}
    )
    rows = [shelf.by_id[row.pk] for row in result.items]
    if not text and len(offered) <= SHORT_LIST:
        rows = offered
    return {
        "lookup": Lookup(
            label="Nombre del procedimiento",
            hint="Cópielo de su orden médica. También puede escribir el código de 6 números.",
            query=text,
            hidden=walk.search.pairs(),
            tiles=[
                Tile(
                    link(asking, walk, row.code),
                    "list",
                    row.name,
                    _about_procedure(row, asking.options.names.fasting),
                )
                for row in rows
            ],
            found=words.counted(result.total, "resultado", "resultados"),
            said="para",
            suggestion=_suggested(asking, walk, result.suggestion),
            advice="Pruebe con una sola palabra o con el código de 6 números de su orden médica.",
            help="No encuentro mi procedimiento",
        )
    }


def _about_procedure(row: Procedure, fasting: frozenset[int]) -> str:
    asked = ["ayuno"] if row.pk in fasting else []
    asked += ["orden médica"] if row.needs_order else []
    order = f"Pide {' y '.join(asked)}." if asked else "No pide orden médica."
    what = _sentence(row.what_is_it.partition(". ")[0])
    return " ".join(filter(None, [f"Código {row.code}.", what, order]))


def _suggested(asking: Asking, walk: flow.Walk, words_meant: str | None) -> Tile | None:
    if not words_meant or walk.open is None:
        return None
    url = address(walk.open.slug, asking.patient, walk.search, q=words_meant)
    return Tile(url, "search", words_meant)


# --- Words ---------------------------------------------------------------------


def _schedules(asking: Asking, search: Search) -> tuple[availability.ScheduleRef, ...]:
    return availability.matching(asking.options.criteria(search))


def _wanted(asking: Asking, search: Search) -> str:
    procedure = asking.options.names.procedures.get(search.procedure)
    return words.inside(words.service(procedure)) if procedure else ""


def _first_day(time: FreeTime | None, asking: Asking) -> str:
    if time is None:
        return "No hay citas por ahora."
    return f"Primera cita: {words.soon(time.day, asking.today)}."


def _first_moment(time: FreeTime | None, asking: Asking) -> str:
    if time is None:
        return "No hay citas por ahora."
    day = words.soon(time.day, asking.today)
    return f"Primera cita: {day}, {dates.hour(time.minute)}"


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text}." if text and text[-1] not in ".!?" else text


PAGES: dict[str, tuple[str, Callable[[Asking, flow.Walk, QueryDict], Context]]] = {
    "tipo": ("tiles", _categories),
    "modalidad": ("tiles", _modalities),
    "busqueda": ("tiles", _doors),
    "medico": ("lookup", _practitioners),
    "especialidad": ("lookup", _specialties),
    "consulta": ("tiles", _consultations),
    "procedimiento": ("lookup", _procedures),
    "ciudad": ("tiles", _cities),
    "sede": ("sites", _sites),
}
