"""Rules of registration: values in, answer out."""

from datetime import date

import pytest

from accounts import policies

BORN = date(1978, 3, 27)
PHONE = "+573105550178"


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 11, 23), date(2026, 11, 22), 13),
        (date(2012, 11, 23), date(2026, 11, 23), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
    ],
)
def test_age_on(born, day, age):
    assert policies.age_on(birth_date=born, day=day) == age
    assert policies.may_register_alone(birth_date=born, today=day) == (age >= 14)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("María José", True),
        ("Núñez D’Ávila", True),
        ("O'Connor", True),
        ("Peña-Ibáñez", True),
        ("J. R.", True),
        ("李", True),
        ("", False),
        ("-.'", False),
        ("Rosa1", False),
        ("bit.ly", False),
        ("www.x.co", False),
        ("https://x", False),
        ("Rosa <b>", False),
        ("{{7*7}}", False),
        ("Rosa\u202e", False),
        ("Rosa\u200b", False),
        ("a\nb", False),
        ("=HYPERLINK()", False),
        ("Rosa 🐦", False),
    ],
)
def test_name_is_plain(name, plain):
    """INJ-06, INJ-07."""
    assert policies.name_is_plain(name) == plain


@pytest.mark.parametrize(
    ("on_file", "destination", "contacts", "same"),
    [
        (BORN, PHONE, {PHONE, ""}, True),
        (BORN, PHONE, {"+573205550000"}, False),
        (BORN, PHONE, set(), False),
        (BORN, "", {""}, False),
        (date(1978, 3, 28), PHONE, {PHONE}, False),
    ],
)
def test_is_same_person(on_file, destination, contacts, same):
    answer = policies.is_same_person(
        birth_date=BORN,
        on_file=on_file,
        destination=destination,
        contacts_on_file=contacts,
    )

    assert answer == same
