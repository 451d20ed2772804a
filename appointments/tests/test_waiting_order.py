"""Who comes first, when they are told, until when they may answer: values in, answer out."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from accounts.models import PatientPriority
from accounts.tests.factories import UserFactory
from appointments import waiting_order
from appointments.models import WaitingListEntry
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, bogota
from appointments.tests.waiting import somebody, waits
from appointments.waiting_list import looking
from appointments.waiting_order import Place

HOUR = timedelta(hours=1)


def place(n, hours=0, *kinds):
    return Place(UUID(int=n), NOON + hours * HOUR, kinds)


def test_priority_then_time_then_something_fixed():
    late, early = place(1, 2), place(2, 1)
    same, preferred = place(3, 1), place(4, 9, "pregnancy")

    order = waiting_order.in_order([late, same, early, preferred])

    assert order == [preferred, early, same, late]


def test_no_reason_of_the_law_comes_before_another():
    assert waiting_order.rank(place(1, 0, "older")) == waiting_order.rank(
        place(2, 0, "disability", "pregnancy")
    )


def test_explained_in_codes_and_counts():
    told = waiting_order.explained(
        place(1, 0, "pregnancy", "older"),
        since=date(2026, 3, 2),
        passed_over={"papers": 2, "busy": 1, "limits": 0},
    )

    assert told == {
        "priority": ["older", "pregnancy"],
        "waited_since": "2026-03-02",
        "before": 3,
        "why": {"busy": 1, "papers": 2},
    }


@pytest.mark.parametrize(
    ("ahead", "lasts"),
    [
        (timedelta(days=7), timedelta(hours=24)),
        (timedelta(days=7, seconds=-1), timedelta(hours=12)),
        (timedelta(days=3), timedelta(hours=12)),
        (timedelta(days=3, seconds=-1), timedelta(hours=4)),
        (timedelta(days=1), timedelta(hours=4)),
        (timedelta(days=1, seconds=-1), timedelta(hours=1)),
        (timedelta(hours=6), timedelta(hours=1)),
        (timedelta(hours=6, seconds=-1), timedelta(minutes=20)),
    ],
    ids=str,
)
def test_an_offer_is_shorter_the_nearer_it_is(ahead, lasts):
    now = bogota(4, 9)

    found = waiting_order.chance(
        start=now + ahead, now=now, notice=timedelta(0), may_wake=False
    )

    assert (found.told_at, found.until) == (now, now + lasts)


def test_never_past_the_notice_that_they_asked_for():
    now = bogota(4, 9)
    facts = {"start": bogota(5, 9), "now": now, "may_wake": False}

    least = waiting_order.chance(notice=timedelta(hours=23, minutes=45), **facts)
    late = waiting_order.chance(notice=timedelta(hours=23, minutes=46), **facts)

    assert least.until == bogota(4, 9, 15)
    assert late is None


# At night: told at, for a start on the same night and the next day, by consent.
@pytest.mark.parametrize(
    ("now", "start", "may_wake", "told_at"),
    [
        (bogota(4, 19, 59), bogota(5, 8), False, bogota(4, 19, 59)),
        (bogota(4, 20), bogota(5, 15), False, bogota(5, 7)),
        (bogota(4, 20), bogota(5, 15), True, bogota(5, 7)),
        (bogota(4, 20), bogota(5, 8), False, None),
        (bogota(4, 20), bogota(5, 8), True, bogota(4, 20)),
        (bogota(5, 1), bogota(5, 15), False, bogota(5, 7)),
        (bogota(5, 1), bogota(5, 15), True, bogota(5, 1)),
        (bogota(5, 6, 59), bogota(5, 8, 14), False, None),
        (bogota(5, 6, 59), bogota(5, 8, 14), True, bogota(5, 6, 59)),
        (bogota(5, 7), bogota(5, 9), False, bogota(5, 7)),
    ],
    ids=[
        "evening",
        "waits",
        "waits-though-it-may-wake",
        "too-near",
        "wakes-for-a-near-one",
        "waits-after-midnight",
        "wakes-on-its-day",
        "too-late",
        "wakes-at-dawn",
        "morning",
    ],
)
def test_quiet_hours(now, start, may_wake, told_at):
    found = waiting_order.chance(start=start, now=now, notice=HOUR, may_wake=may_wake)

    assert (found and found.told_at) == told_at
    assert waiting_order.first_told(now=now, may_wake=may_wake) <= (told_at or start)


def test_at_night_the_time_to_answer_counts_from_the_morning():
    found = waiting_order.chance(
        start=bogota(5, 15), now=bogota(4, 22), notice=HOUR, may_wake=False
    )

    assert found.until == bogota(5, 8)


@pytest.mark.parametrize(
    ("on", "born"),
    [
        (date(2026, 3, 2), date(1966, 3, 2)),
        (date(2028, 2, 29), date(1968, 2, 29)),
        (date(2160, 2, 29), date(2100, 2, 28)),
    ],
    ids=str,
)
def test_sixty_that_day(on, born):
    assert waiting_order.born_until(on) == born


@pytest.mark.parametrize(
    ("free", "slots", "begins"),
    [
        ([0], 1, 0),
        ([0, 20], 2, 0),
        ([-20, 0], 2, -20),
        ([-40, -20, 0, 20], 3, -40),
        ([-40, 0, 20, 40], 3, 0),
        ([-20, 20], 2, None),
        ([0, 40], 2, None),
    ],
    ids=str,
)
def test_where_a_longer_appointment_begins(free, slots, begins):
    around = datetime(2026, 3, 5, 14, tzinfo=UTC)

    found = waiting_order.first_run(
        [around + timedelta(minutes=n) for n in free],
        around=around,
        step=timedelta(minutes=20),
        slots=slots,
    )

    assert found == (None if begins is None else around + timedelta(minutes=begins))


@pytest.mark.parametrize("priority", [True, False])
def test_the_database_has_the_same_order(db, settings, priority):
    settings.WAITING_LIST_PRIORITY = priority
    schedule, desk = ScheduleFactory(), UserFactory(staff=True)
    kinds = {}
    for n in range(9):
        born = date(1950, 1, 1) if n % 4 == 3 else date(1990, 1, 1)
        user = somebody(patient__birth_date=born)
        entry = waits(schedule, n % 5, user=user)
        kinds[entry.pk] = ("older",) if n % 4 == 3 else ()
        if n % 4 == 1:
            PatientPriority.objects.create(
                patient=user.patient,
                kind="pregnancy",
                since=date(2026, 1, 1),
                recorded_by=desk,
            )
            kinds[entry.pk] = ("pregnancy",)

    rows = list(looking.ranked(WaitingListEntry.objects.all(), on=date(2026, 3, 2)))

    places = [
        Place(row.pk, row.created_at, kinds[row.pk] if priority else ()) for row in rows
    ]
    assert places == waiting_order.in_order(places)
    pages = looking.in_chunks(
        looking.ranked(WaitingListEntry.objects.all(), on=date(2026, 3, 2))
    )
    assert [row for page in pages for row in page] == rows


def test_page_by_page_nobody_is_missed(db, monkeypatch):
    monkeypatch.setattr(looking, "FIRST_PAGE", 2)
    monkeypatch.setattr(looking, "PAGE", 3)
    schedule = ScheduleFactory()
    for n in range(8):
        waits(schedule, n // 3)
    entries = looking.ranked(WaitingListEntry.objects.all(), on=date(2026, 3, 2))

    pages = [len(page) for page in looking.in_chunks(entries)]

    assert pages == [2, 3, 3]
