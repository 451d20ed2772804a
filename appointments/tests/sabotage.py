"""Taking the walls of a booking away, for the twins that show what they hold back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import connection

from appointments import keeping
from appointments.errors import SlotTaken
from appointments.models import Appointment, AppointmentEvent, Slot

WALLS = ("appointment_patient_once", "appointment_practitioner_once")


def look_then_write(put: Callable[..., None], *, pause: Callable[[], None]) -> None:
    """Nobody decides any more: who found the time free writes it after a pause."""
    write = keeping.write

    def only_look(wanted):
        if Slot.objects.filter(pk__in=wanted, free=True).count() != len(wanted):
            raise SlotTaken

    def write_late(held, wanted, *, by, now):
        pause()
        Slot.objects.filter(pk__in=wanted).update(free=False)
        return write(held, wanted, by=by, now=now)

    put(keeping, "take", only_look)
    put(keeping, "write", write_late)


def drop_claim(put: Callable[..., None]) -> None:
    put(keeping, "_claim", lambda held, wanted: None)


@contextmanager
def no_exclusion() -> Iterator[None]:
    """Without PostgreSQL's own walls; SQLite has none to take away."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        walls = {name: _definition(cursor, name) for name in WALLS}
        for name in WALLS:
            cursor.execute(
                f"ALTER TABLE appointments_appointment DROP CONSTRAINT {name}"
            )
    try:
        yield
    finally:
        # What was written meanwhile would keep the walls from standing again.
        AppointmentEvent.objects.all().delete()
        Appointment.objects.all().delete()
        _build(walls)


def _build(walls: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, wall in walls.items():
            cursor.execute(
                f"ALTER TABLE appointments_appointment ADD CONSTRAINT {name} {wall}"
            )


def _definition(cursor, name: str) -> str:
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
    )
    return cursor.fetchone()[0]
