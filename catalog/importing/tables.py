"""From text to rows: which delimiter, where the header is, which column is which."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catalog.importing.errors import FileRefused
from catalog.importing.report import shown
from catalog.words import fold

if TYPE_CHECKING:
    import _csv

DELIMITERS = {",": "coma", ";": "punto y coma", "\t": "tabulador", "|": "barra"}
HEADER_WITHIN = 10  # records: reports put a title above
MOST_COLUMNS = 400


class Wanted(NamedTuple):
    """A column that the file may have, and how its header may be written."""

    field: str
    title: str
    spellings: tuple[str, ...]
    required: bool


class RawRow(NamedTuple):
    """One record: the line where it begins, its cells, or what is wrong with it."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """The text cut in records, with the place of each column that is known."""

    text: str
    delimiter: str
    header_line: int
    width: int
    places: dict[str, int]
    unused: tuple[str, ...]

    def rows(self) -> Iterator[RawRow]:
        """Every record under the header that says something."""
        reader = _reader(self.text, self.delimiter)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield self._broken(line, reader.line_num, str(problem))
                continue
            if line > self.header_line and any(map(str.strip, cells)):
                yield self._checked(line, cells)

    def _checked(self, line: int, cells: list[str]) -> RawRow:
        if len(cells) > self.width and not any(map(str.strip, cells[self.width :])):
            cells = cells[: self.width]
        if len(cells) == self.width:
            return RawRow(line, cells)
        problem = (
            f"Tiene {len(cells)} columnas y el encabezado {self.width}: revise si falta "
            "o sobra un separador, o si un texto con separadores va sin comillas."
        )
        return RawRow(line, cells, problem)

    def _broken(self, first: int, last: int, problem: str) -> RawRow:
        if last > first or "unexpected end" in problem or "limit" in problem:
            raise FileRefused(
                f"Hay unas comillas sin cerrar en la línea {first}: lo que sigue quedó "
                "dentro de una sola celda. Ciérrelas y vuelva a importar."
            )
        raw = _physical_lines(self.text)[first - 1]
        cells = [cell.strip('" ') for cell in raw.split(self.delimiter)]
        return RawRow(
            first,
            cells,
            "Tiene unas comillas mal puestas: escriba dobles las del texto.",
        )


def open_table(text: str, wanted: Sequence[Wanted], *, private: bool = False) -> Table:
    """The table of a text, when it has the columns that are needed.

    Of a file about people no unknown header is said: it might be a row of theirs.
    """
    best = max(_candidates(text, wanted), key=lambda c: (c.known, len(c.cells)))
    places, missing = _places(best.cells, wanted)
    if missing:
        raise FileRefused(_missing(missing, best, private=private))
    known = set(places.values())
    table = Table(
        text=text,
        delimiter=best.delimiter,
        header_line=best.line,
        width=len(best.cells),
        places=places,
        unused=tuple(
            f"la {place + 1}" if private else shown(cell)
            for place, cell in enumerate(best.cells)
            if place not in known and cell.strip()
        ),
    )
    if next(table.rows(), None) is None:
        raise FileRefused("El archivo solo tiene el encabezado. Nada cambió.")
    return table


class _Candidate(NamedTuple):
    known: int
    cells: list[str]
    line: int
    delimiter: str


def _candidates(text: str, wanted: Sequence[Wanted]) -> Iterator[_Candidate]:
    spellings = {spelling for column in wanted for spelling in column.spellings}
    head = text[:200_000]
    for delimiter in DELIMITERS:
        reader = _reader(head, delimiter)
        for _ in range(HEADER_WITHIN):
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error:
                continue
            if cells is None:
                break
            known = len(spellings.intersection(map(_plain, cells)))
            if any(map(str.strip, cells)):
                yield _Candidate(known, _trimmed(cells), line, delimiter)
    yield _Candidate(0, [], 0, ",")


def _places(
    cells: list[str], wanted: Sequence[Wanted]
) -> tuple[dict[str, int], list[Wanted]]:
    headers = [_plain(cell) for cell in cells]
    spellings = {spelling for column in wanted for spelling in column.spellings}
    twice = [h for h, count in Counter(headers).items() if count > 1 and h in spellings]
    if twice or len(cells) > MOST_COLUMNS:
        raise FileRefused(
            f"El encabezado repite la columna «{shown(cells[headers.index(twice[0])])}». "
            "Deje una sola."
            if twice
            else f"El encabezado tiene más de {MOST_COLUMNS} columnas."
        )
    places: dict[str, int] = {}
    missing = []
    for column in wanted:
        written = next((s for s in column.spellings if s in headers), None)
        if written is not None:
            places[column.field] = headers.index(written)
        elif column.required:
            missing.append(column)
    return places, missing


def _missing(missing: list[Wanted], best: _Candidate, *, private: bool) -> str:
    names = ", ".join(f"«{column.title}»" for column in missing)
    if not best.known:
        return (
            f"No se encontró el encabezado. La primera línea debe nombrar las columnas: "
            f"{names}. Vea docs/importing.md."
        )
    if private:
        return (
            f"Faltan columnas: {names}. Corrija el encabezado, en la línea {best.line}; "
            "los nombres que se aceptan están en docs/importing.md."
        )
    found = ", ".join(f"«{shown(cell)}»" for cell in best.cells if cell.strip())
    return (
        f"Faltan columnas: {names}. En la línea {best.line} se encontraron: {found}. "
        "Corrija el encabezado; los nombres que se aceptan están en docs/importing.md."
    )


@lru_cache(maxsize=1)
def _physical_lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))


def _reader(text: str, delimiter: str) -> "_csv.Reader":
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _plain(header: str) -> str:
    """«CÓDIGO CUPS», «Cod_CUPS» and «cod. cups» differ in their letters only."""
    return "".join(c for c in fold(header) if c.isalnum())


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty columns that spreadsheets leave at the end."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells
