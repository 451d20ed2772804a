"""An appointment as its pages show it: every label made once, none in a template."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.timezone import localdate, localtime

from appointments import words
from appointments.models import Appointment
from appointments.preparation import Preparation, preparation
from catalog.models import Modality
from portal.ui import dates

Status = Appointment.Status
TONES = {
    Status.HELD: ("warn", "clock"),
    Status.PROPOSED: ("warn", "clock"),
    Status.BOOKED: ("good", "check"),
    Status.ARRIVED: ("good", "check"),
    Status.FULFILLED: ("good", "check"),
    Status.NOSHOW: ("bad-tag", "cross"),
    Status.CANCELLED: ("bad-tag", "cross"),
    Status.DECLINED: ("bad-tag", "cross"),
    Status.LAPSED: ("bad-tag", "cross"),
}
PAST_WORDS = {Status.FULFILLED: "Asistió", Status.NOSHOW: "No asistió"}


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
class Tag:
    text: str
    tone: str
    icon: str

    @classmethod
    def of(cls, appointment: Appointment) -> "Tag":
        tone, icon = TONES[Status(appointment.status)]
        return cls(appointment.get_status_display(), tone, icon)


@dataclass(frozen=True, slots=True)
class Card:
    """One appointment in a list."""

    url: str
    leaf: Leaf
    tag: Tag
    title: str
    inside: str
    when: str
    day: str
    practitioner: str
    place: str
    where: str
    action: str = "Ver cita"


def card(appointment: Appointment) -> Card:
    day = localdate(appointment.start)
    title = words.service(appointment.procedure)
    held = appointment.status == Status.HELD
    name = "instructions" if held else "detail"
    return Card(
        url=reverse(f"appointments:{name}", args=[appointment.pk]),
        leaf=Leaf.of(day),
        tag=Tag.of(appointment),
        title=title,
        inside=words.inside(title),
        when=words.at_start(dates.moment(appointment.start)),
        day=dates.day(day),
        practitioner=str(appointment.practitioner),
        place=words.place(appointment),
        where=words.place(appointment).removeprefix("Presencial, "),
        action="Terminar de pedir la cita" if held else "Ver cita",
    )


@dataclass(frozen=True, slots=True)
class PastLine:
    url: str
    day: str
    title: str
    outcome: str


def past_line(appointment: Appointment) -> PastLine:
    day = localdate(appointment.start)
    status = Status(appointment.status)
    return PastLine(
        url=reverse("appointments:detail", args=[appointment.pk]),
        day=f"{day.day} de {dates.MONTHS[day.month - 1]} de {day.year}",
        title=words.service(appointment.procedure),
        outcome=PAST_WORDS.get(status, "" if status == Status.BOOKED else status.label),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One appointment on a page of its own: held, confirmed or past."""

    pk: str
    reference: str
    tag: Tag
    title: str
    inside: str
    patient: str
    when: str
    day: str
    hour: str
    practitioner: str
    practitioner_and_specialty: str
    virtual: bool
    modality: str
    minutes: int
    site: str
    site_short: str
    site_row: str
    address: str
    directions: str
    map_url: str
    agreement: str
    phone: str
    phone_link: str
    preparation: Preparation
    hold_until: str = ""
    may_extend: bool = False


def page(appointment: Appointment) -> Page:
    """Everything that a page about one appointment says. Needs `for_page()`."""
    start, site = localtime(appointment.start), appointment.site
    title = words.service(appointment.procedure)
    modality = Modality(appointment.modality)
    duration = appointment.end - appointment.start
    held_until = appointment.hold_expires_at
    short = words.site_in_a_row(site)
    return Page(
        pk=str(appointment.pk),
        reference=appointment.reference,
        tag=Tag.of(appointment),
        title=title,
        inside=words.inside(title),
        patient=appointment.patient.full_name,
        when=words.at_start(dates.moment(start)),
        day=words.at_start(dates.day_with_year(start.date())),
        hour=dates.hour(start),
        practitioner=str(appointment.practitioner),
        practitioner_and_specialty=_with_specialty(appointment),
        virtual=modality == Modality.VIRTUAL,
        modality=str(modality.label),
        minutes=round(duration.total_seconds() / 60),
        site=words.site_named(site),
        site_short=short,
        site_row=f"{short}, {site.address}",
        address=f"{short}, {site.address}, {words.city(site.city)}",
        directions=site.directions,
        map_url=words.map_url(site),
        agreement=appointment.agreement.name,
        phone=site.phone,
        phone_link=words.phone_link(site.phone),
        preparation=preparation(appointment),
        hold_until=dates.hour(held_until) if held_until else "",
        may_extend=held_until is not None and not appointment.hold_extended,
    )


def _with_specialty(appointment: Appointment) -> str:
    """«Dra. Ana Lucía Peña, Radiología», unless the title already is the specialty."""
    practitioner = str(appointment.practitioner)
    specialty = appointment.procedure.specialty
    if specialty is None or appointment.procedure.visit:
        return practitioner
    return f"{practitioner}, {specialty.name}"
