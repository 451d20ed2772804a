"""Why nothing, or nothing soon, is free: which answer to loosen, and what that gives.

For a search without times, or whose first one is far, this reads what the same search has
with one answer less: another half of the day, any weekday, other dates, another site, any
practitioner, by video or in person, another city. What would help nobody is left out; of
a far search, what is not sooner. If no single answer helps, the fewest that do together.

The times of every way within the city, and by video, come in one reading, grouped so that
each way is a sum of it (`availability.tallies`); another city costs two readings more, and
only a search that no single answer helps reads all cities: at most four, whatever the
catalogue holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations, groupby, product

from django.conf import settings
from django.utils.timezone import localdate

from appointments import availability, offer
from appointments.availability import Criteria, ScheduleRef, Window
from appointments.slot_sql import Tally
from catalog.models import Modality

OTHER_PART = {
    frozenset({"am"}): frozenset({"pm"}),
    frozenset({"pm"}): frozenset({"am"}),
}


class Answer(StrEnum):
    """What can be loosened, from what changes least to what changes most."""

    PART = "part"
    WEEKDAYS = "weekdays"
    DATES = "dates"
    SITE = "site"
    ANY_SITE = "any_site"
    PRACTITIONER = "practitioner"
    MODALITY = "modality"
    CITY = "city"


Answers = tuple[Answer, ...]
_ORDER = {answer: place for place, answer in enumerate(Answer)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The search that found nothing good. Its window has a last day only if one was asked."""

    criteria: Criteria
    window: Window
    busy: Sequence[tuple[datetime, datetime]] = ()
    # The same without a practitioner; None if nobody in particular was asked for.
    anybody: Criteria | None = None
    # The first day that has a time; None if there is none.
    first_day: date | None = None

    @property
    def today(self) -> date:
        return localdate(self.window.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosened:
    """The search with some answers loosened, and what it has."""

    answers: Answers
    criteria: Criteria
    window: Window
    count: int
    # How many of them are on days before the first one of the search.
    sooner: int
    first: datetime

    @property
    def first_day(self) -> date:
        return localdate(self.first)

    @property
    def worth(self) -> tuple:
        """The sooner the better; then what changes least; then where there is more.

        Another city comes last: a day sooner is not worth a journey.
        """
        changes = [_ORDER[answer] for answer in self.answers]
        travels = Answer.CITY in self.answers
        return travels, self.first_day, len(changes), changes, -self.count, self.first


def is_far(first_day: date, window: Window) -> bool:
    """Further than `settings.FAR_DAYS` from today, or from the day that was asked for."""
    today = localdate(window.now)
    wanted = max(today, window.first_day or today)
    return (first_day - wanted).days > settings.FAR_DAYS


def ways(asked: Asked) -> Iterator[Loosened]:
    """What helps, the best first: single answers; or if none does, the fewest together.

    What comes after that changes more, for who finds that the first ones do not serve.
    """
    near = _Board(_near(asked), asked)
    singles = [*near.ways(asked, 1), *_elsewhere(asked)]
    found = _one_of_each(singles)
    yield from found
    if found or asked.first_day is not None:
        return
    far = _Board(_far(asked, _cities(asked)), asked)
    most = len(Answer)
    for size in range(2, most + 1):
        yield from _one_of_each([*near.ways(asked, size), *far.ways(asked, size)])


# --- What can be asked instead -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """Who, where and how, with what it loosens."""

    answers: Answers
    criteria: Criteria


def _whos(asked: Asked) -> list[_Shape]:
    shapes = [_Shape((), asked.criteria)]
    if asked.anybody is not None:
        shapes.append(_Shape((Answer.PRACTITIONER,), asked.anybody))
    return shapes


def _near(asked: Asked) -> list[_Shape]:
    """In the same city, and by video."""
    whos = _whos(asked)
    if asked.criteria.modality == Modality.VIRTUAL:
        return whos
    places = _places(asked)
    shapes = [
        _Shape((*where, *who.answers), replace(who.criteria, site_id=site_id))
        for (where, site_id), who in product(places, whos)
    ]
    virtual = Modality.VIRTUAL.value
    by_video = [
        _Shape(
            (*who.answers, Answer.MODALITY),
            replace(who.criteria, modality=virtual, city_id=None, site_id=None),
        )
        for who in whos
    ]
    return shapes + by_video


def _places(asked: Asked) -> list[tuple[Answers, int | None]]:
    """The site that was asked for, each other one, and any of them."""
    own = asked.criteria.site_id
    places: list[tuple[Answers, int | None]] = [((), own)]
    if own is None:
        return places
    anywhere = replace(asked.anybody or asked.criteria, site_id=None)
    others = sorted(offer.sites(anywhere) - {own})
    places += [((Answer.SITE,), site_id) for site_id in others]
    if others:
        places.append(((Answer.ANY_SITE,), None))
    return places


def _cities(asked: Asked) -> list[int]:
    """Those where it is done in person, but for the one that was asked for."""
    anywhere = _anywhere(asked.anybody or asked.criteria)
    return sorted(offer.cities(anywhere) - {asked.criteria.city_id})


def _far(asked: Asked, cities: Iterable[int]) -> list[_Shape]:
    """In person in other cities; for who asked by video that is another modality."""
    virtual = asked.criteria.modality == Modality.VIRTUAL
    loosened = Answer.MODALITY if virtual else Answer.CITY
    return [
        _Shape(
            (*who.answers, loosened),
            replace(_anywhere(who.criteria), city_id=city_id),
        )
        for city_id, who in product(cities, _whos(asked))
    ]


def _anywhere(criteria: Criteria) -> Criteria:
    modality = Modality.IN_PERSON.value
    return replace(criteria, modality=modality, city_id=None, site_id=None)


def _whens(asked: Asked) -> list[tuple[Answers, Window]]:
    """The window with nothing, one, or several of its answers loosened."""
    window, loose = asked.window, []
    if window.parts in OTHER_PART:
        loose.append(Answer.PART)
    if window.weekdays:
        loose.append(Answer.WEEKDAYS)
    if window.last_day or (window.first_day or asked.today) > asked.today:
        loose.append(Answer.DATES)
    return [
        (answers, _without(window, answers))
        for size in range(len(loose) + 1)
        for answers in combinations(loose, size)
    ]


def _without(window: Window, answers: Answers) -> Window:
    if Answer.PART in answers:
        window = replace(window, parts=OTHER_PART[window.parts])
    if Answer.WEEKDAYS in answers:
        window = replace(window, weekdays=frozenset())
    if Answer.DATES in answers:
        window = replace(window, first_day=localdate(window.now), last_day=None)
    return window


# --- What it gives -----------------------------------------------------------------


class _Board:
    """What several shapes have, by half of the day, in one reading.

    The schedules that the same shapes match stand in one bunch, so that each shape is
    the sum of some bunches.
    """

    def __init__(self, shapes: Sequence[_Shape], asked: Asked) -> None:
        self._shapes = shapes
        refs: dict[int, ScheduleRef] = {}
        member_of: dict[int, list[int]] = defaultdict(list)
        for at, shape in enumerate(shapes):
            for schedule in availability.matching(shape.criteria):
                refs[schedule.id] = schedule
                member_of[schedule.id].append(at)
        numbers: dict[tuple[int, ...], int] = {}
        bunches = {
            refs[pk]: numbers.setdefault(tuple(ats), len(numbers))
            for pk, ats in member_of.items()
        }
        self._rows: dict[int, list[Tally]] = defaultdict(list)
        self._read(numbers, bunches, asked)

    def ways(self, asked: Asked, size: int) -> Iterator[Loosened]:
        """Those that loosen so many answers, and help."""
        whens = _whens(asked)
        for at, shape in enumerate(self._shapes):
            for when, window in whens:
                answers = tuple(sorted((*when, *shape.answers), key=_ORDER.__getitem__))
                if len(answers) != size:
                    continue
                found = self._sum(at, window, asked)
                if found is not None:
                    count, sooner, first = found
                    yield Loosened(
                        answers=answers,
                        criteria=shape.criteria,
                        window=window,
                        count=count,
                        sooner=sooner,
                        first=first,
                    )

    def _read(
        self,
        numbers: Mapping[tuple[int, ...], int],
        bunches: Mapping[ScheduleRef, int],
        asked: Asked,
    ) -> None:
        shapes_of = {number: ats for ats, number in numbers.items()}
        everything = Window(now=asked.window.now)
        for tally in availability.tallies(
            bunches=bunches, window=everything, busy=asked.busy
        ):
            for at in shapes_of[tally.bunch]:
                self._rows[at].append(tally)

    def _sum(
        self, at: int, window: Window, asked: Asked
    ) -> tuple[int, int, datetime] | None:
        rows = [row for row in self._rows[at] if _fits(row, window)]
        if not rows:
            return None
        sooner = sum(row.free for row in rows if _is_sooner(row.day, asked))
        if not sooner:
            return None
        first = min(row.first for row in rows)
        return sum(row.free for row in rows), sooner, first


def _elsewhere(asked: Asked) -> Iterator[Loosened]:
    """The city where it is soonest, with every other answer as it is."""
    anywhere = _anywhere(asked.criteria)
    own = asked.criteria.city_id
    schedules = {s.id: s for s in availability.matching(anywhere) if s.city_id != own}
    firsts = availability.first_by_schedule(
        schedules=tuple(schedules.values()), window=asked.window, busy=asked.busy
    )
    if not firsts:
        return
    soonest = min(firsts.values(), key=lambda time: time.key)
    city_id = schedules[soonest.schedule_id].city_id
    if not _is_sooner(soonest.day, asked):
        return
    (shape, *_) = _far(asked, [city_id])
    counts = availability.count_by_day(
        schedules=availability.matching(shape.criteria),
        window=asked.window,
        busy=asked.busy,
    )
    yield Loosened(
        answers=shape.answers,
        criteria=shape.criteria,
        window=asked.window,
        count=sum(counts.values()),
        sooner=sum(n for day, n in counts.items() if _is_sooner(day, asked)),
        first=soonest.start,
    )


def _fits(row: Tally, window: Window) -> bool:
    if window.first_day is not None and row.day < window.first_day:
        return False
    if window.last_day is not None and row.day > window.last_day:
        return False
    if window.parts and row.part not in window.parts:
        return False
    return not window.weekdays or row.day.isoweekday() in window.weekdays


def _is_sooner(day: date, asked: Asked) -> bool:
    return asked.first_day is None or day < asked.first_day


def _one_of_each(found: Iterable[Loosened]) -> list[Loosened]:
    """Of each kind the best; «any site» only if it has more than the best single one."""
    by_kind = sorted(found, key=lambda one: (one.answers, one.worth))
    best = {
        kind: next(some) for kind, some in groupby(by_kind, lambda one: one.answers)
    }
    kept = [
        one
        for kind, one in best.items()
        if not (
            (single := best.get(_at_one_site(kind)))
            and kind != single.answers
            and single.sooner >= one.sooner
        )
    ]
    return sorted(kept, key=lambda one: one.worth)


def _at_one_site(answers: Answers) -> Answers:
    return tuple(Answer.SITE if a == Answer.ANY_SITE else a for a in answers)
