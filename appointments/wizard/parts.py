"""Pieces that several questions share: tiles, the answers so far, the first time in words."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from appointments import availability, words
from appointments.availability import FreeTime
from appointments.names import Shelf
from appointments.wizard import flow
from appointments.wizard.asking import Asking, address, agreement_url
from appointments.wizard.query import ANY_SITE, Search
from catalog.models import Modality, Procedure, Site
from portal.ui import dates

WHERE = ("Modalidad", "Ciudad", "Sede")

Context = dict[str, object]


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
            # A change of hour keeps what it is paid with.
            "" if asking.changing else agreement_url(asking.patient),
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


def schedules_of(
    asking: Asking, search: Search
) -> tuple[availability.ScheduleRef, ...]:
    return availability.matching(asking.options.criteria(search))


def first_day(time: FreeTime | None, asking: Asking) -> str:
    if time is None:
        return "No hay citas por ahora."
    return f"Primera cita: {words.soon(time.day, asking.today)}."


def first_moment(time: FreeTime | None, asking: Asking) -> str:
    if time is None:
        return "No hay citas por ahora."
    day = words.soon(time.day, asking.today)
    return f"Primera cita: {day}, {dates.hour(time.minute)}"


def sentence(text: str) -> str:
    text = text.strip()
    return f"{text}." if text and text[-1] not in ".!?" else text


def by_start(time: FreeTime) -> tuple:
    return time.key
