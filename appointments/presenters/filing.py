"""A filed request as its page says it: its number, its dates, what came of it."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.timezone import localdate

from appointments import words
from appointments.models import Appointment, WaitingListEntry
from appointments.presenters.appointments import Tag
from catalog.models import Modality
from portal.ui import dates

Status = WaitingListEntry.Status
WAITS = Tag("En espera de respuesta", "warn", "clock")
OFFERED = Tag("Tiene una hora guardada", "warn", "bell")
TO_ACCEPT = Tag("La sede debe aceptar la hora", "warn", "clock")
ENDED = {
    Status.SERVED: Tag("Con cita", "good", "check"),
    Status.LEFT: Tag("Usted la retiró", "bad-tag", "cross"),
    Status.OVER: Tag("Terminó", "bad-tag", "cross"),
    Status.CLOSED: Tag("Cerrada por la sede", "bad-tag", "cross"),
}


@dataclass(frozen=True, slots=True)
class Filed:
    """Every label of the page. Of `waits`, `offer_url`, `assigned_url` and `reason` only
    those that are true have anything."""

    number: str
    tag: Tag
    title: str
    patient: str
    agreement: str
    where: str
    who: str
    requested: str
    desired: str
    assigned: str
    answer_by: str
    waits: bool
    late: bool
    offer_url: str
    assigned_url: str
    reason: str
    leave_url: str


def filed(entry: WaitingListEntry, *, offered: bool, today: date) -> Filed:
    """Needs its patient, procedure, agreement, city, practitioner, sites and `assigned`."""
    waits = entry.status == Status.WAITING
    taken = standing(entry)
    page = reverse("appointments:waiting_entry", args=[entry.pk])
    told = not waits and entry.status != Status.SERVED
    reason = words.stopped(entry.ended_because) if told else ""
    return Filed(
        number=entry.number or "",
        tag=_tag(entry, offered=offered),
        title=words.service(entry.procedure),
        patient=entry.patient.full_name,
        agreement=entry.agreement.name,
        where=_where(entry),
        who=str(entry.practitioner or ""),
        requested=dates.day_with_year(localdate(entry.created_at)),
        desired=dates.day_with_year(entry.desired_day) if entry.desired_day else "",
        assigned=words.at_start(dates.moment(taken.start)) if taken else "",
        answer_by=dates.day_with_year(entry.answer_by) if entry.answer_by else "",
        waits=waits,
        late=waits and entry.answer_by is not None and entry.answer_by < today,
        offer_url=page if offered else "",
        assigned_url=_page_of(taken) if taken else "",
        reason=reason,
        leave_url=(
            reverse("appointments:leave_waiting_list", args=[entry.pk]) if waits else ""
        ),
    )


def _tag(entry: WaitingListEntry, *, offered: bool) -> Tag:
    if entry.status != Status.WAITING:
        return ENDED[Status(entry.status)]
    if offered:
        return OFFERED
    return TO_ACCEPT if standing(entry) is not None else WAITS


def standing(entry: WaitingListEntry) -> Appointment | None:
    """What came of it: the time that the clinic is to accept while they wait, and then the
    appointment.

    One that the clinic declined, or that its person withdrew, gave them nothing. Once the
    wait ended with an appointment its page is theirs whatever became of it.
    """
    taken = entry.assigned
    if taken is None or entry.status == Status.SERVED:
        return taken
    asked = taken.status == Appointment.Status.PROPOSED
    return taken if asked and entry.status == Status.WAITING else None


def _where(entry: WaitingListEntry) -> str:
    if entry.modality == Modality.VIRTUAL:
        return "Virtual, por videollamada"
    named = [words.site_named(site) for site in entry.sites.all()]
    city = words.city(entry.city) if entry.city else ""
    if not named:
        return f"Cualquier sede de {city}" if city else "Cualquier sede"
    return ", ".join([*named, city]) if city else ", ".join(named)


def _page_of(taken: Appointment) -> str:
    waiting = taken.status == Appointment.Status.PROPOSED
    name = "request" if waiting else "detail"
    return reverse(f"appointments:{name}", args=[taken.pk])


def days_in_words(days: int) -> str:
    return words.counted(days, "día hábil", "días hábiles")
