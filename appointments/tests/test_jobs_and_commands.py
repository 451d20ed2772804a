"""What the clock and the operator start."""

from datetime import time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments import jobs
from appointments.models import Appointment, Holiday, Slot
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import hold, one_time, weekly

pytestmark = pytest.mark.django_db


@pytest.fixture
def every_day():
    """Two times a day, from tomorrow's."""
    schedule = ScheduleFactory(horizon_days=5)
    return weekly(schedule, *range(1, 8), opens=time(0), closes=time(0, 40))


def test_job_ends_the_holds_that_are_over():
    now = timezone.now()
    slot = one_time(now + timedelta(days=3))
    held = hold(slot, now=now - timedelta(minutes=10))

    jobs.lapse_holds()

    held.refresh_from_db()
    assert held.status == Appointment.Status.LAPSED
    assert Slot.objects.get().free


def test_nightly_job_publishes_to_the_horizon_and_loads_the_holidays(every_day):
    every_day.site.save()

    jobs.publish_slots()

    today = timezone.localdate()
    days = set(Slot.objects.values_list("day", flat=True))
    years = {today.year, today.year + 1}
    holidays = set(Holiday.objects.values_list("date", flat=True))
    meant = {today + timedelta(days=n) for n in range(1, 6)} - holidays
    assert days - {today} == meant
    assert {day.year for day in holidays} == years


def test_command_publishes_so_many_days(every_day, capsys):
    call_command("publish_slots", "--days", "2", "--schedule", str(every_day.pk))

    last = Slot.objects.latest("start").day
    assert last == timezone.localdate() + timedelta(days=2)
    assert capsys.readouterr().out.startswith(
        f"{Slot.objects.count()} horas nuevas, 0 que"
    )


def test_command_publishes_until_a_day(every_day):
    until = timezone.localdate() + timedelta(days=1)

    call_command("publish_slots", "--until", until.isoformat())

    assert Slot.objects.latest("start").day == until


def test_command_does_not_know_that_schedule():
    with pytest.raises(CommandError, match="No existe la agenda 999"):
        call_command("publish_slots", "--schedule", "999")


def test_command_does_not_understand_that_day():
    with pytest.raises(CommandError):
        call_command("publish_slots", "--until", "mañana")


def test_command_tells_clashes(every_day, capsys):
    other = ScheduleFactory(practitioner=every_day.practitioner)
    weekly(other, *range(1, 8), opens=time(0, 20), closes=time(0, 40))

    call_command("publish_slots", "--days", "1")

    said = capsys.readouterr().out
    assert f"la agenda {other.pk} choca con la {every_day.pk}." in said


def test_command_loads_holidays(capsys):
    call_command("load_holidays", "2026")

    assert capsys.readouterr().out == "19 festivos nuevos.\n"
