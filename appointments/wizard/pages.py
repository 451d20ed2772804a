"""What each question shows, and the questions that are tiles or cards."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from appointments import availability, words
from appointments.availability import Window
from appointments.wizard import flow, lookups
from appointments.wizard.asking import Asking
from appointments.wizard.parts import (
    Context,
    Tile,
    back_url,
    by_start,
    first_day,
    first_moment,
    link,
    schedules_of,
    summary,
)
from appointments.wizard.query import ANY_SITE, Search
from catalog.models import Modality, Procedure

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
SEVERAL = ("several", "Varias citas", "De 2 a 6 citas el mismo día, en la misma sede.")
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
class SiteCard:
    url: str
    name: str
    address: str
    first: str
    note: str
    map_url: str


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
    """Three ways to one appointment; and several at once, unless one only changes its hour."""
    tiles = [Tile(link(asking, walk, code), *DOORS[code]) for code in walk.codes]
    if tiles and asking.changing is None:
        several = reverse("appointments:several", args=[asking.patient.token])
        tiles.append(Tile(f"{several}?{urlencode(walk.search.pairs())}", *SEVERAL))
    return {"tiles": tiles}


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
    schedules = schedules_of(asking, walk.search)
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
        soonest = min(
            (first[pk] for pk in own if pk in first), default=None, key=by_start
        )
        count = words.counted(len(own), "sede", "sedes")
        hint = f"{count}. {first_day(soonest, asking)}"
        tile = Tile(link(asking, walk, code), "pin", city.name, hint)
        tiles.append((-len(own), tile))
    tiles.sort(key=lambda pair: pair[0])
    return {
        "tiles": [tile for _, tile in tiles],
        "wanted": _wanted(asking, walk.search),
    }


def _sites(asking: Asking, walk: flow.Walk, query: QueryDict) -> Context:
    names = asking.options.names
    first = availability.first_by_site(
        schedules=schedules_of(asking, walk.search),
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
                first=first_moment(first.get(site.pk), asking),
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


def _wanted(asking: Asking, search: Search) -> str:
    procedure = asking.options.names.procedures.get(search.procedure)
    return words.inside(words.service(procedure)) if procedure else ""


PAGES: dict[str, tuple[str, Callable[[Asking, flow.Walk, QueryDict], Context]]] = {
    "tipo": ("tiles", _categories),
    "modalidad": ("tiles", _modalities),
    "busqueda": ("tiles", _doors),
    "medico": ("lookup", lookups.practitioners),
    "especialidad": ("lookup", lookups.specialties),
    "consulta": ("tiles", _consultations),
    "procedimiento": ("lookup", lookups.procedures),
    "ciudad": ("tiles", _cities),
    "sede": ("sites", _sites),
}
