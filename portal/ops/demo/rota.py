"""Who works where and when in the demo: 150 professionals, with their weekly patterns."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from appointments.models import Schedule, WeeklyHours
from catalog.models import (
    Modality,
    Practitioner,
    Procedure,
    Site,
    SiteService,
    Specialty,
)
from portal.ops.demo import names

PRACTITIONERS = 150  # in specialties; laboratory and imaging come besides
FEWEST = 3  # of a specialty
# Services with somebody at every site that has them enabled.
LABORATORY, IMAGING = "laboratorio", "imagenes"
AT_EVERY_SITE = (LABORATORY, IMAGING)
# Psychology and dermatology: somebody says first whether the time can be.
BY_REQUEST = ("08", "42")

MORNING, AFTERNOON = (time(7), time(12)), (time(13), time(17))
EARLY, EVENING, SATURDAY = (
    (time(6), time(10)),
    (time(17), time(19)),
    (time(8), time(12)),
)
Hours = tuple[time, time]
Week = Sequence[tuple[int, Hours]]


def week(days: Sequence[int], *hours: Hours) -> list[tuple[int, Hours]]:
    return [(day, each) for day in days for each in hours]


# A professional's week at the first site and at the second one.
WEEKS: tuple[tuple[Week, Week], ...] = (
    (week([1, 2, 3, 4, 5], MORNING), ()),
    (week([1, 2, 3, 4, 5], AFTERNOON), ()),
    (week([1, 3, 5], MORNING, AFTERNOON), week([2, 4], MORNING)),
    (week([2, 4], MORNING, AFTERNOON), week([1, 3], AFTERNOON)),
    (week([1, 2, 4], MORNING) + week([6], SATURDAY), week([3, 5], AFTERNOON)),
)
VIRTUAL_WEEK = week([1, 3], EVENING)
LABORATORY_WEEK = week([1, 2, 3, 4, 5], EARLY) + week([6], (time(6), time(9)))
IMAGING_WEEK = week([1, 2, 3, 4, 5], MORNING, AFTERNOON) + week([6], SATURDAY)


@dataclass(frozen=True, slots=True)
class Place:
    """A site that has the specialty enabled."""

    site: Site
    virtual: bool


def fill(*, dice: random.Random, today: date) -> int:
    """Make the professionals and their agendas; returns how many professionals."""
    places = _places()
    offered = list(
        Specialty.objects.active()
        .filter(pk__in=places, procedures__active=True)
        .select_related("category")
        .distinct()
        .order_by("code")
    )
    staffing = _staffing(offered, places)
    made = 0
    for specialty in offered:
        room = places[specialty.pk]
        for place in range(staffing[specialty.pk]):
            made += 1
            _employ(dice, specialty, room, place, number=made, today=today)
    return made


def _places() -> dict[int, list[Place]]:
    """By specialty, the sites that may attend in person, and whether also by video."""
    video = set(
        SiteService.objects.filter(modality=Modality.VIRTUAL).values_list(
            "site_id", "specialty_id"
        )
    )
    found: dict[int, list[Place]] = defaultdict(list)
    enabled = SiteService.objects.filter(modality=Modality.IN_PERSON)
    for service in enabled.select_related("site").order_by("site__code"):
        key = (service.site_id, service.specialty_id)
        found[service.specialty_id].append(Place(service.site, key in video))
    return found


def _staffing(
    offered: Sequence[Specialty], places: dict[int, list[Place]]
) -> dict[int, int]:
    """More people where more is asked for; nobody works in fewer than `FEWEST`."""
    by_doctor = [s for s in offered if s.code not in AT_EVERY_SITE]
    weight = {specialty.pk: specialty.popularity + 1 for specialty in by_doctor}
    rest = PRACTITIONERS - FEWEST * len(by_doctor)
    total = sum(weight.values())
    staff = {pk: FEWEST + rest * share // total for pk, share in weight.items()}
    by_weight = sorted(by_doctor, key=lambda s: (-weight[s.pk], s.code))
    for specialty in by_weight[: PRACTITIONERS - sum(staff.values())]:
        staff[specialty.pk] += 1
    everywhere = (s for s in offered if s.code in AT_EVERY_SITE)
    return staff | {s.pk: len(places[s.pk]) for s in everywhere}


def _employ(
    dice: random.Random,
    specialty: Specialty,
    places: Sequence[Place],
    place: int,
    *,
    number: int,
    today: date,
) -> None:
    person = _person(dice, number)
    person.specialties.add(specialty)
    first = places[place % len(places)]
    for site, modality, hours in _weeks(specialty, places, first, place):
        _agenda(person, specialty, site, modality, hours, today=today)


def _person(dice: random.Random, number: int) -> Practitioner:
    woman = dice.random() < 0.55
    name = names.invent(dice, woman=woman)
    return Practitioner.objects.create(
        code=f"D{number:04}",
        title="Dra." if woman else "Dr.",
        given_names=name.given,
        family_names=name.families,
    )


def _weeks(
    specialty: Specialty, places: Sequence[Place], first: Place, place: int
) -> Iterator[tuple[Site, str, Week]]:
    """The agendas of one professional. Their hours never meet."""
    if specialty.code == LABORATORY:
        yield first.site, Modality.IN_PERSON, LABORATORY_WEEK
        return
    if specialty.code == IMAGING:
        yield first.site, Modality.IN_PERSON, IMAGING_WEEK
        return
    here, there = WEEKS[place % len(WEEKS)]
    yield first.site, Modality.IN_PERSON, here
    neighbour = _neighbour(places, first.site)
    if there and neighbour:
        yield neighbour, Modality.IN_PERSON, there
    if first.virtual and place % 2 == 0:
        yield first.site, Modality.VIRTUAL, VIRTUAL_WEEK


def _neighbour(places: Sequence[Place], site: Site) -> Site | None:
    """Another site of the same city."""
    others = (p.site for p in places if p.site.city_id == site.city_id)
    return next((other for other in others if other.pk != site.pk), None)


def _agenda(
    person: Practitioner,
    specialty: Specialty,
    site: Site,
    modality: str,
    hours: Week,
    *,
    today: date,
) -> None:
    laboratory = specialty.code == LABORATORY
    procedures = _procedures(specialty, modality)
    if not procedures:
        return
    agenda = Schedule.objects.create(
        practitioner=person,
        site=site,
        specialty=specialty,
        modality=modality,
        booking=_booking(specialty),
        slot_minutes=10 if laboratory else _slot_minutes(procedures),
        capacity=2 if laboratory else 1,
        room="" if modality == Modality.VIRTUAL else _room(person),
        start_date=today - timedelta(days=180),
    )
    agenda.procedures.set(procedures)
    WeeklyHours.objects.bulk_create(
        WeeklyHours(schedule=agenda, weekday=day, opens=opens, closes=closes)
        for day, (opens, closes) in hours
    )


def _booking(specialty: Specialty) -> str:
    asked = specialty.code in BY_REQUEST
    return Schedule.Booking.REQUEST if asked else Schedule.Booking.INSTANT


def _procedures(specialty: Specialty, modality: str) -> list[Procedure]:
    """By video only consultations: nobody is examined through a screen."""
    active = specialty.procedures.active().order_by("code")
    if modality == Modality.VIRTUAL:
        active = active.exclude(visit="")
    return list(active)


def _slot_minutes(procedures: Sequence[Procedure]) -> int:
    """The commonest duration; longer procedures take several."""
    minutes = [procedure.minutes for procedure in procedures]
    return max(set(minutes), key=lambda each: (minutes.count(each), -each))


def _room(person: Practitioner) -> str:
    number = int(person.code[1:])
    return f"Consultorio {number % 4 + 1}{number % 12 + 1:02}"
