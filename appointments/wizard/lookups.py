"""The questions with a search box: by doctor, by specialty, by procedure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from appointments import availability, words
from appointments.availability import FreeTime, Window
from appointments.forms import SearchForm
from appointments.wizard import flow
from appointments.wizard.asking import Asking, address
from appointments.wizard.parts import (
    Context,
    Tile,
    by_start,
    first_moment,
    link,
    schedules_of,
    sentence,
)
from appointments.wizard.query import Search
from catalog import search as catalog_search
from catalog.models import Practitioner, Procedure, Specialty

SHORT_LIST = 8
MOST_WANTED = 6
FOUND = 20
LONGEST_QUERY = 100


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


def typed(query: QueryDict) -> str:
    """What was typed in the box, as far as it can be searched."""
    text = "".join(c if c.isprintable() else " " for c in query.get("q", ""))
    return " ".join(text[:LONGEST_QUERY].split())


def _box(query: QueryDict, *, missing: str) -> SearchForm:
    """Pressing «Buscar» with nothing in the box is told; coming to the page is not."""
    sent = {"q": typed(query)} if "q" in query else None
    return SearchForm(sent, missing=missing)


def practitioners(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
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
        "form": _box(query, missing="Escriba el nombre o el apellido"),
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
        ),
    }


def _practitioner_tiles(
    asking: Asking, walk: flow.Walk, rows: Iterable[Practitioner]
) -> list[Tile]:
    rows = list(rows)
    first = _first_by_practitioner(asking, walk.search, {row.pk for row in rows})
    tiles = []
    for row in rows:
        specialties = ", ".join(one.name for one in row.specialties.all())
        when = first_moment(first.get(row.pk), asking)
        hint = f"{specialties}. {when}" if specialties else when
        tiles.append(Tile(link(asking, walk, row.code), "person", str(row), hint))
    return tiles


def _first_by_practitioner(
    asking: Asking, search: Search, ids: set[int]
) -> dict[int, FreeTime]:
    schedules = [s for s in schedules_of(asking, search) if s.practitioner_id in ids]
    times = availability.first_by_schedule(
        schedules=schedules,
        window=Window(now=asking.now),
        busy=availability.busy_of(asking.patient, asking.now),
    )
    first: dict[int, FreeTime] = {}
    for time in sorted(times.values(), key=by_start):
        first.setdefault(time.practitioner_id, time)
    return first


def specialties(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
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
        "form": _box(query, missing="Escriba la especialidad"),
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
        ),
    }


def _about_specialty(row: Specialty, order: str) -> str:
    """What it is and whether it asks for an order, unless staff already wrote that."""
    hint = sentence(row.hint)
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


def procedures(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    shelf, text = asking.options.names.procedures, typed(query)
    offered = [shelf.by_code[code] for code in walk.codes]
    result = catalog_search.procedures(
        query=text, limit=FOUND, within={row.pk for row in offered}
    )
    rows = [shelf.by_id[row.pk] for row in result.items]
    if not text and len(offered) <= SHORT_LIST:
        rows = offered
    return {
        "form": _box(query, missing="Escriba el nombre del procedimiento"),
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
        ),
    }


def _about_procedure(row: Procedure, fasting: frozenset[int]) -> str:
    asked = ["ayuno"] if row.pk in fasting else []
    asked += ["orden médica"] if row.needs_order else []
    order = f"Pide {' y '.join(asked)}." if asked else "No pide orden médica."
    what = sentence(row.what_is_it.partition(". ")[0])
    return " ".join(filter(None, [f"Código {row.code}.", what, order]))


def _suggested(asking: Asking, walk: flow.Walk, words_meant: str | None) -> Tile | None:
    if not words_meant or walk.open is None:
        return None
    url = address(walk.open.slug, asking.patient, walk.search, q=words_meant)
    return Tile(url, "search", words_meant)
