"""Rules: values in, answer out. No database, no clock."""

MOST_COVERAGES = 6


def coverage_books(*, verified: bool, agreement_books_unverified: bool) -> bool:
    """An affiliation serves once verified; before that, where its agreement says so."""
    return verified or agreement_books_unverified


def may_declare_another(*, waiting_or_verified: int) -> bool:
    return waiting_or_verified < MOST_COVERAGES


PASSWORD_SHORTEST = 10
PASSWORD_LONGEST = 128
# What anybody would try here, whoever the person is.
HOUSE_WORDS = (
    "guayacan",
    "oficina",
    "virtual",
    "oficinavirtual",
    "ips",
    "citas",
    "medicas",
    "salud",
    "colombia",
    "contraseña",
    "clave",
    "password",
)


def password_is_easy(*, password: str, about: tuple[str, ...]) -> bool:
    """Little variety, or nothing but words that anybody knows of this person or this house."""
    plain = "".join(
        c for c in password.casefold() if not c.isspace() and c not in ".,-_"
    )
    if len(set(plain)) < 5:
        return True
    known = [word for text in (*about, *HOUSE_WORDS) for word in _spellings(text)]
    for word in sorted(known, key=len, reverse=True):
        plain = plain.replace(word, "")
    return len(plain) < 4


def _spellings(text: str) -> list[str]:
    words = text.casefold().split()
    joined = "".join(words)
    return [word for word in (*words, joined) if len(word) >= 3]
