"""«Cita confirmada»: the clinic accepted the request. As the confirmation, with its .ics."""

from datetime import datetime

from appointments.models import Appointment
from appointments.notifications import asked, confirmed, pieces
from appointments.notifications.recipients import addressee
from catalog.models import Modality
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.ui import dates

FIRST = "Aceptaron su solicitud. Su cita quedó confirmada."


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    appointment = pieces.standing(message, now=now)
    if appointment is None:
        return None
    to = addressee(message, appointment, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        subject = f"Cita confirmada: {dates.moment(appointment.start)}"
        return confirmed.email(appointment, to, now=now, subject=subject, first=FIRST)
    service = asked.called(appointment, to)
    text = accepted_sms(appointment, service=service, now=now)
    return asked.sms(to, appointment, text=text, now=now)


def accepted_sms(appointment: Appointment, *, service: str, now: datetime) -> str:
    """What follows the sender's name."""
    url = pieces.short_url(appointment, now=now)
    where = ["por videollamada"]
    if appointment.modality == Modality.IN_PERSON:
        where = pieces.place(appointment)[:1]
    told = ", ".join([service, pieces.when(appointment), *where])
    reference = appointment.reference
    return gsm7.clean(f"solicitud aceptada. {told}. Codigo {reference}. Ver: {url}")
