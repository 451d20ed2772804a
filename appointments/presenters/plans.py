"""The plans for several appointments as their page tells them: day by day, with the waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise

from accounts.models import Patient
from appointments import answering, words
from appointments.availability import FreeTime
from appointments.names import Names
from appointments.planner import Purpose
from appointments.planning import Found, Part, PlanFound
from catalog.models import Modality, Site
from portal.ui import dates

LONG_ENOUGH_TO_EAT = 20
BREAKFAST_UNTIL = 11 * 60
NUMBERS = ("cero", "un", "dos", "tres", "cuatro", "cinco", "seis")
ICONS = {
    Purpose.SOONEST: "star",
    Purpose.LEAST_WAITING: "clock",
    Purpose.SOONER_MORE_TRIPS: "calendar",
}

Timed = tuple[int, FreeTime]


@dataclass(frozen=True, slots=True)
class Line:
    """An appointment of the day, or the wait before the next one."""

    title: str
    text: str = ""
    wait: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    when: str
    hours: str
    place: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A plan with its button. The slots are in the order of the basket."""

    number: int
    heading: str
    icon: str
    days: tuple[Day, ...]
    total: str
    said: str
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    heading: str
    intro: str
    cards: tuple[Card, ...]
    unproved: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """What the words need besides the times."""

    names: Names
    parts: Sequence[Part]
    fasting: frozenset[int]
    # Schedules in which somebody must accept, by part.
    by_request: Sequence[frozenset[int]]
    travel: Mapping[tuple[int, int], int]
    default_travel: int
    opener: Patient
    now: datetime

    @property
    def is_family(self) -> bool:
        return len({part.patient.pk for part in self.parts}) > 1


def page(found: Found, setting: Setting) -> Page:
    citas = f"sus {len(setting.parts)} citas"
    many = len(found.plans)
    plans = "un plan" if many == 1 else f"{many} planes"
    return Page(
        title=f"Planes para {citas}",
        heading=f"Encontramos {plans} para {citas}",
        intro=_intro(setting),
        cards=tuple(
            _card(number, plan, setting)
            for number, plan in enumerate(found.plans, start=1)
        ),
        unproved=not found.proved,
    )


def lasting(minutes: int) -> str:
    """«50 min», «1 hora 20 min», «2 horas»."""
    hours, rest = divmod(minutes, 60)
    said = [words.counted(hours, "hora", "horas")] if hours else []
    said += [f"{rest} min"] if rest or not hours else []
    return " ".join(said)


def _intro(setting: Setting) -> str:
    said = ["El ayuno va primero."] if setting.fasting else []
    if any(part.modality == Modality.IN_PERSON for part in setting.parts):
        said.append("Dejamos tiempo para caminar de un consultorio a otro.")
    if setting.is_family:
        said.append("Van una después de otra, para que pueda acompañarlos.")
    return " ".join(said)


def _card(number: int, plan: PlanFound, setting: Setting) -> Card:
    by_day = [
        (day, list(times)) for day, times in groupby(plan.times, lambda t: t[1].day)
    ]
    slots = {part: time.slot_id for part, time in plan.times}
    return Card(
        number=number,
        heading=_heading(plan, len(by_day)),
        icon=ICONS[plan.purpose],
        days=tuple(_day(day, times, setting) for day, times in by_day),
        total=_total(plan, setting),
        said=" y ".join(dates.day(day) for day, _ in by_day),
        slots=tuple(slots[part] for part in range(len(setting.parts))),
    )


def _heading(plan: PlanFound, days: int) -> str:
    if plan.purpose == Purpose.SOONER_MORE_TRIPS:
        return f"Antes, pero en {NUMBERS[plan.trips]} viajes"
    which = "El día" if days == 1 else "Los días"
    if plan.purpose == Purpose.LEAST_WAITING:
        return f"{which} con menos espera"
    return f"{which} más cercano{'' if days == 1 else 's'}"


def _total(plan: PlanFound, setting: Setting) -> str:
    waits = (
        f"Espera total: {lasting(plan.waiting)}." if plan.waiting else "Sin esperas."
    )
    if not plan.trips:
        return f"{waits} No tiene que salir de casa."
    if plan.trips == 1:
        return waits
    return f"Son {NUMBERS[plan.trips]} viajes. {waits}"


def _day(day: date, times: Sequence[Timed], setting: Setting) -> Day:
    sites = _sites(times, setting)
    named = [words.site_named(site) for site in sites]
    lines = [_line(times[0], setting, several_sites=len(sites) > 1)]
    for before, after in pairwise(times):
        if wait := _wait(before, after, setting):
            lines.append(Line(wait, wait=True))
        lines.append(_line(after, setting, several_sites=len(sites) > 1))
    return Day(
        when=words.at_start(dates.day(day)),
        hours=_hours(times[0][1].minute, max(_end(time, setting) for time in times)),
        place=f"{' y '.join(named)}." if named else "Por videollamada.",
        lines=tuple(lines),
    )


def _sites(times: Sequence[Timed], setting: Setting) -> list[Site]:
    """Where somebody has to go that day, in the order in which they go."""
    ids = [
        time.site_id
        for part, time in times
        if setting.parts[part].modality == Modality.IN_PERSON
    ]
    return [setting.names.sites.by_id[pk] for pk in dict.fromkeys(ids)]


def _end(timed: Timed, setting: Setting) -> int:
    part, time = timed
    return time.minute + setting.parts[part].procedure.minutes


def _hours(first: int, last: int) -> str:
    """«De 7:00 a 9:20 a. m.»: the half of the day once, where it is the same."""
    begin, end = dates.hour(first), dates.hour(last)
    noon = dates.NOON
    if (first < noon) == (last < noon) and noon not in (first, last):
        begin = begin.partition(dates.NBSP)[0]
    return f"De {begin} a {end}" + ("" if end.endswith(".") else ".")


def _line(timed: Timed, setting: Setting, *, several_sites: bool) -> Line:
    number, time = timed
    part = setting.parts[number]
    who = setting.names.practitioners.by_id[time.practitioner_id]
    said = [f"{who}, {part.procedure.minutes} min"]
    if part.modality == Modality.VIRTUAL:
        said.append("por videollamada")
    elif several_sites:
        said.append(words.site_named(setting.names.sites.by_id[time.site_id]))
    text = ", ".join(said)
    if setting.is_family:
        text = f"Para {part.patient.given_names}. {text}"
    return Line(
        title=f"{dates.hour(time.minute)} {words.service(part.procedure)}",
        text=text,
        note=_note(number, time, setting),
    )


def _note(number: int, time: FreeTime, setting: Setting) -> str:
    if time.schedule_id not in setting.by_request[number]:
        return ""
    due = answering.answer_by(start=time.start, now=setting.now)
    return f"Por solicitud: la sede le responde antes del {dates.moment(due)}"


def _wait(before: Timed, after: Timed, setting: Setting) -> str:
    """«Espera 50 min. Puede desayunar.»; and the way, if it is to another site."""
    ends = _end(before, setting)
    pause = after[1].minute - ends
    if pause <= 0:
        return ""
    said = [f"Espera {lasting(pause)}"]
    said += _travel(before, after, setting)
    if (
        before[0] in setting.fasting
        and after[0] not in setting.fasting
        and pause >= LONG_ENOUGH_TO_EAT
    ):
        said.append(_may_eat(before[0], ends, setting))
    return said[0] if len(said) == 1 else f"{'. '.join(said)}."


def _travel(before: Timed, after: Timed, setting: Setting) -> list[str]:
    places = _sites([before, after], setting)
    if len(places) < 2:
        return []
    one, two = sorted(place.pk for place in places)
    minutes = setting.travel.get((one, two), setting.default_travel)
    return [
        f"La siguiente es en la {words.site_named(places[1])}: "
        f"el viaje toma unos {lasting(minutes)}"
    ]


def _may_eat(number: int, minute: int, setting: Setting) -> str:
    what = "desayunar" if minute < BREAKFAST_UNTIL else "comer"
    if not setting.is_family:
        return f"Puede {what}"
    return f"{setting.parts[number].patient.given_names} puede {what}"
