"""The demo's own catalogue: the files in catalogue/, through the importers that clinics use."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from catalog import instructions, version
from catalog.importing import kinds, loading
from catalog.importing.kinds import Kind
from catalog.instructions import Step
from catalog.models import (
    Agreement,
    City,
    CoveredService,
    Instruction,
    Payer,
    Procedure,
    ProcedurePrice,
    ServiceCategory,
    Site,
    SiteService,
    Specialty,
    Synonym,
)

FOLDER = Path(__file__).with_suffix("")
FILES: tuple[tuple[Kind, str], ...] = (
    (kinds.CITIES, "ciudades"),
    (kinds.SITES, "sedes"),
    (kinds.SPECIALTIES, "especialidades"),
    (kinds.PROCEDURES, "procedimientos"),
    (kinds.PAYERS, "pagadores"),
)
STEP_KINDS = {
    "preparar": Instruction.Kind.PREPARE,
    "llevar": Instruction.Kind.BRING,
    "despues": Instruction.Kind.AFTER,
}


class BadDemoFile(Exception):
    """A file of the demo says something that the importers do not take."""


@transaction.atomic
def load(*, now: datetime) -> None:
    """Everything that the demo network offers, save its people and their agendas."""
    _categories()
    for kind, name in FILES:
        report = loading.load(kind=kind, path=FOLDER / f"{name}.csv", now=now)
        refused = [str(row) for row in report.rows if row.outcome == "rechazada"]
        if refused:
            raise BadDemoFile(f"{name}.csv", *refused)
    _site_services()
    _agreements()
    _prices(now)
    _synonyms()
    _instructions(now)
    _make_it_the_clinics_own()
    version.bump()


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the files."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _categories() -> None:
    for row in rows("tipos"):
        ServiceCategory.objects.update_or_create(
            code=row["codigo"],
            defaults={
                "name": row["nombre"],
                "hint": row["ejemplos"],
                "icon": row["icono"],
                "position": int(row["orden"]),
            },
        )


def _site_services() -> None:
    sites = dict(Site.objects.values_list("code", "pk"))
    specialties = dict(Specialty.objects.values_list("code", "pk"))
    SiteService.objects.bulk_create(
        (
            SiteService(
                site_id=sites[row["codigo_sede"]],
                specialty_id=specialties[code],
                modality=row["modalidad"],
            )
            for row in rows("servicios")
            for code in row["especialidades"].split("|")
        ),
        ignore_conflicts=True,
    )


def _agreements() -> None:
    payers = {payer.code: payer for payer in Payer.objects.all()}
    specialties = dict(Specialty.objects.values_list("code", "pk"))
    procedures = dict(Procedure.objects.values_list("code", "pk"))
    for row in rows("convenios"):
        agreement, _ = Agreement.objects.update_or_create(
            code=row["codigo"],
            defaults={
                "name": row["nombre"],
                "payer": payers.get(row["pagador"]),
                "kind": row["clase"],
                "books_unverified": row["reserva_sin_verificar"] == "sí",
                "covers_everything": row["cubre_todo"] == "sí",
            },
        )
        covered = [
            CoveredService(agreement=agreement, specialty_id=specialties[code])
            for code in filter(None, row["especialidades"].split("|"))
        ] + [
            CoveredService(agreement=agreement, procedure_id=procedures[code])
            for code in filter(None, row["procedimientos"].split("|"))
        ]
        CoveredService.objects.bulk_create(covered, ignore_conflicts=True)


def _prices(now: datetime) -> None:
    """What «Particular» pays: by specialty, and a few procedures of their own."""
    agreements = dict(Agreement.objects.values_list("code", "pk"))
    specialties = dict(Specialty.objects.values_list("code", "pk"))
    procedures = dict(Procedure.objects.values_list("code", "pk"))
    since = timezone.localdate(now).replace(month=1, day=1)
    ProcedurePrice.objects.bulk_create(
        (
            ProcedurePrice(
                agreement_id=agreements[row["convenio"]],
                specialty_id=specialties.get(row["especialidad"]),
                procedure_id=procedures.get(row["procedimiento"]),
                amount=int(row["valor"]),
                valid_from=since,
            )
            for row in rows("precios")
        ),
        ignore_conflicts=True,
    )


def _synonyms() -> None:
    Synonym.objects.bulk_create(
        (
            Synonym(word=row["palabra"], meaning=row["significado"])
            for row in rows("sinonimos")
        ),
        ignore_conflicts=True,
    )


def _instructions(now: datetime) -> None:
    """A code, or «esp:» and a specialty's: all of it that has no text of its own."""
    procedures = {p.code: p for p in Procedure.objects.all()}
    specialties = {f"esp:{s.code}": s for s in Specialty.objects.all()}
    steps: dict[str, list[Step]] = defaultdict(list)
    for row in rows("recomendaciones"):
        step = Step(
            text=row["texto"],
            kind=STEP_KINDS[row["clase"]],
            minutes_before=int(row["minutos_antes"]) if row["minutos_antes"] else None,
            fasting=row["ayuno"] == "sí",
        )
        for whose in row["para"].split("|"):
            steps[whose].append(step)
    for whose, said in steps.items():
        about = specialties.get(whose) or procedures[whose]
        instructions.publish(about=about, steps=said, now=now)


def _make_it_the_clinics_own() -> None:
    """As if written by hand: an official file that is tried on the demo leaves it standing."""
    for model in (City, Site, Specialty, Procedure, Payer):
        model.objects.update(in_file=False, source={})
