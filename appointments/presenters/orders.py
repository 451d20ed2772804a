"""Orders in words: what is wanting before a time is held, and how it goes afterwards."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.timezone import localdate

from appointments import papers
from appointments.models import Appointment, ServiceRequest
from appointments.papers import Missing
from catalog.models import Agreement
from portal.ui import dates

ENDED = (
    Appointment.Status.FULFILLED,
    Appointment.Status.NOSHOW,
    Appointment.Status.CANCELLED,
    Appointment.Status.DECLINED,
    Appointment.Status.LAPSED,
)
State = ServiceRequest.State


@dataclass(frozen=True, slots=True)
class AskingPage:
    """The page between the questions and the dates."""

    title: str
    what: str
    late: str
    rejected: str
    payer: str
    wants_order: bool
    wants_authorization: bool
    promise: str


def asking_page(
    found: Missing,
    *,
    agreement: Agreement,
    day: date | None,
    rejected: ServiceRequest | None = None,
) -> AskingPage:
    named = _named(found.gap.no_order, found.gap.no_authorization)
    payer = agreement.name if agreement.payer_id else ""
    both = found.gap.no_order and found.gap.no_authorization
    return AskingPage(
        title=f"¿Tiene {named}?",
        what=named,
        late=_late(found, day),
        rejected=rejected.reason if rejected else "",
        payer=payer,
        wants_order=found.gap.no_order,
        wants_authorization=found.gap.no_authorization,
        promise=f"{'Las' if both else 'La'} llevo el día de la cita",
    )


def _named(order: bool, authorization: bool) -> str:
    names = ["la orden médica"] * order + ["la autorización"] * authorization
    return " y ".join(names)


def _late(found: Missing, day: date | None) -> str:
    """«La orden sirve hasta el 5 de diciembre. Usted escogió el 8.»"""
    row, gap = found.declared, found.gap
    if row is None or not (gap.order_late or gap.authorization_late):
        return ""
    name, until = (
        ("La orden", row.order_until)
        if gap.order_late
        else ("La autorización", row.authorization_until)
    )
    if until is None:
        return ""
    told = f"{name} que nos contó sirve hasta el {dates.day_with_year(until)}."
    if day is not None:
        told += f" La hora que escogió es del {dates.day(day)}."
    return told


@dataclass(frozen=True, slots=True)
class OrderCard:
    """How the papers of one appointment stand (partials/order.html)."""

    title: str
    text: str
    good: bool = False
    reason: str = ""
    url: str = ""
    action: str = ""
    files: tuple[str, ...] = ()


def order_card(appointment: Appointment) -> OrderCard | None:
    """For a page about one appointment; None where no paper is asked for."""
    asked = papers.asked(appointment.procedure, appointment.agreement)
    if not asked.anything or appointment.status in ENDED:
        return None
    order = appointment.service_request
    named = _named(asked.order, asked.authorization)
    url = reverse("appointments:order_of", args=[appointment.pk])
    if order is None:
        text = f"Lleve {named} el día de la cita."
        return OrderCard("Falta un papel", text, url=url, action="Mandarla ahora")
    files = tuple(
        reverse("appointments:order_file", args=[file.pk]) for file in order.files.all()
    )
    if order.state == State.REJECTED:
        return OrderCard(
            "La orden no sirve",
            "Su cita sigue en pie. Mande otra antes de ese día.",
            reason=order.reason,
            url=url,
            action="Mandar otra",
            files=files,
        )
    left = papers.gap_of(asked, order, localdate(appointment.start))
    if left.anything:
        wanting = _named(left.no_order, left.no_authorization)
        text = f"Lleve {wanting} el día de la cita."
        return OrderCard(
            "Falta un papel", text, url=url, action="Mandarla ahora", files=files
        )
    if order.state == State.CHECKED:
        return OrderCard("Papeles revisados", _sure(named), good=True, files=files)
    return OrderCard(
        "Papeles por revisar",
        f"Ya tenemos los datos. La sede los revisa. {_sure(named)}",
        files=files,
    )


def _sure(named: str) -> str:
    return f"Ese día lleve {named}."
