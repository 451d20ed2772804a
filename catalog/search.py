"""Finding procedures, specialties and practitioners by the words that people use."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from catalog.models import Practitioner, Procedure, Specialty

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
    shown = Procedure.objects.active().filter(needs_review=False)
    return _find(shown, query, limit, within, "name")


def specialties(
    *, query: str, limit: int = 20, within: Collection[int] | None = None
) -> SearchResult[Specialty]:
    """Active specialties by name or everyday word."""
    return _find(Specialty.objects.active(), query, limit, within, "name")


def practitioners(
    *, query: str, limit: int = 20, within: Collection[int] | None = None
) -> SearchResult[Practitioner]:
    """Active practitioners by any of their names."""
    return _find(Practitioner.objects.active(), query, limit, within, "family_names")


def _find(
    rows: QuerySet[Found],
    query: str,
    limit: int,
    within: Collection[int] | None,
    field: str,
) -> SearchResult[Found]:
    words = query.replace("\0", " ").split()
    if not words:
        return SearchResult()
    for word in words[:8]:
        rows = rows.filter(**{f"{field}__icontains": word})
    if within is not None:
        rows = rows.filter(pk__in=within)
    return SearchResult(items=tuple(rows[:limit]), total=rows.count())
