"""Loading a file: all of it in one transaction, or none."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from catalog import version
from catalog.importing.files import read_text
from catalog.importing.kind import Kind
from catalog.importing.plan import Plan, make_plan
from catalog.importing.registry import Importer
from catalog.importing.report import Outcome, Report
from catalog.importing.rows import open_kind, read_rows
from catalog.importing.traces import remember_load
from catalog.importing.watching import Progress, silently

BATCH = 1000


def load(
    *,
    kind: Kind,
    path: Path,
    now: datetime,
    complete: bool = False,
    progress: Progress = silently,
    keep: Collection[Outcome] = tuple(Outcome),
) -> Report:
    """Take what is good of a file. Doing it twice changes nothing the second time."""
    report = Report(path.name, keep=keep)
    job = _Job(kind, read_text(path), report, now, kind.whole or complete, progress)
    with transaction.atomic():
        version.bump()  # and so only one file is loaded at a time
        # Locked: what staff save meanwhile is not written over.
        there = kind.model._default_manager.select_for_update()
        plan = _planned(job, there)
        report.warnings += _write(plan, job)
        remember_load(kind, report, now)
    return report


def rehearse(
    *,
    kind: Kind,
    path: Path,
    now: datetime,
    complete: bool = False,
    progress: Progress = silently,
    keep: Collection[Outcome] = tuple(Outcome),
) -> Report:
    """What loading the file would do. Nothing is written."""
    report = Report(path.name, keep=keep)
    job = _Job(kind, read_text(path), report, now, kind.whole or complete, progress)
    _planned(job, kind.model._default_manager.all())
    return report


def importer(kind: Kind) -> Importer:
    """The kind as the command takes it."""
    return Importer(kind, partial(load, kind=kind), partial(rehearse, kind=kind))


class _Job(NamedTuple):
    """A file, and all that was said about how to take it."""

    kind: Kind
    text: str
    report: Report
    now: datetime
    complete: bool
    progress: Progress


def _planned(job: _Job, there: QuerySet[Any]) -> Plan:
    kind, report = job.kind, job.report
    known = kind.known(timezone.localdate(job.now))
    table = open_kind(kind, job.text)
    if table.unused:
        report.warnings.append("Columnas que no se usan: " + ", ".join(table.unused))
    rows = read_rows(
        kind=kind,
        table=table,
        known=known,
        report=report,
        tick=lambda done: job.progress("Leyendo", done),
    )
    plan = make_plan(
        kind=kind,
        known=known,
        rows=rows,
        report=report,
        there=there,
        complete=job.complete,
    )
    report.rows.sort(key=lambda row: row.line or 10**9)
    return plan


def _write(plan: Plan, job: _Job) -> list[str]:
    """Writes the plan; gives what there is to say of what follows from it."""
    if plan.is_empty:
        return []
    reason, now = f"Importado de {job.report.source}"[:100], job.now
    for made in plan.new:
        plan.kind.start(made, plan.known)
    for done, made in _batches(plan.new):
        job.progress("Guardando nuevos", done)
        _upsert(made)
        _remember(made, "+", reason, now)
    for done, made in _batches(plan.changed):
        job.progress("Guardando cambios", done)
        _upsert(made)
        _remember(made, "~", reason, now)
    for _, made in _batches(plan.remembered):
        _upsert(made)
    _link(plan)
    plan.kind.finish(plan.new)
    return list(plan.kind.announce([*plan.new, *plan.changed], now))


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
    if not hasattr(made[0], "history"):
        return
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
    """What is kept in other rows: what a practitioner attends, the hours of an agenda."""
    if not plan.links:
        return
    model: Any = plan.kind.model
    for made in model.objects.filter(code__in=plan.links):
        for name, value in plan.links[made.code].items():
            plan.kind.linked[name].write(made, value)
