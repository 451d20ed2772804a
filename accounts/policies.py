"""Rules: values in, answer out. No database, no clock."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

YOUNGEST_TO_REGISTER = 14
ADULT = 18
# Ley 1251 de 2008, art. 3.
OLDER_ADULT = 60
OLDEST_BIRTH = date(1900, 1, 1)

CODE_DIGITS = 6
CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5
HALF_SESSION_LIVES = timedelta(minutes=10)
ATTEMPT_LIVES = timedelta(hours=2)

# Ley 1581 de 2012: a consultation is answered in 10 business days and once 5 more
# (art. 14), a claim in 15 and once 8 more (art. 15).
CONSULT_DAYS, CONSULT_MORE = 10, 5
CLAIM_DAYS, CLAIM_MORE = 15, 8
MOST_OPEN_CLAIMS = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` times within `window`."""

    count: int
    window: timedelta


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Wrong codes of one person for one purpose; asking for another code changes nothing (AUT-11).
CODE_FAILURES = (Limit(CODE_TRIES, 15 * _MINUTE),)
CODE_FAILURES_A_DAY = (Limit(20, _DAY),)
CODE_AGAIN = (Limit(1, _MINUTE),)
# Sending codes costs money and wakes people up (AUT-13).
CODES_TO_DESTINATION = (Limit(3, 15 * _MINUTE), Limit(10, _DAY))
CODES_TO_HOLDER = (Limit(6, 15 * _MINUTE), Limit(20, _DAY))
CODES_TO_PREFIX = (Limit(20, 15 * _MINUTE), Limit(100, _DAY))
# A clinic's waiting room, or a mobile carrier, is one address for many people.
# First the address, then its network (/24).
CODES_FROM = (
    (Limit(30, 15 * _MINUTE), Limit(300, _DAY)),
    (Limit(90, 15 * _MINUTE), Limit(900, _DAY)),
)
REGISTRATIONS_FROM = (
    (Limit(60, _HOUR), Limit(300, _DAY)),
    (Limit(180, _HOUR), Limit(900, _DAY)),
)
PASSWORDS_FROM = (
    (Limit(60, 15 * _MINUTE), Limit(600, _DAY)),
    (Limit(180, 15 * _MINUTE), Limit(1800, _DAY)),
)
# Answers to reminders: no secret can be guessed there, only a machine kept away.
ANSWERS_FROM = (
    (Limit(60, 15 * _MINUTE), Limit(600, _DAY)),
    (Limit(180, 15 * _MINUTE), Limit(1800, _DAY)),
)
# For one document, from browsers that never entered with it (AUT-12).
PASSWORDS_OF_STRANGERS = (Limit(20, 15 * _MINUTE), Limit(60, _DAY))


def age_on(*, birth_date: date, day: date) -> int:
    """Completed years; born on 29 February, a year more on 1 March."""
    before = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before


def may_register_alone(*, birth_date: date, today: date) -> bool:
    return age_on(birth_date=birth_date, day=today) >= YOUNGEST_TO_REGISTER


def name_is_plain(name: str) -> bool:
    """Letters of any language, with what stands between the words of a name (INJ-06, INJ-07)."""
    if not any(unicodedata.category(sign)[0] == "L" for sign in name):
        return False
    return all(
        unicodedata.category(sign)[0] in "LM" or sign in " '’-." for sign in name
    ) and not _looks_like_an_address(name)


def _looks_like_an_address(name: str) -> bool:
    """«visite.com»: a point with more than an initial after it."""
    return re.search(r"\.\w{2}", name) is not None


def is_same_person(
    *, birth_date: date, on_file: date, destination: str, contacts_on_file: set[str]
) -> bool:
    """Whether a confirmed contact ties an account to a record that the clinic holds (design §6)."""
    return birth_date == on_file and destination in contacts_on_file - {""}


MOST_COVERAGES = 6


def coverage_books(*, verified: bool, agreement_books_unverified: bool) -> bool:
    """An affiliation serves once verified; before that, where its agreement says so."""
    return verified or agreement_books_unverified


def may_declare_another(*, waiting_or_verified: int) -> bool:
    return waiting_or_verified < MOST_COVERAGES


PASSWORD_SHORTEST = 10
# The current password, asked for again inside a session.
PASSWORDS_AGAIN = (Limit(5, 15 * _MINUTE), Limit(20, _DAY))
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
    plain = _without_accents(password)
    plain = "".join(c for c in plain if not c.isspace() and c not in ".,-_")
    if len(set(plain)) < 5:
        return True
    known = {word for text in (*about, *HOUSE_WORDS) for word in _spellings(text)}
    for word in sorted(known, key=len, reverse=True):
        plain = plain.replace(word, "")
    return len(plain) < 4


def _spellings(text: str) -> list[str]:
    words = _without_accents(text).split()
    joined = "".join(words)
    return [word for word in (*words, joined) if len(word) >= 3]


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def session_ends_at(
    *, begun_at: datetime, seen_at: datetime, idle: timedelta, longest: timedelta
) -> datetime:
    """A session lasts while it is used, and never longer than a day's work (SES-04)."""
    return min(seen_at + idle, begun_at + longest)


# How long «the code was right» lasts until the new password is chosen.
PROOF_LIVES = timedelta(minutes=15)
# The desk's code: time to go home to the new phone, and not for another day.
RECOVERY_LIVES = timedelta(hours=2)
RECOVERY_TRIES = 5
RECOVERIES_OF_ONE = (Limit(10, _HOUR), Limit(30, _DAY))
RECOVERIES_FROM = (
    (Limit(20, _HOUR), Limit(100, _DAY)),
    (Limit(60, _HOUR), Limit(300, _DAY)),
)
# The link with which somebody of the staff makes their password and app.
INVITATION_LIVES = timedelta(days=1)


def adults_are_born_until(on: date) -> date:
    """The latest birth date of who is an adult that day; born on 29 February, on 1 March."""
    year = on.year - ADULT
    if (on.month, on.day) == (2, 29) and not _is_leap(year):
        return date(year, 2, 28)
    return date(year, on.month, on.day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_to_answer(*, is_consult: bool) -> int:
    """Business days, counted from the day after it arrived."""
    return CONSULT_DAYS if is_consult else CLAIM_DAYS


def days_of_extension(*, is_consult: bool) -> int:
    """Business days more, once, with the reason told before the first term ends."""
    return CONSULT_MORE if is_consult else CLAIM_MORE


def may_claim_again(*, open_claims: int) -> bool:
    return open_claims < MOST_OPEN_CLAIMS


# Claims to act for somebody: how many may wait, and how many are made in a day.
MOST_ASKS_WAITING = 5
ASKS_OF_ONE = (Limit(10, _DAY),)


def is_minor(*, birth_date: date, on: date) -> bool:
    return birth_date > adults_are_born_until(on)


def is_older(*, birth_date: date, on: date) -> bool:
    """Whether the law calls this person an older adult that day."""
    return age_on(birth_date=birth_date, day=on) >= OLDER_ADULT


def comes_of_age(birth_date: date) -> date:
    """The eighteenth birthday; of who was born on 29 February, 1 March."""
    year = birth_date.year + ADULT
    if (birth_date.month, birth_date.day) == (2, 29):
        return date(year, 3, 1)
    return date(year, birth_date.month, birth_date.day)
