"""The cards and lines of «Mis citas» and of the office."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import User
from appointments import words
from appointments.models import Appointment
from appointments.presenters import actors
from appointments.presenters.actors import Doer
from appointments.presenters.appointments import Tag
from appointments.presenters.deadlines import Ways, ways
from portal.ui import dates

Status = Appointment.Status
OUTCOMES = {
    Status.FULFILLED: "Asistió",
    Status.NOSHOW: "No asistió",
    Status.CANCELLED: "Cancelada",
    Status.DECLINED: "No aceptada",
    Status.LAPSED: "Sin respuesta",
}
NO_ANSWER = "La sede no alcanzó a responderle. Lo sentimos."


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the list: with several persons, each card says whose it is."""

    user: User
    several: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """The small calendar sheet of a card."""

    month: str
    day: int
    weekday: str

    @classmethod
    def of(cls, day: date) -> "Leaf":
        weekday = dates.WEEKDAYS[day.weekday()][:3]
        return cls(dates.MONTHS[day.month - 1][:3], day.day, weekday)


@dataclass(frozen=True, slots=True)
class Action:
    """A link of a card; `rest` is read aloud and not shown."""

    url: str
    text: str
    rest: str


@dataclass(frozen=True, slots=True)
class Card:
    """One appointment in a list."""

    leaf: Leaf
    tag: Tag
    title: str
    inside: str
    when: str
    day: str
    practitioner: str
    place: str
    where: str
    note: str
    ways: Ways
    actions: tuple[Action, ...]

    @property
    def url(self) -> str:
        return self.actions[0].url


def card(appointment: Appointment, reader: Reader) -> Card:
    """One to come: held, confirmed or begun."""
    allowed = ways(appointment, now=reader.now)
    return _card(
        appointment,
        reader,
        note=allowed.until,
        allowed=allowed,
        actions=_actions(appointment, allowed),
    )


def request_card(appointment: Appointment, reader: Reader) -> Card:
    """One that waits for the clinic, or that it refused lately. Needs `history.requests`."""
    url = reverse("appointments:request", args=[appointment.pk])
    offered = appointment.offered_start  # type: ignore[attr-defined]
    waiting = appointment.status == Status.PROPOSED
    text, of = ("Ver solicitud", "de ") if waiting else ("Escoger otra hora", "de ")
    if waiting and offered:
        text, of = "Ver la hora que le proponen", "para "
    inside = words.inside(words.service(appointment.procedure))
    return _card(
        appointment,
        reader,
        note=_request_note(appointment),
        allowed=Ways(),
        actions=(Action(url, text, f"{of}{inside}"),),
    )


def _request_note(appointment: Appointment) -> str:
    offered = appointment.offered_start  # type: ignore[attr-defined]
    if appointment.status == Status.LAPSED:
        return NO_ANSWER
    if appointment.status == Status.DECLINED:
        return words.stopped(appointment.last_reason)  # type: ignore[attr-defined]
    if offered:
        return words.stopped(f"La sede le propone otra hora: {dates.moment(offered)}")
    if appointment.answer_by is None:
        return ""
    until = dates.moment(appointment.answer_by)
    answer = words.stopped(f"Le respondemos antes del {until}")
    stays = " Mientras tanto conserva su cita." if appointment.replaces_id else ""
    return answer + stays


def _actions(appointment: Appointment, allowed: Ways) -> tuple[Action, ...]:
    inside = words.inside(words.service(appointment.procedure))
    if appointment.status == Status.HELD:
        url = reverse("appointments:instructions", args=[appointment.pk])
        return (Action(url, "Terminar de pedir la cita", f"de {inside}"),)
    names = [("detail", "Ver cita", f"de {inside}")]
    if allowed.may_change:
        names.append(("change", "Cambiar hora", f"de {inside}"))
    if allowed.may_cancel:
        names.append(("cancel", "Cancelar", inside))
    elif allowed.may_give_notice:
        names.append(("cannot_go", "No puedo ir", f"a {inside}"))
    return tuple(
        Action(reverse(f"appointments:{name}", args=[appointment.pk]), text, rest)
        for name, text, rest in names
    )


def _card(
    appointment: Appointment,
    reader: Reader,
    *,
    note: str,
    allowed: Ways,
    actions: tuple[Action, ...],
) -> Card:
    day = localdate(appointment.start)
    title = words.service(appointment.procedure)
    place = words.place(appointment)
    return Card(
        leaf=Leaf.of(day),
        tag=Tag.of(appointment),
        title=_of_whom(title, appointment, reader),
        inside=words.inside(title),
        when=words.at_start(dates.moment(appointment.start)),
        day=dates.day(day),
        practitioner=str(appointment.practitioner),
        place=place,
        where=place.removeprefix("Presencial, "),
        note=note,
        ways=allowed,
        actions=actions,
    )


def _of_whom(title: str, appointment: Appointment, reader: Reader) -> str:
    return f"{title}, {appointment.patient.given_names}" if reader.several else title


@dataclass(frozen=True, slots=True)
class PastLine:
    url: str
    day: str
    title: str
    outcome: str


def past_line(appointment: Appointment, reader: Reader) -> PastLine:
    day = localdate(appointment.start)
    title = words.service(appointment.procedure)
    return PastLine(
        url=reverse("appointments:detail", args=[appointment.pk]),
        day=f"{day.day} de {dates.MONTHS[day.month - 1]} de {day.year}",
        title=_of_whom(title, appointment, reader),
        outcome=_outcome(appointment, reader),
    )


def _outcome(appointment: Appointment, reader: Reader) -> str:
    """«Asistió», «Cancelada por usted»; nothing while nobody said how it went."""
    outcome = OUTCOMES.get(Status(appointment.status), "")
    if appointment.status != Status.CANCELLED:
        return outcome
    doer = Doer(
        user_id=appointment.last_by,  # type: ignore[attr-defined]
        patient_id=appointment.last_by_patient,  # type: ignore[attr-defined]
        staff=bool(appointment.last_by_staff),  # type: ignore[attr-defined]
    )
    who = actors.agent(doer, patient=appointment.patient, reader=reader.user)
    return f"{outcome} {who}".rstrip()
