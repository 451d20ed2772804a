"""«Sus 3 citas quedaron asignadas»: one message for all, to each what concerns them.

Every appointment brings its calendar file; what waits for the clinic is named and has none.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localdate, localtime

from appointments import answering
from appointments.models import Appointment
from appointments.notifications import pieces
from appointments.notifications.attachments import numbered
from appointments.notifications.recipients import Addressee, addressee, recipients
from appointments.preparation import preparation
from portal.messaging import gsm7, links
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button, Items, letter
from portal.ui import dates

Status = Appointment.Status


@dataclass(frozen=True, slots=True)
class Concerned:
    """What one person is told of: what stands, and what waits for the clinic."""

    to: Addressee
    group_id: str
    booked: tuple[Appointment, ...]
    asked: tuple[Appointment, ...]

    @property
    def rows(self) -> tuple[Appointment, ...]:
        return tuple(sorted((*self.booked, *self.asked), key=lambda one: one.start))


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing, if none of them stands as it was: then other messages said more."""
    found = _concerned(message, now)
    if found is None:
        return None
    if message.channel == Channel.EMAIL:
        return _email(found, now)
    return Envelope(
        to=found.to.reach.destination,
        text=sms(found, now=now),
        variables={
            "1": counted(found),
            "2": dates.moment(found.rows[0].start),
            "3": _short_url(found, now),
        },
    )


def sms(found: Concerned, *, now: datetime) -> str:
    """How many and when the first one is: the page says the rest."""
    sender, first = settings.ORGANISATION["sms_name"], found.rows[0]
    when, url = pieces.when(first), _short_url(found, now)
    place = pieces.place(first)[:1]
    while True:
        where = f", {place[0]}" if place else ""
        text = gsm7.clean(
            f"{sender}: {counted(found)}. {_first(found)}: {when}{where}. Ver: {url}"
        )
        if not place or gsm7.fits(text):
            return text
        place = []


def counted(found: Concerned) -> str:
    """«3 citas asignadas», «2 citas asignadas y 1 solicitud en revisión»."""
    booked, asked = len(found.booked), len(found.asked)
    said = []
    if booked:
        said.append("1 cita asignada" if booked == 1 else f"{booked} citas asignadas")
    if asked:
        what = "solicitud" if asked == 1 else "solicitudes"
        said.append(f"{asked} {what} en revisión")
    return " y ".join(said)


def subject(found: Concerned) -> str:
    if not found.booked:
        several = len(found.asked) > 1
        return f"Recibimos {'sus solicitudes' if several else 'su solicitud'} de cita"
    when = dates.moment(found.booked[0].start)
    if len(found.booked) == 1:
        return f"Cita asignada: {when}"
    return f"{len(found.booked)} citas asignadas: {when}"


# --- Look ------------------------------------------------------------------------


def _concerned(message: OutgoingMessage, now: datetime) -> Concerned | None:
    to: Addressee | None = None
    booked: list[Appointment] = []
    asked: list[Appointment] = []
    for one in _standing(message, now):
        mine = _addressee(message, one, now)
        if mine is None:
            continue
        # Of what is for somebody else, the name says for whom.
        to = to or mine
        (asked if one.status == Status.PROPOSED else booked).append(one)
    if to is None:
        return None
    return Concerned(to, message.subject_ref, tuple(booked), tuple(asked))


def _standing(message: OutgoingMessage, now: datetime) -> list[Appointment]:
    """As they were confirmed: none that was moved, cancelled or answered since."""
    rows = (
        Appointment.objects.for_page()
        .select_related("booked_by")
        .prefetch_related("instruction_set__steps")
        .filter(group=message.subject_ref, version=message.version, end__gt=now)
    )
    stand = (Status.BOOKED, Status.ARRIVED, Status.PROPOSED)
    return [
        one
        for one in rows.filter(status__in=stand).order_by("start", "pk")
        if not answering.is_over(due=one.answer_by, now=now)
        or one.status != Status.PROPOSED
    ]


def _addressee(
    message: OutgoingMessage, one: Appointment, now: datetime
) -> Addressee | None:
    """Who is told of this one as it would be told alone; nobody else."""
    told = recipients(one, on=localdate(now))
    if message.recipient_ref not in {str(person.pk) for person, _ in told}:
        return None
    return addressee(message, one, now=now)


# --- Write -----------------------------------------------------------------------


def _email(found: Concerned, now: datetime) -> Envelope:
    page = reverse("appointments:group_voucher", args=[found.group_id])
    blocks: list[Block] = [_said(found)]
    for n, one in enumerate(found.rows, start=1):
        blocks += _about(one, n, found)
    blocks.append(Button("Ver mis citas", f"{settings.BASE_URL}{page}"))
    written = letter(*blocks)
    to = found.to.reach.destination
    return Envelope(
        to=to,
        subject=subject(found).replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
        attachments=tuple(
            numbered(one, to, now, number=n)
            for n, one in enumerate(found.booked, start=1)
        ),
    )


def _said(found: Concerned) -> str:
    booked, asked = len(found.booked), len(found.asked)
    if not asked and booked == 1:
        return "Su cita quedó asignada."
    if not asked:
        return f"Sus {booked} citas quedaron asignadas."
    if not booked:
        return "Recibimos lo que pidió. Todavía no es una cita: la sede debe aceptarlo."
    one = "1 cita quedó asignada"
    stands = one if booked == 1 else f"{booked} citas quedaron asignadas"
    waits = "1 la revisa" if asked == 1 else f"{asked} las revisa"
    return f"{stands} y {waits} la sede antes de asignarla{'s' * (asked > 1)}."


def _about(one: Appointment, number: int, found: Concerned) -> list[Block]:
    """As alone (confirmed._letter): without the service's name; less where nobody proved it."""
    start, needs = localtime(one.start), preparation(one)
    arrive = f" Llegue a las {needs.arrive}" if needs.arrive else ""
    when = f"{dates.day_with_year(start)}, {dates.hour(start)}"
    blocks: list[Block] = [f"{number}. {when}{arrive}"]
    proved = found.to.reach.proved
    if proved and _for_whom(found):
        blocks.append(f"Para: {one.patient.given_names}")
    blocks.append(f"Dónde: {pieces.full_place(one)}")
    if proved:
        blocks.append(f"Con: {one.practitioner}")
    if one.status == Status.PROPOSED:
        due = dates.moment(one.answer_by) if one.answer_by else ""
        blocks.append(f"Todavía no es una cita. La sede responde antes del {due}")
        return blocks
    blocks.append(f"Código: {one.reference}")
    if proved and needs.before:
        blocks.append(Items("Prepárese:", [line.text for line in needs.before]))
    blocks.append(f"¿No puede ir? Llame al {pieces.phone(one)}.")
    return blocks


def _for_whom(found: Concerned) -> bool:
    """Of several people, or of somebody else than who reads it."""
    return found.to.for_other or len({one.patient_id for one in found.rows}) > 1


def _first(found: Concerned) -> str:
    return "La primera" if len(found.rows) > 1 else "Es"


def _short_url(found: Concerned, now: datetime) -> str:
    page = reverse("appointments:group_voucher", args=[found.group_id])
    until = max(one.end for one in found.rows)
    return links.shorten(path=page, now=now, expires_at=until)
