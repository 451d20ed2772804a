"""From a cell to a value, or why not."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from catalog.importing.errors import RowRefused
from catalog.importing.report import shown
from catalog.words import fold

FORMULA_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
WHOLE_FLOAT = re.compile(r"^(\d+)[.,]0+$")
SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?[eE]\+?\d+$")
# «Ã» and what follows it when UTF-8 was read as Windows' encoding, and saved again.
BROKEN = re.compile("[ÃÂ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œ]|\ufffd")
# Marks that no eye sees and no meaning hangs on.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
NOTHING = frozenset(
    {"", "-", "nd", "n/d", "sd", "s/d", "na", "n/a", "null", "no definido"}
)
YES = frozenset({"si", "s", "x", "1", "true", "verdadero"})
NO = frozenset({"", "no", "n", "0", "false", "falso"})

Cleaner = Callable[[str], object]


def text(cell: str) -> str:
    """Trimmed, spaces made one, nothing invisible; refuses what could mislead (INJ-06)."""
    if cell.startswith("=") and (inner := FORMULA_TEXT.match(cell.strip())):
        cell = inner.group(1)
    if cell.isascii() and cell.isprintable() and "  " not in cell:
        return cell.strip()
    cell = " ".join(cell.translate(INVISIBLE).split())
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell)
        if BROKEN.search(cell):
            raise RowRefused(
                f"«{shown(cell)}» tiene letras dañadas{_repaired(cell)}.",
                plainly="tiene letras dañadas: escríbalas otra vez.",
            )
    if not cell.isprintable():
        bad = next(c for c in cell if not c.isprintable())
        raise RowRefused(
            f"«{shown(cell)}» tiene un carácter que no se ve (U+{ord(bad):04X}). Bórrelo.",
            plainly=f"tiene un carácter que no se ve (U+{ord(bad):04X}). Bórrelo.",
        )
    return cell


def maybe(cell: str) -> str:
    """A text that may be missing: «ND» and «No definido» are missing."""
    cell = text(cell)
    return "" if fold(cell) in NOTHING else cell


def code(*, pattern: str, digits: int, example: str) -> Callable[[str], str]:
    """A code, kept as text. One digit short is a leading zero lost: never stored so."""
    good = re.compile(pattern)

    def clean(cell: str) -> str:
        value = text(cell)
        if whole := WHOLE_FLOAT.match(value):
            value = whole.group(1)
        value = value.upper()
        if good.fullmatch(value):
            return value
        if not value:
            raise RowRefused("Falta el código.")
        if SCIENTIFIC.match(value):
            raise RowRefused(
                f"La hoja de cálculo cambió el código por «{shown(value)}». Dele a la "
                "columna formato de texto y escríbalo otra vez."
            )
        if value.isascii() and value.isdigit() and len(value) == digits - 1:
            raise RowRefused(
                f"El código perdió el cero de la izquierda: ¿quiso decir 0{value}? "
                "Corríjalo, con formato de texto en la columna.",
                meant=f"0{value}",
            )
        raise RowRefused(
            f"El código «{shown(value)}» no sirve: debe ser como {example}."
        )

    return clean


def sentence(value: str) -> str:
    """«CONSULTA POR CARDIOLOGÍA» as one reads it; mixed case stays as it is."""
    if not value.isupper():
        return value
    lower = value.lower()
    return lower[:1].upper() + lower[1:]


def yes_or_no(cell: str) -> bool:
    value = fold(text(cell))
    if value in YES:
        return True
    if value in NO:
        return False
    raise RowRefused(
        f"«{shown(cell)}» no se entiende: escriba «sí» o «no».",
        plainly="no se entiende: escriba «sí» o «no».",
    )


def whole_number(cell: str) -> int | None:
    value = maybe(cell)
    if whole := WHOLE_FLOAT.match(value):
        value = whole.group(1)
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or int(value[:9]) > 32_767:
        raise RowRefused(f"«{shown(cell)}» no es un número entero entre 0 y 32767.")
    return int(value)


def degrees(*, most: int) -> Callable[[str], Decimal | None]:
    """Latitude or longitude, with point or comma."""

    def clean(cell: str) -> Decimal | None:
        value = maybe(cell).replace(",", ".")
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation as problem:
            raise RowRefused(f"«{shown(cell)}» no es una coordenada.") from problem
        if not number.is_finite() or abs(number) > most:
            raise RowRefused(f"«{shown(cell)}» no es una coordenada posible.")
        return number.quantize(Decimal("0.000001"))

    return clean


def day(cell: str) -> date | None:
    """2026-01-31 or 31/01/2026."""
    value = maybe(cell)
    if not value:
        return None
    for layout in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(value[:10], layout).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise RowRefused(
        f"«{shown(cell)}» no es una fecha: escríbala como 2026-01-31.",
        plainly="no es una fecha: escríbala como 2026-01-31.",
    )


def several(cell: str) -> tuple[str, ...]:
    """Values with «|» or «;» between them."""
    return tuple(filter(None, (text(one) for one in re.split(r"[|;\n]", cell))))


def lines(cell: str) -> str:
    """Several values, one on each line."""
    return "\n".join(several(cell))


def one_of(choices: dict[str, object]) -> Cleaner:
    """One of these words, whatever its accents and capitals."""

    def clean(cell: str) -> object:
        value = fold(text(cell))
        if value not in choices:
            known = ", ".join(filter(None, choices))
            raise RowRefused(
                f"«{shown(cell)}» no se entiende: puede ser {known}.",
                plainly=f"no se entiende: puede ser {known}.",
            )
        return choices[value]

    return clean


def _repaired(value: str) -> str:
    try:
        repaired = value.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ": escríbalo otra vez"
    return f": ¿quiso decir «{shown(repaired)}»?"
