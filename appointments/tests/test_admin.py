"""What staff run from the admin."""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient
from accounts.tests.at_the_desk import chief, enter, member
from appointments.models import Appointment, Holiday, Schedule, ScheduleException, Slot
from appointments.tests.factories import BOGOTA, ScheduleFactory
from appointments.tests.steps import book, one_time, weekly
from catalog.tests.factories import PractitionerFactory, ProcedureFactory, SiteFactory
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    enter(client, chief())
    return client


def tomorrow(hour=8):
    day = timezone.localdate() + timedelta(days=1)
    return timezone.datetime(day.year, day.month, day.day, hour, tzinfo=BOGOTA)


def published(hour=8):
    """A schedule with one time tomorrow, and that time."""
    schedule = ScheduleFactory(horizon_days=1, notice_minutes=0)
    day = tomorrow().isoweekday()
    weekly(schedule, day, opens=time(hour), closes=time(hour, 20))
    slot = one_time(tomorrow(hour))
    Slot.objects.filter(pk=slot.pk).update(
        schedule=schedule, practitioner=schedule.practitioner, site=schedule.site
    )
    slot.refresh_from_db()
    return slot


def url(model, page, *args):
    return reverse(f"admin:appointments_{model}_{page}", args=args)


def said(response):
    return [str(message) for message in response.context["messages"]]


def schedule_form(**changes):
    hours = {
        "weekly_hours-TOTAL_FORMS": 1,
        "weekly_hours-INITIAL_FORMS": 0,
        "weekly_hours-0-weekday": tomorrow().isoweekday(),
        "weekly_hours-0-opens": "08:00",
        "weekly_hours-0-closes": "09:00",
    }
    facts = {
        "modality": "presencial",
        "booking": "instant",
        "slot_minutes": 20,
        "capacity": 1,
        "notice_minutes": 0,
        "horizon_days": 1,
        "start_date": "2026-01-01",
        "active": "on",
    }
    return facts | hours | changes


def test_new_agenda_is_published_when_it_is_saved(desk):
    procedure = ProcedureFactory()
    form = schedule_form(
        practitioner=PractitionerFactory().pk,
        site=SiteFactory().pk,
        specialty=procedure.specialty_id,
        procedures=[procedure.pk],
    )

    response = desk.post(url("schedule", "add"), form, follow=True)

    assert "Agenda publicada: 3 horas nuevas, 0 retiradas." in said(response)
    assert Slot.objects.filter(free=True).count() == 3


def test_who_and_where_of_an_agenda_do_not_change(desk):
    """BOK-06: its times carry them."""
    schedule = ScheduleFactory(horizon_days=1)
    form = schedule_form(
        practitioner=PractitionerFactory().pk,
        site=SiteFactory().pk,
        specialty=schedule.specialty_id,
        procedures=[schedule.procedures.get().pk],
    )

    desk.post(url("schedule", "change", schedule.pk), form)

    after = Schedule.objects.get()
    assert (after.practitioner, after.site) == (schedule.practitioner, schedule.site)
    assert after.weekly_hours.count() == 1


def test_agenda_cannot_be_deleted(desk):
    response = desk.post(url("schedule", "delete", ScheduleFactory().pk))

    assert response.status_code == 403


def absence(slot, **changes):
    start = slot.start.astimezone(BOGOTA)
    end = start + timedelta(minutes=20)
    return {
        "kind": "closed",
        "practitioner": slot.practitioner_id,
        "start": start.strftime("%Y-%m-%dT%H:%M"),
        "end": end.strftime("%Y-%m-%dT%H:%M"),
        "reason": "Permiso",
    } | changes


def test_absence_withdraws_the_times(desk):
    slot = published()

    response = desk.post(url("scheduleexception", "add"), absence(slot), follow=True)

    assert "Agenda publicada: 0 horas nuevas, 1 retiradas." in said(response)
    slot.refresh_from_db()
    assert slot.withdrawn


def test_absence_that_hits_somebody_is_shown_first(desk):
    slot = published()
    booked = book(slot, now=timezone.now())

    response = desk.post(url("scheduleexception", "add"), absence(slot))

    assert booked.reference in str(response.context["adminform"].form.errors["seen"])
    assert not ScheduleException.objects.exists()


def test_absence_that_somebody_has_seen_is_saved_and_tells_again(desk):
    slot = published()
    booked = book(slot, now=timezone.now())

    form = absence(slot, seen="on")
    response = desk.post(url("scheduleexception", "add"), form, follow=True)

    assert any(booked.reference in words for words in said(response))
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.BOOKED


def test_absence_that_is_taken_away_gives_the_times_back(desk):
    slot = published()
    desk.post(url("scheduleexception", "add"), absence(slot))
    made = ScheduleException.objects.get()

    desk.post(url("scheduleexception", "delete", made.pk), {"post": "yes"})

    slot.refresh_from_db()
    assert slot.free


def test_absence_that_changes_its_practitioner_publishes_both(desk):
    slot, other = published(), published()
    desk.post(url("scheduleexception", "add"), absence(slot))
    made = ScheduleException.objects.get()

    desk.post(url("scheduleexception", "change", made.pk), absence(other))

    slot.refresh_from_db()
    other.refresh_from_db()
    assert (slot.free, other.free) == (True, False)


def test_absence_that_ends_before_it_begins(desk):
    slot = published()
    start = absence(slot)["start"]

    response = desk.post(url("scheduleexception", "add"), absence(slot, end=start))

    assert response.context["adminform"].form.errors


def test_holiday_closes_the_day_and_opens_where_it_is_said(desk):
    slot, opened = published(), published()
    form = {"date": tomorrow().date().isoformat(), "name": "Día cívico"}

    desk.post(url("holiday", "add"), form | {"open_sites": [opened.site_id]})

    slot.refresh_from_db()
    opened.refresh_from_db()
    assert (slot.withdrawn, opened.free) == (True, True)


def test_holiday_that_is_taken_away_opens_the_day(desk):
    slot = published()
    form = {"date": tomorrow().date().isoformat(), "name": "Día cívico"}
    desk.post(url("holiday", "add"), form)

    desk.post(url("holiday", "delete", Holiday.objects.get().pk), {"post": "yes"})

    slot.refresh_from_db()
    assert slot.free


def test_moments_are_asked_in_one_field(desk):
    page = desk.get(url("scheduleexception", "add")).content.decode()

    assert page.count('type="datetime-local"') == 2
    assert "start_0" not in page


# --- Appointments -----------------------------------------------------------------


def shown(client, **query):
    page = client.get(url("appointment", "changelist"), query)
    return list(page.context["cl"].result_list)


def test_appointment_is_found_by_its_code_and_by_the_document(desk):
    booked, _other = (book(published(hour), now=timezone.now()) for hour in (8, 9))
    document = Patient.objects.get(pk=booked.patient_id).document_number

    assert shown(desk, q=booked.reference.lower().replace("-", "")) == [booked]
    assert shown(desk, q=document) == [booked]
    assert shown(desk, q=document[:-1]) == []


def test_list_begins_with_today(desk):
    booked = book(published(), now=timezone.now())

    assert shown(desk) == []
    assert shown(desk, dia="manana") == [booked]


def test_appointment_is_read_only_and_reading_it_is_written_down(desk):
    """ACC-07"""
    booked = book(published(), now=timezone.now())
    address = url("appointment", "change", booked.pk)

    page = desk.get(address)
    tampered = desk.post(address, {"status": "cancelled"})

    assert page.status_code == 200
    assert b'name="status"' not in page.content
    assert tampered.status_code == 403
    assert desk.post(url("appointment", "delete", booked.pk)).status_code == 403
    assert AuditEvent.objects.filter(
        action="admin.appointment.viewed", patient_ref=booked.patient.token
    ).exists()


def test_reception_sees_the_appointments_of_its_sites(client):
    """ACC-07"""
    here, there = (book(published(hour), now=timezone.now()) for hour in (8, 9))
    clerk = member()
    clerk.user_permissions.add(Permission.objects.get(codename="view_appointment"))
    clerk.sites.add(here.site)
    enter(client, clerk)

    assert shown(client, dia="todos") == [here]
    elsewhere = client.get(url("appointment", "change", there.pk))
    assert elsewhere.status_code == 302
