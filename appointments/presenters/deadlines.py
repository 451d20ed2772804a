"""Until when an appointment may be changed or cancelled online, and what there is after that."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from appointments import cancellation, policies, words
from appointments.models import Appointment
from portal.ui import dates

BOTH = "Puede cancelarla o cambiarla"


@dataclass(frozen=True, slots=True)
class Ways:
    """What its page and its card offer. The writers decide again."""

    may_change: bool = False
    may_cancel: bool = False
    may_give_notice: bool = False
    until: str = ""
    # «Puede hacerlo gratis hasta el …», under the two buttons.
    free_until: str = ""
    phone: str = ""
    phone_link: str = ""

    @property
    def by_phone(self) -> str:
        """What is left for the telephone."""
        if self.may_change and self.may_cancel:
            return ""
        if self.may_cancel:
            return "cambiarla"
        return "cancelarla" if self.may_change else "cancelarla o cambiarla"


def ways(appointment: Appointment, *, now: datetime) -> Ways:
    """Needs the schedule and the site."""
    if appointment.status != Appointment.Status.BOOKED or appointment.end <= now:
        return Ways()
    rules, start = cancellation.rules_for(appointment), appointment.start
    moves = appointment.moves
    change = policies.barrier_to_move(rules, start=start, now=now, moves=moves)
    cancel = policies.barrier_to_cancel(rules, start=start, now=now)
    until = _until(
        change="" if change else dates.moment(policies.move_until(rules, start=start)),
        cancel=""
        if cancel
        else dates.moment(policies.cancel_until(rules, start=start)),
    )
    phone = appointment.site.phone or settings.ORGANISATION["phone"]
    return Ways(
        may_change=change is None,
        may_cancel=cancel is None,
        may_give_notice=cancel is not None
        and policies.may_give_notice(start=start, now=now),
        until=until,
        free_until=until.replace(BOTH, "Puede hacerlo gratis"),
        phone=phone,
        phone_link=words.phone_link(phone),
    )


def _until(*, change: str, cancel: str) -> str:
    """Each moment in words; empty when that is not done online any more."""
    if change and change == cancel:
        said = f"{BOTH} hasta el {cancel}"
    elif change and cancel:
        said = f"Puede cambiarla hasta el {change} y cancelarla hasta el {cancel}"
    elif change or cancel:
        what = "cambiarla" if change else "cancelarla"
        said = f"Puede {what} hasta el {change or cancel}"
    else:
        said = ""
    return words.stopped(said)
