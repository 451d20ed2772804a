"""Loading a file of many rows, a thousand at a time: those about people.

The same answers as `loading`, with other means: what is there is read by the keys of
each thousand rows and not as a whole, and no report or message says who somebody is.
Unlike the catalogue, only a file that is said to be complete switches off what it
does not bring.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.importing.errors import FileRefused
from catalog.importing.files import read_text
from catalog.importing.following import because, empty_values, follows
from catalog.importing.kind import Kind, Values, plain
from catalog.importing.registry import Importer
from catalog.importing.report import Outcome, Report
from catalog.importing.rows import Reading, Row, open_kind
from catalog.importing.traces import remember_load
from catalog.importing.watching import Progress, silently

BATCH = 1000
MANY_GONE = 0.5
# What says that a row came from a file once, whatever happened to it since.
FROM_A_FILE = "file"


class Refuse(Protocol):
    """Say that a row is not taken, in words that repeat nothing of it."""

    def __call__(self, row: Row, why: str) -> None: ...


class Found(NamedTuple):
    """The rows of a batch that can be taken, each with what there is of it."""

    row: Row
    made: Any | None


Find = Callable[[Sequence[Row], Any, QuerySet[Any], Refuse], Iterable[Found]]


class Written(NamedTuple):
    row: Row
    made: Any


def _as_it_is(made: Any, values: Values, changed: list[str], now: datetime) -> None:
    """Nothing follows from what changed."""


def _nothing_beside(written: Sequence[Written], now: datetime) -> None:
    """Nothing hangs on the rows."""


@dataclass(frozen=True, kw_only=True)
class Batched(Kind):
    """A kind of file that is taken by batches.

    `find` says what there is of each row, `codes` of all that came from files. `aside`
    are the values that are no fields; `adjust` writes what follows from them and from
    what changed; `beside` writes other rows. `is_on`, `turn_on` and `turn_off` are how
    a row of this model is switched off and on again without being deleted.
    """

    find: Find
    codes: Callable[[QuerySet[Any]], Iterator[tuple[Any, str]]]
    is_on: Callable[[Any], bool]
    turn_on: Callable[[Any, datetime], None]
    turn_off: Callable[[Any, datetime], None]
    aside: frozenset[str] = field(default_factory=frozenset)
    adjust: Callable[[Any, Values, list[str], datetime], None] = _as_it_is
    beside: Callable[[Sequence[Written], datetime], None] = _nothing_beside
    whole: bool = False
    private: bool = True


Write = Callable[["_Batch", Batched, datetime], None]


def load(
    *,
    kind: Batched,
    path: Path,
    now: datetime,
    complete: bool = False,
    progress: Progress = silently,
    keep: Collection[Outcome] = tuple(Outcome),
) -> Report:
    """Take what is good of a file. Doing it twice changes nothing the second time."""
    text = read_text(path)
    with transaction.atomic():
        _take_turn()
        there = kind.model._default_manager.select_for_update(of=("self",))
        report = Report(path.name, keep=keep)
        job = _Job(kind, text, report, now, progress, there, _write)
        job.run(complete=complete)
        remember_load(kind, report, now)
    return report


def rehearse(
    *,
    kind: Batched,
    path: Path,
    now: datetime,
    complete: bool = False,
    progress: Progress = silently,
    keep: Collection[Outcome] = tuple(Outcome),
) -> Report:
    """What loading the file would do. Nothing is written, nor locked."""
    there = kind.model._default_manager.all()
    report = Report(path.name, keep=keep)
    job = _Job(kind, read_text(path), report, now, progress, there, _leave)
    job.run(complete=complete)
    return report


def importer(kind: Batched) -> Importer:
    """The kind as the command takes it."""
    return Importer(kind, partial(load, kind=kind), partial(rehearse, kind=kind))


def _take_turn() -> None:
    """One file at a time: two would see each other's people half written."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('import of people'))")
        (mine,) = cursor.fetchone()
    if not mine:
        raise FileRefused("Otro archivo se está cargando. Espere a que termine.")


@dataclass
class _Batch:
    """What some rows make: rows to insert, rows to update, and what hangs on them."""

    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)


@dataclass
class _Job:
    """One file on its way: what it is compared with, and what has been seen of that."""

    kind: Batched
    text: str
    report: Report
    now: datetime
    progress: Progress
    there: QuerySet[Any]
    write: Write
    seen: dict[Any, int] = field(default_factory=dict)  # the line of each key
    good: int = 0

    def run(self, *, complete: bool) -> None:
        kind, report = self.kind, self.report
        known = kind.known(timezone.localdate(self.now))
        table = open_kind(kind, self.text)
        if table.unused:
            columns = ", ".join(table.unused)
            report.warnings.append(f"Columnas que no se usan: {columns}")
        reading = Reading(
            kind=kind,
            table=table,
            known=known,
            report=report,
            tick=lambda done: self.progress("Leyendo", done),
        )
        empty, rows = empty_values(kind.model), iter(reading)
        while some := list(islice(rows, BATCH)):
            self._take(some, known, reading, empty)
        report.rows.sort(key=lambda row: row.line or 10**9)
        if not self.good:
            report.warnings.append(
                "Ninguna fila sirvió: no se tomó ni se desactivó nada. Corrija el archivo."
            )
        elif complete:
            self._switch_off(reading)

    def _take(
        self, rows: list[Row], known: Any, reading: Reading, empty: dict[str, object]
    ) -> None:
        batch = _Batch()

        def refuse(row: Row, why: str) -> None:
            reading.refuse(row.line, row.code, why)

        for row, made in self.kind.find(rows, known, self.there, refuse):
            if made is None:
                self._new(row, batch)
            elif self.seen.setdefault(made.pk, row.line) != row.line:
                refuse(
                    row, f"Es de la misma persona que la línea {self.seen[made.pk]}."
                )
                continue
            else:
                self._old(row, made, batch, empty)
            self.good += 1
        self.write(batch, self.kind, self.now)
        self.seen.update((made.pk, row.line) for row, made in batch.written if made.pk)

    def _new(self, row: Row, batch: _Batch) -> None:
        fields = dict(self._fields(row))
        made = self.kind.model(**fields, in_file=True)
        made.source = self._said(row)  # type: ignore[attr-defined]
        self.kind.adjust(made, row.values, [], self.now)
        batch.new.append(made)
        batch.written.append(Written(row, made))
        self.report.add(row.line, "", Outcome.NEW)

    def _old(
        self, row: Row, made: Any, batch: _Batch, empty: dict[str, object]
    ) -> None:
        kind = self.kind
        back = not made.in_file and FROM_A_FILE in made.source and not kind.is_on(made)
        before = (made.in_file, made.source)
        changed, kept = self._follow(row, made, empty)
        kind.adjust(made, row.values, changed, self.now)
        if back:
            kind.turn_on(made, self.now)
        made.in_file, made.source = True, self._said(row)
        if changed or back or before != (True, made.source):
            batch.changed.append(made)
        batch.written.append(Written(row, made))
        outcome = Outcome.BACK if back else Outcome.CHANGED if changed else Outcome.SAME
        self.report.add(row.line, "", outcome, because(kind, changed, kept))

    def _follow(
        self, row: Row, made: Any, empty: dict[str, object]
    ) -> tuple[list[str], list[str]]:
        changed, kept = [], []
        for name, value in self._fields(row):
            current = getattr(made, name)
            if current == value:
                continue
            if follows(made.source, name, current, empty=empty.get(name, "")):
                setattr(made, name, value)
                changed.append(name)
            else:
                kept.append(name)
        return changed, kept

    def _fields(self, row: Row) -> Iterator[tuple[str, Any]]:
        for name, value in row.values.items():
            if name != "code" and name not in self.kind.aside:
                yield name, value

    def _said(self, row: Row) -> Values:
        said = {name: plain(value) for name, value in self._fields(row)}
        return {FROM_A_FILE: True, **said}

    def _switch_off(self, reading: Reading) -> None:
        """What a complete file does not bring; nothing of it is deleted."""
        kind, report = self.kind, self.report
        if reading.nameless:
            report.warnings.append(
                "No se desactivó nada: en las filas rechazadas hay claves que no se "
                "entienden, y no se sabe de quién son. Corríjalas y vuelva a importar."
            )
            return
        had, gone = 0, []
        in_file = kind.model._default_manager.filter(in_file=True)
        for key, code in kind.codes(in_file):
            had += 1
            if key not in self.seen and code not in reading.refused:
                gone.append(key)
        new = report.count(Outcome.NEW)
        for some in _in_turns(gone):
            self._let_go(some)
        if gone and len(gone) > MANY_GONE * had:
            report.warnings.append(
                f"El archivo no trae {len(gone)} de los {had - new} {kind.title} que "
                "trajeron los anteriores, y quedaron desactivados. Si es un archivo "
                "parcial, importe otra vez el completo: volverán a activarse."
            )

    def _let_go(self, keys: list[Any]) -> None:
        batch = _Batch()
        for made in self.there.filter(pk__in=keys).order_by("pk"):
            made.in_file = False
            if self.kind.is_on(made):
                self.kind.turn_off(made, self.now)
                self.report.add(None, f"registro {made.pk}", Outcome.GONE)
            batch.changed.append(made)
        self.write(batch, self.kind, self.now)


def _in_turns(items: list[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(items), BATCH):
        yield items[first : first + BATCH]


def _write(batch: _Batch, kind: Batched, now: datetime) -> None:
    rows = kind.model._default_manager
    if batch.new:
        rows.bulk_create(batch.new)
    if batch.changed:
        key = kind.model._meta.pk
        names = [f.name for f in kind.model._meta.concrete_fields if f is not key]
        rows.bulk_create(
            batch.changed,
            update_conflicts=True,
            unique_fields=[key.name],
            update_fields=names,
        )
    kind.beside(batch.written, now)


def _leave(batch: _Batch, kind: Batched, now: datetime) -> None:
    """A rehearsal: the file is only read."""
