"""A request as its pages show it: what it waits for, or why it is none and where to go."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localdate

from appointments import admission, names, requests, words
from appointments.availability import FreeTime
from appointments.errors import NotOffered
from appointments.models import Appointment
from appointments.presenters.appointments import Page, Tag
from catalog.models import Modality
from portal.ui import dates

NOT_THEN = "El médico no puede atender a esa hora"
SORRY = "Lo sentimos. Puede escoger otra hora ahora mismo."
NOW_ANOTHER = "Puede escoger otra hora ahora mismo."
APOLOGY = (
    "No alcanzamos a responder a tiempo su solicitud y le pedimos disculpas. "
    "Puede escoger otra hora ahora mismo."
)
EXPIRED = Tag("Vencida", "bad-tag", "cross")
DECLINED = Tag("No aceptada", "bad-tag", "cross")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The line of what comes: sent, answered, told."""

    sent: str
    answer: str


def waiting(request: Appointment, *, now: datetime) -> Waiting:
    sent = requests.sent_at(request) or request.created_at
    return Waiting(sent=_near(sent, now), answer=_moment(request.answer_by))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that became no appointment."""

    tag: Tag
    heading: str
    text: str
    reason: str = ""


def refusal(request: Appointment, shown: Page, *, now: datetime) -> Refusal:
    """What happened, and whose fault it was not."""
    what = f"{shown.title}, {words.inside(shown.when)}, con {_with(request)}."
    why = requests.how_it_ended(request, now=now)
    if why == requests.UNANSWERED:
        return Refusal(EXPIRED, "No alcanzamos a responderle", f"{what} {APOLOGY}")
    if why in (requests.PROPOSAL_UNTAKEN, requests.PROPOSAL_REFUSED):
        return Refusal(DECLINED, why, f"{what} {NOW_ANOTHER}")
    said = "" if why == NOT_THEN else words.stopped(why)
    return Refusal(DECLINED, NOT_THEN, f"{what} {SORRY}", said)


@dataclass(frozen=True, slots=True)
class Time:
    """A free time with its button."""

    slot_id: int
    when: str
    who: str
    label: str


def times(
    request: Appointment, found: list[FreeTime], *, chosen: str, now: datetime
) -> list[Time]:
    """The one that a message led to comes first, if it is free still."""
    sites = names.current().sites.by_id
    virtual = request.modality == Modality.VIRTUAL
    rows = sorted(found, key=lambda time: str(time.slot_id) != chosen)
    shown = []
    for time in rows:
        day = words.soon(time.day, localdate(now))
        when = f"{day}, {dates.hour(time.minute)}"
        where = "Por videollamada" if virtual else words.site_named(sites[time.site_id])
        who = f"{request.practitioner} · {where}"
        shown.append(
            Time(
                time.slot_id,
                words.at_start(when),
                who,
                f"{when}, {request.practitioner}",
            )
        )
    return shown


@dataclass(frozen=True, slots=True)
class Proposal:
    """The other time, and until when it is kept."""

    when: str
    who: str
    where: str
    until: str


def proposed(kept: Appointment, shown: Page, *, now: datetime) -> Proposal:
    site = kept.site
    by_video = kept.modality == Modality.VIRTUAL
    where = (
        "Por videollamada" if by_video else f"{words.site_named(site)}, {site.address}"
    )
    return Proposal(
        when=words.at_start(dates.moment(kept.start)),
        who=f"{shown.title}, {kept.practitioner}",
        where=where,
        until=_answer_before(kept.hold_expires_at, now),
    )


def answer_due(appointment: Appointment, *, now: datetime) -> str:
    """Before it is asked for, until when the answer would come; nothing if none is needed."""
    try:
        return _moment(admission.answer_by(appointment, now=now))
    except NotOffered:
        return ""


def _moment(when: datetime | None) -> str:
    return dates.moment(when) if when else ""


def _near(when: datetime | None, now: datetime) -> str:
    """«Hoy, 9:12 a. m.» or «lunes 23 de noviembre, 9:12 a. m.»."""
    if when is None:
        return ""
    day = words.soon(localdate(when), localdate(now))
    return f"{words.at_start(day)}, {dates.hour(when)}"


def _answer_before(when: datetime | None, now: datetime) -> str:
    """«Responda hoy antes de las 2:00 p. m.»."""
    if when is None:
        return ""
    day = words.soon(localdate(when), localdate(now))
    named = day if day in ("hoy", "mañana") else f"el {day}"
    return f"Responda {named} antes de las {dates.hour(when)}"


def _with(request: Appointment) -> str:
    """«el Dr. Andrés Villa», «la Dra. Ana Peña»; without a title, the name."""
    article = {"Dr.": "el ", "Dra.": "la "}.get(request.practitioner.title, "")
    return f"{article}{request.practitioner}"
