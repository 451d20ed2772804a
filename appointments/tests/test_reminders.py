"""The reminders of an appointment: what is planned, what is said, and what is not sent."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from accounts import consents, guardianships
from accounts.models import Guardianship, LegalText
from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    PatientFactory,
    UserFactory,
)
from appointments import booking, jobs, moving, reminders, telehealth
from appointments.models import Appointment, ReminderPreference
from appointments.notifications import pieces, reminder, video
from appointments.tests.network import at, patient_of
from catalog import instructions
from catalog.instructions import Step
from catalog.models import Modality
from portal.audit.origin import Origin
from portal.messaging import delivery, gsm7
from portal.messaging.models import Channel, OutgoingMessage
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
State = OutgoingMessage.State
FROM_HOME = Origin(address="190.0.2.10", user_agent="", request_id="")
MAIL, PHONE = "rosa@example.com", "+573105550178"


@pytest.fixture(autouse=True)
def every_channel(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    settings.TWILIO_FROM = "+15005550006"


@pytest.fixture
def rosa(network):
    user = patient_of(network)
    ContactDeviceFactory(user=user, destination=MAIL)
    ContactDeviceFactory(user=user, channel=Channel.SMS, destination=PHONE)
    return user


@pytest.fixture
def fasting(network):
    """Two hours of fasting from eleven of the night before, for eight in the morning."""
    instructions.publish(
        about=network.ultrasound,
        steps=[
            Step("Tome mucha agua."),
            Step("No coma desde las {hora}.", minutes_before=540, fasting=True),
            Step("Deje la aspirina a las {hora}.", minutes_before=5 * 24 * 60),
            Step("Orden médica", kind="bring"),
        ],
        now=timezone.now(),
    )


def book(network, user, start, name="luis", **facts):
    """An appointment at that hour, as its patient books it."""
    (slot,) = network.slots(name, start)
    now = facts.pop("now", timezone.now())
    who = {"patient": user.patient, "by": user, "now": now, **facts}
    held = booking.hold(
        slot_id=slot.pk,
        procedure=slot.schedule.procedures.first(),
        agreement=network.particular,
        search="",
        **who,
    )
    Appointment.objects.filter(pk=held.pk).update(
        status="held", instructions_read_at=now
    )
    if held.modality == Modality.VIRTUAL:
        agreed = {"text": telehealth.text(), "origin": FROM_HOME, **who}
        telehealth.consent(appointment=held, **agreed)
    return booking.confirm(appointment_id=held.pk, **who)


def planned(appointment, channel=Channel.SMS):
    """Moment and hour of what waits, in their order."""
    rows = OutgoingMessage.objects.filter(
        subject_ref=str(appointment.pk),
        version=appointment.version,
        channel=channel,
        kind__startswith=reminder.PREFIX,
    )
    return [
        (row.kind.removeprefix(reminder.PREFIX), row.due_at)
        for row in rows.order_by("due_at")
    ]


def message(appointment, moment, channel=Channel.SMS):
    return OutgoingMessage.objects.get(
        kind=f"{reminder.PREFIX}{moment}",
        subject_ref=str(appointment.pk),
        channel=channel,
        version=appointment.version,
    )


def composed(appointment, moment, channel=Channel.SMS, now=None):
    found = message(appointment, moment, channel)
    return reminder.compose(found, now=now or found.due_at)


# --- What is planned ---------------------------------------------------------------


def test_who_books_is_reminded_by_each_way_they_proved(network, rosa):
    booked = book(network, rosa, at(10, 10))

    expected = [("day", at(9, 10)), ("hours", at(10, 8))]
    assert planned(booked, Channel.SMS) == planned(booked, Channel.EMAIL) == expected


@pytest.mark.usefixtures("fasting")
def test_with_a_preparation_there_are_four(network, rosa):
    booked = book(network, rosa, at(10, 10))

    assert [moment for moment, _ in planned(booked)] == [
        "week",
        "two_days",
        "day",
        "hours",
    ]


@pytest.mark.usefixtures("fasting")
def test_a_procedure_may_ask_for_fewer(network, rosa):
    network.ultrasound.__class__.objects.update(reminders="day")

    booked = book(network, rosa, at(10, 10))

    assert planned(booked) == [("day", at(9, 10))]


def test_papers_to_bring_are_no_preparation(network, rosa):
    bring = [Step("Orden médica", kind="bring")]
    instructions.publish(about=network.ultrasound, steps=bring, now=timezone.now())

    assert len(planned(book(network, rosa, at(10, 10)))) == 2


def test_planned_again_is_the_same(network, rosa):
    """NOT-02."""
    booked = book(network, rosa, at(10, 10))
    before = OutgoingMessage.objects.count()

    for _ in range(3):
        reminders.plan(booked, now=timezone.now())

    assert OutgoingMessage.objects.count() == before


def test_only_what_stands_is_planned(network, rosa):
    booked = book(network, rosa, at(10, 10))
    OutgoingMessage.objects.all().delete()
    booked.status = Appointment.Status.CANCELLED

    reminders.plan(booked, now=timezone.now())

    assert not OutgoingMessage.objects.exists()


def test_another_hour_is_planned_anew(network, rosa):
    booked = book(network, rosa, at(10, 10))
    Appointment.objects.update(attendance_confirmed_at=timezone.now())
    (slot,) = network.slots("luis", at(20, 15))
    kept = booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=rosa.patient,
        agreement=network.particular,
        by=rosa,
        search="otra",
        now=timezone.now(),
    )

    moved = moving.take(
        kept=kept, to=booked, by=rosa, reason="prueba", now=timezone.now()
    )

    assert moved.version == 2
    assert planned(moved) == [("day", at(19, 15)), ("hours", at(20, 13))]
    moved.refresh_from_db()
    assert moved.attendance_confirmed_at is None


def test_each_person_has_their_own_wishes(network, rosa):
    ReminderPreference.objects.create(
        patient=rosa.patient, by_email=False, day_before=False
    )

    booked = book(network, rosa, at(10, 8, 20))

    assert planned(booked, Channel.EMAIL) == []
    assert planned(booked, Channel.SMS) == [("hours", at(9, 18))]


def test_who_acts_for_a_child_is_reminded(network, rosa):
    child = PatientFactory(given_names="Mateo", birth_date=timezone.localdate())
    Guardianship.objects.create(
        guardian=rosa.patient,
        dependant=child,
        relation=Guardianship.Relation.CHILD,
        document_type="RC",
        document_number="1",
        state=Guardianship.State.APPROVED,
    )
    booked = book(network, rosa, at(10, 10), patient=child)

    found = composed(booked, "day", Channel.EMAIL)

    assert found.to == MAIL
    assert "Para: Mateo" in found.text
    Guardianship.objects.update(state=Guardianship.State.ENDED)
    assert composed(booked, "day", Channel.EMAIL) is None


def test_a_guardian_approved_later_is_reminded_of_what_was_booked_before(network, rosa):
    """Also of what the other parent booked, who is told no more."""
    child = PatientFactory(given_names="Mateo", birth_date=timezone.localdate())
    father = GuardianshipFactory(dependant=child).asked_by
    booked = book(network, father, at(10, 10), patient=child)
    assert planned(booked, Channel.EMAIL) == []
    claim = GuardianshipFactory(
        asked=True,
        asked_by=rosa,
        document_type=child.document_type,
        document_number=child.document_number,
        consent_text=consents.current(LegalText.Kind.REPRESENTATIVE),
    )

    guardianships.approve(
        guardianship_id=claim.pk,
        by=UserFactory(staff=True),
        evidence="Registro civil",
        end_date=None,
        origin=FROM_HOME,
        now=timezone.now(),
    )

    assert [moment for moment, _ in planned(booked, Channel.EMAIL)] == ["day", "hours"]


def test_who_proves_an_address_after_booking_is_reminded_all_the_same(network):
    user = patient_of(network)
    near, far = book(network, user, at(5, 10)), book(network, user, at(30, 10), "eva")
    ContactDeviceFactory(user=user, destination=MAIL)

    jobs.plan_reminders()

    assert [moment for moment, _ in planned(near, Channel.EMAIL)] == ["day", "hours"]
    assert planned(far, Channel.EMAIL) == []
    assert reminders.plan_missing(now=timezone.now()) == 0


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=5)])
def test_ten_minutes_before_a_virtual_one_comes_the_way_in(network, rosa, late):
    booked = book(network, rosa, at(10, 7), "virtual")
    found = OutgoingMessage.objects.get(kind="appointments.video", channel="sms")

    assert found.due_at == at(10, 6, 50)
    assert found.expires_at == booked.end
    envelope = video.compose(found, now=found.due_at + late)
    assert envelope.text.startswith(
        "IPS Guayacan: su cita virtual es a las 7:00 a.m. Entre ya con este enlace: "
    )
    assert gsm7.fits(envelope.text)
    mail = OutgoingMessage.objects.get(kind="appointments.video", channel="email")
    letter = video.compose(mail, now=mail.due_at)
    assert letter.subject == "Entre ya a su cita virtual: 7:00 a. m."
    assert "es a las 7:00 a. m. No tiene que instalar nada." in letter.text


# --- What is said --------------------------------------------------------------------


def test_the_sms_of_the_day_before(network, rosa):
    booked = book(network, rosa, at(10, 10))

    text = composed(booked, "day").text

    assert text.startswith(
        "IPS Guayacan: mañana 10:00 a.m. tiene cita medica, Sede. "
        "Llegue 20 min antes. Preparacion o cancelar: "
    )
    assert gsm7.fits(text)


@pytest.mark.usefixtures("fasting")
def test_the_sms_says_when_to_stop_eating(network, rosa):
    booked = book(network, rosa, at(10, 8))

    text = composed(booked, "day").text

    assert " Deje de comer hoy a las 11:00 p.m. " in text
    assert gsm7.fits(text)


@pytest.mark.usefixtures("fasting")
@pytest.mark.parametrize(("moment", "days"), [("week", 7), ("two_days", 2)])
def test_the_sms_of_long_before_says_to_prepare(network, rosa, moment, days):
    booked = book(network, rosa, at(10, 10))

    text = composed(booked, moment).text

    assert " el " in text
    assert "Debe prepararse. Preparacion o cancelar: " in text


def test_the_sms_of_two_hours_before(network, rosa):
    booked = book(network, rosa, at(10, 10))

    text = composed(booked, "hours").text

    assert text.startswith("IPS Guayacan: hoy 10:00 a.m., cita medica, ")
    assert "Cra 13 # 56-32. Lleve " in text
    assert " Tel " in text
    assert "/s/" not in text


def test_sent_the_evening_before_it_says_tomorrow(network, rosa):
    ReminderPreference.objects.create(patient=rosa.patient, day_before=False)
    booked = book(network, rosa, at(10, 8, 20))

    assert "mañana 8:20 a.m." in composed(booked, "hours").text
    subject = composed(booked, "hours", Channel.EMAIL).subject
    assert subject.startswith("Mañana es su cita: 8:20 a. m.")


def test_sent_two_evenings_before_it_says_the_day(network, rosa):
    booked = book(network, rosa, at(10, 6, 40))

    assert message(booked, "day").due_at == at(8, 18)
    assert "mañana" not in composed(booked, "day").text
    assert composed(booked, "day", Channel.EMAIL).subject.startswith("Su cita es el ")


@pytest.mark.usefixtures("fasting")
def test_the_email_says_each_step_at_its_hour(network, rosa):
    booked = book(network, rosa, at(10, 8))

    envelope = composed(booked, "day", Channel.EMAIL)

    assert envelope.subject.startswith("Mañana es su cita: 8:00 a. m., ")
    assert "Le recordamos su cita de mañana. Llegue a las 7:40 a. m." in envelope.text
    assert "A su hora:\n- No coma desde las 11:00 p. m. del " in envelope.text
    assert "Prepárese:\n- Tome mucha agua." in envelope.text
    assert "aspirina" not in envelope.text  # its hour was days ago
    week = composed(booked, "week", Channel.EMAIL).text
    assert week.index("aspirina") < week.index("No coma")


@pytest.mark.usefixtures("fasting")
@pytest.mark.parametrize("moment", ["week", "two_days", "day", "hours"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_no_reminder_says_what_it_is_for(network, rosa, moment, channel):
    booked = book(network, rosa, at(10, 10))

    envelope = composed(booked, moment, channel)

    assert ".." not in envelope.text
    for word in ("Ecograf", "Radiolog", "881302", "Rosa", "Martínez"):
        assert word not in envelope.text + envelope.subject + envelope.html


@pytest.mark.usefixtures("fasting")
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_a_destination_that_nobody_proved_cannot_answer(network, rosa, channel, client):
    """Somebody else may be reading: they are not asked whether the appointment stands."""
    booked = book(network, rosa, at(10, 8))
    rosa.contactdevice_set.update(confirmed=False, confirmed_at=None)
    network.ultrasound.__class__.objects.update(sms_name="Ecografia")

    envelope = composed(booked, "day", channel)

    assert "/citas/r/" not in envelope.text
    assert "agua" not in envelope.text
    assert "Ecografia" not in envelope.text
    if channel == Channel.SMS:
        token = envelope.text.rpartition("/")[2]
        assert client.get(f"/s/{token}/")["Location"] == f"/citas/{booked.pk}/"


@pytest.mark.parametrize("moment", ["week", "two_days", "day", "hours"])
@pytest.mark.parametrize("virtual", [False, True])
@pytest.mark.parametrize("days", [0, 1, 7])
def test_every_sms_fits_at_its_longest(network, rosa, settings, moment, virtual, days):
    """ux.md §7: {cita} 28, {sede} 12, {dir} 20, {url} 22; each with its steps."""
    settings.ORGANISATION = {**django_settings.ORGANISATION, "short_url": "citas.gu.co"}
    booked = book(network, rosa, at(10, 10))
    booked.site.sms_name, booked.site.phone = "Ñ" * 12, "601 555 0101 ext. 12345678"
    booked.site.address = "Carrera 123 bis # 115-58, local 4"
    booked.procedure.needs_order, booked.procedure.arrive_minutes = True, 120
    booked.start = datetime(2026, 9, 30, 15, 20, tzinfo=UTC)
    booked.modality = Modality.VIRTUAL if virtual else Modality.IN_PERSON

    text = reminder.reminder_sms(
        booked,
        moment,
        service="A" * pieces.SERVICE_LENGTH,
        url="citas.gu.co/s/AbCdEfG",
        now=booked.start - timedelta(days=days),
    )

    assert gsm7.fits(text)
    if moment != "hours":
        assert "Preparacion o cancelar: citas.gu.co/s/AbCdEfG" in text
    elif not virtual:
        assert "Lleve documento y orden." in text


def test_the_texts_of_ux_fit_whole_at_their_longest(network, rosa):
    """Nothing is left out of the two of ux.md §7, not even then."""
    booked = book(network, rosa, at(10, 10))
    booked.site.sms_name, booked.site.phone = "Ñ" * 12, "601 555 0101"
    booked.site.address = "Carrera 123 bis # 115-58"
    booked.procedure.needs_order = True
    facts = {"service": "A" * 28, "url": "citas.gu.co/s/AbCdEfG"}
    start = booked.start = datetime(2026, 9, 30, 15, 20, tzinfo=UTC)

    day = reminder.reminder_sms(booked, "day", now=start - timedelta(days=1), **facts)
    hours = reminder.reminder_sms(booked, "hours", now=start, **facts)

    assert day == (
        f"IPS Guayacan: mañana 10:20 a.m. tiene {'A' * 28}, {'Ñ' * 12}. "
        "Llegue 20 min antes. Preparacion o cancelar: citas.gu.co/s/AbCdEfG"
    )
    assert hours == (
        f"IPS Guayacan: hoy 10:20 a.m., {'A' * 28}, {'Ñ' * 12}, "
        "Cra 123 bis # 115-58. Lleve documento y orden. Tel 601 555 0101"
    )


@pytest.mark.parametrize("moment", ["day", "hours"])
@pytest.mark.parametrize("days", [1, 3])
def test_every_subject_is_short(network, rosa, moment, days):
    booked = book(network, rosa, at(10, 10))
    booked.site.__class__.objects.update(name="Sede " + "Chapinero Alto " * 8)
    Appointment.objects.update(
        start=datetime(2027, 9, 29, 15, 20, tzinfo=UTC),
        end=datetime(2027, 9, 29, 15, 40, tzinfo=UTC),
    )
    now = datetime(2027, 9, 29, 15, 0, tzinfo=UTC) - timedelta(days=days)

    assert len(composed(booked, moment, Channel.EMAIL, now).subject) <= 60


# --- What is not sent ----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled"},
        {"status": "arrived"},
        {"status": "fulfilled"},
        {"status": "noshow"},
        {"version": 2},
    ],
)
def test_nothing_for_an_appointment_that_no_longer_stands(network, rosa, change):
    """NOT-10, I9."""
    booked = book(network, rosa, at(10, 10))
    Appointment.objects.update(**change)

    found = OutgoingMessage.objects.filter(kind__startswith=reminder.PREFIX)
    assert {reminder.compose(one, now=one.due_at) for one in found} == {None}
    assert found.count() == 4
    assert booked.version == 1


def test_nothing_once_it_began(network, rosa):
    booked = book(network, rosa, at(10, 10))

    assert composed(booked, "hours", now=booked.start) is None


@pytest.mark.parametrize(
    ("field", "dies"), [("by_sms", True), ("hours_before", True), ("day_before", False)]
)
def test_wishes_changed_meanwhile_count(network, rosa, field, dies):
    booked = book(network, rosa, at(10, 10))
    ReminderPreference.objects.create(patient=rosa.patient, **{field: False})

    assert (composed(booked, "hours") is None) is dies


def test_a_procedure_changed_meanwhile_counts(network, rosa):
    booked = book(network, rosa, at(10, 10))
    network.ultrasound.__class__.objects.update(reminders="none")

    assert composed(booked, "hours") is None


def test_one_held_back_into_the_night_waits_for_the_morning(network, rosa):
    """A provider that was down all afternoon wakes nobody at eleven."""
    booked = book(network, rosa, at(10, 15))
    found = message(booked, "day")

    for now in (at(9, 20), at(9, 23, 30), at(10, 0, 30), at(10, 6, 59)):
        delivery.deliver(message_id=str(found.pk), now=now)
        found.refresh_from_db()
        assert (found.state, found.in_doubt) == (State.QUEUED, False)
        assert found.error == "horas de silencio"
        OutgoingMessage.objects.filter(pk=found.pk).update(due_at=now)

    assert composed(booked, "day", now=at(10, 7)).text.startswith("IPS Guayacan: hoy ")


def test_a_reminder_in_doubt_is_never_repeated():
    from portal.messaging import kinds  # noqa: PLC0415

    names = [name for name in kinds.names() if name.startswith(reminder.PREFIX)]

    assert len(names) == 4
    assert {kinds.get(name).on_uncertain for name in names} == {kinds.NEVER}


# --- From the table to the phone -------------------------------------------------------


@pytest.fixture
def doors(smtp_server, twilio_server, settings):
    settings.TWILIO_CONTENT_SIDS = {}
    return smtp_server, twilio_server


@pytest.mark.django_db(transaction=True)
def test_each_one_leaves_at_its_hour_and_not_before(network, rosa, doors):
    mail, phone = doors
    book(network, rosa, at(10, 10))
    deliver_all(timezone.now())
    confirmations = len(mail.messages), len(phone.messages)

    deliver_all(at(9, 10) - timedelta(seconds=1))
    assert (len(mail.messages), len(phone.messages)) == confirmations
    deliver_all(at(9, 10))
    deliver_all(at(9, 10))
    assert (len(mail.messages), len(phone.messages)) == (2, 2)
    deliver_all(at(10, 8))

    assert (len(mail.messages), len(phone.messages)) == (3, 3)
    assert "mañana 10:00 a.m. tiene" in str(phone.messages[1].text)
    assert "hoy 10:00 a.m." in str(phone.messages[2].text)


@pytest.mark.django_db(transaction=True)
def test_cancelled_before_it_is_sent_it_dies(network, rosa, doors):
    mail, phone = doors
    booked = book(network, rosa, at(10, 10))
    deliver_all(timezone.now())
    Appointment.objects.update(status="cancelled")

    deliver_all(at(9, 10))

    assert (len(mail.messages), len(phone.messages)) == (1, 1)
    assert message(booked, "day").state == State.DROPPED


@pytest.mark.django_db(transaction=True)
def test_too_late_is_not_sent(network, rosa, doors):
    """NOT-05: the worker slept until an hour before the appointment."""
    _, phone = doors
    booked = book(network, rosa, at(10, 10))
    deliver_all(timezone.now())

    deliver_all(at(10, 9))

    assert message(booked, "day").state == State.DROPPED
    assert message(booked, "hours").state == State.SENT
    assert len(phone.messages) == 2


def test_the_voucher_says_when_the_reader_is_reminded(network, rosa, client):
    """ux.md: «Le recordamos la cita hoy a las 6:00 p. m.»"""
    booked = book(network, rosa, at(1, 12))
    client.force_login(rosa)

    page = client.get(f"/citas/{booked.pk}/listo/").content.decode()

    due = min(hour for _, hour in planned(booked))
    assert reminders.next_for(rosa.patient, booked, now=timezone.now()) == due
    day = "hoy" if timezone.localdate(due) == timezone.localdate() else "mañana"
    assert f"Le recordamos la cita {day} a las " in page
    assert reminders.next_for(rosa.patient, booked, now=booked.start) is None


def test_a_schedule_without_anybody_reached_plans_nothing(network):
    user = UserFactory()
    booked = book(network, user, at(10, 10), "eva")

    assert planned(booked) == []
