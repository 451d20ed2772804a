"""From a file to its text, whatever the spreadsheet that wrote it."""

import re
from pathlib import Path

from catalog.importing.errors import FileRefused

LARGEST = 64 * 1024 * 1024  # the whole REPS fits three times
SAVE_AS_CSV = (
    "Ábralo en su hoja de cálculo y guárdelo como «CSV UTF-8 (delimitado por comas)»."
)
NOT_TEXT = (
    (b"PK\x03\x04", "un libro de Excel u otro archivo comprimido"),
    (b"PK\x05\x06", "un archivo comprimido"),
    (b"\xd0\xcf\x11\xe0", "un libro de Excel antiguo"),
    (b"%PDF", "un PDF"),
    (b"\x89PNG", "una imagen"),
    (b"\xff\xd8\xff", "una imagen"),
    (b"GIF8", "una imagen"),
    (b"\x1f\x8b", "un archivo comprimido"),
    (b"7z\xbc\xaf", "un archivo comprimido"),
    (b"Rar!", "un archivo comprimido"),
    (b"{\\rtf", "un documento de texto con formato"),
    (b"SQLite format 3", "una base de datos"),
)
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ")
LINE_ENDS = re.compile(rb"\r\n|\r|\n")
# What UTF-8 text in Spanish has beyond ASCII; anything else is chance.
PLAUSIBLE = re.compile("[\u00a1-\u024f\u2010-\u2122\u00a0\u0300-\u036f]")


def read_text(path: Path) -> str:
    """The text of a file, or why it is not one."""
    if not path.exists():
        raise FileRefused(f"No existe el archivo {path}. Revise la ruta y el nombre.")
    if path.is_dir():
        raise FileRefused(f"{path} es una carpeta. Escriba la ruta de un archivo CSV.")
    if not path.is_file():
        raise FileRefused(f"{path} no es un archivo. Escriba la ruta de un CSV.")
    try:
        size, raw = path.stat().st_size, b""
        if size <= LARGEST:
            raw = path.read_bytes()
    except OSError as problem:
        raise FileRefused(
            f"No se puede leer {path}: {problem.strerror}. Revise sus permisos."
        ) from problem
    if size > LARGEST:
        raise FileRefused(
            f"El archivo pesa {size // 1024 // 1024} MB y el máximo es de "
            f"{LARGEST // 1024 // 1024} MB. Divídalo o quítele columnas que no se usan."
        )
    return decode(raw)


def decode(raw: bytes) -> str:
    """Text in any of the encodings that spreadsheets write."""
    if not raw.strip(b"\x00 \t\r\n"):
        raise FileRefused("El archivo está vacío. Nada cambió.")
    _refuse_what_is_not_text(raw)
    text = _by_its_mark(raw)
    if text is None:
        text = _by_its_zeros(raw) if b"\0" in raw else _by_its_bytes(raw)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FileRefused(
            f"La línea {line} tiene bytes nulos: no es un archivo de texto. {SAVE_AS_CSV}"
        )
    return text


def _refuse_what_is_not_text(raw: bytes) -> None:
    for beginning, what in NOT_TEXT:
        if raw.startswith(beginning):
            raise FileRefused(f"El archivo es {what}, no un CSV. {SAVE_AS_CSV}")
    if re.match(rb"\s*(<!doctype|<html|<table|<\?xml)", raw[:200], re.IGNORECASE):
        raise FileRefused(f"El archivo es una página web, no un CSV. {SAVE_AS_CSV}")


def _by_its_mark(raw: bytes) -> str | None:
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as problem:
                if encoding == "utf-8-sig":
                    return _by_its_bytes(raw[len(mark) :])
                raise FileRefused(
                    f"El archivo dice ser {encoding.upper()} y está dañado o cortado. "
                    f"{SAVE_AS_CSV}"
                ) from problem
    return None


def _by_its_zeros(raw: bytes) -> str:
    """UTF-16 without its mark: every second byte of Spanish text is zero."""
    sample = raw[:4000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if most > len(sample) // 5 and least <= most // 10 and len(raw) % 2 == 0:
        try:
            return raw.decode("utf-16-be" if even > odd else "utf-16-le")
        except UnicodeDecodeError:
            pass
    line = raw[: raw.index(b"\0")].count(b"\n") + 1
    raise FileRefused(
        f"La línea {line} tiene bytes nulos: no es un archivo de texto. {SAVE_AS_CSV}"
    )


def _by_its_bytes(raw: bytes) -> str:
    """UTF-8, or what Windows and old Macs write; never two of them in one file."""
    if len(CONTROL.findall(raw[:4000])) > len(raw[:4000]) // 20:
        raise FileRefused(f"El archivo no es de texto. {SAVE_AS_CSV}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    _refuse_a_mixture(raw)
    texts = [
        text
        for encoding in ("cp1252", "latin-1", "mac-roman")
        if (text := _attempt(raw, encoding)) is not None
    ]
    return max(texts, key=lambda text: sum(text.count(c) for c in SPANISH))


def _attempt(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _refuse_a_mixture(raw: bytes) -> None:
    utf8, other = [], []
    for number, line in enumerate(LINE_ENDS.split(raw), 1):
        if line.isascii():
            continue
        text = _attempt(line, "utf-8")
        if text is None:
            other.append(number)
        elif all(c.isascii() or PLAUSIBLE.match(c) for c in text):
            utf8.append(number)
    if utf8 and other:
        raise FileRefused(
            f"El archivo mezcla dos codificaciones: {_lines(utf8)} en UTF-8 y "
            f"{_lines(other)} en otra (Windows). Corrija esas líneas. {SAVE_AS_CSV}"
        )


def _lines(numbers: list[int]) -> str:
    some = ", ".join(map(str, numbers[:5]))
    more = f" y {len(numbers) - 5} más" if len(numbers) > 5 else ""
    return f"la línea {some}" if len(numbers) == 1 else f"las líneas {some}{more}"
