"""From a table to the rows of a kind: cleaned, complete, each code once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Field

from catalog.importing.errors import FileRefused, PersonRefused, RowRefused
from catalog.importing.kind import Column, Kind, Values
from catalog.importing.report import Outcome, Report, shown
from catalog.importing.tables import RawRow, Table, Wanted, open_table
from catalog.words import fold

FOOTER = re.compile(
    r"(\*|(sub)?total|fuente|nota|elabor|actualiz|generad|fecha|pagina|fin )"
)
MOST_REMEMBERED = 1000  # values of a column that come again (sex, chapter, department)
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
    table = open_table(text, wanted, private=kind.private)
    if not any(field in table.places for field in kind.code_from):
        titles = [c.title for c in kind.columns if c.field in kind.code_from]
        raise FileRefused(
            f"Falta la columna «{titles[0]}». Los nombres que se aceptan están en "
            "docs/importing.md."
        )
    return table


def read_rows(
    *, kind: Kind, table: Table, known: Any, report: Report, tick: Tick
) -> Rows:
    """Every row, good or reported."""
    reading = Reading(kind=kind, table=table, known=known, report=report, tick=tick)
    good = list(reading)
    return Rows(good, reading.refused | {row.code for row in good})


class _First(NamedTuple):
    """Where a code came first, and a short print of what it said there."""

    line: int
    print: int
    values: Values | None


class Reading:
    """The good rows of a table, one at a time: nothing of them is kept but short prints.

    Afterwards `refused` are the codes of the rows that were refused, and `nameless`
    how many of these said no code that can be understood.
    """

    def __init__(
        self, *, kind: Kind, table: Table, known: Any, report: Report, tick: Tick
    ) -> None:
        self._kind, self._table, self._report = kind, table, report
        self._tick, self._reader = tick, _Reader(kind, table, known)
        self._first: dict[str, _First] = {}
        self.refused: set[str] = set()
        self.nameless = 0

    def __iter__(self) -> Iterator[Row]:
        footer: list[RawRow] = []
        for number, raw in enumerate(self._table.rows()):
            if number % 500 == 0:
                self._tick(number)
            if self._reader.is_footer(raw):
                footer.append(raw)
                continue
            for one in footer:
                self._good(one)
            footer = []
            row = self._good(raw)
            if row is not None and self._is_first(row):
                yield row
        for one in footer:
            self._report.add(
                one.line, "", Outcome.NOTE, "Es una línea de pie: no se tomó."
            )

    def refuse(self, line: int, code: str, why: str) -> None:
        """A row that was understood and cannot be taken."""
        self.refused.add(code)
        self._report.add(line, self._shown(code), Outcome.REFUSED, why)

    def _good(self, raw: RawRow) -> Row | None:
        """The row, or its refusal in the report."""
        try:
            return self._reader.row(raw)
        except RowRefused as refusal:
            written = self._reader.code_as_written(raw)
            code = refusal.meant or ("" if self._kind.private else written)
            self.refused.add(code)
            self.nameless += not code
            why = refusal.plainly if self._kind.private else str(refusal)
            self._report.add(raw.line, self._shown(written), Outcome.REFUSED, why)
            return None

    def _shown(self, code: str) -> str:
        return "" if self._kind.private else shown(code, most=20)

    def _is_first(self, row: Row) -> bool:
        said = hash(repr(row.values))
        kept = row.values if self._kind.join else None
        earlier = self._first.setdefault(row.code, _First(row.line, said, kept))
        if earlier.line == row.line:
            return True
        if earlier.print == said:
            self._report.add(
                row.line,
                self._shown(row.code),
                Outcome.NOTE,
                f"Repite la línea {earlier.line}: sobra.",
            )
        elif not self._joins(earlier, row):
            self._report.add(
                row.line,
                self._shown(row.code),
                Outcome.REFUSED,
                f"{self._kind.key} está en las líneas {earlier.line} y {row.line} con "
                f"datos distintos. Se tomó la línea {earlier.line}: deje una sola.",
            )
        return False

    def _joins(self, earlier: _First, row: Row) -> bool:
        join = self._kind.join
        return bool(join and earlier.values and join(earlier.values, row.values))


class _Reader:
    """Knows where the columns are, and cleans each value once."""

    def __init__(self, kind: Kind, table: Table, known: Any) -> None:
        self._kind, self._known = kind, known
        self._places = table.places
        columns = [c for c in kind.columns if c.field in table.places]
        # A value that comes again is cleaned once.
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
            raise PersonRefused(raw.problem)
        values, problems, meant = self._cleaned(raw.cells)
        if problems:
            said = " ".join(problems)
            meant = meant or self._code_of_what_is_left(values)
            raise RowRefused(said, meant=meant, plainly=said)
        code = values["code"] = self._kind.code_of(values)
        try:
            self._kind.complete(values, self._known)
        except RowRefused as refusal:
            refusal.meant = refusal.meant or code
            raise
        return Row(raw.line, code, values)

    def _code_of_what_is_left(self, values: Values) -> str:
        """The code of a row with something else wrong: what it has is not switched off."""
        try:
            return self._kind.code_of(values)
        except (RowRefused, KeyError):
            return ""

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
                problems.append(self._problem(column, refusal))
                continue
            if value is None:
                continue
            values[column.field] = value
            if before is not None and len(before) < MOST_REMEMBERED:
                before[cell] = value
        return values, problems, meant

    def _problem(self, column: Column, refusal: RowRefused) -> str:
        if self._kind.private:
            return f"{column.title}: {refusal.plainly}"
        if column.field in self._kind.code_from:
            return str(refusal)
        return f"{column.title}: {refusal}"


def _checked(column: Column, cell: str, limit: int | None) -> Any:
    """The value of a cell; None where an optional one says nothing."""
    value = column.clean(cell)
    if value is None and column.required:
        raise PersonRefused("falta.")
    if isinstance(value, str):
        if column.required and not value:
            raise PersonRefused("falta.")
        if limit is not None and len(value) > limit:
            raise PersonRefused(f"tiene {len(value)} letras y caben {limit}.")
        if not value and not column.official and not column.required:
            return None
    return value


def _limit(kind: Kind, column: Column) -> int | None:
    fields = {f.name: f for f in kind.model._meta.get_fields() if isinstance(f, Field)}
    found = fields.get(column.field)
    return getattr(found, "max_length", None) if found is not None else None
