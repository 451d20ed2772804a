"""What became of each row, in the words of who loads the file."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TextIO

# A spreadsheet would run a cell that begins so (INJ-05).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


class Outcome(StrEnum):
    NEW = "nueva"
    CHANGED = "cambiada"
    SAME = "igual"
    BACK = "reactivada"
    GONE = "desactivada"
    REFUSED = "rechazada"
    NOTE = "nota"


class RowReport(NamedTuple):
    line: int | None
    code: str
    outcome: Outcome
    message: str = ""

    def __str__(self) -> str:
        where = f"Línea {self.line}" if self.line else "No está en el archivo"
        what = f", {self.code}" if self.code else ""
        why = f". {self.message}" if self.message else ""
        return f"{where}{what}: {self.outcome.value}{why}"


@dataclass
class Report:
    """All rows, in the order of the file."""

    source: str
    rows: list[RowReport] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    counts: Counter[Outcome] = field(default_factory=Counter)
    # What nobody will read is counted and not kept: a file may have a million rows.
    keep: Collection[Outcome] = tuple(Outcome)

    def add(
        self, line: int | None, code: str, outcome: Outcome, message: str = ""
    ) -> None:
        self.counts[outcome] += 1
        if outcome in self.keep:
            self.rows.append(RowReport(line, code, outcome, message))

    def count(self, outcome: Outcome) -> int:
        return self.counts[outcome]

    def of(self, *outcomes: Outcome) -> list[RowReport]:
        return [row for row in self.rows if row.outcome in outcomes]

    def totals(self) -> str:
        titles = {
            "Nuevos": Outcome.NEW,
            "Cambiados": Outcome.CHANGED,
            "Iguales": Outcome.SAME,
            "Reactivados": Outcome.BACK,
            "Desactivados": Outcome.GONE,
            "Rechazados": Outcome.REFUSED,
            "Notas": Outcome.NOTE,
        }
        return "\n".join(f"{title}: {self.counts[o]}" for title, o in titles.items())


def shown(text: str, *, most: int = 60) -> str:
    """A value as a message may show it: one line, nothing invisible (INJ-06)."""
    clean = "".join(
        c if not unicodedata.category(c).startswith(("C", "Zl", "Zp")) else "·"
        for c in text[: most + 1]
    )
    return clean if len(clean) <= most else clean[:most] + "…"


def write_csv(rows: Iterable[RowReport], file: TextIO) -> None:
    """The report for a spreadsheet; a cell that would be a formula gets an apostrophe."""
    writer = csv.writer(file)
    writer.writerow(["linea", "codigo", "resultado", "detalle"])
    for row in rows:
        cells = (str(row.line or ""), row.code, row.outcome.value, row.message)
        writer.writerow(f"'{c}" if c.startswith(FORMULA) else c for c in cells)
