"""What can be added to the basket: one search over specialties, practitioners and procedures."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from appointments import offer, words
from appointments.wizard.options import Options
from appointments.wizard.together.basket import OPENER, Item, Several
from catalog import search as catalog_search
from catalog.models import Modality, Practitioner, Procedure

MOST_SHOWN = 20
OF_EACH = 10
# What an address of ours can say; a code with other signs is chosen in the other ways.
_SAYABLE = re.compile(r"[A-Za-z0-9_-]{1,20}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that can be added, as it would be in the address."""

    item: Item
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class Findings:
    found: tuple[Finding, ...] = ()
    suggestion: str = ""


def find(
    several: Several, options: Options, *, person: str = OPENER, query: str
) -> Findings:
    """The best ones for this person; in the modality chosen before, first."""
    offered = options.names.procedures.among(offer.procedures(options.who))
    within = {row.pk for row in offered}
    visits = [row for row in offered if row.visit]
    specialties = catalog_search.specialties(
        query=query,
        limit=OF_EACH,
        within={row.specialty_id for row in visits if row.specialty_id},
    )
    practitioners = catalog_search.practitioners(
        query=query, limit=OF_EACH, within=offer.practitioners(options.who)
    )
    procedures = catalog_search.procedures(query=query, limit=OF_EACH, within=within)
    shelf = options.names.procedures.by_id
    wanted: list[tuple[Procedure, Practitioner | None]] = [
        (visit, None)
        for specialty in specialties.items
        for visit in visits
        if visit.specialty_id == specialty.pk
    ]
    wanted += [(shelf[row.pk], None) for row in procedures.items]
    if not specialties.items:
        # Who types a specialty finds everybody of it: that is the specialty itself.
        wanted += [
            (procedure, one)
            for one in practitioners.items
            for procedure in _done_by(one, options)
        ]
    several_found = _findings(several, options, person, wanted)
    meant = [specialties.suggestion, procedures.suggestion, practitioners.suggestion]
    return Findings(
        tuple(islice(several_found, MOST_SHOWN)),
        next((text for text in meant if text), ""),
    )


def _done_by(practitioner: Practitioner, options: Options) -> list[Procedure]:
    """Their consultations; of who has none, what they do."""
    if not _SAYABLE.fullmatch(practitioner.code):
        return []
    criteria = replace(options.who, practitioner_id=practitioner.pk)
    offered = options.names.procedures.among(offer.procedures(criteria))
    return [row for row in offered if row.visit] or offered[:OF_EACH]


def _findings(
    several: Several,
    options: Options,
    person: str,
    wanted: Iterable[tuple[Procedure, Practitioner | None]],
) -> Iterator[Finding]:
    """Each in every modality that it has; what is in the basket already is left out."""
    there = {item.same for item in several.query.items}
    seen: set[Item] = set()
    for procedure, practitioner in wanted:
        for modality in _modalities(several, options, procedure, practitioner):
            code = practitioner.code if practitioner else ""
            item = Item(procedure.code, modality, code, person)
            if item not in seen and item.same not in there:
                seen.add(item)
                yield _finding(item, procedure, practitioner, options)


def _modalities(
    several: Several,
    options: Options,
    procedure: Procedure,
    practitioner: Practitioner | None,
) -> list[str]:
    criteria = replace(
        options.who,
        procedure_id=procedure.pk,
        practitioner_id=practitioner.pk if practitioner else None,
    )
    found = offer.modalities(criteria)
    first = several.query.search.modality
    return sorted(found, key=lambda code: (code != first, code))


def _finding(
    item: Item,
    procedure: Procedure,
    practitioner: Practitioner | None,
    options: Options,
) -> Finding:
    label = str(practitioner) if practitioner else words.service(procedure)
    about = [words.service(procedure)] if practitioner else []
    about += [str(procedure.get_visit_display())] if procedure.visit else []
    about.append(str(Modality(item.modality).label))
    said = ", ".join([about[0], *(words.inside(text) for text in about[1:])])
    return Finding(item, label, f"{said}. {_papers(procedure, options)}".strip())


def _papers(procedure: Procedure, options: Options) -> str:
    asked = ["ayuno"] if procedure.pk in options.names.fasting else []
    asked += ["orden médica"] if procedure.needs_order else []
    return f"Pide {' y '.join(asked)}." if asked else ""
