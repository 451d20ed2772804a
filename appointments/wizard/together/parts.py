"""Pieces that the pages of «Varias citas» share: its items in words, and the answers so far."""

from appointments import words
from appointments.wizard.parts import Context, Row
from appointments.wizard.query import ANY_SITE
from appointments.wizard.together.basket import Entry, Several
from appointments.wizard.together.path import CITY, SITE
from catalog.models import Modality


def label(several: Several, entry: Entry) -> str:
    """«Cardiología», or «Cardiología, para Mateo» where it is for several."""
    text = entry.service
    if several.is_family or entry.patient.pk != several.asking.patient.pk:
        text = f"{text}, para {entry.patient.given_names}"
    return text


def about(entry: Entry) -> str:
    """«Consulta de primera vez, presencial, con la Dra. Peña.»"""
    said = [entry.procedure.get_visit_display()] if entry.procedure.visit else []
    said.append(str(Modality(entry.item.modality).label))
    said += [f"con {entry.practitioner}"] if entry.practitioner else []
    text = ", ".join([said[0], *(words.inside(one) for one in said[1:])])
    return words.stopped(text)


def common(several: Several, question: str, number: int, back: str) -> Context:
    rows = [
        Row(f"Cita {n}", label(several, entry))
        for n, entry in enumerate(several.entries, start=1)
    ]
    return {
        "question": question,
        "number": number,
        "back_url": several.url(back),
        "summary": [*rows, *_where(several)],
        "summary_title": "Sus citas hasta ahora",
        "nav": "citas",
    }


def _where(several: Several) -> list[Row]:
    names, search = several.asking.options.names, several.query.search
    rows = []
    if city := names.cities.get(search.city):
        url = several.url(CITY) if len(several.cities()) > 1 else ""
        rows.append(Row("Ciudad", words.city(city), url))
        chosen = names.sites.get(search.site)
        if chosen is not None or search.site == ANY_SITE:
            text = words.site_in_a_row(chosen) if chosen else "Cualquier sede"
            url = several.url(SITE) if len(several.sites()) > 1 else ""
            rows.append(Row("Sede", text, url))
    return rows
