"""From a basket to plans: several appointments that one family can keep one after the other.

Reads what is free for each, and gives it to the planner, which knows neither the
database nor people. For each item at most MOST_TIMES times are read, MOST_A_DAY of a
day, the soonest first: about 18 MB for six items at the very most. Whatever was left
out for that reason makes the answer «not proved», as running out of time does.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.utils.timezone import localdate

from accounts.models import Patient
from appointments import availability, names, offer, planner, policies
from appointments.availability import FreeTime, ScheduleRef, Window
from appointments.errors import NotOffered, PlanLost
from appointments.models import Appointment
from appointments.planner import Free, Purpose, Task
from catalog.models import Agreement, Modality, Precedence, Procedure, TravelTime

FEWEST, MOST = policies.FEWEST_TOGETHER, policies.MOST_TOGETHER
MOST_TIMES, MOST_A_DAY = 15_000, 500
_EPOCH = date(1970, 1, 1)
_DAY, _NOON = 24 * 60, 12 * 60

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Part:
    """One appointment of the basket: for whom, paid by whom, what, how and perhaps with whom."""

    patient: Patient
    agreement: Agreement
    procedure: Procedure
    modality: str
    practitioner_id: int | None = None
    # The specialties that have attended this patient: only there a consultation is a control.
    attended: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Basket:
    parts: tuple[Part, ...]
    window: Window
    city_id: int | None = None
    site_id: int | None = None
    # Who goes along with everybody, and cannot be elsewhere meanwhile.
    companion: Patient | None = None
    # The holds of this same basket give way to its next plan.
    search: str = ""
    # The minors for whom the companion acts: nobody else takes them to what they have.
    minors: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanFound:
    """A plan with its times in the order of the clock, each with the part that it is for."""

    purpose: Purpose
    trips: int
    waiting: int
    times: tuple[tuple[int, FreeTime], ...]


@dataclass(frozen=True, slots=True)
class Found:
    plans: tuple[PlanFound, ...]
    proved: bool
    # The parts that have no free time at all.
    without: tuple[int, ...] = ()


def plans(
    basket: Basket, *, now: datetime, enough: Callable[[], bool] | None = None
) -> Found:
    """The best plans, at most three; none if some part has no time or nothing fits together.

    A page that plans several times gives all of them one `enough`, its `deadline()`.
    """
    busy = _busy(basket, now)
    read = [
        _options(number, part, basket, busy) for number, part in enumerate(basket.parts)
    ]
    without = tuple(number for number, (some, _) in enumerate(read) if not some)
    if without:
        return Found((), proved=True, without=without)
    options = [some for some, _ in read]
    whole = all(complete for _, complete in read)
    answer = planner.plan(_task(basket, options), enough=enough or deadline())
    keys = {option.key for plan in answer.plans for option in plan.chosen}
    times = availability.these(sorted(keys)) if keys else {}
    return Found(
        tuple(_found(plan, times) for plan in answer.plans), answer.proved and whole
    )


def deadline() -> Callable[[], bool]:
    """Whether the planner has thought, from now on, for as long as a page may take."""
    until = monotonic() + settings.PLANNER_SECONDS
    return lambda: monotonic() >= until


def check_plan(basket: Basket, slot_ids: Sequence[int], *, now: datetime) -> None:
    """These times, one for each part, are a plan that could have been shown for this basket.

    Whoever sends them may have mixed two plans, or read the page before it changed. Who
    already has one of the times, and what its own person has meanwhile, is looked at when
    they are held. Raises PlanLost for one that is not there, NotOffered for what is no plan.
    """
    times = _known(slot_ids)
    busy = _busy(basket, now)
    options: list[list[Free]] = []
    for number, (part, time) in enumerate(zip(basket.parts, times, strict=True)):
        _check_sought(part, time, basket, today=localdate(now))
        _check_company(part, time, basket, busy)
        options.append([_free(number, part, time)])
    if not planner.plan(_task(basket, options)).plans:
        raise NotOffered


def schedules_of(part: Part, basket: Basket, *, today: date) -> tuple[ScheduleRef, ...]:
    """The schedules in which this part can be had where the basket says."""
    return offer.matching(criteria_of(part, basket, today=today))


def criteria_of(part: Part, basket: Basket, *, today: date) -> offer.Criteria:
    """By video it does not matter where; in person it is the basket's city and site."""
    in_person = part.modality == Modality.IN_PERSON
    return offer.Criteria(
        agreement_id=part.agreement.pk,
        age_years=policies.age_on(today, birth_date=part.patient.birth_date),
        sex=part.patient.sex,
        attended=part.attended,
        procedure_id=part.procedure.pk,
        modality=part.modality,
        practitioner_id=part.practitioner_id,
        city_id=basket.city_id if in_person else None,
        site_id=basket.site_id if in_person else None,
    )


def fasting(parts: Sequence[Part]) -> frozenset[int]:
    """The parts that ask for an empty stomach."""
    asking = names.current().fasting
    return frozenset(n for n, part in enumerate(parts) if part.procedure.pk in asking)


def travel_minutes(sites: frozenset[int]) -> dict[tuple[int, int], int]:
    """Between those sites, the smaller first, where the clinic wrote how long it takes."""
    if len(sites) < 2:
        return {}
    known = TravelTime.objects.filter(site__in=sites, other__in=sites)
    rows = known.order_by("pk").values_list("site_id", "other_id", "minutes")
    return {(min(one, two), max(one, two)): minutes for one, two, minutes in rows}


def _known(slot_ids: Sequence[int]) -> list[FreeTime]:
    """The times behind these slots, in the same order."""
    times = availability.these(slot_ids)
    gone = next((pk for pk in slot_ids if pk not in times), None)
    if gone is not None:
        raise PlanLost(gone)
    return [times[pk] for pk in slot_ids]


def _check_sought(part: Part, time: FreeTime, basket: Basket, *, today: date) -> None:
    """A time of another place, modality, practitioner or day is no answer to this basket."""
    fitting = {one.id for one in schedules_of(part, basket, today=today)}
    if time.schedule_id not in fitting or not _is_within(basket.window, time):
        raise NotOffered


def _check_company(
    part: Part, time: FreeTime, basket: Basket, busy: Mapping[int, list[Interval]]
) -> None:
    """Who goes along is not somewhere else then, with another child or on their own."""
    end = time.start + timedelta(minutes=part.procedure.minutes)
    for person in _along(basket) - {part.patient.pk}:
        if any(
            begun < end and time.start < over for begun, over in busy.get(person, ())
        ):
            raise NotOffered


def _is_within(window: Window, time: FreeTime) -> bool:
    """On a day and in a half of the day on which they can come."""
    half = "am" if time.minute < _NOON else "pm"
    return (
        (window.first_day is None or time.day >= window.first_day)
        and (window.last_day is None or time.day <= window.last_day)
        and (not window.weekdays or time.day.isoweekday() in window.weekdays)
        and (not window.parts or half in window.parts)
    )


def _free(number: int, part: Part, time: FreeTime) -> Free:
    """The same time as the planner knows it."""
    site = None if part.modality == Modality.VIRTUAL else time.site_id
    start = (time.day - _EPOCH).days * _DAY + time.minute
    return number, start, start + part.procedure.minutes, site, time.slot_id


def _options(
    number: int, part: Part, basket: Basket, busy: Mapping[int, list[Interval]]
) -> tuple[list[Free], bool]:
    """What is free for this part, one time for each site and minute; and whether it is all.

    Where a time can be had at once and also by request, it is had at once.
    """
    going = {part.patient.pk} | _along(basket)
    taken = [one for person in sorted(going) for one in busy.get(person, ())]
    schedules = schedules_of(part, basket, today=localdate(basket.window.now))
    window = basket.window
    rows: list[tuple[int, int, date, int]] = []
    for asked in (False, True):
        rows += availability.one_by_time(
            schedules=[one for one in schedules if one.by_request is asked],
            window=window,
            busy=taken,
            limit=MOST_TIMES,
        )
    return _deduplicated(number, part, rows)


def _deduplicated(
    number: int, part: Part, rows: Sequence[tuple[int, int, date, int]]
) -> tuple[list[Free], bool]:
    virtual, lasts = part.modality == Modality.VIRTUAL, part.procedure.minutes
    found: dict[tuple[int, int | None], Free] = {}
    a_day: Counter[date] = Counter()
    complete = len(rows) < MOST_TIMES
    for key, at, day, minute in rows:
        site = None if virtual else at
        start = (day - _EPOCH).days * _DAY + minute
        if (start, site) in found:
            continue
        if a_day[day] == MOST_A_DAY or len(found) == MOST_TIMES:
            complete = False
            continue
        a_day[day] += 1
        found[start, site] = (number, start, start + lasts, site, key)
    return list(found.values()), complete


def _task(basket: Basket, options: Sequence[Sequence[Free]]) -> Task:
    sites = frozenset(
        site for some in options for _, _, _, site, _ in some if site is not None
    )
    return Task(
        options=options,
        fasting=fasting(basket.parts),
        precedence=_precedence(basket.parts),
        gap=settings.ROOM_TO_ROOM_MINUTES,
        travel=travel_minutes(sites),
        default_travel=settings.TRAVEL_MINUTES,
    )


def _precedence(parts: Sequence[Part]) -> dict[tuple[int, int], int]:
    """Between the appointments of one person: one's laboratory waits for nobody else's."""
    ids = {part.procedure.pk for part in parts}
    rules = Precedence.objects.filter(first__in=ids, then__in=ids)
    days = {
        (first, then): days
        for first, then, days in rules.order_by("pk").values_list(
            "first_id", "then_id", "days"
        )
    }
    return {
        (n, m): days[one.procedure.pk, two.procedure.pk]
        for n, one in enumerate(parts)
        for m, two in enumerate(parts)
        if one.patient == two.patient and (one.procedure.pk, two.procedure.pk) in days
    }


def _along(basket: Basket) -> frozenset[int]:
    """Whose appointments keep the companion: their own, and those of their minors."""
    if basket.companion is None:
        return frozenset()
    return basket.minors | {basket.companion.pk}


def _busy(basket: Basket, now: datetime) -> dict[int, list[Interval]]:
    """When each of these people already has something, in one question."""
    people = {part.patient.pk for part in basket.parts} | _along(basket)
    live = Appointment.objects.filter(patient__in=people).occupying(at=now)
    if basket.search:
        held = Appointment.Status.HELD
        same = live.filter(status=held, group__search=basket.search)
        live = live.exclude(pk__in=same.values("pk"))
    rows = live.filter(end__gt=now).order_by("start", "pk")
    found: dict[int, list[Interval]] = {}
    for patient, start, end in rows.values_list("patient_id", "start", "end"):
        found.setdefault(patient, []).append((start, end))
    return found


def _found(plan: planner.Plan, times: Mapping[int, FreeTime]) -> PlanFound:
    chosen = sorted(plan.chosen, key=lambda option: (option.start, option.key))
    return PlanFound(
        plan.purpose,
        plan.trips,
        plan.waiting,
        tuple((option.item, times[option.key]) for option in chosen),
    )


def anywhere(basket: Basket) -> Basket:
    """The same at any site of the city."""
    return replace(basket, site_id=None)


def any_day(basket: Basket) -> Basket:
    """The same on any day and at any hour that can be booked."""
    return replace(basket, window=Window(now=basket.window.now))
