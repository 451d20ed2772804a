"""From a table to the rows of a kind: cleaned, complete, each code once."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field

from catalog.importing.errors import FileRefused, RowRefused
from catalog.importing.kinds import Column, Kind, Known, Values
from catalog.importing.report import Outcome, Report, shown
from catalog.importing.tables import RawRow, Table, Wanted, open_table
from catalog.words import fold

FOOTER = re.compile(
    r"(\*|(sub)?total|fuente|nota|elabor|actualiz|generad|fecha|pagina|fin )"
)
Tick = Callable[[int], None]


@dataclass
class Row:
    """A good row."""

    line: int
    code: str
    values: Values


@dataclass
class Rows:
    """The good rows, and every code that the file names, even in rows refused."""

    good: list[Row] = field(default_factory=list)
    named: set[str] = field(default_factory=set)


def open_kind(kind: Kind, text: str) -> Table:
    """The table of a file of this kind."""
    wanted = [
        Wanted(c.field, c.title, tuple(c.spellings.split()), c.required)
        for c in kind.columns
    ]
    table = open_table(text, wanted)
    if not any(field in table.places for field in kind.code_from):
        titles = [c.title for c in kind.columns if c.field in kind.code_from]
        raise FileRefused(
            f"Falta la columna «{titles[0]}». Los nombres que se aceptan están en "
            "docs/importing.md."
        )
    return table


def read_rows(
    *, kind: Kind, table: Table, known: Known, report: Report, tick: Tick
) -> Rows:
    """Every row, good or reported."""
    rows, reader = Rows(), _Reader(kind, table, known)
    first: dict[str, Row] = {}
    footer: list[RawRow] = []
    for number, raw in enumerate(table.rows()):
        if number % 500 == 0:
            tick(number)
        if reader.is_footer(raw):
            footer.append(raw)
            continue
        for one in footer:
            _refuse(reader, one, rows, report)
        footer = []
        row = _refuse(reader, raw, rows, report)
        if row is not None and _is_first(row, first, report):
            rows.good.append(row)
    for one in footer:
        report.add(one.line, "", Outcome.NOTE, "Es una línea de pie: no se tomó.")
    return rows


def _refuse(reader: "_Reader", raw: RawRow, rows: Rows, report: Report) -> Row | None:
    """The row, or its refusal in the report."""
    try:
        row = reader.row(raw)
    except RowRefused as refusal:
        code = refusal.meant or reader.code_as_written(raw)
        rows.named.add(code)
        shown_code = shown(reader.code_as_written(raw), most=20)
        report.add(raw.line, shown_code, Outcome.REFUSED, str(refusal))
        return None
    rows.named.add(row.code)
    return row


def _is_first(row: Row, first: dict[str, Row], report: Report) -> bool:
    earlier = first.setdefault(row.code, row)
    if earlier is row:
        return True
    if earlier.values == row.values:
        report.add(
            row.line, row.code, Outcome.NOTE, f"Repite la línea {earlier.line}: sobra."
        )
    else:
        report.add(
            row.line,
            row.code,
            Outcome.REFUSED,
            f"El código está en las líneas {earlier.line} y {row.line} con datos "
            f"distintos. Se tomó la línea {earlier.line}: deje una sola.",
        )
    return False


class _Reader:
    """Knows where the columns are, and cleans each value once."""

    def __init__(self, kind: Kind, table: Table, known: Known) -> None:
        self._kind, self._known = kind, known
        self._places = table.places
        columns = [c for c in kind.columns if c.field in table.places]
        # A value that comes again (sex, chapter, department) is cleaned once.
        self._used: list[tuple[int, Column, dict[str, Any] | None, int | None]] = [
            (
                table.places[c.field],
                c,
                None if c.field in kind.code_from else {},
                _limit(kind, c),
            )
            for c in columns
        ]
        self._code_place = next(
            table.places[f] for f in kind.code_from if f in table.places
        )

    def is_footer(self, raw: RawRow) -> bool:
        """«Total: 1122», «Fuente: DANE»: what reports write under the table."""
        said = [cell.strip() for cell in raw.cells if cell.strip()]
        if len(said) > 2:
            return False
        return bool(FOOTER.match(fold(said[0]))) or (len(said) == 1 and " " in said[0])

    def code_as_written(self, raw: RawRow) -> str:
        cells = raw.cells
        return cells[self._code_place].strip() if self._code_place < len(cells) else ""

    def row(self, raw: RawRow) -> Row:
        """Raises RowRefused with everything that is wrong."""
        if raw.problem:
            raise RowRefused(raw.problem)
        values, problems, meant = self._cleaned(raw.cells)
        if problems:
            raise RowRefused(" ".join(problems), meant=meant)
        code = values["code"] = self._kind.code_of(values)
        self._kind.complete(values, self._known)
        return Row(raw.line, code, values)

    def _cleaned(self, cells: list[str]) -> tuple[Values, list[str], str]:
        values: Values = {}
        problems: list[str] = []
        meant = ""
        for place, column, before, limit in self._used:
            cell = cells[place]
            if before is not None and cell in before:
                values[column.field] = before[cell]
                continue
            try:
                value = _checked(column, cell, limit)
            except RowRefused as refusal:
                in_code = column.field in self._kind.code_from
                meant = refusal.meant if in_code else meant
                problems.append(
                    str(refusal) if in_code else f"{column.title}: {refusal}"
                )
                continue
            if value is None:
                continue
            values[column.field] = value
            if before is not None:
                before[cell] = value
        return values, problems, meant


def _checked(column: Column, cell: str, limit: int | None) -> Any:
    """The value of a cell; None where an optional one says nothing."""
    value = column.clean(cell)
    if isinstance(value, str):
        if column.required and not value:
            raise RowRefused("falta.")
        if limit is not None and len(value) > limit:
            raise RowRefused(f"tiene {len(value)} letras y caben {limit}.")
        if not value and not column.official and not column.required:
            return None
    return value


def _limit(kind: Kind, column: Column) -> int | None:
    fields = {f.name: f for f in kind.model._meta.get_fields() if isinstance(f, Field)}
    found = fields.get(column.field)
    return getattr(found, "max_length", None) if found is not None else None
