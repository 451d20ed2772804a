"""Whom the law puts first: what the clinic writes down, and what the birth date says."""

from datetime import date, timedelta

import pytest

from accounts import my_copy, priorities
from accounts.errors import (
    EndsBeforeItBegins,
    PriorityAlreadyThere,
    PriorityBeginsLater,
)
from accounts.models import PatientPriority
from accounts.tests.factories import PASSWORD, PatientFactory, UserFactory
from accounts.tests.places import HERE
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture
def clerk():
    return UserFactory(staff=True)


def record(patient, by, *, kind="pregnancy", since=TODAY, until=None):
    return priorities.record(
        patient=patient,
        reason=priorities.Reason(kind, since, until),
        by=by,
        origin=HERE,
        now=NOON,
    )


def end(row, by, now=NOON):
    return priorities.end(
        priority_id=row.pk, patient=row.patient, by=by, origin=HERE, now=now
    )


def kinds(patient, on=TODAY):
    return priorities.kinds_of([patient], on=on)[patient.pk]


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1966, 11, 23), ("older",)),
        (date(1966, 11, 24), ()),
    ],
)
def test_the_birth_date_alone_puts_older_adults_first(born, first):
    assert kinds(PatientFactory(birth_date=born)) == first


def test_every_reason_of_a_person_counts_in_a_fixed_order(clerk):
    ana = PatientFactory(birth_date=date(1950, 1, 1))
    record(ana, clerk, kind="other")
    record(ana, clerk, kind="disability")

    assert kinds(ana) == ("older", "disability", "other")


@pytest.mark.parametrize(
    ("on", "first"),
    [
        (TODAY - DAY, ()),
        (TODAY, ("pregnancy",)),
        (TODAY + 30 * DAY, ("pregnancy",)),
        (TODAY + 31 * DAY, ()),
    ],
)
def test_a_reason_counts_on_its_days(clerk, on, first):
    rosa = PatientFactory()
    record(rosa, clerk, until=TODAY + 30 * DAY)

    assert kinds(rosa, on=on) == first


def test_many_people_are_read_at_once(clerk, django_assert_num_queries):
    people = [PatientFactory() for _ in range(5)]
    record(people[3], clerk)

    with django_assert_num_queries(1):
        found = priorities.kinds_of(people, on=TODAY)

    assert {key for key, said in found.items() if said} == {people[3].pk}
    assert set(found) == {one.pk for one in people}


def test_recording_leaves_a_line_that_does_not_say_the_reason(clerk):
    rosa = PatientFactory()

    record(rosa, clerk)

    line = AuditEvent.objects.get(action="priority.recorded")
    assert line.patient_ref == rosa.token
    assert "pregnan" not in f"{line.details}{line.subject}"


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ({"since": TODAY + DAY}, PriorityBeginsLater),
        ({"since": TODAY - 9 * DAY, "until": TODAY - DAY}, EndsBeforeItBegins),
    ],
)
def test_days_that_make_no_sense_are_refused(clerk, days, refusal):
    rosa = PatientFactory()

    with pytest.raises(refusal):
        record(rosa, clerk, **days)

    assert not PatientPriority.objects.exists()


def test_the_same_reason_is_written_once_while_it_holds(clerk):
    rosa = PatientFactory()
    record(rosa, clerk)

    with pytest.raises(PriorityAlreadyThere):
        record(rosa, clerk)

    assert PatientPriority.objects.count() == 1


def test_the_same_reason_may_come_again_later(clerk):
    rosa = PatientFactory()
    end(record(rosa, clerk, since=TODAY - 300 * DAY), clerk)

    record(rosa, clerk)

    assert PatientPriority.objects.count() == 2


def test_what_ends_counts_no_more_and_stays_written(clerk):
    rosa = PatientFactory()
    row = record(rosa, clerk, since=TODAY - 9 * DAY)

    end(row, clerk)

    assert kinds(rosa) == ()
    assert kinds(rosa, on=TODAY - DAY) == ("pregnancy",)


def test_ending_twice_ends_once(clerk):
    row = record(PatientFactory(), clerk, since=TODAY - 9 * DAY)

    end(row, clerk)
    again = end(row, clerk, now=NOON + 3 * DAY)

    assert again.until == TODAY - DAY
    assert AuditEvent.objects.filter(action="priority.ended").count() == 1


def test_nobody_ends_the_one_of_another(clerk):
    row = record(PatientFactory(), clerk)

    with pytest.raises(PatientPriority.DoesNotExist):
        priorities.end(
            priority_id=row.pk,
            patient=PatientFactory(),
            by=clerk,
            origin=HERE,
            now=NOON,
        )


def test_a_copy_of_ones_data_says_what_is_written(clerk):
    rosa = UserFactory()
    record(rosa.patient, clerk, kind="disability")

    sections = my_copy.make(
        user=rosa,
        patient=rosa.patient,
        password=PASSWORD,
        form="pantalla",
        origin=HERE,
        now=NOON,
    )

    (found,) = (one for one in sections if one.title == "Atención preferencial")
    assert [row["motivo"] for row in found.rows] == ["Persona con discapacidad"]
