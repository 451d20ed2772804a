"""Words as they are compared: without accents, capitals or punctuation."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")

# They say nothing about what is looked for, and people leave them out.
STOP = frozenset(
    [
        "a",
        "al",
        "con",
        "cual",
        "de",
        "del",
        "e",
        "el",
        "en",
        "la",
        "las",
        "lo",
        "los",
        "o",
        "para",
        "por",
        "que",
        "se",
        "sin",
        "su",
        "sus",
        "u",
        "un",
        "una",
        "y",
    ]
)


def fold(text: str) -> str:
    """«ECOGRAFÍA» and «ecografia» are the same."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize(
        "NFKD", unicodedata.normalize("NFKD", text).casefold()
    )
    return "".join(c for c in plain if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Every word, folded, in order."""
    return WORD.findall(fold(text))


def telling_words(text: str) -> list[str]:
    """The words that say something; all of them when none does."""
    every = list(dict.fromkeys(words(text)))
    return [word for word in every if word not in STOP] or every


def singulars(word: str) -> list[str]:
    """What a plural may be the plural of: «radiografias», «extremidades»."""
    if len(word) < 5 or not word.endswith("s"):
        return []
    return [word[:-1], word[:-2]] if word.endswith("es") else [word[:-1]]
