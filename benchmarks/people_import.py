"""How dear loading the patients is, against a bare bulk upsert of the same rows.

    PORTAL_MODE=test DATABASE_URL=… python -m benchmarks.people_import [--people 100000]

Invented people, into an empty test database, by turns: the bare upsert of rows already
read and cleaned, and the whole of `import_catalog patients` (reading, cleaning,
comparing). Both with an empty table and with the people already there. Prints medians,
ratios, and the memory that the import itself takes at most.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import tracemalloc
from functools import partial
from pathlib import Path

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.core.management.color import no_style  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Patient  # noqa: E402
from benchmarks.catalog_import import timed  # noqa: E402
from catalog.importing import registry  # noqa: E402
from catalog.importing.report import Outcome  # noqa: E402

HEADER = (
    "tipo_documento,numero_documento,primer_nombre,segundo_nombre,primer_apellido,"
    "segundo_apellido,fecha_nacimiento,sexo_rips,celular,correo\n"
)
NAMES = ("Ana", "Luis", "Rosa", "Jorge", "Marta", "Óscar", "Lucía", "Íngrid")
SURNAMES = ("Peña", "Gómez", "Rincón", "Díaz", "Ñáñez", "Soto", "Villa", "Ortiz")
FIELDS = [field.name for field in Patient._meta.concrete_fields if field.name != "id"]
SAID = tuple(o for o in Outcome if o not in (Outcome.NEW, Outcome.SAME))
TABLE = Patient._meta.db_table
BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = invented(Path(folder) / "personas.csv", arguments.people)
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            measure(file, arguments.times)
        finally:
            connection.creation.destroy_test_db(
                str(connection.settings_dict["NAME"]), 0
            )


def invented(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(count):
            file.write(
                f"CC,{1_000_000 + 7 * n},{NAMES[n % 8]},{NAMES[n // 8 % 8]},"
                f"{SURNAMES[n // 64 % 8]},{SURNAMES[n // 512 % 8]},"
                f"{1930 + n % 90}-{n % 12 + 1:02}-{n % 28 + 1:02},{'HM'[n % 2]},"
                f"31{n % 10**8:08},p{n}@example.com\n"
            )
    return path


def measure(file: Path, times: int) -> None:
    whole(file)
    values = list(Patient.objects.values())
    print(f"{connection.vendor}, {len(values)} people, {times} times, medians")
    for title, prepare in (("empty table", empty), ("the people are there", leave)):
        bare_times, whole_times = [], []
        for _ in range(times):
            prepare()
            rows = list(Patient.objects.values()) or values
            bare_times.append(timed(partial(bare, rows)))
            prepare()
            whole_times.append(timed(lambda: whole(file)))
        one, other = statistics.median(bare_times), statistics.median(whole_times)
        print(
            f"{title}: bare upsert {one:.1f} s, import {other:.1f} s, "
            f"ratio {other / one:.2f}"
        )
    del values, rows
    empty()
    tracemalloc.start()
    whole(file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = file.stat().st_size
    print(
        f"memory of an import at most {most / 2**20:.0f} MB, file {size / 2**20:.0f} MB"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"the whole process, with the rows of the bare upsert: {peak / 1024:.0f} MB")


@transaction.atomic
def bare(values: list[dict[str, object]]) -> None:
    """The same rows, as the database takes them fastest through Django."""
    Patient.objects.bulk_create(
        [Patient(**row) for row in values],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=FIELDS,
        batch_size=BATCH,
    )


def whole(file: Path) -> None:
    load = registry.get("patients").load
    report = load(path=file, now=timezone.now(), keep=SAID)
    assert not report.counts[Outcome.REFUSED]


def empty() -> None:
    """Row by row, each of a dozen tables would be asked who points at it."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sql_flush(no_style(), [TABLE], allow_cascade=True):
            cursor.execute(sql)


def leave() -> None:
    """As they are."""


if __name__ == "__main__":
    main()
