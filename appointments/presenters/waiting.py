"""A place on the waiting list, and what is offered, as their pages say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Patient, User
from appointments import words
from appointments.errors import (
    BookingError,
    NothingToOffer,
    NotOffered,
    NotStanding,
    OfferOver,
    PaperMissing,
    PatientBusy,
    PersonInactive,
    SlotTaken,
    TooManyAppointments,
    TooManyInSpecialty,
    TooManyWaiting,
)
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.presenters.lists import Reader
from catalog.models import Modality, Practitioner, Procedure, Site
from portal.ui import dates

Status = WaitingListEntry.Status


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal in words."""

    title: str
    text: str


WORDS: dict[type[BookingError], tuple[str, str]] = {
    OfferOver: (
        "Ya no le guardamos esa hora",
        "{who} sigue en la lista. Le avisamos si se libera otra.",
    ),
    SlotTaken: ("Esa hora ya no está disponible", "Alguien la tomó antes."),
    NothingToOffer: (
        "No hay lista de espera para esta cita",
        "Hoy nadie de nuestra red la hace con ese convenio. Cambie la búsqueda, o llámenos.",
    ),
    TooManyWaiting: (
        "{who} ya espera varias citas",
        "En «Mis citas» salga de una de las listas y vuelva a anotarse.",
    ),
    NotStanding: (
        "La cita que quería adelantar ya cambió",
        "Se canceló o tiene otra hora. Mírela en «Mis citas».",
    ),
    PersonInactive: (
        "No se pueden pedir citas para esta persona",
        "Su registro está inactivo en la clínica. Llámenos para revisarlo.",
    ),
    PatientBusy: (
        "{who} ya tiene otra cita a esa hora",
        "Si prefiere la que le ofrecemos, cancele primero la otra y vuelva a esta página.",
    ),
    TooManyInSpecialty: (
        "{who} ya tiene varias citas de esta especialidad",
        "Cancele una que no necesite y vuelva a esta página, o llámenos.",
    ),
    TooManyAppointments: (
        "{who} ya tiene muchas citas pedidas",
        "Cancele una que no necesite y vuelva a esta página, o llámenos.",
    ),
    PaperMissing: (
        "Falta la orden médica o la autorización",
        "La sede revisó sus papeles y no sirven para esta cita. Llámenos antes de que se venza la oferta.",
    ),
    NotOffered: (
        "Esa hora ya no se puede asignar",
        "Cambió el convenio o falta muy poco para esa hora. Llámenos si la necesita.",
    ),
}


def refusal(error: BookingError, patient: Patient, user: User) -> Said:
    """What has no words is ours to hear of."""
    kind = next((kind for kind in WORDS if isinstance(error, kind)), None)
    if kind is None:
        raise error
    title, text = WORDS[kind]
    who = words.whom(patient, user)
    return Said(title.format(who=who), text.format(who=who))


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    text: str


def asked(
    *,
    procedure: Procedure,
    practitioner: Practitioner | None,
    sites: Sequence[Site],
    later: Appointment | None,
) -> list[Row]:
    """What is waited for, before joining."""
    rows = [Row("Cita", words.service(procedure))]
    if practitioner is not None:
        rows.append(Row("Con", str(practitioner)))
    rows.append(Row("Dónde", _where(sites)))
    if later is not None:
        rows.append(Row("Su cita ahora", words.at_start(dates.moment(later.start))))
    return rows


def _where(sites: Sequence[Site]) -> str:
    if not sites:
        return "Virtual, por videollamada"
    city = sites[0].city.name
    if len(sites) > 1:
        return f"Cualquier sede de {words.city(sites[0].city)}"
    return f"{words.site_named(sites[0])}, {city}"


# --- One's place ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the list: what it says, in rows; how it ended, if it did."""

    pk: str
    title: str
    inside: str
    rows: tuple[Row, ...]
    waits: bool
    ended: Said | None
    number: str


ENDINGS: dict[str, tuple[str, str]] = {
    Status.SERVED: ("Ya tiene la cita", "Por eso terminó su espera."),
    Status.LEFT: ("Usted salió de la lista de espera", "Ya no le avisamos."),
    Status.OVER: ("Terminó su espera", ""),
    Status.CLOSED: ("La sede cerró su lugar en la lista", ""),
}


def place(entry: WaitingListEntry) -> Place:
    """Needs the person, the service, the practitioner, the agreement, the city and the sites."""
    title = words.service(entry.procedure)
    ended = None
    if entry.status in ENDINGS:
        heading, text = ENDINGS[entry.status]
        ended = Said(heading, text or words.stopped(entry.ended_because))
    return Place(
        pk=str(entry.pk),
        title=title,
        inside=words.inside(title),
        rows=tuple(_rows(entry)),
        waits=entry.status == Status.WAITING,
        ended=ended,
        number=entry.number or "",
    )


def _rows(entry: WaitingListEntry) -> list[Row]:
    rows = [
        Row("Cita", words.service(entry.procedure)),
        Row("Para", entry.patient.full_name),
    ]
    if entry.number:
        rows.append(Row("Radicado", entry.number))
    if entry.answer_by and entry.status == Status.WAITING:
        rows.append(Row("Le respondemos hasta el", dates.day(entry.answer_by)))
    if entry.practitioner:
        rows.append(Row("Con", str(entry.practitioner)))
    rows.append(Row("Dónde", _places(entry)))
    later = entry.instead_of
    if later is not None and entry.status == Status.WAITING:
        rows.append(Row("Su cita ahora", words.at_start(dates.moment(later.start))))
    rows += [
        Row("Espera desde", _day(entry.created_at)),
        Row("Le sirve hasta", words.at_start(dates.day_with_year(entry.last_day))),
        Row("A qué hora puede", entry.get_part_display()),
    ]
    if entry.weekdays:
        rows.append(Row("Días", _weekdays(entry.weekdays)))
    rows.append(Row("Le avisamos", _notice(entry)))
    return rows


def _places(entry: WaitingListEntry) -> str:
    if entry.modality == Modality.VIRTUAL:
        return "Virtual, por videollamada"
    sites = [words.site_named(site) for site in entry.sites.all()]
    if sites:
        return ", ".join(sites)
    return f"Cualquier sede de {words.city(entry.city)}" if entry.city else "Donde haya"


def _weekdays(digits: str) -> str:
    named = [dates.WEEKDAYS[int(digit) - 1] for digit in digits]
    if len(named) < 2:
        return words.at_start("".join(named))
    return words.at_start(f"{', '.join(named[:-1])} y {named[-1]}")


def _notice(entry: WaitingListEntry) -> str:
    hours = entry.notice_minutes // 60
    ahead = "Mínimo un día antes" if hours >= 24 else f"Mínimo {hours} horas antes"
    return f"{ahead}, a cualquier hora" if entry.may_wake else ahead


def _day(when: datetime) -> str:
    return words.at_start(dates.day_with_year(localdate(when)))


def ahead(number: int) -> str:
    """How many come before, without a promise of when."""
    if number == 0:
        return "Usted es la primera persona de la lista para este servicio."
    people = words.counted(number, "persona espera", "personas esperan")
    return f"{people} este servicio antes que usted."


# --- What is offered ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """A time kept for them, and until when."""

    pk: str
    until: str
    when: str
    who: str
    where: str
    # What it takes the place of.
    before: str


def offered(offer: Offer, held: Appointment, *, now: datetime) -> Offered:
    """Needs `for_page()` of what is held, with what it replaces."""
    site = held.site
    virtual = held.modality == Modality.VIRTUAL
    later = held.replaces
    return Offered(
        pk=str(offer.pk),
        until=answer_before(offer.expires_at, now),
        when=words.at_start(dates.moment(held.start)),
        who=f"{words.service(held.procedure)}, {held.practitioner}",
        where="Por videollamada"
        if virtual
        else f"{words.site_named(site)}, {site.address}",
        before=words.at_start(dates.moment(later.start)) if later else "",
    )


def answer_before(when: datetime, now: datetime) -> str:
    """«Responda hoy antes de las 2:00 p. m.»."""
    day = words.soon(localdate(when), localdate(now))
    named = day if day in ("hoy", "mañana") else f"el {day}"
    hour = dates.hour(when)
    article = "la" if hour.startswith("1:") else "las"
    return f"Responda {named} antes de {article} {hour}"


# --- In the list ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """One place on the list among the cards of «Mis citas»."""

    title: str
    inside: str
    since: str
    until: str
    note: str
    url: str
    leave_url: str
    # The page with its number and dates, of one that was filed.
    filed_url: str
    offered: bool


def card(entry: WaitingListEntry, reader: Reader) -> Card:
    """Needs `history.waiting`."""
    title = words.service(entry.procedure)
    inside = words.inside(title)
    offers: list[Offer] = entry.open_offers  # type: ignore[attr-defined]
    return Card(
        title=f"{title}, {entry.patient.given_names}" if reader.several else title,
        inside=inside,
        since=f"Espera desde el {dates.day(entry.created_at)}",
        until=f"Le sirve hasta el {dates.day_with_year(entry.last_day)}",
        note=_card_note(entry),
        url=reverse("appointments:waiting_entry", args=[entry.pk]),
        leave_url=reverse("appointments:leave_waiting_list", args=[entry.pk]),
        filed_url=filed_url(entry),
        offered=bool(offers),
    )


def filed_url(entry: WaitingListEntry) -> str:
    if not entry.number:
        return ""
    return reverse("appointments:filed_request", args=[entry.pk])


def by_order() -> str:
    """As the list is really served: priority is the clinic's to turn on."""
    served = "por orden de llegada"
    return f"{served} y de prioridad" if settings.WAITING_LIST_PRIORITY else served


def _card_note(entry: WaitingListEntry) -> str:
    if entry.number:
        return f"Radicado {entry.number}"
    later = entry.instead_of
    if later is None:
        return ""
    return words.stopped(
        f"Por una hora antes del {dates.moment(later.start)} Conserva esa cita"
    )
