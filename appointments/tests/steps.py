"""What the tests of the agenda do again and again, in one line each."""

from datetime import UTC, datetime, time, timedelta

from accounts.models import User
from accounts.tests.factories import UserFactory
from appointments import booking
from appointments.models import Appointment, Schedule, Slot, WeeklyHours
from appointments.tests.factories import BOGOTA, ScheduleFactory, SlotFactory
from catalog.models import Agreement
from catalog.tests.factories import AgreementFactory

# A Monday at noon in Bogotá.
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def bogota(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """A local moment of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=BOGOTA)


def times(schedule: Schedule, *starts: datetime, **fields: object) -> list[Slot]:
    return [SlotFactory(schedule=schedule, start=start, **fields) for start in starts]


def one_time(start: datetime | None = None, **schedule: object) -> Slot:
    """A free time in a schedule of its own, on Tuesday at eight if nothing else is said."""
    return SlotFactory(
        schedule=ScheduleFactory(**schedule), start=start or bogota(3, 8)
    )


def particular() -> Agreement:
    found = Agreement.objects.filter(code="particular").first()
    return found or AgreementFactory(particular=True, code="particular")


def hold(slot: Slot, user: User | None = None, **changes: object) -> Appointment:
    user = user or UserFactory()
    facts: dict = {
        "slot_id": slot.pk,
        "procedure": slot.schedule.procedures.first(),
        "patient": user.patient,
        "agreement": particular(),
        "by": user,
        "search": f"horas={slot.schedule_id}",
        "now": NOON,
    }
    return booking.hold(**facts | changes)


def act(do, appointment: Appointment, *, now: datetime = NOON, **changes):
    """Something that its own patient does with an appointment."""
    facts = {
        "appointment_id": appointment.pk,
        "patient": appointment.patient,
        "by": appointment.booked_by,
        "now": now,
    }
    return do(**facts | changes)


def book(slot: Slot, user: User | None = None, **changes: object) -> Appointment:
    held = hold(slot, user, **changes)
    return act(booking.confirm, held, now=changes.get("now", NOON))


def weekly(schedule: Schedule, *weekdays: int, opens: time, closes: time) -> Schedule:
    WeeklyHours.objects.bulk_create(
        WeeklyHours(schedule=schedule, weekday=day, opens=opens, closes=closes)
        for day in weekdays
    )
    return schedule


def after(minutes: float, moment: datetime = NOON) -> datetime:
    return moment + timedelta(minutes=minutes)
