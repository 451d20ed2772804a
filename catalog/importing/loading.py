"""Loading a file: all of it in one transaction, or none."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from catalog import version
from catalog.importing.files import read_text
from catalog.importing.kinds import Kind
from catalog.importing.plan import Plan, make_plan
from catalog.importing.report import Report
from catalog.importing.rows import open_kind, read_rows

BATCH = 1000
Progress = Callable[[str, int], None]


def silently(doing: str, done: int) -> None:
    """Nobody watches the progress."""


def load(
    *, kind: Kind, path: Path, now: datetime, progress: Progress = silently
) -> Report:
    """Take what is good of a file. Doing it twice changes nothing the second time."""
    text = read_text(path)
    with transaction.atomic():
        version.bump()  # and so only one file is loaded at a time
        # Locked: what staff save meanwhile is not written over.
        there = kind.model._default_manager.select_for_update()
        plan, report = _planned(kind, text, path.name, progress, there)
        _write(plan, f"Importado de {path.name}"[:100], now, progress)
    return report


def rehearse(*, kind: Kind, path: Path, progress: Progress = silently) -> Report:
    """What loading the file would do. Nothing is written."""
    there = kind.model._default_manager.all()
    _, report = _planned(kind, read_text(path), path.name, progress, there)
    return report


def _planned(
    kind: Kind, text: str, source: str, progress: Progress, there: QuerySet[Any]
) -> tuple[Plan, Report]:
    report, known = Report(source), kind.known()
    table = open_kind(kind, text)
    if table.unused:
        report.warnings.append("Columnas que no se usan: " + ", ".join(table.unused))
    rows = read_rows(
        kind=kind,
        table=table,
        known=known,
        report=report,
        tick=lambda done: progress("Leyendo", done),
    )
    plan = make_plan(kind=kind, known=known, rows=rows, report=report, there=there)
    report.rows.sort(key=lambda row: row.line or 10**9)
    return plan, report


def _write(plan: Plan, reason: str, now: datetime, progress: Progress) -> None:
    if plan.is_empty:
        return
    for made in plan.new:
        plan.kind.start(made, plan.known)
    for done, made in _batches(plan.new):
        progress("Guardando nuevos", done)
        _upsert(made)
        _remember(made, "+", reason, now)
    for done, made in _batches(plan.changed):
        progress("Guardando cambios", done)
        _upsert(made)
        _remember(made, "~", reason, now)
    for _, made in _batches(plan.remembered):
        _upsert(made)
    _link(plan)
    plan.kind.finish(plan.new)


def _batches(made: list[Any]) -> list[tuple[int, list[Any]]]:
    return [(at, made[at : at + BATCH]) for at in range(0, len(made), BATCH)]


def _upsert(made: list[Any]) -> None:
    model: type[Model] = type(made[0])
    fields = [f.name for f in model._meta.concrete_fields if not f.primary_key]
    model._default_manager.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[name for name in fields if name != "code"],
    )


def _remember(made: list[Any], sign: str, reason: str, now: datetime) -> None:
    """The history of the catalogue, in bulk: who loads a file is the command."""
    past = type(made[0]).history.model
    names = [field.attname for field in past.tracked_fields]
    past._default_manager.bulk_create(
        past(
            **{name: getattr(one, name) for name in names},
            history_date=now,
            history_type=sign,
            history_change_reason=reason,
        )
        for one in made
    )


def _link(plan: Plan) -> None:
    """What a practitioner attends."""
    if plan.links:
        model: Any = plan.kind.model
        for made in model.objects.filter(code__in=plan.links):
            made.specialties.set(plan.links[made.code])
