"""Who came and who did not, as reception says it: windows, sites, roles, and what stays true."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils import timezone

from accounts.tests.at_the_desk import enter, member
from accounts.tests.factories import UserFactory
from appointments import attendance, booking, invariants
from appointments.errors import (
    ForbiddenChange,
    NotOnItsDay,
    NotThisSite,
    NotYetBegun,
)
from appointments.models import Appointment, AppointmentEvent, SlotClaim
from appointments.tests.past import appointment
from appointments.tests.steps import (
    NOON,
    act,
    after,
    bogota,
    book,
    hold,
    one_time,
    times,
)
from catalog import version
from portal.audit.models import AuditEvent
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
Status = Appointment.Status
SECOND = timedelta(seconds=1)
START = bogota(3, 8)
BEFORE = bogota(2, 7)


@pytest.fixture
def booked():
    return book(one_time(START))


@pytest.fixture
def recepcion(booked):
    user = member()
    user.sites.add(booked.site)
    return user


def do(act, made, by, *, now=START):
    act(appointment_id=made.pk, by=by, now=now)
    made.refresh_from_db()
    return made.status


# --- When ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "comes"),
    [
        (bogota(2, 23, 59), False),
        (bogota(3, 0, 0), True),
        (bogota(3, 7, 30), True),
        (bogota(3, 23, 59), True),
        (bogota(4, 0, 0), False),
    ],
)
def test_one_arrives_on_the_day_in_bogota(booked, recepcion, now, comes):
    if comes:
        assert do(attendance.arrive, booked, recepcion, now=now) == Status.ARRIVED
    else:
        with pytest.raises(NotOnItsDay):
            do(attendance.arrive, booked, recepcion, now=now)


@pytest.mark.parametrize("act", [attendance.fulfil, attendance.miss])
def test_nobody_is_seen_or_missing_before_the_hour(booked, recepcion, act):
    with pytest.raises(NotYetBegun):
        do(act, booked, recepcion, now=START - SECOND)


@pytest.mark.parametrize(
    ("act", "becomes"),
    [(attendance.fulfil, Status.FULFILLED), (attendance.miss, Status.NOSHOW)],
)
def test_from_its_hour_on_it_was_attended_or_missed(booked, recepcion, act, becomes):
    assert do(act, booked, recepcion, now=START) == becomes


# --- From which state ----------------------------------------------------------------


def test_who_arrived_is_attended_and_did_not_miss(booked, recepcion):
    do(attendance.arrive, booked, recepcion)

    with pytest.raises(ForbiddenChange):
        do(attendance.miss, booked, recepcion)
    assert do(attendance.fulfil, booked, recepcion) == Status.FULFILLED


def test_what_was_said_once_stays(booked, recepcion):
    """A miss is not corrected here: policies.CHANGES ends there."""
    do(attendance.miss, booked, recepcion)

    for late in (attendance.fulfil, attendance.arrive):
        with pytest.raises(ForbiddenChange):
            do(late, booked, recepcion)


@pytest.mark.parametrize(
    ("act", "to"),
    [
        (attendance.arrive, "arrived"),
        (attendance.fulfil, "fulfilled"),
        (attendance.miss, "noshow"),
    ],
)
def test_twice_is_once_and_each_step_says_who(booked, recepcion, act, to):
    do(act, booked, recepcion)
    do(act, booked, recepcion, now=after(5, START))

    (step,) = AppointmentEvent.objects.filter(appointment=booked, to_status=to)
    assert (step.by, step.at, step.start) == (recepcion, START, booked.start)
    names = {"arrived": "arrived", "fulfilled": "fulfilled", "noshow": "missed"}
    (entry,) = AuditEvent.objects.filter(action=f"appointment.{names[to]}")
    assert (entry.actor, entry.patient_ref) == (recepcion, booked.patient.token)


# --- What stays true -------------------------------------------------------------------


@pytest.mark.parametrize("act", [attendance.arrive, attendance.fulfil, attendance.miss])
def test_the_agenda_stays_whole_and_nobody_is_told(booked, recepcion, act):
    """No fine and no reproach: Ley 1438 de 2011, art. 55."""
    told = OutgoingMessage.objects.count()

    do(act, booked, recepcion)

    assert invariants.violations(now=START) == []
    assert OutgoingMessage.objects.count() == told


def test_who_arrived_keeps_the_time_and_who_did_not_come_gives_it_back(
    booked, recepcion
):
    do(attendance.arrive, booked, recepcion)
    assert SlotClaim.objects.filter(appointment=booked).exists()

    do(attendance.fulfil, booked, recepcion)

    assert not SlotClaim.objects.filter(appointment=booked).exists()


# --- Who -----------------------------------------------------------------------------


def test_another_sites_appointments_are_not_theirs(booked):
    """ACC-07."""
    elsewhere = member()

    with pytest.raises(NotThisSite):
        do(attendance.arrive, booked, elsewhere)


def test_who_runs_agendas_marks_nobody(booked):
    other_role = member(role="Agendas")
    other_role.sites.add(booked.site)

    with pytest.raises(NotThisSite):
        do(attendance.arrive, booked, other_role)


def test_the_patient_marks_nothing(booked):
    with pytest.raises(NotThisSite):
        do(attendance.fulfil, booked, booked.booked_by)


def test_one_that_does_not_exist_says_nothing_else(booked, recepcion):
    gone = Appointment(pk="00000000-0000-4000-8000-000000000000")

    with pytest.raises(NotThisSite):
        attendance.arrive(appointment_id=gone.pk, by=recepcion, now=NOON)


def test_the_administration_marks_everywhere(booked):
    chief = member(username="jefa", is_superuser=True)

    assert do(attendance.arrive, booked, chief) == Status.ARRIVED


# --- In the admin ------------------------------------------------------------------


LIST = "/admin/appointments/appointment/?dia=todos"


@pytest.fixture
def desk(client, network):
    """Reception of Chapinero, signed in."""
    user = member()
    user.sites.add(network.chapinero)
    enter(client, user)
    return client


def press(client, action, *made, **more):
    form = {"action": action, ACTION_CHECKBOX_NAME: [one.pk for one in made]}
    return client.post(LIST, {**form, **more}, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def begun(network, user, minutes=30, path="booked", **fields):
    start = timezone.now() - timedelta(minutes=minutes)
    return appointment(network, user, path, start=start, **fields)


def states(*made):
    return [Appointment.objects.get(pk=one.pk).status for one in made]


def test_the_action_asks_first_and_changes_nothing(desk, network):
    made = begun(network, UserFactory())

    response = press(desk, "missed", made)

    assert made.reference in response.content.decode()
    assert "No se le avisa ni se le cobra nada" in response.content.decode()
    assert states(made) == ["booked"]


def test_several_are_marked_at_once_and_each_that_cannot_be_says_why(desk, network):
    came = begun(network, UserFactory(), 30)
    gone = begun(network, UserFactory(), 60, path="noshow")
    later = appointment(
        network, UserFactory(), start=timezone.now() + timedelta(days=2)
    )

    response = press(desk, "fulfilled", came, gone, later, confirmado="si")

    assert states(came, gone, later) == ["fulfilled", "noshow", "booked"]
    assert sorted(said(response)) == sorted(
        [
            f"Atendida: {came.reference}.",
            f"{gone.reference}: su estado ya no lo permite.",
            f"{later.reference}: todavía no es su hora.",
        ]
    )


def test_another_sites_appointment_is_not_even_found(desk, network):
    """ACC-07."""
    made = begun(network, UserFactory(), schedule="luis")

    press(desk, "fulfilled", made, confirmado="si")

    assert states(made) == ["booked"]


def test_who_runs_agendas_does_not_see_the_actions(client, network):
    user = member(role="Agendas")
    user.sites.add(network.chapinero)
    enter(client, user)
    made = begun(network, UserFactory())

    page = client.get(LIST).content.decode()
    press(client, "missed", made, confirmado="si")

    assert "No asistió</option>" not in page.split('name="action"')[-1][:500]
    assert states(made) == ["booked"]


def test_arriving_is_an_action_too(desk, network):
    made = begun(network, UserFactory(), 0)

    response = press(desk, "arrived", made, confirmado="si")

    assert (states(made), said(response)) == (
        ["arrived"],
        [f"En sede: {made.reference}."],
    )


def test_the_page_of_one_still_only_looks(desk, network):
    made = begun(network, UserFactory())

    page = desk.get(reverse("admin:appointments_appointment_change", args=[made.pk]))

    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()


# --- An hour kept in its place ------------------------------------------------------


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("do_it", ["arrive", "fulfil", "miss"])
def test_who_came_or_did_not_changes_the_hour_no_more(recepcion, booked, do_it, asked):
    """The other hour, held or asked for, goes back: nobody could ever take it."""
    book(one_time(bogota(6, 8)), booked.booked_by)  # another one, which stays
    schedule = booked.schedule
    schedule.booking = "request" if asked else "instant"
    schedule.save()
    version.bump()
    (slot,) = times(schedule, bogota(5, 8))
    kept = hold(
        slot, booked.booked_by, procedure=booked.procedure, replaces=booked, now=BEFORE
    )
    if asked:
        act(booking.confirm, kept, now=BEFORE)

    do(getattr(attendance, do_it), booked, recepcion)

    kept.refresh_from_db()
    slot.refresh_from_db()
    assert (kept.status, slot.free) == (Status.LAPSED, True)
    assert Appointment.objects.live().filter(patient=booked.patient).count() == (
        2 if do_it == "arrive" else 1
    )
    assert invariants.violations(now=START) == []
