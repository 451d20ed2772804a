"""Load an official file, or the clinic's own, into the catalogue."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from catalog.importing import loading
from catalog.importing.errors import FileRefused
from catalog.importing.kinds import KINDS
from catalog.importing.report import Outcome, Report, write_csv

REFUSED_ROWS, REFUSED_FILE = 1, 2
ALWAYS_SAID = (
    Outcome.REFUSED,
    Outcome.NOTE,
    Outcome.CHANGED,
    Outcome.BACK,
    Outcome.GONE,
)


class Command(BaseCommand):
    help = (
        "Carga un archivo CSV en el catálogo (docs/importing.md). Termina en 0 si todo "
        "se tomó, en 1 si hubo filas rechazadas y en 2 si se rechazó el archivo."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS)
        )
        parser.add_argument("file", metavar="FILE", type=Path, help="archivo CSV")
        parser.add_argument(
            "--dry-run", action="store_true", help="dice lo que haría, sin escribir"
        )
        parser.add_argument(
            "--report", type=Path, metavar="CSV", help="guarda el informe de cada fila"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._take(options)
        except FileRefused as refusal:
            raise CommandError(
                f"Archivo rechazado, nada cambió. {refusal}", returncode=REFUSED_FILE
            ) from refusal
        self._tell(report, options)
        if report.count(Outcome.REFUSED):
            raise SystemExit(REFUSED_ROWS)

    def _take(self, options: dict[str, Any]) -> Report:
        kind, path = KINDS[options["kind"]], options["file"]
        with self._bar() as bar:
            task = bar.add_task("Abriendo")

            def progress(doing: str, done: int) -> None:
                bar.update(task, description=f"{doing} {kind.title}: {done}")

            if options["dry_run"]:
                return loading.rehearse(kind=kind, path=path, progress=progress)
            return loading.load(
                kind=kind, path=path, now=timezone.now(), progress=progress
            )

    def _bar(self) -> Progress:
        """On the error output, and only where somebody looks."""
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )

    def _tell(self, report: Report, options: dict[str, Any]) -> None:
        every = options["verbosity"] > 1
        said = report.rows if every else report.of(*ALWAYS_SAID)
        lines = [str(row) for row in said]
        lines += [f"Aviso: {warning}" for warning in report.warnings]
        lines.append(report.totals())
        if options["dry_run"]:
            lines.append("Fue un ensayo: no se escribió nada.")
        self.stdout.write("\n".join(lines))
        if options["report"] is not None:
            self._save(report, options["report"])

    def _save(self, report: Report, path: Path) -> None:
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                write_csv(report.rows, file)
        except OSError as problem:
            raise CommandError(
                f"No se pudo guardar el informe en {path}: {problem.strerror}."
            ) from problem
