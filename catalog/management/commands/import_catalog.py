"""Load an official file, or the clinic's own: the catalogue, its people, its agendas."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from catalog.importing import registry
from catalog.importing.errors import FileRefused
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
        "Carga un archivo CSV (docs/importing.md). Termina en 0 si todo "
        "se tomó, en 1 si hubo filas rechazadas y en 2 si se rechazó el archivo."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = registry.names()
        parser.add_argument(
            "kind", metavar="KIND", choices=names, help=", ".join(names)
        )
        parser.add_argument("file", metavar="FILE", type=Path, help="archivo CSV")
        parser.add_argument(
            "--dry-run", action="store_true", help="dice lo que haría, sin escribir"
        )
        parser.add_argument(
            "--complete",
            action="store_true",
            help="el archivo trae todas las personas o agendas: las que falten se "
            "desactivan (los del catálogo siempre lo están)",
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
        except DatabaseError as problem:
            # Its own words hold what the rows say (LOG-02).
            raise CommandError(
                "La base de datos no lo permitió, quizás porque alguien cambió lo mismo "
                f"a la vez, y nada cambió. Vuelva a intentarlo ({type(problem).__name__}).",
                returncode=REFUSED_FILE,
            ) from None
        self._tell(report, options)
        if report.count(Outcome.REFUSED):
            raise SystemExit(REFUSED_ROWS)

    def _take(self, options: dict[str, Any]) -> Report:
        importer = registry.get(options["kind"])
        take = importer.rehearse if options["dry_run"] else importer.load
        every = options["verbosity"] > 1 or options["report"] is not None
        with self._bar() as bar:
            task = bar.add_task("Abriendo")

            def progress(doing: str, done: int) -> None:
                title = importer.kind.title
                bar.update(task, description=f"{doing} {title}: {done}")

            return take(
                path=options["file"],
                now=timezone.now(),
                complete=options["complete"],
                progress=progress,
                keep=tuple(Outcome) if every else ALWAYS_SAID,
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
