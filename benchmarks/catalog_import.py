"""How dear loading the procedures is, against a bare bulk upsert of the same rows.

    PORTAL_MODE=test DATABASE_URL=… python benchmarks/catalog_import.py FILE [--times 5]

Into an empty test database, by turns: the bare upsert of rows already read and cleaned,
and the whole of `import_catalog procedures` (reading, cleaning, comparing, history).
Both with an empty table and with the rows already there. Prints medians and ratios.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django  # noqa: E402

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from catalog.importing import loading  # noqa: E402
from catalog.importing.kinds import PROCEDURES  # noqa: E402
from catalog.models import Procedure  # noqa: E402

FIELDS = [
    field.name
    for field in Procedure._meta.concrete_fields
    if field.name not in ("id", "code")
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, help="cups.csv")
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(arguments.file, arguments.times)
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), 0)


def measure(file: Path, times: int) -> None:
    whole(file)
    values = list(Procedure.objects.values())
    for row in values:
        del row["id"]
    print(f"{connection.vendor}, {len(values)} rows, {times} times, medians")
    for title, prepare in (("empty table", empty), ("the rows are there", leave)):
        bare_times, whole_times = [], []
        for _ in range(times):
            prepare()
            bare_times.append(timed(lambda: bare(values)))
            prepare()
            whole_times.append(timed(lambda: whole(file)))
        one, other = statistics.median(bare_times), statistics.median(whole_times)
        print(
            f"{title}: bare upsert {one:.2f} s, import {other:.2f} s, "
            f"ratio {other / one:.2f} (at most 4)"
        )


@transaction.atomic
def bare(values: list[dict[str, object]]) -> None:
    Procedure.objects.bulk_create(
        [Procedure(**row) for row in values],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=FIELDS,
    )


def whole(file: Path) -> None:
    report = loading.load(kind=PROCEDURES, path=file, now=timezone.now())
    assert report.rows


def empty() -> None:
    Procedure.objects.all().delete()
    Procedure.history.all().delete()


def leave() -> None:
    """As it is."""


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
