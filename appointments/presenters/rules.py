"""Until when one cancels or changes online, and what the telephone is for: in words.

The card and the page of an appointment have theirs in `deadlines`; here is what is said
before booking, on the voucher, while a time is changed, and when it is too late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timezone import localdate

from appointments import cancellation, policies, words
from appointments.models import Appointment
from appointments.policies import Barrier, Rules
from appointments.presenters.lists import Leaf
from portal.ui import dates

CALL_PAGE = "appointments/call.html"
CANCEL, CHANGE, GIVE_NOTICE = "cancelar", "cambiar la hora", "avisar"
HOUR = timedelta(hours=1)
MOST_HOURS = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Line:
    """«Puede cancelar o cambiar la cita gratis hasta el …», and what is by telephone."""

    text: str
    # «Para cancelarla o cambiarla», when a call is needed for something.
    call_to: str
    phone: str
    phone_link: str
    # How often, and how many: what is left of the policy besides its deadlines.
    limits: str = ""

    @property
    def online(self) -> bool:
        return not self.call_to


def rules_line(appointment: Appointment, now: datetime) -> Line:
    """Of one that is asked for or booked. Needs the schedule and the site; asks nothing."""
    rules, start = cancellation.rules_for(appointment), appointment.start
    cancel = policies.barrier_to_cancel(rules, start=start, now=now)
    change = policies.barrier_to_move(
        rules, start=start, now=now, moves=appointment.moves
    )
    phone = phone_of(appointment)
    return Line(
        text=_until(rules, start, cancel=cancel, change=change),
        call_to=_to_call_for(cancel=cancel, change=change),
        phone=phone,
        phone_link=words.phone_link(phone),
        limits=_limits(
            rules,
            moves=appointment.moves,
            cancels=cancel is None,
            changes=change is None,
        ),
    )


def _limits(rules: Rules, *, moves: int, cancels: bool, changes: bool) -> str:
    """«Por internet puede cambiar la hora 3 veces y cancelar 5 citas por semana. …»"""
    left = max(0, rules.most_changes - moves)
    online = []
    if changes:
        online.append(f"cambiar la hora {words.counted(left, 'vez', 'veces')} más")
    if cancels:
        week = words.counted(rules.most_cancellations_a_week, "cita", "citas")
        online.append(f"cancelar {week} por semana")
    said = f"Por internet puede {' y '.join(online)}. " if online else ""
    every = words.counted(rules.most_to_come, "cita pendiente", "citas pendientes")
    same = rules.most_to_come_in_specialty
    return f"{said}Cada persona puede tener hasta {every}, y {same} de la misma especialidad."


def _until(
    rules: Rules, start: datetime, *, cancel: Barrier | None, change: Barrier | None
) -> str:
    cancel_until = dates.moment(policies.cancel_until(rules, start=start))
    change_until = dates.moment(policies.move_until(rules, start=start))
    if cancel is None and change is None and cancel_until == change_until:
        return words.stopped(
            f"Puede cancelar o cambiar la cita gratis hasta el {cancel_until}"
        )
    if cancel is None and change is None:
        return words.stopped(
            f"Puede cancelar la cita gratis hasta el {cancel_until}, "
            f"y cambiarla hasta el {change_until}"
        )
    if cancel is None:
        return words.stopped(f"Puede cancelar la cita gratis hasta el {cancel_until}")
    if change is None:
        return words.stopped(f"Puede cambiar la cita gratis hasta el {change_until}")
    if cancel == change == Barrier.LATE:
        notice = min(rules.cancel_notice, rules.change_notice)
        return f"Faltan menos de {span(notice)} para esta cita."
    return ""


def _to_call_for(*, cancel: Barrier | None, change: Barrier | None) -> str:
    if cancel is None and change is None:
        return ""
    if cancel is None:
        return "Para cambiarla"
    return "Para cancelarla" if change is None else "Para cancelarla o cambiarla"


def changing(appointment: Appointment | None) -> str:
    """The note above every page on which another hour is chosen (ux.md §11.9)."""
    if appointment is None:
        return ""
    what = words.stopped(
        f"Está cambiando su cita del {dates.moment(appointment.start)}"
    )
    return f"{what} La conserva hasta que confirme la nueva."


@dataclass(frozen=True, slots=True)
class Call:
    """The page that says: by telephone, and why."""

    pk: str
    act: str
    why: str
    title: str
    when: str
    leaf: Leaf
    reference: str
    site: str
    phone: str
    phone_link: str
    hours: str
    may_give_notice: bool


def to_call(
    appointment: Appointment, act: str, barrier: str, now: datetime | None = None
) -> Call:
    """`act` is CANCEL, CHANGE or GIVE_NOTICE; `now` is known where notice may be given."""
    phone, day = phone_of(appointment), localdate(appointment.start)
    near = dates.near_day(day, localdate(now)) if now else dates.day(day)
    ours = appointment.site.phone
    return Call(
        pk=str(appointment.pk),
        act=act,
        why=_why(cancellation.rules_for(appointment), act, barrier),
        title=words.service(appointment.procedure),
        when=words.at_start(f"{near}, {dates.hour(appointment.start)}"),
        leaf=Leaf.of(day),
        reference=appointment.reference,
        site=words.site_named(appointment.site) if ours else "",
        phone=phone,
        phone_link=words.phone_link(phone),
        hours=_hours(appointment.site.opening_hours) if ours else "",
        may_give_notice=act != GIVE_NOTICE
        and (now is None or policies.may_give_notice(start=appointment.start, now=now)),
    )


def _hours(written: str) -> str:
    hours = f"{written[:1].lower()}{written[1:]}"
    return words.stopped(f"Horario de atención: {hours}") if written else ""


def _why(rules: Rules, act: str, barrier: str) -> str:
    if act == GIVE_NOTICE:
        return "La hora de su cita ya pasó. Si no pudo ir, cuéntele a la sede por teléfono."
    if barrier == Barrier.PHONE_ONLY:
        return "Esta cita se cancela y se cambia solo por teléfono."
    if barrier == Barrier.WEEK:
        return "Usted ya canceló varias citas esta semana. Para cancelar otra, llame a su sede."
    if barrier == Barrier.CHANGES:
        times = words.counted(rules.most_changes, "vez", "veces")
        if not rules.most_changes:
            return "La hora de esta cita se cambia solo por teléfono."
        return (
            f"Ya cambió la hora de esta cita {times}. Para cambiarla otra vez, "
            "llame a su sede."
        )
    notice = rules.cancel_notice if act == CANCEL else rules.change_notice
    neither = rules.cancel_notice == rules.change_notice
    what = "cancelar ni cambiar" if neither else act
    return (
        f"Faltan menos de {span(notice)} para su cita. Ya no se puede {what} "
        "por internet, pero sí por teléfono."
    )


def span(notice: timedelta) -> str:
    """«24 horas», «90 minutos», «5 días»."""
    if notice % HOUR:
        minutes = round(notice.total_seconds() / 60)
        return words.counted(minutes, "minuto", "minutos")
    if notice > MOST_HOURS and not notice.seconds:
        return words.counted(notice.days, "día", "días")
    return words.counted(round(notice / HOUR), "hora", "horas")


def phone_of(appointment: Appointment) -> str:
    """Of the site, or of the clinic where the site gave none."""
    return str(appointment.site.phone or settings.ORGANISATION["phone"])
