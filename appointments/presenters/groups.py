"""Several appointments on one page: each with its hour and name, none mixed with another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Patient, User
from appointments import words
from appointments.groups import Cancellable
from appointments.models import Appointment
from appointments.presenters import rules
from appointments.presenters.appointments import Page, page
from appointments.presenters.lists import Leaf
from appointments.presenters.orders import OrderCard, order_card
from appointments.presenters.people import on_behalf
from appointments.presenters.prices import Price, price
from appointments.presenters.requests import answer_due
from appointments.presenters.story import words_joined
from portal.ui import dates

Status = Appointment.Status
STANDING = (Status.BOOKED, Status.ARRIVED, Status.FULFILLED)


@dataclass(frozen=True, slots=True)
class Part:
    """One of them."""

    page: Page
    # «8:20 a. m., ecografía de abdomen total», with the day and the person where they differ.
    heading: str
    anchor: str
    whose: str
    price: Price
    papers: OrderCard | None
    rules: rules.Line | None
    # Until when the clinic answers, of one that it must accept.
    due: str
    stands: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Together:
    """All of them, and what they have in common."""

    pk: str
    parts: tuple[Part, ...]
    hold_until: str
    may_extend: bool

    @property
    def count(self) -> int:
        return len(self.parts)

    @property
    def asked(self) -> int:
        """How many the clinic must accept."""
        return sum(bool(part.due) for part in self.parts)

    @property
    def said(self) -> str:
        """«sus 3 citas»; of one that is left to the reader, «su cita»."""
        return "su cita" if self.count == 1 else f"sus {self.count} citas"

    @property
    def all_of_them(self) -> str:
        return "la cita" if self.count == 1 else f"las {self.count} citas"


def together(
    group_id: object, rows: Sequence[Appointment], *, now: datetime
) -> Together:
    """Needs `for_page()` and the steps of the recommendations; a few questions for each."""
    until = min(
        (one.hold_expires_at for one in rows if one.hold_expires_at), default=None
    )
    parts = [_part(one, rows, n, now) for n, one in enumerate(rows, start=1)]
    return Together(
        pk=str(group_id),
        parts=tuple(_said_once(parts)),
        hold_until=dates.hour(until) if until else "",
        may_extend=until is not None and not any(one.hold_extended for one in rows),
    )


def _said_once(parts: Sequence[Part]) -> Iterator[Part]:
    """Where the amounts come from and who does not pay: at the first one alone."""
    said: set[str] = set()
    for part in parts:
        cost = part.price
        yield replace(
            part,
            price=replace(
                cost,
                basis="" if cost.basis in said else cost.basis,
                exempt="" if cost.exempt in said else cost.exempt,
            ),
        )
        said |= {cost.basis, cost.exempt}


def _part(
    one: Appointment, rows: Sequence[Appointment], number: int, now: datetime
) -> Part:
    shown = page(one)
    held = one.status == Status.HELD
    coming = one.start > now and one.status in (Status.HELD, Status.BOOKED)
    line = rules.rules_line(one, now) if coming else None
    due = answer_due(one, now=now) if held else _due(one)
    return Part(
        page=shown,
        heading=_heading(one, rows),
        anchor=f"cita-{number}",
        whose=_whose(one, rows),
        price=price(one),
        papers=order_card(one),
        # How often and how many is said once, where it is looked for (presenters.rules).
        rules=replace(line, limits="") if line and not due else None,
        due=due,
        stands=one.status in STANDING,
        asked=one.status == Status.PROPOSED,
    )


def _due(one: Appointment) -> str:
    waits = one.status == Status.PROPOSED and one.answer_by is not None
    return dates.moment(one.answer_by) if waits and one.answer_by else ""


def _heading(one: Appointment, rows: Sequence[Appointment]) -> str:
    hour, what = dates.hour(one.start), words.service(one.procedure)
    one_day = len({localdate(row.start) for row in rows}) == 1
    when = hour if one_day else f"{dates.day(one.start)}, {hour}"
    whose = _whose(one, rows)
    named = f"{what}, {whose}" if whose else what
    return words.at_start(f"{when} {named}" if one_day else f"{when}: {named}")


def _whose(one: Appointment, rows: Sequence[Appointment]) -> str:
    """The name, where not all are for one person."""
    several = len({row.patient_id for row in rows}) > 1
    return one.patient.given_names if several else ""


# --- The voucher -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the group stands, for the head of its voucher."""

    title: str
    good: bool


def outcome(rows: Sequence[Appointment]) -> Outcome:
    """«Listo, sus 3 citas quedaron asignadas», until one of them ends."""
    booked = sum(one.status in STANDING for one in rows)
    asked = sum(one.status == Status.PROPOSED for one in rows)
    if booked + asked < len(rows):
        if not booked + asked:
            return Outcome("Estas citas ya no están en pie", good=False)
        return Outcome("Las citas que pidió juntas", good=False)
    if not asked:
        if booked == 1:
            return Outcome("Listo, su cita quedó asignada", good=True)
        return Outcome(f"Listo, sus {booked} citas quedaron asignadas", good=True)
    if not booked:
        what = "su solicitud" if asked == 1 else f"sus {asked} solicitudes"
        return Outcome(f"Recibimos {what}", good=True)
    stand = (
        "1 cita quedó asignada" if booked == 1 else f"{booked} citas quedaron asignadas"
    )
    wait = "1 quedó" if asked == 1 else f"{asked} quedaron"
    return Outcome(f"Listo, {stand} y {wait} en revisión", good=True)


# --- Consent -----------------------------------------------------------------------


def accepting(
    patients: Sequence[Patient], *, acting: Patient | None, today: date
) -> str:
    """In which capacity somebody accepts for these people; nothing for oneself alone."""
    found = dict.fromkeys(
        on_behalf(patient, acting=acting, today=today) for patient in patients
    )
    if list(found) == [""]:
        return ""
    return words_joined(one or "por mí" for one in found)


# --- Cancelling ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One in the page that asks whether to cancel them."""

    page: Page
    leaf: Leaf
    whose: str
    why: str
    phone: str
    phone_link: str
    notice_url: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be cancelled online, and what needs a call."""

    online: tuple[Choice, ...]
    by_phone: tuple[Choice, ...]
    ended: tuple[Choice, ...]

    @property
    def question(self) -> str:
        many = len(self.online)
        return "esta cita" if many == 1 else f"estas {many} citas"

    @property
    def answer(self) -> str:
        many = len(self.online)
        return "la cita" if many == 1 else f"{many} citas"

    @property
    def done(self) -> str:
        many = len(self.ended)
        return (
            "Su cita quedó cancelada"
            if many == 1
            else f"Sus {many} citas quedaron canceladas"
        )


def choices(
    rows: Sequence[Appointment], looked_at: Sequence[Cancellable], *, now: datetime
) -> Choices:
    """Needs `for_page()`."""
    online = [one for one in looked_at if one.barrier is None]
    by_phone = [one for one in looked_at if one.barrier is not None]
    ended = [one for one in rows if one.status == Status.CANCELLED]
    return Choices(
        online=tuple(_choice(one.appointment, rows, "", now) for one in online),
        by_phone=tuple(
            _choice(one.appointment, rows, one.barrier or "", now) for one in by_phone
        ),
        ended=tuple(_choice(one, rows, "", now) for one in ended),
    )


def _choice(
    one: Appointment, rows: Sequence[Appointment], barrier: str, now: datetime
) -> Choice:
    why, notice = "", ""
    if barrier:
        call = rules.to_call(one, rules.CANCEL, barrier, now)
        why = call.why
        if call.may_give_notice:
            notice = reverse("appointments:cannot_go", args=[one.pk])
    phone = rules.phone_of(one)
    return Choice(
        page=page(one),
        leaf=Leaf.of(localdate(one.start)),
        whose=_whose(one, rows),
        why=why,
        phone=phone,
        phone_link=words.phone_link(phone),
        notice_url=notice,
        asked=one.status == Status.PROPOSED,
    )


# --- The page of one of them -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Others:
    """«Pedida junto con ecografía de abdomen total y cardiología»."""

    said: str
    voucher_url: str
    cancel_url: str


def others(
    appointment: Appointment, rows: Iterable[Appointment], *, reader: User
) -> Others | None:
    """Of the others only those of people that the reader acts for. Needs the procedures."""
    rest = [one for one in rows if one.pk != appointment.pk]
    if not rest or appointment.group_id is None:
        return None
    named = [_named(one, appointment, reader) for one in rest]
    standing = any(
        one.status in (Status.BOOKED, Status.PROPOSED) for one in (appointment, *rest)
    )
    args = [appointment.group_id]
    return Others(
        said=f"Pedida junto con {words_joined(named)}",
        voucher_url=reverse("appointments:group_voucher", args=args),
        cancel_url=reverse("appointments:group_cancel", args=args) if standing else "",
    )


def _named(one: Appointment, beside: Appointment, reader: User) -> str:
    what = words.inside(words.service(one.procedure))
    if one.patient_id == beside.patient_id:
        return what
    mine = one.patient_id == reader.patient_id
    return f"{what} para {'usted' if mine else one.patient.given_names}"
