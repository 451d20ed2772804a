"""The code that people say on the telephone: GY4K-72M. Without 0, O, 1 and I."""

import re

from portal.ui.spoken import ALPHABET, code

LENGTH = 7
_SHAPE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def new() -> str:
    """One of 34,000 million; the unique constraint refuses the rare repetition."""
    return _spoken(code(LENGTH))


def clean(typed: str) -> str | None:
    """The reference somebody typed, however they wrote it; None when it is none."""
    letters = re.sub(r"[\s-]", "", typed).upper()
    return _spoken(letters) if _SHAPE.fullmatch(letters) else None


def _spoken(letters: str) -> str:
    return f"{letters[:4]}-{letters[4:]}"
