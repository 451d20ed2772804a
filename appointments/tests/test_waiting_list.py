"""The waiting list's domain: to join, to be offered, to answer, and what else may happen."""

from datetime import date, timedelta

import pytest

from accounts.errors import NotActing
from accounts.models import Consent, ContactDevice
from accounts.tests.factories import (
    CoverageFactory,
    GuardianshipFactory,
    UserFactory,
)
from appointments import (
    booking,
    changes,
    invariants,
    jobs,
    notifications,
    requests,
    telehealth,
    waiting_list,
)
from appointments.errors import (
    ConsentMissing,
    HeldByOffer,
    NothingToOffer,
    NotStanding,
    OfferOver,
    OfferPending,
    PatientBusy,
    PersonInactive,
    TooManyAppointments,
    TooManyWaiting,
)
from appointments.models import (
    Appointment,
    CancellationPolicy,
    Offer,
    Opening,
    Schedule,
    Slot,
    WaitingListEntry,
)
from appointments.tests.factories import ScheduleFactory
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
from appointments.tests.waiting import (
    accept,
    decline,
    join,
    leave,
    offered,
    somebody,
    waits,
)
from catalog import version
from catalog.models import Modality
from catalog.tests.factories import (
    AgreementFactory,
    CityFactory,
    PractitionerFactory,
    ProcedureFactory,
    SiteFactory,
)
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
START = bogota(5, 9)
LATER = bogota(12, 9)
Status = WaitingListEntry.Status


@pytest.fixture
def schedule():
    return ScheduleFactory()


@pytest.fixture
def slot(schedule):
    return times(schedule, START)[0]


@pytest.fixture
def taken(slot):
    """A time that somebody has, and may give back."""
    return book(slot, somebody())


def free(appointment, now=NOON):
    """Its patient cannot come, and the worker looks at what became free."""
    act(changes.cannot_go, appointment, now=now)
    return waiting_list.offer_out(now=now)


def messages(kind):
    return OutgoingMessage.objects.filter(kind=kind, channel="email")


def sound(now=NOON):
    assert invariants.violations(now=now) == []


# --- To join and to leave --------------------------------------------------------


def test_join_writes_down_what_they_wait_for(schedule):
    site = schedule.site
    entry = waits(schedule, sites=[site], part="am", weekdays="135", may_wake=True)

    entry.refresh_from_db()
    assert entry.status == Status.WAITING
    assert list(entry.sites.all()) == [site]
    assert (entry.part, entry.weekdays, entry.may_wake) == ("am", "135", True)
    assert AuditEvent.objects.get(action="waiting.joined").subject.endswith(
        str(entry.pk)
    )


def test_join_twice_is_once_with_the_new_wishes(schedule):
    user = somebody()
    first = waits(schedule, user=user)

    again = waits(schedule, 30, user=user, part="pm", last_day=date(2026, 3, 20))

    assert again.pk == first.pk
    again.refresh_from_db()
    assert (again.part, again.last_day) == ("pm", date(2026, 3, 20))
    assert again.created_at == first.created_at


def test_join_for_a_dependant(schedule):
    mother = somebody()
    child = GuardianshipFactory(asked_by=mother).dependant

    entry = join(mother, schedule, patient=child)

    assert (entry.patient, entry.asked_by) == (child, mother)


def test_who_does_not_act_for_them_cannot_join(schedule):
    with pytest.raises(NotActing):
        join(somebody(), schedule, patient=somebody().patient)


def test_a_person_switched_off_cannot_join(schedule):
    with pytest.raises(PersonInactive):
        join(somebody(patient__active=False), schedule)


def test_nothing_to_wait_for_where_nobody_does_it(schedule):
    with pytest.raises(NothingToOffer):
        waits(schedule, procedure=ProcedureFactory())


def test_nothing_to_wait_for_in_the_past(schedule):
    with pytest.raises(NothingToOffer):
        waits(schedule, first_day=date(2026, 2, 1), last_day=date(2026, 2, 10))


def test_nothing_to_wait_for_with_an_agreement_of_others(schedule):
    with pytest.raises(NothingToOffer):
        waits(schedule, agreement=AgreementFactory())


def test_six_services_at_a_time():
    user = somebody()
    for _ in range(6):
        waits(ScheduleFactory(), user=user)

    with pytest.raises(TooManyWaiting):
        waits(ScheduleFactory(), user=user)


def test_sooner_than_an_appointment_that_is_theirs_and_stands(schedule, taken):
    with pytest.raises(NotStanding):
        waits(schedule, instead_of=taken)


def test_leave_twice_is_once_and_the_time_goes_on(schedule, taken):
    first, second = waits(schedule), waits(schedule, 1)
    free(taken)
    offer = offered(first)

    for _ in range(2):
        assert leave(first).status == Status.LEFT
    waiting_list.offer_out(now=NOON)

    offer.refresh_from_db()
    assert offer.status == Offer.Status.WITHDRAWN
    assert offered(second).appointment.start == START
    assert AuditEvent.objects.filter(action="waiting.left").count() == 1
    sound()


def test_leave_is_theirs_alone(schedule):
    entry = waits(schedule)

    with pytest.raises(NotActing):
        waiting_list.leave(
            entry_id=entry.pk, patient=entry.patient, by=somebody(), now=NOON
        )
    other = somebody()
    with pytest.raises(WaitingListEntry.DoesNotExist):
        waiting_list.leave(entry_id=entry.pk, patient=other.patient, by=other, now=NOON)


# --- To be offered ---------------------------------------------------------------


def test_a_time_that_becomes_free_is_offered_to_who_waits(schedule, taken):
    entry = waits(schedule)

    assert free(taken) == 1

    offer = offered(entry)
    assert (offer.appointment.start, offer.appointment.status) == (START, "held")
    assert offer.expires_at == offer.appointment.hold_expires_at == after(4 * 60)
    assert messages(notifications.OFFERED).get().subject_ref == str(offer.pk)
    assert not Opening.objects.exists()
    sound()


def test_the_first_by_order_is_offered_it_and_nobody_else(schedule, taken):
    second, first = waits(schedule, 5), waits(schedule, 1)

    free(taken)

    assert offered(first)
    assert offered(second) is None
    assert waiting_list.offer_out(now=NOON) == 0


def test_why_this_person_is_written_down_and_names_nobody(schedule, taken, settings):
    settings.WAITING_LIST_PRIORITY = True
    waits(schedule)
    older = waits(schedule, 5, user=somebody(patient__birth_date=date(1950, 1, 1)))

    free(taken)

    assert offered(older).explained == {
        "priority": ["older"],
        "waited_since": "2026-03-02",
        "before": 0,
        "why": {},
    }
    event = AuditEvent.objects.get(action="waiting.offered")
    assert event.details == {
        "preferred": True,
        "before": 0,
        "waited_since": "2026-03-02",
    }


def test_without_the_setting_only_time_waiting_counts(schedule, taken):
    first = waits(schedule)
    waits(schedule, 5, user=somebody(patient__birth_date=date(1950, 1, 1)))

    free(taken)

    assert offered(first).explained["priority"] == []


@pytest.mark.parametrize(
    "wishes",
    [
        {"part": "pm"},
        {"weekdays": "1"},
        {"first_day": date(2026, 3, 6)},
        {"last_day": date(2026, 3, 4)},
        {"notice_minutes": 3 * 24 * 60},
        {"modality": Modality.VIRTUAL},
    ],
    ids=["part", "weekday", "later", "sooner", "notice", "modality"],
)
def test_what_they_cannot_do_is_not_offered(schedule, taken, wishes):
    if "modality" in wishes:
        ScheduleFactory(modality=Modality.VIRTUAL, procedure=schedule.procedures.get())
    entry = waits(schedule, **wishes)

    assert free(taken) == 0
    assert offered(entry) is None


def test_with_whom_and_where_they_said(schedule, taken):
    for wishes in (
        {"practitioner": PractitionerFactory()},
        {"city": CityFactory()},
        {"sites": [SiteFactory()]},
    ):
        waits(schedule, **wishes)
    entry = waits(
        schedule,
        9,
        practitioner=schedule.practitioner,
        city=schedule.site.city,
        sites=[SiteFactory(), schedule.site],
    )

    free(taken)

    assert offered(entry)


def _busy(user, schedule):
    book(one_time(START), user)


def _cannot_be_told(user, schedule):
    """Somebody once proved an address, and the account is closed."""
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def _agreement_over(user, schedule):
    agreement = AgreementFactory(code="eps")
    coverage = CoverageFactory(patient=user.patient, agreement=agreement)
    WaitingListEntry.objects.filter(patient=user.patient).update(agreement=agreement)
    coverage.state = "ended"
    coverage.save()


def _other_age(user, schedule):
    schedule.procedures.update(oldest=90)
    user.patient.birth_date = date(1930, 1, 1)
    user.patient.save()
    version.bump()


def _full(user, schedule):
    CancellationPolicy.objects.filter(is_default=True).update(most_to_come=1)
    book(one_time(bogota(9, 8)), user)
    version.bump()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_busy, "busy"),
        (_cannot_be_told, "unreached"),
        (_agreement_over, "agreement"),
        (_other_age, "not_offered"),
        (_full, "limits"),
    ],
    ids=["busy", "unreached", "agreement", "age", "limits"],
)
def test_who_cannot_have_it_is_passed_over_and_counted(schedule, taken, make, reason):
    user = somebody()
    entry = waits(schedule, user=user)
    make(user, schedule)
    next_one = waits(schedule, 5)

    free(taken)

    assert offered(entry) is None
    assert offered(next_one).explained["why"] == {reason: 1}
    sound()


def test_who_never_gave_an_address_is_no_candidate(schedule, taken):
    waits(schedule, user=UserFactory())

    assert free(taken) == 0
    assert not ContactDevice.objects.filter(user__patient__waiting_list=1).exists()


def test_a_guardian_is_told_for_a_child(schedule, taken):
    mother = somebody()
    child = GuardianshipFactory(asked_by=mother).dependant
    join(mother, schedule, patient=child)

    free(taken)

    assert messages(notifications.OFFERED).get().recipient_ref == str(mother.patient_id)


def test_papers_missing_in_earnest_pass_somebody_over(taken, schedule):
    schedule.procedures.update(needs_order=True)
    agreement = particular()
    agreement.order_later = False
    agreement.save()
    version.bump()
    waits(schedule)

    assert free(taken) == 0


def test_papers_that_may_be_brought_do_not(taken, schedule):
    schedule.procedures.update(needs_order=True)
    version.bump()
    entry = waits(schedule)

    free(taken)

    assert offered(entry).appointment.order_promised


def test_one_offer_at_a_time_for_each(schedule):
    slots = times(schedule, START, bogota(5, 10))
    kept = [book(slot, somebody()) for slot in slots]
    entry = waits(schedule)

    assert [free(one) for one in kept] == [1, 0]
    assert entry.offers.count() == 1


def test_a_long_appointment_takes_what_is_free_around_it():
    schedule = ScheduleFactory(procedure=ProcedureFactory(minutes=60))
    slots = times(schedule, *(bogota(5, 9, 20 * n) for n in range(3)))
    short = ProcedureFactory(minutes=20, specialty=schedule.specialty)
    schedule.procedures.add(short)
    version.bump()
    kept = book(slots[2], somebody(), procedure=short)
    entry = waits(schedule, procedure=schedule.procedures.exclude(pk=short.pk).get())
    Opening.objects.all().delete()

    free(kept)

    assert offered(entry).appointment.start == bogota(5, 9)
    assert Slot.objects.filter(free=True).count() == 0
    sound()


def test_nobody_is_offered_the_time_that_they_gave_up(schedule, taken):
    user = taken.booked_by
    changed_mind = waits(schedule, user=user)

    free(taken)

    assert offered(changed_mind) is None


def test_a_time_that_somebody_took_meanwhile_stays_theirs(schedule, taken, slot):
    entry = waits(schedule)
    act(changes.cannot_go, taken)
    stranger = hold(slot, somebody())

    assert waiting_list.offer_out(now=NOON) == 0

    stranger.refresh_from_db()
    assert (stranger.status, offered(entry)) == ("held", None)
    assert not Opening.objects.exists()


def test_a_free_time_is_offered_to_who_joins(schedule, slot):
    entry = waits(schedule)

    waiting_list.offer_out(now=NOON)

    assert offered(entry).appointment.start == START


def test_who_joined_just_now_is_looked_at_once_more(schedule):
    """Their place and a time may be written at one instant, and neither see the other."""
    entry = waits(schedule)
    times(schedule, START)

    waiting_list.offer_out(now=after(1))

    assert offered(entry)


def test_few_questions_however_many_wait(
    schedule, taken, django_assert_max_num_queries
):
    for n in range(12):
        user = somebody()
        waits(schedule, n, user=user)
        book(one_time(START), user)
    entry = waits(schedule, 20)
    act(changes.cannot_go, taken)

    with django_assert_max_num_queries(45):
        waiting_list.offer_out(now=after(60))

    assert offered(entry).explained["why"] == {"busy": 12}


# --- At night ----------------------------------------------------------------------

NIGHT = bogota(4, 22)


def test_at_night_the_message_waits_and_so_does_the_offer(schedule):
    kept = book(times(schedule, bogota(5, 15))[0], somebody())
    entry = waits(schedule)

    free(kept, now=NIGHT)

    message = messages(notifications.OFFERED).get()
    assert message.due_at == bogota(5, 7)
    assert offered(entry).expires_at == bogota(5, 8)


def test_at_night_a_time_too_near_goes_to_who_may_be_woken(schedule):
    kept = book(times(schedule, bogota(5, 7, 40))[0], somebody())
    asleep, awake = waits(schedule), waits(schedule, 5, may_wake=True)

    free(kept, now=NIGHT)

    assert offered(asleep) is None
    assert offered(awake).expires_at > NIGHT
    assert messages(notifications.OFFERED).get().due_at == NIGHT


# --- To accept -----------------------------------------------------------------------


def test_accept_is_one_tap_and_twice_is_once(schedule, taken):
    entry = waits(schedule)
    free(taken)
    offer = offered(entry)

    first, again = accept(offer), accept(offer)

    assert first.pk == again.pk == offer.appointment_id
    first.refresh_from_db()
    assert first.status == "booked"
    entry.refresh_from_db()
    assert (entry.status, entry.assigned) == (Status.SERVED, first)
    assert messages(notifications.CONFIRMED).filter(subject_ref=first.pk).count() == 1
    sound()


def test_accept_by_the_link_needs_no_account(schedule, taken):
    entry = waits(schedule)
    free(taken)

    done = waiting_list.accept(
        offer_id=offered(entry).pk, patient=entry.patient, by=None, now=NOON
    )

    assert done.status == "booked"
    assert done.events.last().by is None


@pytest.fixture
def swapping(schedule, taken):
    """Somebody with an appointment a week later who wants to come sooner, and the offer."""
    user = somebody()
    later = book(times(schedule, LATER)[0], user)
    entry = waits(schedule, user=user, instead_of=later)
    free(taken)
    return entry, offered(entry), later


def test_accept_swaps_with_the_later_appointment(schedule, swapping):
    entry, offer, later = swapping
    waits_on = waits(schedule, 30)

    done = accept(offer)

    assert (done.pk, done.start, done.status) == (later.pk, START, "booked")
    assert (done.moves, done.version) == (0, 2)
    entry.refresh_from_db()
    assert entry.assigned == later
    assert accept(offer).pk == later.pk
    waiting_list.offer_out(now=NOON)
    assert offered(waits_on).appointment.start == LATER
    assert Appointment.objects.of(entry.patient).filter(status="booked").count() == 1
    sound()


def test_a_swap_asks_for_no_notice(schedule):
    """The clinic offers it: what the rules ask of a change does not count here."""
    CancellationPolicy.objects.filter(is_default=True).update(online="phone")
    version.bump()
    user = somebody()
    later = book(times(schedule, LATER)[0], user)
    kept = book(times(schedule, START)[0], somebody())
    entry = waits(schedule, user=user, instead_of=later)
    free(kept)

    assert accept(offered(entry)).start == START


def test_only_a_sooner_time_is_offered_for_a_swap(schedule, taken):
    user = somebody()
    mine = book(times(schedule, bogota(4, 9))[0], user)
    entry = waits(schedule, user=user, instead_of=mine)

    assert free(taken) == 0
    assert offered(entry) is None


def test_the_later_appointment_is_cancelled_meanwhile(swapping):
    entry, offer, later = swapping

    act(changes.cancel, later, reason="")

    with pytest.raises(OfferOver):
        accept(offer)
    assert waiting_list.close_over(now=NOON) == 1
    entry.refresh_from_db()
    assert entry.status == Status.OVER
    sound()


def test_where_the_clinic_must_accept_it_is_a_request(schedule, taken):
    entry = waits(schedule)
    Schedule.objects.update(booking=Schedule.Booking.REQUEST)
    version.bump()
    free(taken)

    asked = accept(offered(entry))

    entry.refresh_from_db()
    assert (asked.status, entry.status) == ("proposed", Status.WAITING)
    assert entry.assigned == asked
    chief = UserFactory(staff=True, is_superuser=True)
    requests.accept(appointment_id=asked.pk, by=chief, now=NOON)
    entry.refresh_from_db()
    assert entry.status == Status.SERVED
    sound()


def test_while_the_clinic_decides_nothing_else_is_offered(schedule, taken):
    entry = waits(schedule)
    other = book(times(schedule, bogota(6, 9))[0], somebody())
    Schedule.objects.update(booking=Schedule.Booking.REQUEST)
    version.bump()
    free(taken)
    asked = accept(offered(entry))

    assert free(other) == 0

    chief = UserFactory(staff=True, is_superuser=True)
    requests.decline(appointment_id=asked.pk, by=chief, reason="x", now=NOON)
    entry.refresh_from_db()
    assert entry.status == Status.WAITING


def test_a_swap_that_the_clinic_accepts_is_no_change_of_theirs(schedule, taken):
    user = somebody()
    later = book(times(schedule, LATER)[0], user)
    entry = waits(schedule, user=user, instead_of=later)
    Schedule.objects.update(booking=Schedule.Booking.REQUEST)
    version.bump()
    free(taken)
    asked = accept(offered(entry))
    chief = UserFactory(staff=True, is_superuser=True)

    done = requests.accept(appointment_id=asked.pk, by=chief, now=NOON)

    entry.refresh_from_db()
    assert (done.pk, done.start, done.moves) == (later.pk, START, 0)
    assert (entry.status, entry.assigned) == (Status.SERVED, later)
    sound()


def test_by_video_the_consent_comes_first():
    schedule = ScheduleFactory(modality=Modality.VIRTUAL)
    kept = book_virtual(schedule)
    entry = waits(schedule)
    free(kept)
    offer = offered(entry)

    with pytest.raises(ConsentMissing):
        accept(offer)

    consent_to(offer.appointment)
    assert accept(offer).status == "booked"


def book_virtual(schedule):
    held = hold(times(schedule, START)[0], somebody())
    consent_to(held)
    return act(booking.confirm, held)


def consent_to(appointment):
    telehealth.consent(
        appointment=appointment,
        text=telehealth.text(),
        patient=appointment.patient,
        by=appointment.booked_by,
        origin=Origin("10.0.0.1", "a browser", ""),
        now=NOON,
    )
    assert Consent.objects.filter(patient=appointment.patient).exists()


def test_too_many_appointments_meanwhile(schedule, taken):
    user = somebody()
    entry = waits(schedule, user=user)
    free(taken)
    _full(user, schedule)

    with pytest.raises(TooManyAppointments):
        accept(offered(entry))
    assert offered(entry)


def test_an_offer_is_for_its_patient(schedule, taken):
    entry, stranger = waits(schedule), somebody()
    free(taken)
    offer = offered(entry)

    for do in (waiting_list.accept, waiting_list.decline):
        with pytest.raises(NotActing):
            do(offer_id=offer.pk, patient=entry.patient, by=stranger, now=NOON)
        with pytest.raises(Offer.DoesNotExist):
            do(offer_id=offer.pk, patient=stranger.patient, by=stranger, now=NOON)


# --- To decline, or to say nothing ------------------------------------------------------


def test_declined_goes_to_the_next_and_never_back(schedule, taken):
    first, second = waits(schedule), waits(schedule, 5)
    free(taken)

    for _ in range(2):
        assert decline(offered(first) or first.offers.get()).status == "declined"
    waiting_list.offer_out(now=NOON)

    assert offered(second)
    first.refresh_from_db()
    assert first.status == Status.WAITING
    decline(offered(second))
    assert waiting_list.offer_out(now=NOON) == 0
    sound()


def test_another_free_time_is_offered_to_who_declined(schedule, taken):
    entry = waits(schedule)
    free(taken)
    times(schedule, bogota(6, 9))

    decline(offered(entry))
    waiting_list.offer_out(now=NOON)

    assert offered(entry).appointment.start == bogota(6, 9)


def test_nobody_answers_and_it_goes_to_the_next(schedule, taken):
    first, second = waits(schedule), waits(schedule, 5)
    free(taken)
    offer = offered(first)

    assert waiting_list.expire(now=offer.expires_at - timedelta(seconds=1)) == 0
    assert waiting_list.expire(now=offer.expires_at) == 1
    waiting_list.offer_out(now=offer.expires_at)

    offer.refresh_from_db()
    assert offer.status == Offer.Status.EXPIRED
    assert offered(second)
    assert messages(notifications.OFFER_EXPIRED).get().subject_ref == str(offer.pk)
    for do in (accept, decline):
        with pytest.raises(OfferOver):
            do(offer, now=offer.expires_at)
    sound(offer.expires_at)


def test_an_offer_that_ran_out_is_told_once_whoever_ended_it(schedule, taken):
    entry = waits(schedule)
    free(taken)
    over = offered(entry).expires_at

    booking.lapse(now=over)
    assert waiting_list.expire(now=over) == 0
    waiting_list.expire(now=over + timedelta(minutes=1))

    assert messages(notifications.OFFER_EXPIRED).count() == 1


def test_at_night_nobody_is_told_that_it_ran_out(schedule):
    kept = book(times(schedule, bogota(8, 18))[0], somebody())
    entry = waits(schedule)
    free(kept, now=bogota(4, 13))
    over = offered(entry).expires_at

    waiting_list.expire(now=over)

    assert messages(notifications.OFFER_EXPIRED).get().due_at == bogota(5, 7)


def test_a_stranger_may_take_what_ran_out(schedule, taken, slot):
    entry = waits(schedule)
    free(taken)
    offer = offered(entry)

    stranger = hold(slot, somebody(), now=offer.expires_at)

    offer.refresh_from_db()
    assert (offer.status, stranger.status) == (Offer.Status.EXPIRED, "held")
    with pytest.raises(OfferOver):
        accept(offer, now=offer.expires_at)
    sound(offer.expires_at)


# --- What ends a place ---------------------------------------------------------------


def test_who_books_it_themselves_waits_no_more(schedule, taken):
    user = somebody()
    entry, second = waits(schedule, user=user), waits(schedule, 5)
    free(taken)

    mine = book(times(schedule, bogota(6, 9))[0], user)
    waiting_list.offer_out(now=NOON)

    entry.refresh_from_db()
    assert (entry.status, entry.assigned) == (Status.SERVED, mine)
    assert offered(second).appointment.start == START
    sound()


def test_a_later_one_does_not_serve_who_wants_a_sooner_one(schedule):
    user = somebody()
    mine = book(times(schedule, START)[0], user)
    entry = waits(schedule, user=user, instead_of=mine)

    book(times(schedule, LATER)[0], user)

    entry.refresh_from_db()
    assert entry.status == Status.WAITING


def test_days_over(schedule):
    entry = waits(schedule, last_day=date(2026, 3, 5))

    assert waiting_list.close_over(now=bogota(5, 23, 59)) == 0
    assert waiting_list.close_over(now=bogota(6, 0)) == 1
    assert waiting_list.close_over(now=bogota(6, 0)) == 0

    entry.refresh_from_db()
    assert (entry.status, entry.ended_because) == (
        Status.OVER,
        "Pasaron los días que le servían",
    )


def test_what_was_filed_with_a_number_is_answered_and_not_closed(schedule):
    entry = waits(schedule, last_day=date(2026, 3, 5))
    WaitingListEntry.objects.update(number="2026-1", answer_by=date(2026, 3, 9))

    assert waiting_list.close_over(now=bogota(7, 0)) == 0
    entry.refresh_from_db()
    assert entry.status == Status.WAITING


# --- The ordinary pages and the offer ---------------------------------------------------


@pytest.mark.parametrize("do", [booking.confirm, booking.release, booking.extend])
def test_an_offer_is_not_answered_by_the_pages_of_a_hold(schedule, taken, do):
    entry = waits(schedule)
    free(taken)

    with pytest.raises(HeldByOffer):
        act(do, offered(entry).appointment)


def test_nor_by_the_pages_of_a_change(swapping):
    _, offer, _ = swapping

    with pytest.raises(HeldByOffer):
        act(booking.confirm, offer.appointment)


def test_another_hour_is_not_begun_while_one_is_offered(schedule, swapping):
    _, offer, later = swapping
    (other,) = times(schedule, bogota(6, 9))

    with pytest.raises(OfferPending):
        hold(other, later.booked_by, replaces=later)
    assert offered(offer.entry)


def test_a_new_search_does_not_let_the_offer_go(schedule, taken):
    user = somebody()
    entry = waits(schedule, user=user, search="horas=1")
    free(taken)

    hold(times(schedule, bogota(6, 9))[0], user, search="horas=1")

    assert offered(entry)


def test_what_is_offered_counts_as_no_hold(schedule, taken):
    user = somebody()
    waits(schedule, user=user)
    free(taken)

    for n in range(3):
        hold(one_time(bogota(9, 8 + n)), user, search=str(n))


def test_nobody_is_in_two_places_for_an_offer(schedule, taken):
    user = somebody()
    waits(schedule, user=user)
    free(taken)

    with pytest.raises(PatientBusy):
        hold(one_time(START), user)


def test_how_many_are_before(schedule, settings):
    first = waits(schedule)
    older = waits(schedule, 5, user=somebody(patient__birth_date=date(1950, 1, 1)))
    waits(ScheduleFactory())
    today = date(2026, 3, 2)

    assert [waiting_list.ahead_of(one, on=today) for one in (first, older)] == [0, 1]
    settings.WAITING_LIST_PRIORITY = True
    assert [waiting_list.ahead_of(one, on=today) for one in (first, older)] == [1, 0]
    leave(older)
    assert waiting_list.ahead_of(older, on=today) == 0


# --- Once more, for all ----------------------------------------------------------------


def look_again(now=NOON):
    waiting_list.match_all(now=now)
    return waiting_list.offer_out(now=now)


def test_what_is_noted_at_night_is_what_can_be_offered(schedule):
    times(schedule, bogota(5, 7, 30), bogota(5, 9))

    entry = join(somebody(), schedule, now=bogota(4, 23))
    waiting_list.offer_out(now=bogota(4, 23))

    assert offered(entry).appointment.start == bogota(5, 9)


def test_a_time_passed_over_is_offered_when_nothing_stands_against_it(schedule, taken):
    """They were somewhere else at that hour, and are no more."""
    user = somebody()
    elsewhere = book(one_time(START), user)
    entry = waits(schedule, user=user)
    free(taken)
    assert offered(entry) is None
    act(changes.cannot_go, elsewhere)
    Opening.objects.all().delete()

    assert look_again(now=after(60)) == 1

    assert offered(entry).appointment.start == START
    sound(after(60))


def test_another_free_time_is_offered_to_whose_offer_ran_out(schedule, taken):
    entry = waits(schedule)
    free(taken)
    times(schedule, bogota(6, 9))
    over = offered(entry).expires_at

    waiting_list.expire(now=over)
    waiting_list.offer_out(now=over)

    assert offered(entry).appointment.start == bogota(6, 9)
    sound(over)


def test_who_has_an_offer_is_not_looked_at_again(schedule, taken):
    waits(schedule)
    free(taken)
    times(schedule, bogota(6, 9))

    assert waiting_list.match_all(now=after(60)) == 0


def test_all_pages_are_read(schedule, monkeypatch):
    monkeypatch.setattr(waiting_list.matching, "PAGE", 2)
    entries = [waits(schedule, n) for n in range(5)]
    times(schedule, START)

    assert look_again(now=after(60)) == 1

    assert offered(entries[0])


def _stumbles_over(monkeypatch, module, name, which):
    do = getattr(module, name)

    def stumble(one, *args, **kwargs):
        if which(one):
            raise ZeroDivisionError
        return do(one, *args, **kwargs)

    monkeypatch.setattr(module, name, stumble)


def test_one_that_cannot_be_matched_does_not_keep_the_others(monkeypatch):
    schedules = [ScheduleFactory() for _ in range(2)]
    bad, good = [waits(one) for one in schedules]
    for one in schedules:
        times(one, START)
    _stumbles_over(monkeypatch, waiting_list.matching, "match", lambda e: e == bad)

    assert look_again(now=after(60)) == 1
    assert (offered(bad), bool(offered(good))) == (None, True)


def test_one_that_cannot_be_closed_does_not_keep_the_others(schedule, monkeypatch):
    entries = [waits(schedule, last_day=date(2026, 3, 3)) for _ in range(3)]
    bad = entries[1].patient_id
    _stumbles_over(
        monkeypatch, waiting_list.clock.keeping, "lock_all", lambda keys: bad in keys
    )

    assert waiting_list.close_over(now=bogota(9, 9)) == 2


def test_what_is_free_is_offered_whatever_ails_the_rest(schedule, slot, monkeypatch):
    def stumble(*, now):
        raise ZeroDivisionError

    for name in ("expire", "close_over"):
        monkeypatch.setattr(waiting_list, name, stumble)
    offers = []
    monkeypatch.setattr(waiting_list, "offer_out", lambda *, now: offers.append(now))

    jobs.offer_openings()

    assert len(offers) == 1
