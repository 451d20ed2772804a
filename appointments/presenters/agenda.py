"""The agenda as its page shows it. Labels are made once: fifty dates cost more than the search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appointments import answering, words
from appointments.agenda import Agenda
from appointments.availability import FreeTime
from appointments.names import Names
from catalog.models import Procedure
from portal.ui import dates

HOURS_SHOWN = 4
STRIP_DAYS = 14

Link = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Offer:
    """One time with its own button."""

    heading: str
    when: str
    who: str
    slot_id: int
    # Somebody must accept: until when the answer comes.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    url: str
    name: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True)
class StripDay:
    weekday: str
    day: str
    said: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Hour:
    id: int
    hour: str
    label: str
    best: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    weekday: str
    day: str
    full: str
    slots: tuple[Hour, ...]
    more: str
    more_url: str


@dataclass(frozen=True, slots=True)
class Doc:
    anchor: str
    initials: str
    name: str
    about: str
    days: tuple[Day, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class AgendaPage:
    said: str
    first: Offer
    months: tuple[Month, ...]
    strip: tuple[StripDay, ...]
    strip_label: str
    heading: str
    docs: tuple[Doc, ...]
    next_url: str
    more_docs_url: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What the labels need besides the times: who is who, today, and how to link."""

    names: Names
    procedure: Procedure
    virtual: bool
    today: date
    attended: frozenset[int]
    filtered: bool
    days: tuple[date, date]
    opened: str
    link: Link
    now: datetime
    # The schedules in which somebody must accept what is asked.
    by_request: frozenset[int]


def offer(heading: str, time: FreeTime, setting: Setting) -> Offer:
    day = words.at_start(dates.near_day(time.day, setting.today))
    return Offer(
        heading=heading,
        when=f"{day}, {dates.hour(time.minute)}",
        who=_who(time, setting),
        slot_id=time.slot_id,
        note=_note([time], setting),
    )


def page(agenda: Agenda, setting: Setting, *, said: str) -> AgendaPage:
    shown = agenda.shown
    more = agenda.page < agenda.pages
    return AgendaPage(
        said=said,
        first=offer("Primera cita disponible", agenda.first, setting),
        months=tuple(_months(agenda, setting)),
        strip=tuple(_strip(agenda, setting)),
        strip_label=_strip_label(agenda, setting),
        heading=between(agenda.days[0], agenda.days[-1]),
        docs=tuple(_docs(agenda, setting)),
        next_url=_to(agenda.next_day, setting) if agenda.next_day else "",
        more_docs_url=setting.link(ver=shown.isoformat(), pagina=str(agenda.page + 1))
        if more
        else "",
    )


def between(first: date, last: date) -> str:
    """«Del martes 24 al sábado 28 de noviembre»."""
    begin = f"{dates.WEEKDAYS[first.weekday()]} {first.day}"
    if first.month != last.month:
        begin = dates.day(first)
    return f"Del {begin} al {dates.day(last)}"


def hours(times: Iterable[FreeTime], setting: Setting) -> tuple[Hour, ...]:
    """Single times with their day, for a short list across days."""
    return tuple(
        Hour(
            time.slot_id,
            f"{words.soon(time.day, setting.today)}, {dates.hour(time.minute)}",
            f"{words.soon(time.day, setting.today)}, {dates.hour(time.minute)}, "
            f"{_who(time, setting)}",
        )
        for time in times
    )


def _who(time: FreeTime, setting: Setting) -> str:
    practitioner = setting.names.practitioners.by_id[time.practitioner_id]
    if setting.virtual:
        return f"{practitioner} · Por videollamada"
    site = setting.names.sites.by_id[time.site_id]
    return f"{practitioner} · {words.site_named(site)}"


def _to(day: date, setting: Setting) -> str:
    return f"{setting.link(ver=day.isoformat())}#res"


def _months(agenda: Agenda, setting: Setting) -> Iterable[Month]:
    first_day: dict[tuple[int, int], date] = {}
    counts: dict[tuple[int, int], int] = {}
    for day in sorted(agenda.counts):
        month = (day.year, day.month)
        first_day.setdefault(month, day)
        counts[month] = counts.get(month, 0) + agenda.counts[day]
    for month, day in first_day.items():
        yield Month(
            url=setting.link(ver=day.isoformat()),
            name=dates.MONTHS[day.month - 1].capitalize(),
            count=words.counted(counts[month], "cita", "citas"),
            current=month == (agenda.shown.year, agenda.shown.month),
        )


def _strip_start(agenda: Agenda, setting: Setting) -> date:
    monday = agenda.shown - timedelta(days=agenda.shown.weekday())
    return max(monday, setting.today)


def _strip_label(agenda: Agenda, setting: Setting) -> str:
    start = _strip_start(agenda, setting)
    if start == setting.today:
        return "Próximos 14 días"
    return between(start, start + timedelta(days=STRIP_DAYS - 1))


def _strip(agenda: Agenda, setting: Setting) -> Iterable[StripDay]:
    start = _strip_start(agenda, setting)
    for number in range(STRIP_DAYS):
        day = start + timedelta(days=number)
        count = agenda.counts.get(day, 0)
        month = f" {dates.MONTHS[day.month - 1][:3]}" if day.day == 1 else ""
        yield StripDay(
            weekday=dates.WEEKDAYS[day.weekday()][:3],
            day=f"{day.day}{month}",
            said=words.counted(count, "cita", "citas")
            if count
            else _without_times(day, setting),
            url=_to(day, setting) if count else "",
            current=day == agenda.shown,
        )


def _without_times(day: date, setting: Setting) -> str:
    """Nobody attends that day, all is taken, or the filters leave nothing."""
    if day in setting.names.holidays or day.isoweekday() not in setting.attended:
        return "cerrado"
    first, last = setting.days
    if setting.filtered or not first <= day <= last:
        return "sin citas"
    return "lleno"


def _docs(agenda: Agenda, setting: Setting) -> Iterable[Doc]:
    """One card by person and site; what somebody must accept stands apart."""
    places: dict[tuple[int, int, bool], dict[date, list[FreeTime]]] = {}
    for time in agenda.times:
        asked = time.schedule_id in setting.by_request
        place = places.setdefault((time.practitioner_id, time.site_id, asked), {})
        place.setdefault(time.day, []).append(time)
    for (practitioner_id, site_id, _), by_day in places.items():
        yield _doc(agenda, setting, practitioner_id, site_id, by_day)


def _doc(
    agenda: Agenda,
    setting: Setting,
    practitioner_id: int,
    site_id: int,
    by_day: dict[date, list[FreeTime]],
) -> Doc:
    practitioner = setting.names.practitioners.by_id[practitioner_id]
    site = setting.names.sites.by_id[site_id]
    specialty = setting.procedure.specialty
    where = "Por videollamada" if setting.virtual else words.site_named(site)
    note = _note([time for times in by_day.values() for time in times], setting)
    return Doc(
        anchor=f"{practitioner.code}-{site.code}{'-solicitud' if note else ''}",
        note=note,
        initials=practitioner.initials,
        name=str(practitioner),
        about=f"{specialty.name} · {where}" if specialty else where,
        days=tuple(
            _day(
                agenda,
                setting,
                day,
                by_day.get(day, []),
                str(practitioner),
                practitioner.code,
            )
            for day in agenda.days
        ),
    )


def _day(
    agenda: Agenda,
    setting: Setting,
    day: date,
    times: list[FreeTime],
    name: str,
    code: str,
) -> Day:
    full = dates.day(day)
    rest = len(times) - HOURS_SHOWN
    shown = times if rest <= 0 or setting.opened == code else times[:HOURS_SHOWN]
    more = (
        words.counted(rest, "hora más", "horas más") if len(shown) < len(times) else ""
    )
    link = setting.link(ver=agenda.shown.isoformat(), mas=code, pagina=str(agenda.page))
    return Day(
        weekday=dates.WEEKDAYS[day.weekday()].capitalize(),
        day=f"{day.day} {dates.MONTHS[day.month - 1][:3]}",
        full=full,
        slots=tuple(
            _hour(time, full, name, setting, best=time.slot_id == agenda.first.slot_id)
            for time in shown
        ),
        more=more,
        more_url=f"{link}#res" if more else "",
    )


def _note(times: Iterable[FreeTime], setting: Setting) -> str:
    """Until when the answer to the last of these comes; nothing if they are assigned at once."""
    asked = [time.start for time in times if time.schedule_id in setting.by_request]
    if not asked:
        return ""
    due = answering.answer_by(start=max(asked), now=setting.now)
    return f"Por solicitud: la sede le responde antes del {dates.moment(due)}"


def _hour(
    time: FreeTime, full: str, name: str, setting: Setting, *, best: bool
) -> Hour:
    """The name of a button says hour, day and person; what is seen comes first (WCAG 2.5.3)."""
    hour = dates.hour(time.minute)
    first = ". Primera cita disponible" if best else ""
    asked = ", por solicitud" if time.schedule_id in setting.by_request else ""
    return Hour(time.slot_id, hour, f"{hour}, {full}, {name}{asked}{first}", best)
