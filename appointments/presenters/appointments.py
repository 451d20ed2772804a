"""An appointment as its pages show it: every label made once, none in a template."""

from dataclasses import dataclass

from django.utils.timezone import localtime

from appointments import words
from appointments.models import Appointment
from appointments.preparation import Preparation, preparation
from appointments.presenters.calendars import WebCalendar, web_calendars
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
    street: str
    step_free: bool
    map_url: str
    geo_url: str
    calendars: tuple[WebCalendar, ...]
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
        street=f"{site.address}, {words.city(site.city)}",
        step_free=site.step_free,
        map_url=words.map_url(site),
        geo_url=words.geo_url(site),
        calendars=web_calendars(appointment),
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
