"""Colombian mobile numbers, however they are typed: one spelling in, one number out (AUT-14)."""

import re
import unicodedata

from accounts.errors import NotAMobile

_BETWEEN = re.compile(r"[\s().\-‐-―/\u200b-\u200f\u2060]+")
_PREFIX = re.compile(r"^(?:\+|00)?57(?=0?3\d{9}$)|^(?:\+|00)57")


def e164(typed: str) -> str:
    """`+573105550178` for every spelling of that number; anything else is refused."""
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))
    digits = "".join(_ascii(sign) for sign in digits)
    national = _PREFIX.sub("", digits, count=1).removeprefix("0")
    if not re.fullmatch(r"3[0-9]{9}", national):
        raise NotAMobile
    return f"+57{national}"


def prefix(number: str) -> str:
    """The block of a thousand numbers it belongs to, which pumping attacks walk through."""
    return number[:-3]


def _ascii(sign: str) -> str:
    return str(unicodedata.digit(sign, sign))
