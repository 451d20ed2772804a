"""What the page of a virtual appointment says of its room, without saying where it is."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localdate

from appointments import policies, video, words
from appointments.models import Appointment
from portal.ui import dates


@dataclass(frozen=True, slots=True)
class Room:
    """`opens` is «Puede entrar desde las 3:10 p. m.», with its day if that is not today."""

    day: str
    open: bool
    over: bool
    opens: str


def room(appointment: Appointment, *, now: datetime) -> Room | None:
    """Nothing for an appointment that has no room."""
    if not video.has_room(appointment):
        return None
    opens = policies.video_opens(appointment.start)
    said = f"las {dates.hour(opens)}"
    if localdate(opens) != localdate(now):
        said = f"{said} del {dates.day(opens)}"
    near = dates.near_day(appointment.start, localdate(now))
    far = dates.day_with_year(appointment.start)
    return Room(
        day=words.at_start(far if near == dates.day(appointment.start) else near),
        open=video.is_open(appointment, now=now),
        over=appointment.end <= now,
        opens=words.stopped(f"Puede entrar desde {said}"),
    )
