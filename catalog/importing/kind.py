"""What a kind of file is. Each app has its own, and registers them: see `registry`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from catalog.importing.cells import Cleaner

Values = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column: where its value goes, and how its header may be written.

    The first spelling is the official file's. What is `official` always follows the
    file; the rest follows it only as long as the clinic has not edited it.
    """

    field: str
    title: str
    clean: Cleaner
    spellings: str
    required: bool = False
    official: bool = False


@dataclass(frozen=True)
class Linked:
    """A value that is kept in other rows: how it is read, as JSON would, and written."""

    prefetch: str
    read: Callable[[Any], object]
    write: Callable[[Any, Any], None]


def many(name: str) -> Linked:
    """The keys at the other side of a many-to-many field."""

    def read(made: Any) -> list[int]:
        return sorted(one.pk for one in getattr(made, name).all())

    def write(made: Any, keys: list[int]) -> None:
        getattr(made, name).set(keys)

    return Linked(name, read, write)


def _nothing(values: Values, known: Any) -> None:
    """Nothing follows."""


def _no_wish(made: Any, known: Any) -> None:
    """A new row is as the file says."""


def _no_more(made: list[Any]) -> None:
    """Nothing else to write."""


def _no_words(made: list[Any], now: datetime) -> Iterable[str]:
    return ()


def _nothing_known(today: date) -> None:
    return None


def _its_code(values: Values) -> str:
    code: str = values["code"]
    return code


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    `code_from` are the columns of which the code is made, by `code_of`. `complete` turns what the cells say into fields and refuses what does not fit;
    `start` fills in a new row; `derive` gives the name for the patient that follows
    from the official one; `finish` writes what hangs on the new rows, and `announce`
    does what follows from all that was written, and says it.
    """

    name: str
    title: str
    model: type[models.Model]
    columns: tuple[Column, ...]
    code_from: tuple[str, ...] = ("code",)
    code_of: Callable[[Values], str] = _its_code
    known: Callable[[date], Any] = _nothing_known
    complete: Callable[[Values, Any], None] = _nothing
    start: Callable[[Any, Any], None] = _no_wish
    derive: Callable[[str], str] | None = None
    finish: Callable[[list[Any]], None] = _no_more
    announce: Callable[[list[Any], datetime], Iterable[str]] = _no_words
    linked: Mapping[str, Linked] = field(default_factory=dict)
    # Adds what a later row says to an earlier one of the same code; False: it cannot.
    join: Callable[[Values, Values], bool] | None = None
    # How a message names the key of a row: «El código está en las líneas 2 y 5».
    key: str = "El código"
    # Its files bring all that there is: what one does not bring is switched off.
    whole: bool = True
    # About people: no message, report or log repeats what a cell says (LOG-02).
    private: bool = False


def plain(value: object) -> object:
    """A value as JSON keeps it, to compare with what the next file says."""
    return str(value) if isinstance(value, Decimal | date) else value
