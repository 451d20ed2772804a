"""What waits for the patient: a time that became free, another hour that the clinic proposes, a request that it refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from appointments import words
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.presenters.lists import Reader
from portal.ui import dates

Status = Appointment.Status


@dataclass(frozen=True, slots=True)
class Pending:
    """One note: what happened, and where to answer."""

    lead: str
    rest: str
    url: str
    action: str
    until: str = ""


def offered(waiting: Iterable[WaitingListEntry], reader: Reader) -> list[Pending]:
    """The times that are kept for them while they decide. Needs `history.waiting`."""
    return [
        _offer_note(entry, offer, reader)
        for entry in waiting
        for offer in entry.open_offers  # type: ignore[attr-defined]
    ]


def _offer_note(entry: WaitingListEntry, offer: Offer, reader: Reader) -> Pending:
    what = words.inside(words.service(entry.procedure))
    if reader.several:
        what = f"{what} de {entry.patient.given_names}"
    return Pending(
        lead=f"Se liberó una cita de {what}:",
        rest=words.stopped(dates.moment(offer.appointment.start)),
        url=reverse("appointments:waiting_entry", args=[entry.pk]),
        action="Ver y responder",
        until=_until(offer.expires_at),
    )


def pending(requests: Iterable[Appointment], reader: Reader) -> list[Pending]:
    """Needs `history.requests`."""
    return [_note(one, reader) for one in requests if _waits(one)]


def _waits(appointment: Appointment) -> bool:
    refused = appointment.status != Status.PROPOSED
    return refused or appointment.offered_start is not None  # type: ignore[attr-defined]


def _note(appointment: Appointment, reader: Reader) -> Pending:
    url = reverse("appointments:request", args=[appointment.pk])
    what = words.inside(words.service(appointment.procedure))
    if reader.several:
        what = f"{what} de {appointment.patient.given_names}"
    offered = appointment.offered_start  # type: ignore[attr-defined]
    if appointment.status == Status.PROPOSED:
        return Pending(
            lead=f"La sede le propone otra hora para {what}:",
            rest=words.stopped(dates.moment(offered)),
            url=url,
            action="Ver y responder",
            until=_until(appointment.offered_until),  # type: ignore[attr-defined]
        )
    lead = f"La sede no aceptó su solicitud de {what}"
    if appointment.status == Status.LAPSED:
        lead = f"La sede no alcanzó a responder su solicitud de {what}"
    return Pending(
        lead=lead,
        rest=words.stopped(f"para el {dates.moment(appointment.start)}"),
        url=url,
        action="Escoger otra hora",
    )


def _until(moment: datetime | None) -> str:
    if moment is None:
        return "."
    return f" {words.stopped(f'antes del {dates.moment(moment)}')}"
