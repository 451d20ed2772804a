"""The alphabet of a text message: what fits in 160 characters of GSM 03.38.

It has é, ñ, ü, ¿ and ¡, and not á, í, ó, ú: one of those turns the whole message
into UCS-2, of 70 characters, at twice the price (ux.md §7).
"""

import unicodedata

LIMIT = 160

# The default alphabet in the order of its codes; ESC (0x1B) is not a character.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}\\[~]|€\f"  # each takes two places

_SPELLED = str.maketrans(
    {
        "«": '"',
        "»": '"',
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        "·": "-",
        "º": "o",
        "ª": "a",
        "°": "o",
        "ç": "c",
        "\t": " ",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
    }
)


def clean(text: str) -> str:
    """The same words in the alphabet of an SMS; what cannot be written falls out."""
    spelled = unicodedata.normalize("NFC", text).translate(_SPELLED)
    return "".join(_written(character) for character in spelled)


def length(text: str) -> int:
    """Places that the text takes; extended characters take two."""
    return len(text) + sum(character in EXTENDED for character in text)


def is_gsm7(text: str) -> bool:
    """Does every character exist in the alphabet?"""
    return all(character in BASIC or character in EXTENDED for character in text)


def fits(text: str) -> bool:
    """Is this one message, and not two?"""
    return is_gsm7(text) and length(text) <= LIMIT


def _written(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    bare = unicodedata.normalize("NFKD", character)
    return "".join(part for part in bare if part in BASIC or part in EXTENDED)
