"""From a finished search to what the agenda reads: the dates form, the window, the other appointments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import QueryDict
from django.utils.timezone import localdate

from appointments import agenda, availability, offer, words
from appointments.agenda import Quest
from appointments.availability import Window
from appointments.errors import NotOffered
from appointments.forms import SOON, DatesForm, Horizon
from appointments.presenters.agenda import Setting
from appointments.wizard import flow
from appointments.wizard.asking import Asking, address
from appointments.wizard.query import ANY_SITE, PARAMS, SEVERAL, Search
from catalog.models import Modality, Procedure

_PLURAL = {"lun": "lunes", "mar": "martes", "mie": "miércoles", "jue": "jueves"}
_PLURAL |= {"vie": "viernes", "sab": "sábados"}


def procedure_of(asking: Asking, search: Search) -> Procedure:
    return asking.options.names.procedures.by_code[search.procedure]


def criteria(asking: Asking, search: Search) -> offer.Criteria:
    """With the practitioner of the filter, if one was picked there."""
    found = asking.options.criteria(search)
    only = asking.options.names.practitioners.id_of(search.only)
    return replace(found, practitioner_id=only) if only else found


def check_sought(asking: Asking, search: Search, slot_id: int) -> None:
    """A time of another city, site, modality or practitioner is no answer to this search."""
    schedule_id = agenda.schedule_of(slot_id)
    found = availability.matching(criteria(asking, search))
    if schedule_id and schedule_id not in {schedule.id for schedule in found}:
        raise NotOffered


def dates_form(asking: Asking, search: Search) -> DatesForm:
    """The filters of this search, ready to show and to check."""
    everybody = replace(search, only="")
    schedules = availability.matching(criteria(asking, everybody))
    days = max((schedule.horizon_days for schedule in schedules), default=0)
    ids = {schedule.practitioner_id for schedule in schedules}
    data = QueryDict(mutable=True)
    for name in ("when", "first_day", "last_day", "parts", "weekdays", "only"):
        value = getattr(search, name)
        data.setlist(PARAMS[name], list(value) if name in SEVERAL else [value])
    if not search.when:
        data["cuando"] = SOON
    return DatesForm(
        data,
        horizon=Horizon(asking.today, asking.today + timedelta(days=days)),
        practitioners=asking.options.names.practitioners.among(ids),
    )


def quest(asking: Asking, search: Search, form: DatesForm) -> Quest:
    """Ready to read; the hold of this same search does not stand in its own way."""
    busy = availability.busy_of(
        asking.patient,
        asking.now,
        search=search.querystring(),
        replaces=asking.changing,
    )
    return Quest(criteria(asking, search), form.window(asking.now), busy)


def setting(asking: Asking, search: Search, *, opened: str = "") -> Setting:
    """What the labels of times need."""
    names = asking.options.names
    matching = availability.matching(criteria(asking, search))

    def link(**extra: str) -> str:
        return address(flow.AGENDA, asking.patient, search, **extra)

    return Setting(
        names=names,
        procedure=procedure_of(asking, search),
        virtual=search.modality == Modality.VIRTUAL,
        today=asking.today,
        attended=frozenset().union(
            *(names.weekdays.get(schedule.id, ()) for schedule in matching)
        ),
        filtered=bool(search.parts or search.weekdays or search.only),
        days=_open_days(asking, search, matching),
        opened=opened,
        link=link,
        now=asking.now,
        by_request=frozenset(one.id for one in matching if one.by_request),
    )


def _open_days(
    asking: Asking, search: Search, schedules: Sequence[availability.ScheduleRef]
) -> tuple[date, date]:
    """From the first to the last day that these schedules and the dates asked for leave."""
    form = dates_form(asking, search)
    window = form.window(asking.now) if form.is_valid() else Window(now=asking.now)
    spans = [availability.starts_between(schedule, window) for schedule in schedules]
    first = min((start for start, _ in spans), default=asking.now)
    end = max((end for _, end in spans), default=asking.now)
    return localdate(first), localdate(end - timedelta(seconds=1))


def said(asking: Asking, search: Search) -> str:
    """«Ecografía de abdomen total, presencial, Bogotá, cualquier sede.»"""
    names = asking.options.names
    parts = [words.service(procedure_of(asking, search))]
    if search.practitioner or search.only:
        parts.append(
            str(names.practitioners.by_code[search.only or search.practitioner])
        )
    parts.append(str(Modality(search.modality).label).lower())
    if search.city:
        parts.append(words.city(names.cities.by_code[search.city]))
    if search.site == ANY_SITE:
        parts.append("cualquier sede")
    elif search.site:
        parts.append(words.site_named(names.sites.by_code[search.site]))
    return f"{', '.join(parts)}."


@dataclass(frozen=True, slots=True)
class Sought:
    """What was looked for in vain, in pieces."""

    service: str
    site: str
    days: str
    part: str


def sought(asking: Asking, search: Search) -> Sought:
    names = asking.options.names
    site = names.sites.get(search.site)
    city = names.cities.get(search.city)
    where = f"la {words.site_named(site)}" if site else ""
    if not where and city:
        where = words.city(city)
    return Sought(
        service=words.inside(words.service(procedure_of(asking, search))),
        site=where,
        days=in_plural(search.weekdays),
        part=part_of(search.parts),
    )


def in_plural(codes: tuple[str, ...]) -> str:
    """«lunes y sábados»."""
    named = [_PLURAL[code] for code in codes if code in _PLURAL]
    if len(named) < 2:
        return "".join(named)
    return f"{', '.join(named[:-1])} y {named[-1]}"


def part_of(parts: tuple[str, ...]) -> str:
    named: dict[tuple[str, ...], str] = {("am",): "mañana", ("pm",): "tarde"}
    return named.get(parts, "")
