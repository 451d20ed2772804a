"""Finding procedures, specialties and practitioners by the words that people use.

Words in any order, begun or whole, with or without accents; codes; everyday words
that staff write (`Synonym`, and the synonyms of each procedure and specialty). The
index lives in the process, hangs on the catalogue's version and is made when first
needed; the rows found are fetched by key. So both databases answer the same.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from catalog import version
from catalog.index import Entry, Index
from catalog.models import Practitioner, Procedure, Specialty, Synonym
from catalog.suggest import suggest

Found = TypeVar("Found", bound=Model)


@dataclass(frozen=True)
class SearchResult(Generic[Found]):
    """The best ones in order, how many there are, and what was perhaps meant."""

    items: tuple[Found, ...] = ()
    total: int = 0
    suggestion: str | None = None


def procedures(
    *, query: str, limit: int = 20, within: Collection[int] | None = None
) -> SearchResult[Procedure]:
    """Active procedures by name, code or everyday word; `within` these ids if given."""
    rows = Procedure.objects.select_related("specialty")
    return _search(_procedures, rows, query, limit, within)


def specialties(
    *, query: str, limit: int = 20, within: Collection[int] | None = None
) -> SearchResult[Specialty]:
    """Active specialties by name or everyday word."""
    rows = Specialty.objects.select_related("category")
    return _search(_specialties, rows, query, limit, within)


def practitioners(
    *, query: str, limit: int = 20, within: Collection[int] | None = None
) -> SearchResult[Practitioner]:
    """Active practitioners by any of their names, or by what they attend."""
    rows = Practitioner.objects.prefetch_related("specialties")
    return _search(_practitioners, rows, query, limit, within)


def _search(
    shelf: "_Shelf",
    rows: QuerySet[Found],
    query: str,
    limit: int,
    within: Collection[int] | None,
) -> SearchResult[Found]:
    index = shelf.index()
    among = index.everything() if within is None else index.only(within)
    keys, total = index.find(query, among=among, limit=limit)
    if not keys:
        return SearchResult(suggestion=suggest(index, query, among=among))
    by_key = {row.pk: row for row in rows.filter(pk__in=keys).order_by()}
    items = tuple(by_key[key] for key in keys if key in by_key)
    return SearchResult(items=items, total=total)


class _Shelf:
    """One index for all threads; when the catalogue changed, one makes it and all wait."""

    def __init__(self, entries: Callable[[], Iterator[Entry]]) -> None:
        self._entries = entries
        self._lock = Lock()
        self._kept: tuple[int, Index] | None = None

    def index(self) -> Index:
        number = version.current()
        kept = self._kept
        if kept is not None and kept[0] == number:
            return kept[1]
        with self._lock:
            kept = self._kept
            if kept is None or kept[0] != number:
                said = Synonym.objects.order_by("word").values_list("word", "meaning")
                kept = self._kept = (number, Index(self._entries(), said))
            return kept[1]


def _procedure_entries() -> Iterator[Entry]:
    rows = Procedure.objects.active().filter(needs_review=False).order_by()
    for pk, name, code, everyday, official, specialty, more in rows.values_list(
        "pk",
        "name",
        "code",
        "synonyms",
        "official_name",
        "specialty__name",
        "specialty__synonyms",
    ):
        around = f"{official} {specialty or ''} {more or ''}"
        yield Entry(pk, name, code, everyday, around, rank=int(specialty is None))


def _specialty_entries() -> Iterator[Entry]:
    rows = Specialty.objects.active().order_by()
    for pk, name, everyday, hint, popularity in rows.values_list(
        "pk", "name", "synonyms", "hint", "popularity"
    ):
        yield Entry(pk, name, everyday=everyday, around=hint, rank=-popularity)


def _practitioner_entries() -> Iterator[Entry]:
    attends: dict[int, list[str]] = defaultdict(list)
    links = Practitioner.specialties.through.objects.values_list(
        "practitioner_id", "specialty__name", "specialty__synonyms"
    )
    for pk, name, synonyms in links:
        attends[pk] += [name, synonyms]
    rows = Practitioner.objects.active().order_by()
    for pk, given, family in rows.values_list("pk", "given_names", "family_names"):
        yield Entry(pk, f"{given} {family}", around=" ".join(attends[pk]))


_procedures = _Shelf(_procedure_entries)
_specialties = _Shelf(_specialty_entries)
_practitioners = _Shelf(_practitioner_entries)
