"""Taking a time: what each step does, each refusal, twice, and somebody else's."""

from datetime import date, timedelta

import pytest

from accounts.models import LegalText
from accounts.tests.factories import ContactDeviceFactory, CoverageFactory, UserFactory
from appointments import booking, notifications, telehealth
from appointments.errors import (
    ConsentMissing,
    HoldAlreadyExtended,
    HoldExpired,
    InstructionsUnread,
    NotHeld,
    NotOffered,
    PatientBusy,
    SlotTaken,
    TooManyAppointments,
    TooManyHolds,
    TooManyInSpecialty,
)
from appointments.models import Appointment, Slot
from appointments.policies import HOLD_FOR
from appointments.tests.factories import ScheduleFactory, SlotFactory
from appointments.tests.steps import (
    NOON,
    act,
    after,
    bogota,
    book,
    hold,
    one_time,
    particular,
    times,
)
from catalog import version
from catalog.models import Modality, Procedure, SiteService
from catalog.tests.factories import (
    AgreementFactory,
    PractitionerFactory,
    ProcedureFactory,
    SiteFactory,
)
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db

Status = Appointment.Status
SECOND = timedelta(seconds=1)
SAVEPOINTS = 2  # a transaction within that of the test


def is_free(slot):
    return Slot.objects.get(pk=slot.pk).free


def history(appointment):
    steps = appointment.events.values_list("from_status", "to_status", "reason")
    return list(steps)


# --- Hold ----------------------------------------------------------------------


def test_hold_keeps_the_time_for_ten_minutes():
    slot, user = one_time(), UserFactory()

    held = hold(slot, user)

    held.refresh_from_db()
    assert (held.status, held.patient, held.booked_by) == (
        Status.HELD,
        user.patient,
        user,
    )
    assert held.hold_expires_at == NOON + HOLD_FOR
    assert (held.start, held.end) == (slot.start, slot.start + timedelta(minutes=20))
    assert not is_free(slot)
    assert held.claims.get().slot == slot
    assert history(held) == [("", "held", "")]


def test_hold_copies_who_where_and_how_from_the_schedule():
    """BOK-06: nothing of this comes from the request."""
    slot = one_time()

    held = hold(slot)

    schedule = slot.schedule
    assert (held.schedule, held.practitioner, held.site, held.modality) == (
        schedule,
        schedule.practitioner,
        schedule.site,
        schedule.modality,
    )


def test_hold_leaves_its_trace():
    held = hold(one_time())

    trace = AuditEvent.objects.get(action="appointment.held")
    assert (trace.actor, trace.patient_ref) == (held.booked_by, held.patient.token)


def test_hold_twice_is_one_hold():
    """BOK-05"""
    slot, user = one_time(), UserFactory()
    first = hold(slot, user)

    again = hold(slot, user, now=after(5))

    assert again == first
    assert Appointment.objects.count() == 1


def test_hold_of_a_time_already_booked_by_the_same_patient_is_that_appointment():
    slot, user = one_time(), UserFactory()
    booked = book(slot, user)

    assert hold(slot, user) == booked


def test_hold_of_somebody_elses_time():
    slot = one_time()
    hold(slot)

    with pytest.raises(SlotTaken):
        hold(slot)


def test_hold_of_a_time_that_does_not_exist():
    """WEB-07: also with twenty digits."""
    slot = one_time()

    for slot_id in (0, -1, slot.pk + 1000, 10**20):
        with pytest.raises(SlotTaken):
            hold(slot, slot_id=slot_id)


def test_hold_takes_over_one_that_is_over():
    slot = one_time()
    late = hold(slot)

    prompt = hold(slot, now=NOON + HOLD_FOR)

    late.refresh_from_db()
    assert (late.status, late.hold_expires_at) == (Status.LAPSED, None)
    assert prompt.claims.get().slot == slot
    assert history(late)[-1] == ("held", "lapsed", "Se venció el tiempo")


def test_hold_does_not_take_over_a_second_too_soon():
    slot = one_time()
    hold(slot)

    with pytest.raises(SlotTaken):
        hold(slot, now=NOON + HOLD_FOR - SECOND)


def test_hold_does_not_take_over_a_booked_one():
    slot = one_time()
    book(slot)

    with pytest.raises(SlotTaken):
        hold(slot, now=NOON + HOLD_FOR)


def test_own_hold_that_is_over_can_be_had_again():
    slot, user = one_time(), UserFactory()
    first = hold(slot, user)

    again = hold(slot, user, now=NOON + HOLD_FOR)

    assert again != first
    assert again.hold_expires_at == NOON + 2 * HOLD_FOR


def test_another_time_of_the_same_search_takes_the_place_of_the_first():
    schedule, user = ScheduleFactory(), UserFactory()
    one, other = times(schedule, bogota(3, 8), bogota(3, 9))
    first = hold(one, user, search="a")

    second = hold(other, user, search="a")

    first.refresh_from_db()
    assert (first.status, second.status) == (Status.LAPSED, Status.HELD)
    assert (is_free(one), is_free(other)) == (True, False)
    assert history(first)[-1] == ("held", "lapsed", "Escogió otra hora")


def test_time_that_meets_the_former_one_of_the_same_search():
    """The hold that gives way does not make its own patient busy."""
    user = UserFactory()
    here, there = one_time(bogota(3, 8)), one_time(bogota(3, 8, 10))
    hold(here, user, search="a")

    second = hold(there, user, search="a")

    assert second.status == Status.HELD
    assert is_free(here)


def test_another_search_keeps_its_own_hold():
    schedule, user = ScheduleFactory(), UserFactory()
    one, other = times(schedule, bogota(3, 8), bogota(3, 9))
    first = hold(one, user, search="a")

    hold(other, user, search="b")

    first.refresh_from_db()
    assert first.status == Status.HELD


def test_lost_race_keeps_what_one_had():
    schedule, user = ScheduleFactory(), UserFactory()
    one, other = times(schedule, bogota(3, 8), bogota(3, 9))
    first = hold(one, user, search="a")
    hold(other)

    with pytest.raises(SlotTaken):
        hold(other, user, search="a")

    first.refresh_from_db()
    assert first.status == Status.HELD
    assert not is_free(one)


def test_same_time_for_another_procedure_changes_the_hold():
    slot, user = one_time(), UserFactory()
    other = ProcedureFactory(specialty=slot.schedule.specialty)
    first = hold(slot, user)
    slot.schedule.procedures.add(other)
    version.bump()

    second = hold(slot, user, procedure=other)

    first.refresh_from_db()
    assert (first.status, second.procedure) == (Status.LAPSED, other)


# --- Long procedures and groups --------------------------------------------------


def long_procedure(minutes=50):
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=minutes))
    starts = [bogota(3, 8, minute) for minute in (0, 20, 40)]
    return times(schedule, *starts)


def test_long_procedure_takes_the_slots_it_needs():
    slots = long_procedure()

    held = hold(slots[0])

    assert held.end - held.start == timedelta(minutes=50)
    assert [is_free(slot) for slot in slots] == [False, False, False]
    assert held.claims.count() == 3


def test_long_procedure_without_room():
    slots = long_procedure()

    with pytest.raises(SlotTaken):
        hold(slots[1])


def test_long_procedure_when_a_following_slot_is_taken():
    first, second, _ = long_procedure()
    Slot.objects.filter(pk=second.pk).update(free=False)

    with pytest.raises(SlotTaken):
        hold(first)

    assert is_free(first)


def test_long_procedure_takes_over_a_following_slot_whose_hold_is_over():
    slots = long_procedure(minutes=40)
    late = hold(slots[1])

    hold(slots[0], now=NOON + HOLD_FOR)

    late.refresh_from_db()
    assert late.status == Status.LAPSED


def test_letting_go_of_a_long_one_gives_all_its_slots_back():
    slots = long_procedure()
    held = hold(slots[0])

    act(booking.release, held)

    assert all(is_free(slot) for slot in slots)


def test_group_has_a_seat_for_each():
    schedule = ScheduleFactory(capacity=2)
    seats = [SlotFactory(schedule=schedule, start=bogota(3, 8), seat=n) for n in (1, 2)]

    held = [hold(seat) for seat in seats]

    assert [one.exclusive for one in held] == [False, False]


def test_two_seats_of_a_group_are_one_appointment():
    """BOK-02"""
    schedule, user = ScheduleFactory(capacity=2), UserFactory()
    seats = [SlotFactory(schedule=schedule, start=bogota(3, 8), seat=n) for n in (1, 2)]
    booked = book(seats[0], user)

    assert hold(seats[1], user) == booked
    assert is_free(seats[1])


# --- What is checked again ---------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes_before", "refused"),
    [(120 + 1 / 60, False), (120, False), (120 - 1 / 60, True), (-1, True)],
)
def test_notice(minutes_before, refused):
    """BOK-07: one second before the notice, at it, after it; and a time that is past."""
    slot = one_time()
    now = slot.start - timedelta(minutes=minutes_before)

    if refused:
        with pytest.raises(NotOffered):
            hold(slot, now=now)
    else:
        assert hold(slot, now=now).status == Status.HELD


@pytest.mark.parametrize(
    ("start", "refused"), [(bogota(12, 23, 30), False), (bogota(13, 0, 30), True)]
)
def test_horizon_is_of_local_days(start, refused):
    """BOK-07: on the 2nd, ten days reach to the end of the 12th in Bogotá."""
    slot = one_time(start, horizon_days=10)

    if refused:
        with pytest.raises(NotOffered):
            hold(slot)
    else:
        assert hold(slot).status == Status.HELD


def test_horizon_counts_from_the_local_day_of_now():
    """At 23:30 of the 2nd in Bogotá it is already the 3rd in UTC."""
    slot = one_time(bogota(13, 8), horizon_days=10)

    with pytest.raises(NotOffered):
        hold(slot, now=bogota(2, 23, 30))
    assert hold(slot, now=bogota(3, 0, 30)).status == Status.HELD


def test_withdrawn_time_is_nobodys():
    slot = one_time()
    Slot.objects.filter(pk=slot.pk).update(free=False, withdrawn=True)

    with pytest.raises(SlotTaken):
        hold(slot)


def test_procedure_of_another_schedule():
    """BOK-06"""
    with pytest.raises(NotOffered):
        hold(one_time(), procedure=ProcedureFactory())


def test_agreement_that_does_not_cover_it():
    """BOK-06"""
    slot, user = one_time(), UserFactory()
    narrow = AgreementFactory(covers_everything=False)
    CoverageFactory(patient=user.patient, agreement=narrow)

    with pytest.raises(NotOffered):
        hold(slot, user, agreement=narrow)


def test_agreement_of_somebody_else():
    """BOK-06"""
    with pytest.raises(NotOffered):
        hold(one_time(), agreement=CoverageFactory().agreement)


@pytest.mark.parametrize(
    "limits",
    [{"sex": "male"}, {"youngest": 60}, {"oldest": 40}, {"needs_review": True}],
)
def test_procedure_that_is_not_for_this_patient(limits):
    """A woman of 47."""
    slot = one_time(procedure=ProcedureFactory(**limits))

    with pytest.raises(NotOffered):
        hold(slot)


@pytest.mark.parametrize(
    "what", ["schedule", "practitioner", "site", "city", "specialty", "procedure"]
)
def test_what_is_not_active_is_not_offered(what):
    slot = one_time()
    schedule = slot.schedule
    found = {
        "schedule": schedule,
        "practitioner": schedule.practitioner,
        "site": schedule.site,
        "city": schedule.site.city,
        "specialty": schedule.specialty,
        "procedure": schedule.procedures.get(),
    }[what]
    type(found).objects.filter(pk=found.pk).update(active=False)
    version.bump()

    with pytest.raises(NotOffered):
        hold(slot)


def test_service_that_the_site_has_not_enabled():
    slot = one_time()
    SiteService.objects.all().delete()
    version.bump()

    with pytest.raises(NotOffered):
        hold(slot)


def test_schedule_by_request_is_not_taken_at_once():
    asked = book(one_time(booking="request"))

    assert (asked.status, asked.confirmed_at) == ("proposed", None)


def test_time_that_nobody_could_answer_for_is_not_taken():
    """At noon the clinic has until one, and the patient knows two hours before."""
    asked = ScheduleFactory(booking="request", notice_minutes=0)
    near, in_time = times(asked, bogota(2, 14, 59), bogota(2, 15, 0))

    with pytest.raises(NotOffered):
        hold(near)
    assert hold(in_time).status == "held"


def test_patient_with_another_appointment_then():
    """BOK-02: at another site, half overlapping."""
    user = UserFactory()
    book(one_time(bogota(3, 8)), user)

    with pytest.raises(PatientBusy):
        hold(one_time(bogota(3, 8, 10)), user, search="b")


def test_one_appointment_may_begin_where_another_ends():
    user = UserFactory()
    book(one_time(bogota(3, 8)), user)

    assert hold(one_time(bogota(3, 8, 20)), user).status == Status.HELD


def test_own_hold_elsewhere_that_is_over_is_no_obstacle():
    user = UserFactory()
    late = hold(one_time(bogota(3, 8)), user, search="a")

    hold(one_time(bogota(3, 8, 10)), user, search="b", now=NOON + HOLD_FOR)

    late.refresh_from_db()
    assert late.status == Status.LAPSED


def test_practitioner_attends_one_at_a_time():
    """BOK-01: even if two schedules were published over each other."""
    both = PractitionerFactory()
    book(one_time(bogota(3, 8), practitioner=both))

    with pytest.raises(SlotTaken):
        hold(one_time(bogota(3, 8, 10), practitioner=both))


def test_three_holds_are_enough():
    """BOK-08"""
    user = UserFactory()
    for hour in (8, 9, 10):
        hold(one_time(bogota(3, hour)), user, search=str(hour))

    with pytest.raises(TooManyHolds):
        hold(one_time(bogota(3, 11)), user, search="11")


def test_three_appointments_of_a_specialty_are_enough():
    """BOK-08"""
    schedule, user = ScheduleFactory(), UserFactory()
    *some, last = times(schedule, *(bogota(3, hour) for hour in (8, 9, 10, 11)))
    for slot in some:
        book(slot, user)

    with pytest.raises(TooManyInSpecialty):
        hold(last, user)


def test_twelve_appointments_are_enough():
    """BOK-08"""
    user = UserFactory()
    for hour in range(8, 20):
        book(one_time(bogota(3, hour)), user)

    with pytest.raises(TooManyAppointments):
        hold(one_time(bogota(4, 8)), user)


def test_appointments_that_are_over_do_not_count():
    """BOK-08"""
    schedule, user = ScheduleFactory(), UserFactory()
    for slot in times(schedule, *(bogota(3, hour) for hour in (8, 9, 10))):
        book(slot, user)
    [next_week] = times(schedule, bogota(10, 8))

    assert hold(next_week, user, now=bogota(4, 8)).status == Status.HELD


# --- Extend, let go, lapse -----------------------------------------------------------


def test_extend_gives_ten_minutes_more():
    held = hold(one_time())

    extended = act(booking.extend, held, now=after(9))

    assert extended.hold_expires_at == NOON + 2 * HOLD_FOR


def test_extend_once():
    held = hold(one_time())
    act(booking.extend, held)

    with pytest.raises(HoldAlreadyExtended):
        act(booking.extend, held, now=after(1))


def test_extend_what_is_over():
    held = hold(one_time())

    with pytest.raises(HoldExpired):
        act(booking.extend, held, now=NOON + HOLD_FOR)


def test_release_gives_the_time_back():
    slot = one_time()
    held = hold(slot)

    act(booking.release, held)

    held.refresh_from_db()
    assert held.status == Status.LAPSED
    assert is_free(slot)
    assert history(held)[-1] == ("held", "lapsed", "La soltó el paciente")


def test_release_twice_is_once():
    slot = one_time()
    held = hold(slot)
    act(booking.release, held)
    hold(slot)

    act(booking.release, held)

    assert not is_free(slot)


def test_booked_one_cannot_be_let_go():
    booked = book(one_time())

    with pytest.raises(NotHeld):
        act(booking.release, booked)


def test_released_time_that_was_withdrawn_stays_closed():
    slot = one_time()
    held = hold(slot)
    Slot.objects.filter(pk=slot.pk).update(withdrawn=True)

    act(booking.release, held)

    assert not is_free(slot)


def test_lapse_ends_only_what_is_over():
    over, not_yet, booked = one_time(), one_time(bogota(3, 9)), one_time(bogota(3, 10))
    hold(over)
    hold(not_yet, now=after(1))
    book(booked)

    ended = booking.lapse(now=NOON + HOLD_FOR)

    assert ended == 1
    assert [is_free(slot) for slot in (over, not_yet, booked)] == [True, False, False]


def test_lapse_goes_on_until_there_are_none(monkeypatch):
    monkeypatch.setattr(booking, "LAPSED_AT_ONCE", 2)
    for hour in (8, 9, 10, 11, 12):
        hold(one_time(bogota(3, hour)))

    assert booking.lapse(now=NOON + HOLD_FOR) == 5


# --- Confirm ---------------------------------------------------------------------------


def test_confirm_books_the_time():
    slot = one_time()
    held = hold(slot)

    act(booking.confirm, held, now=after(3))

    held.refresh_from_db()
    assert (held.status, held.hold_expires_at) == (Status.BOOKED, None)
    assert held.confirmed_at == after(3)
    assert not is_free(slot)
    assert history(held) == [("", "held", ""), ("held", "booked", "")]


@pytest.fixture
def every_channel(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_FROM = "+15005550006"


def test_confirm_tells_by_each_confirmed_way(every_channel):
    user = UserFactory()
    ContactDeviceFactory(user=user)
    ContactDeviceFactory(user=user, channel="sms", destination="+573105550178")

    booked = book(one_time(), user)

    told = OutgoingMessage.objects.filter(kind=notifications.CONFIRMED)
    found = told.values_list(
        "kind", "channel", "event", "version", "recipient_ref", "subject_ref"
    )
    assert sorted(found) == [
        (
            notifications.CONFIRMED,
            channel,
            f"appointments.confirmed:{booked.pk}",
            1,
            str(user.patient.pk),
            str(booked.pk),
        )
        for channel in ("email", "sms")
    ]


def test_confirm_twice_is_once(every_channel):
    """BOK-05"""
    user = UserFactory()
    ContactDeviceFactory(user=user)
    booked = book(one_time(), user)

    again = act(booking.confirm, booked, now=after(60))

    assert again.confirmed_at == NOON
    assert len(history(booked)) == 2
    assert OutgoingMessage.objects.filter(kind=notifications.CONFIRMED).count() == 1


def test_confirm_until_the_last_second():
    held = hold(one_time())

    act(booking.confirm, held, now=NOON + HOLD_FOR - SECOND)

    held.refresh_from_db()
    assert held.status == Status.BOOKED


def test_confirm_too_late():
    """Also when no job has ended the hold yet."""
    held = hold(one_time())

    with pytest.raises(HoldExpired):
        act(booking.confirm, held, now=NOON + HOLD_FOR)


def test_confirm_after_somebody_took_it_over():
    slot = one_time()
    late = hold(slot)
    hold(slot, now=NOON + HOLD_FOR)

    with pytest.raises(HoldExpired):
        act(booking.confirm, late)


def test_confirm_what_was_let_go():
    held = hold(one_time())
    act(booking.release, held)

    with pytest.raises(HoldExpired):
        act(booking.confirm, held)


@pytest.mark.parametrize(
    "do", [booking.confirm, booking.extend, booking.release, booking.read_instructions]
)
def test_somebody_elses_appointment_does_not_exist(do):
    """ACC-01"""
    held, stranger = hold(one_time()), UserFactory()

    with pytest.raises(Appointment.DoesNotExist):
        act(do, held, patient=stranger.patient, by=stranger)


def test_virtual_appointment_needs_the_consent_of_that_appointment():
    """Res. 2654 de 2019; BOK-09"""
    LegalText.objects.get_or_create(
        kind=LegalText.Kind.TELEHEALTH,
        version=1,
        defaults={"title": "Telesalud", "body": "…", "published_at": NOON},
    )
    user = UserFactory()
    held = hold(one_time(modality=Modality.VIRTUAL), user)

    with pytest.raises(ConsentMissing):
        act(booking.confirm, held)
    telehealth.consent(
        appointment=held,
        patient=user.patient,
        text=telehealth.text(),
        by=user,
        origin=Origin("10.0.0.1", "a browser", ""),
        now=NOON,
    )

    assert act(booking.confirm, held).status == Status.BOOKED


def test_recommendations_come_before_confirming(instructions_for):
    """BOK-09"""
    slot = one_time()
    instructions_for(slot.schedule.procedures.get())
    held = hold(slot)

    with pytest.raises(InstructionsUnread):
        act(booking.confirm, held)
    act(booking.read_instructions, held, now=after(1))

    assert act(booking.confirm, held, now=after(2)).status == Status.BOOKED


@pytest.fixture
def instructions_for():
    def publish(procedure: Procedure):
        return procedure.instruction_sets.create(published_at=NOON)

    return publish


def test_recommendations_are_those_of_the_moment_of_choosing(instructions_for):
    slot = one_time()
    procedure = slot.schedule.procedures.get()
    read = instructions_for(procedure)
    held = hold(slot)
    procedure.instruction_sets.create(published_at=NOON, version=2)

    held.refresh_from_db()
    assert held.instruction_set == read


def test_recommendations_read_twice_count_once():
    held = hold(one_time())
    act(booking.read_instructions, held, now=after(1))

    again = act(booking.read_instructions, held, now=after(2))

    assert again.instructions_read_at == after(1)


def test_recommendations_of_a_hold_that_is_over():
    held = hold(one_time())

    with pytest.raises(HoldExpired):
        act(booking.read_instructions, held, now=NOON + HOLD_FOR)


def test_agreement_that_ended_before_confirming():
    """BOK-06"""
    user = UserFactory()
    coverage = CoverageFactory(patient=user.patient)
    held = hold(one_time(), user, agreement=coverage.agreement)
    coverage.end_date = date(2026, 3, 1)
    coverage.save()

    with pytest.raises(NotOffered):
        act(booking.confirm, held)


def test_two_sites_do_not_confuse_a_schedule():
    """The claim hangs on the slot, whichever site it is at."""
    here, there = one_time(), one_time(site=SiteFactory())

    assert hold(here).site != hold(there).site


def test_hold_and_confirmation_ask_few_questions(django_assert_max_num_queries):
    """The budget of a page is twelve, with its session; a transaction has its own."""
    user = UserFactory()
    book(one_time(bogota(4, 8)), user)
    slot = one_time()
    agreement = particular()
    procedure = slot.schedule.procedures.get()
    hold(one_time(bogota(5, 8)), user)

    with django_assert_max_num_queries(11 + SAVEPOINTS):
        held = booking.hold(
            slot_id=slot.pk,
            procedure=procedure,
            patient=user.patient,
            agreement=agreement,
            by=user,
            search="a",
            now=NOON,
        )
    with django_assert_max_num_queries(14 + SAVEPOINTS):
        act(booking.confirm, held)


def test_a_control_is_for_who_was_attended_in_that_specialty():
    first, following = (
        ProcedureFactory(visit="first"),
        ProcedureFactory(visit="control"),
    )
    Procedure.objects.update(specialty=first.specialty)
    schedule = ScheduleFactory(procedure=first)
    schedule.procedures.add(following)
    user, (seen, wanted) = UserFactory(), times(schedule, bogota(3, 8), bogota(4, 8))
    with pytest.raises(NotOffered):
        hold(wanted, user, procedure=following)

    before = book(seen, user, procedure=first)
    with pytest.raises(NotOffered):
        hold(wanted, user, procedure=following)
    Appointment.objects.filter(pk=before.pk).update(status=Status.FULFILLED)
    held = hold(wanted, user, procedure=following)

    assert held.procedure.visit == Procedure.Visit.CONTROL
