"""The kinds of file that `import_catalog` takes. Each app registers its own in `AppConfig.ready()`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from catalog.importing.kind import Kind
from catalog.importing.report import Outcome, Report
from catalog.importing.watching import Progress


class Take(Protocol):
    """Take a file, or only say what taking it would do."""

    def __call__(
        self,
        *,
        path: Path,
        now: datetime,
        complete: bool = False,
        progress: Progress = ...,
        keep: Collection[Outcome] = ...,
    ) -> Report: ...


@dataclass(frozen=True)
class Importer:
    """A kind, and how its files are loaded and rehearsed."""

    kind: Kind
    load: Take
    rehearse: Take


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make a kind known; the same name with another meaning is a mistake."""
    name = importer.kind.name
    if _importers.setdefault(name, importer) != importer:
        raise ValueError(f"two kinds of file are called {name!r}")


def get(name: str) -> Importer:
    return _importers[name]


def names() -> list[str]:
    """In the order of the apps, which is that in which they are loaded."""
    return list(_importers)
