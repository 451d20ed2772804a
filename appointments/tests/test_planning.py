"""From a basket to plans: what is read for the planner, and what it must never see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import CoverageFactory, PatientFactory
from appointments import booking, planning
from appointments.availability import Window
from appointments.errors import NotOffered, PlanLost
from appointments.models import Appointment, AppointmentGroup
from appointments.planner import Purpose
from appointments.planning import Basket, Part
from appointments.tests.factories import AppointmentFactory, ScheduleFactory
from appointments.tests.network import at
from catalog import instructions, version
from catalog.instructions import Step
from catalog.models import Modality, Precedence
from catalog.tests.factories import ProcedureFactory

pytestmark = pytest.mark.django_db
IN_PERSON, VIRTUAL = Modality.IN_PERSON.value, Modality.VIRTUAL.value


@pytest.fixture
def rosa(paciente):
    return paciente.patient


@pytest.fixture
def mateo(network):
    son = PatientFactory(given_names="Mateo")
    CoverageFactory(patient=son, agreement=network.eps)
    return son


def part(network, patient, procedure, modality=IN_PERSON, **changes):
    return Part(patient, network.eps, procedure, modality, **changes)


def basket(network, *parts, **changes):
    facts = {
        "window": Window(now=timezone.now()),
        "city_id": network.bogota.pk,
        "companion": parts[0].patient,
    }
    return Basket(parts, **facts | changes)


def two(network, rosa, **changes):
    """Cardiology and general medicine."""
    parts = [
        part(network, rosa, network.first_visit),
        part(network, rosa, network.general_visit),
    ]
    return basket(network, *parts, **changes)


def plans(wanted):
    return planning.plans(wanted, now=wanted.window.now)


def starts(found):
    """Of each plan, which part begins when."""
    return [[(n, time.start) for n, time in plan.times] for plan in found.plans]


def test_a_plan_has_a_time_for_each_part_in_the_order_of_the_clock(network, rosa):
    network.slots("ana", at(3, 10))
    network.slots("general", at(3, 8), at(3, 9, 30))

    found = plans(two(network, rosa))

    assert starts(found) == [[(1, at(3, 9, 30)), (0, at(3, 10))]]
    assert (found.proved, found.without) == (True, ())
    assert found.plans[0].purpose == Purpose.SOONEST
    assert (found.plans[0].trips, found.plans[0].waiting) == (1, 10)


def test_parts_without_any_time_are_named(network, rosa):
    network.slots("general", at(3, 8))

    found = plans(two(network, rosa))

    assert (found.plans, found.without, found.proved) == ((), (0,), True)


@pytest.mark.parametrize("whose", ["rosa", "companion"])
def test_what_a_person_or_their_companion_has_is_in_nobodys_plan(
    network, rosa, mateo, whose, otra_paciente
):
    network.slots("ana", at(3, 8), at(3, 12))
    network.slots("general", at(3, 8, 40), at(3, 12, 40))
    companion = otra_paciente.patient
    busy = {"rosa": rosa, "companion": companion}[whose]
    AppointmentFactory(patient=busy, start=at(3, 8), end=at(3, 9))

    found = plans(two(network, rosa, companion=companion))

    assert starts(found) == [[(0, at(3, 12)), (1, at(3, 12, 40))]]


def test_what_somebody_else_of_the_family_has_stops_only_themselves(
    network, rosa, mateo
):
    network.slots("ana", at(3, 8))
    network.slots("general", at(3, 8, 40))
    AppointmentFactory(patient=mateo, start=at(3, 8), end=at(3, 8, 20))
    parts = [
        part(network, rosa, network.first_visit),
        part(network, mateo, network.general_visit),
    ]

    assert len(plans(basket(network, *parts)).plans) == 1


def test_a_companion_is_with_their_minor_meanwhile(network, rosa, mateo):
    """Also a minor for whom nothing is asked now."""
    sofia = PatientFactory(given_names="Sofía")
    network.slots("ana", at(3, 8), at(3, 12))
    network.slots("general", at(3, 8, 40), at(3, 12, 40))
    AppointmentFactory(patient=sofia, start=at(3, 8), end=at(3, 9))
    parts = [
        part(network, mateo, network.first_visit),
        part(network, mateo, network.general_visit),
    ]
    minors = frozenset({sofia.pk, mateo.pk})

    found = plans(basket(network, *parts, companion=rosa, minors=minors))

    assert starts(found) == [[(0, at(3, 12)), (1, at(3, 12, 40))]]


def test_the_holds_of_this_basket_give_way_to_its_next_plan(network, rosa, paciente):
    network.slots("ana", at(3, 8))
    network.slots("general", at(3, 8, 40))
    group = AppointmentGroup.objects.create(
        patient=rosa, search="cita=1", booked_by=paciente
    )
    AppointmentFactory(
        patient=rosa,
        start=at(3, 8),
        end=at(3, 9),
        status=Appointment.Status.HELD,
        hold_expires_at=timezone.now() + timedelta(minutes=9),
        confirmed_at=None,
        group=group,
    )

    assert len(plans(two(network, rosa, search="cita=1")).plans) == 1
    assert plans(two(network, rosa, search="cita=2")).plans == ()


def test_of_several_at_one_minute_and_site_one_is_enough(network, rosa, monkeypatch):
    seen = spied(monkeypatch)
    for _ in range(3):
        ScheduleFactory(procedure=network.first_visit, site=network.chapinero)
    for schedule in network.first_visit.schedules.all():
        network.schedules["one"] = schedule
        network.slots("one", at(3, 8))
    network.slots("general", at(3, 9))

    plans(two(network, rosa))

    assert [len(options) for options in seen[0].options] == [1, 1]


def spied(monkeypatch):
    """The tasks that the planner is given."""
    seen = []
    real = planning.planner.plan

    def plan(task, *, enough):
        seen.append(task)
        return real(task, enough=enough)

    monkeypatch.setattr(planning.planner, "plan", plan)
    return seen


def test_what_is_had_at_once_goes_before_what_must_be_asked_for(network, rosa):
    asked = ScheduleFactory(
        procedure=network.first_visit, site=network.chapinero, booking="request"
    )
    version.bump()
    network.schedules["asked"] = asked
    network.slots("asked", at(6, 8))
    (instant,) = network.slots("ana", at(6, 8))
    network.slots("general", at(6, 9))

    (plan,) = plans(two(network, rosa)).plans

    assert plan.times[0][1].slot_id == instant.pk


def test_by_video_there_is_no_site_and_no_trip(network, rosa):
    network.slots("virtual", at(3, 8))
    other = ProcedureFactory(specialty=network.general)
    network.schedules["other"] = ScheduleFactory(
        procedure=other, modality=VIRTUAL, services=[other], site=network.poblado
    )
    network.slots("other", at(3, 8, 30))
    parts = [
        part(network, rosa, network.general_visit, VIRTUAL),
        part(network, rosa, other, VIRTUAL),
    ]

    (plan,) = plans(basket(network, *parts, city_id=None)).plans

    assert (plan.trips, plan.waiting) == (0, 10)


def test_another_city_and_another_site_are_not_read(network, rosa):
    network.slots("poblado", at(3, 8))
    network.slots("luis", at(3, 8))
    network.slots("general", at(3, 9, 30))
    parts = [
        part(network, rosa, network.ultrasound),
        part(network, rosa, network.general_visit),
    ]

    anywhere = plans(basket(network, *parts))
    here = plans(basket(network, *parts, site_id=network.chapinero.pk))

    assert [time.site_id for _, time in anywhere.plans[0].times] == [
        network.suba.pk,
        network.chapinero.pk,
    ]
    assert here.without == (0,)


def test_only_that_practitioner(network, rosa):
    network.slots("luis", at(3, 8))
    network.slots("eva", at(4, 8))
    network.slots("general", at(3, 9, 30), at(4, 9))
    eva = network.schedules["eva"].practitioner_id
    parts = [
        part(network, rosa, network.ultrasound, practitioner_id=eva),
        part(network, rosa, network.general_visit),
    ]

    assert starts(plans(basket(network, *parts))) == [[(0, at(4, 8)), (1, at(4, 9))]]


def test_the_order_between_procedures_is_that_of_one_person(network, rosa, mateo):
    Precedence.objects.create(first=network.general_visit, then=network.first_visit)
    network.slots("ana", at(3, 8))
    network.slots("general", at(3, 9))
    for_two = [
        part(network, rosa, network.first_visit),
        part(network, mateo, network.general_visit),
    ]

    assert plans(two(network, rosa)).plans == ()
    assert len(plans(basket(network, *for_two)).plans) == 1


def test_what_is_cut_is_not_proved(network, rosa, monkeypatch):
    monkeypatch.setattr(planning, "MOST_A_DAY", 2)
    network.slots("ana", at(3, 8), at(3, 9), at(3, 10))
    network.slots("general", at(3, 8, 40))

    found = plans(two(network, rosa))

    assert (len(found.plans), found.proved) == (1, False)


def test_past_its_time_the_planner_says_that_it_is_not_proved(network, rosa, settings):
    settings.PLANNER_SECONDS = 0
    for day in range(2, 9):
        network.slots("ana", *(at(day, hour) for hour in range(8, 12)))
        network.slots("general", *(at(day, hour, 30) for hour in range(8, 12)))

    found = plans(two(network, rosa))

    assert found.plans
    assert not found.proved


def test_a_time_whose_hold_is_over_is_free(network, rosa, otra_paciente):
    (slot,) = network.slots("ana", at(3, 8))
    network.slots("general", at(3, 9))
    booking.hold(
        slot_id=slot.pk,
        procedure=network.first_visit,
        patient=otra_paciente.patient,
        agreement=network.eps,
        by=otra_paciente,
        search="",
        now=timezone.now() - timedelta(minutes=11),
    )

    assert len(plans(two(network, rosa)).plans) == 1


@pytest.mark.parametrize("count", [1, 6])
def test_reading_costs_the_same_however_much_is_free(
    network, rosa, count, django_assert_num_queries
):
    for day in range(2, 2 + count):
        network.slots("ana", *(at(day, 8 + hour) for hour in range(count)))
        network.slots("general", *(at(day, 8 + hour, 30) for hour in range(count)))
    wanted = two(network, rosa)
    plans(wanted)

    with django_assert_num_queries(5):
        plans(wanted)


# --- A plan that comes back from a page ----------------------------------------


def check(wanted, *slots):
    planning.check_plan(wanted, [slot.pk for slot in slots], now=wanted.window.now)


def test_the_plan_that_was_shown_is_one(network, rosa):
    network.slots("ana", at(3, 10))
    network.slots("general", at(3, 9, 30))
    wanted = two(network, rosa)
    (shown,) = plans(wanted).plans
    slots = {number: time.slot_id for number, time in shown.times}

    planning.check_plan(wanted, [slots[0], slots[1]], now=wanted.window.now)


def test_a_time_at_which_the_companion_is_with_another_child_is_no_plan(
    network, rosa, mateo
):
    sofia = PatientFactory(given_names="Sofía")
    AppointmentFactory(patient=sofia, start=at(3, 8), end=at(3, 9))
    (cardiology,) = network.slots("ana", at(3, 8, 20))
    (general,) = network.slots("general", at(3, 9, 20))
    parts = [
        part(network, mateo, network.first_visit),
        part(network, mateo, network.general_visit),
    ]
    minors = frozenset({sofia.pk, mateo.pk})

    check(basket(network, *parts, companion=rosa), cardiology, general)
    with pytest.raises(NotOffered):
        check(
            basket(network, *parts, companion=rosa, minors=minors), cardiology, general
        )


def test_times_that_begin_too_soon_one_after_the_other_are_no_plan(network, rosa):
    """Two plans mixed: each time is good, and together they are not."""
    (cardiology,) = network.slots("ana", at(3, 10))
    (general,) = network.slots("general", at(3, 10, 20))

    with pytest.raises(NotOffered):
        check(two(network, rosa), cardiology, general)


def test_the_control_before_its_laboratory_is_no_plan(network, rosa):
    Precedence.objects.create(first=network.general_visit, then=network.first_visit)
    early, late = network.slots("ana", at(3, 8), at(3, 10))
    (general,) = network.slots("general", at(3, 9))

    check(two(network, rosa), late, general)
    with pytest.raises(NotOffered):
        check(two(network, rosa), early, general)


def test_fasting_in_the_afternoon_is_no_plan(network, rosa):
    instructions.publish(
        about=network.ultrasound,
        steps=[Step("No coma desde las {hora}.", minutes_before=360, fasting=True)],
        now=timezone.now(),
    )
    version.bump()
    morning, afternoon = network.slots("eva", at(3, 7), at(3, 15))
    (general,) = network.slots("general", at(3, 16))
    wanted = basket(
        network,
        part(network, rosa, network.ultrasound),
        part(network, rosa, network.general_visit),
    )

    check(wanted, morning, general)
    with pytest.raises(NotOffered):
        check(wanted, afternoon, general)


def test_two_sites_without_time_for_the_journey_are_no_plan(network, rosa):
    near, far = network.slots("luis", at(3, 8), at(3, 7))
    (general,) = network.slots("general", at(3, 8, 40))
    wanted = basket(
        network,
        part(network, rosa, network.ultrasound),
        part(network, rosa, network.general_visit),
    )

    check(wanted, far, general)
    with pytest.raises(NotOffered):
        check(wanted, near, general)


@pytest.mark.parametrize(
    "window",
    [
        {"first_day": at(4, 8).date()},
        {"last_day": at(2, 8).date()},
        {"weekdays": frozenset({at(4, 8).isoweekday()})},
        {"parts": frozenset({"pm"})},
    ],
    ids=["before", "after", "weekday", "half"],
)
def test_a_time_when_they_cannot_come_is_no_plan(network, rosa, window):
    (cardiology,) = network.slots("ana", at(3, 8))
    (general,) = network.slots("general", at(3, 9))
    now = timezone.now()

    check(two(network, rosa), cardiology, general)
    with pytest.raises(NotOffered):
        check(two(network, rosa, window=Window(now=now, **window)), cardiology, general)


def test_a_time_that_is_not_there_is_lost(network, rosa):
    (cardiology,) = network.slots("ana", at(3, 8))

    with pytest.raises(PlanLost):
        planning.check_plan(
            two(network, rosa), [cardiology.pk, 10**9], now=timezone.now()
        )
