"""Rules, one case for each exit; no database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from appointments import policies
from appointments.models import Appointment

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_hold_lasts_ten_minutes_and_ten_more():
    first = policies.hold_until(NOON)

    assert first == NOON + timedelta(minutes=10)
    assert policies.extended_until(first) == NOON + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("expires_at", "lapsed"),
    [(NOON + SECOND, False), (NOON, True), (NOON - SECOND, True), (None, True)],
)
def test_hold_is_over_at_its_very_moment(expires_at, lapsed):
    assert policies.hold_lapsed(expires_at=expires_at, now=NOON) is lapsed


@pytest.mark.parametrize(
    ("minutes", "slot_minutes", "slots"),
    [(20, 20, 1), (10, 20, 1), (21, 20, 2), (40, 20, 2), (50, 20, 3), (1, 5, 1)],
)
def test_long_procedure_takes_consecutive_slots(minutes, slot_minutes, slots):
    found = policies.slots_needed(minutes=minutes, slot_minutes=slot_minutes)

    assert found == slots


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), 17),
        (date(2008, 3, 2), date(2026, 3, 2), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 3, 2), date(2026, 3, 2), 0),
    ],
)
def test_age_grows_on_the_birthday(birth, day, age):
    assert policies.age_on(day, birth_date=birth) == age


@pytest.mark.parametrize(
    ("age", "youngest", "oldest", "fits"),
    [
        (17, 18, None, False),
        (18, 18, None, True),
        (17, None, 17, True),
        (18, None, 17, False),
        (40, None, None, True),
    ],
)
def test_age_within_the_limits_of_the_procedure(age, youngest, oldest, fits):
    assert policies.fits_age(age_years=age, youngest=youngest, oldest=oldest) is fits


@pytest.mark.parametrize(
    ("sex", "procedure_sex", "fits"),
    [
        ("female", "any", True),
        ("female", "female", True),
        ("male", "female", False),
        ("non_binary", "female", True),
        ("non_binary", "male", True),
    ],
)
def test_sex_of_the_procedure(sex, procedure_sex, fits):
    assert policies.fits_sex(sex=sex, procedure_sex=procedure_sex) is fits


@pytest.mark.parametrize(
    ("may", "fewest_refused"),
    [
        (lambda n: policies.may_hold_another(policies.NETWORK, holds=n), 3),
        (lambda n: policies.may_have_another(policies.NETWORK, to_come=n), 12),
        (
            lambda n: policies.may_have_another_in_specialty(
                policies.NETWORK, to_come=n
            ),
            3,
        ),
    ],
)
def test_nobody_keeps_more_than_one_person_needs(may, fewest_refused):
    """BOK-08"""
    assert may(fewest_refused - 1)
    assert not may(fewest_refused)


def test_every_state_says_where_it_may_go():
    """BOK-10"""
    states = set(Appointment.Status.values)

    assert set(policies.CHANGES) == states | {""}
    assert set().union(*policies.CHANGES.values()) == states


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("", "held", True),
        ("held", "booked", True),
        ("held", "lapsed", True),
        ("lapsed", "booked", False),
        ("booked", "held", False),
        ("booked", "lapsed", False),
    ],
)
def test_changes_of_state(old, new, may):
    """BOK-10"""
    assert policies.may_change(old=old, new=new) is may


def test_live_states_are_those_that_can_still_change():
    ended = {state for state, to in policies.CHANGES.items() if not to}

    assert ended == set(Appointment.Status.values) - set(Appointment.LIVE)
