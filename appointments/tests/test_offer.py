"""What can be booked at all: reference data, kept until the catalogue changes."""

import pytest

from appointments import offer
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import particular
from catalog import version
from catalog.models import CoveredService, Modality, SiteService
from catalog.tests.factories import AgreementFactory, ProcedureFactory, SiteFactory

pytestmark = pytest.mark.django_db


def criteria(**answers):
    facts = {"agreement_id": None, "age_years": 47, "sex": "female"}
    facts |= answers
    facts["agreement_id"] = facts["agreement_id"] or particular().pk
    return offer.Criteria(**facts)


def ids(found):
    return {schedule.id for schedule in found}


def test_schedule_with_the_procedure_matches():
    schedule, other = ScheduleFactory(), ScheduleFactory()
    procedure = schedule.procedures.get()

    (found,) = offer.matching(criteria(procedure_id=procedure.pk))

    assert (found.id, found.site_id) == (schedule.pk, schedule.site_id)
    assert (found.minutes, found.slots) == (20, 1)
    assert ids(offer.matching(criteria())) == {schedule.pk, other.pk}


def test_long_procedure_says_how_many_slots_it_takes():
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=50))

    (found,) = offer.matching(criteria(procedure_id=schedule.procedures.get().pk))

    assert (found.minutes, found.slots) == (50, 3)


@pytest.mark.parametrize(
    "field", ["site_id", "practitioner_id", "specialty_id", "modality"]
)
def test_each_answer_narrows(field):
    schedule, _other = ScheduleFactory(), ScheduleFactory(modality=Modality.VIRTUAL)

    found = offer.matching(criteria(**{field: getattr(schedule, field)}))

    assert ids(found) == {schedule.pk}


def test_city_narrows():
    schedule, _other = ScheduleFactory(), ScheduleFactory()

    found = offer.matching(criteria(city_id=schedule.site.city_id))

    assert ids(found) == {schedule.pk}


def test_options_of_each_question():
    schedule = ScheduleFactory()
    asked = criteria()

    assert offer.categories(asked) == {schedule.specialty.category_id}
    assert offer.specialties(asked) == {schedule.specialty_id}
    assert offer.practitioners(asked) == {schedule.practitioner_id}
    assert offer.procedures(asked) == {schedule.procedures.get().pk}
    assert offer.cities(asked) == {schedule.site.city_id}
    assert offer.sites(asked) == {schedule.site_id}
    assert offer.modalities(asked) == {"presencial"}


@pytest.mark.parametrize(
    "what", ["schedule", "practitioner", "site", "city", "specialty", "procedure"]
)
def test_what_is_not_active_is_not_offered(what):
    schedule = ScheduleFactory()
    found = {
        "schedule": schedule,
        "practitioner": schedule.practitioner,
        "site": schedule.site,
        "city": schedule.site.city,
        "specialty": schedule.specialty,
        "procedure": schedule.procedures.get(),
    }[what]
    assert offer.matching(criteria())
    type(found).objects.filter(pk=found.pk).update(active=False)
    version.bump()

    assert offer.matching(criteria()) == ()


def test_by_request_is_offered_and_says_so():
    at_once, asked = ScheduleFactory(), ScheduleFactory(booking="request")

    found = {
        schedule.id: schedule.by_request for schedule in offer.matching(criteria())
    }

    assert found == {at_once.pk: False, asked.pk: True}


def test_one_procedure_of_an_instant_schedule_may_be_by_request():
    schedule = ScheduleFactory()
    instant = schedule.procedures.get()
    asked = ProcedureFactory(specialty=instant.specialty)
    schedule.procedures.add(asked)
    schedule.requested_procedures.add(asked)
    version.bump()

    by_request = [
        [one.by_request for one in offer.matching(criteria(procedure_id=pk))]
        for pk in (None, instant.pk, asked.pk)
    ]

    assert by_request == [[False], [False], [True]]


def test_by_request_costs_a_search_no_query(django_assert_num_queries):
    schedule = ScheduleFactory(booking="request")
    asked = criteria(procedure_id=schedule.procedures.get().pk)
    offer.matching(asked)

    with django_assert_num_queries(0):
        offer.matching(asked)


def test_procedure_under_review_is_not_shown():
    ScheduleFactory(procedure=ProcedureFactory(needs_review=True))

    assert offer.matching(criteria()) == ()


def test_service_enabled_in_another_modality_is_not_enough():
    schedule = ScheduleFactory()
    SiteService.objects.filter(site=schedule.site).update(modality="virtual")
    version.bump()

    assert offer.matching(criteria()) == ()


@pytest.mark.parametrize("by", ["specialty", "procedure"])
def test_agreement_covers_a_specialty_or_a_procedure(by):
    schedule, other = ScheduleFactory(), ScheduleFactory()
    agreement = AgreementFactory(covers_everything=False)
    covered = {"specialty": schedule.specialty, "procedure": schedule.procedures.get()}
    CoveredService.objects.create(agreement=agreement, **{by: covered[by]})

    found = offer.matching(criteria(agreement_id=agreement.pk))

    assert ids(found) == {schedule.pk}
    assert offer.matching(criteria(procedure_id=other.procedures.get().pk))


def test_agreement_that_is_not_there():
    ScheduleFactory()

    assert offer.matching(criteria(agreement_id=10**15)) == ()


@pytest.mark.parametrize(
    ("limits", "who", "offered"),
    [
        ({"sex": "male"}, {"sex": "female"}, False),
        ({"sex": "male"}, {"sex": "non_binary"}, True),
        ({"youngest": 18}, {"age_years": 17}, False),
        ({"youngest": 18}, {"age_years": 18}, True),
        ({"oldest": 17}, {"age_years": 18}, False),
    ],
)
def test_age_and_sex(limits, who, offered):
    ScheduleFactory(procedure=ProcedureFactory(**limits))

    assert bool(offer.matching(criteria(**who))) is offered


def test_asked_again_it_costs_nothing(django_assert_num_queries):
    ScheduleFactory()
    asked = criteria()
    offer.matching(asked)

    with django_assert_num_queries(0):
        offer.matching(asked)
        offer.cities(asked)


@pytest.mark.parametrize("many", [1, 6])
def test_queries_do_not_grow_with_the_schedules(many, django_assert_num_queries):
    for _ in range(many):
        ScheduleFactory(site=SiteFactory())
    asked = criteria()
    version.bump()

    with django_assert_num_queries(6):
        offer.matching(asked)


def test_change_of_the_catalogue_is_seen():
    ScheduleFactory()
    before = offer.matching(criteria())

    ScheduleFactory()

    assert len(offer.matching(criteria())) == len(before) + 1
