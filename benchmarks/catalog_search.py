"""How dear a search of the catalogue is, against the cheapest query there is.

    PORTAL_MODE=test DATABASE_URL=… python benchmarks/catalog_search.py [--rows 10000]

Fills an empty test database with that many procedures of made-up names, then asks
different questions, one after another with the bare query: one row by its indexed
code, as a model. Prints both distributions and the ratio of each percentile.
"""

import argparse
import os
import random
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

from django.db import connection  # noqa: E402

from catalog import search, version  # noqa: E402
from catalog.models import (  # noqa: E402
    Procedure,
    ServiceCategory,
    Specialty,
    Synonym,
)

WHAT = [
    "Ecografía",
    "Radiografía",
    "Resonancia",
    "Tomografía",
    "Biopsia",
    "Punción",
    "Resección",
]
HOW = [
    "simple",
    "contrastada",
    "bilateral",
    "dirigida",
    "abierta",
    "guiada",
    "percutánea",
    "dinámica",
]
WHERE = [
    "abdomen",
    "tórax",
    "cráneo",
    "rodilla",
    "cadera",
    "hombro",
    "columna",
    "muñeca",
    "cuello",
    "mama",
    "tobillo",
    "hígado",
    "riñón",
    "vejiga",
    "próstata",
    "tiroides",
    "pulmón",
    "estómago",
    "colon",
    "recto",
    "páncreas",
    "bazo",
    "útero",
    "ovario",
    "piel",
    "retina",
    "córnea",
    "oído",
    "nariz",
    "faringe",
]
VIEW = [
    "lateral",
    "oblicua",
    "anterior",
    "posterior",
    "superior",
    "inferior",
    "medial",
    "total",
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=600)
    arguments = parser.parse_args()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(arguments.rows, arguments.questions)
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), 0)


def measure(rows: int, questions: int) -> None:
    dice = random.Random(2026)  # noqa: S311
    fill(rows, dice)
    started = time.perf_counter()
    search.procedures(query="ecografia")
    print(f"{connection.vendor}, {rows} procedures")
    print(f"index made in {1000 * (time.perf_counter() - started):.0f} ms, once")
    codes = list(Procedure.objects.values_list("code", flat=True))
    asked = [question(dice) for _ in range(questions)]
    bare, found, nothing = [], [], []
    for text in asked:
        code = dice.choice(codes)
        bare.append(timed(lambda code=code: Procedure.objects.get(code=code)))
        found.append(timed(lambda text=text: search.procedures(query=text)))
    for text in asked[:60]:
        wrong = text[:2] + "q" + text[3:] + "w"
        nothing.append(timed(lambda wrong=wrong: search.procedures(query=wrong)))
    show("bare indexed query", bare, bare)
    show("search", found, bare)
    show("search that finds nothing and suggests", nothing, bare)
    ratio = statistics.median(found) / statistics.median(bare)
    print(f"ratio {ratio:.2f} (at most 5)")


def fill(rows: int, dice: random.Random) -> None:
    category = ServiceCategory.objects.create(code="medicina", name="Medicina")
    specialty = Specialty.objects.create(code="x", name="Radiología", category=category)
    Synonym.objects.bulk_create(
        Synonym(word=f"{word[:4].lower()} {n}", meaning=f"{word} {where}")
        for n, (word, where) in enumerate((w, p) for w in WHAT for p in WHERE)
    )
    Procedure.objects.bulk_create(
        (
            Procedure(
                code=f"{n:06}",
                name=name(dice),
                official_name=f"{name(dice)} {name(dice)}".upper(),
                specialty=specialty if n % 30 == 0 else None,
            )
            for n in range(rows)
        ),
        batch_size=1000,
    )
    version.bump()


def name(dice: random.Random) -> str:
    parts = (WHAT, HOW, WHERE, VIEW)
    what, how, where, view = (dice.choice(part) for part in parts)
    return f"{what} {how} de {where} {view} {dice.choice(WHERE)}"


def question(dice: random.Random) -> str:
    said = dice.sample(name(dice).split(), dice.randint(1, 3))
    return " ".join(word[: dice.randint(3, 12)] for word in said)


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def show(title: str, times: list[float], bare: list[float]) -> None:
    mine, other = (statistics.quantiles(t, n=100) for t in (times, bare))
    figures = "  ".join(
        f"p{p} {mine[p - 1]:.2f} ms ({mine[p - 1] / other[p - 1]:.1f}x)"
        for p in (50, 90, 95, 99)
    )
    print(f"{title}: {figures}")


if __name__ == "__main__":
    main()
