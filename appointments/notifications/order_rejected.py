"""«La orden de su cita no sirve»: what to do, without saying what the appointment is for."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from appointments.models import Appointment, ServiceRequest
from appointments.notifications import pieces
from appointments.notifications.recipients import addressee
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, letter
from portal.ui import dates

WAITING = (
    Appointment.Status.HELD,
    Appointment.Status.PROPOSED,
    Appointment.Status.BOOKED,
)


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing if the appointment no longer stands or has another order by now."""
    appointment = _counting_on_it(message, now=now)
    to = addressee(message, appointment, now=now) if appointment else None
    if appointment is None or to is None:
        return None
    if message.channel == Channel.EMAIL:
        return _email(appointment, to.reach.destination)
    return Envelope(
        to=to.reach.destination,
        text=sms(appointment, now=now),
        variables={
            "1": dates.moment(appointment.start),
            "2": pieces.short_url(appointment, now=now),
        },
    )


def sms(appointment: Appointment, *, now: datetime) -> str:
    sender, when = settings.ORGANISATION["sms_name"], pieces.when(appointment)
    url = pieces.short_url(appointment, now=now)
    return gsm7.clean(
        f"{sender}: la orden de su cita del {when} no sirve. "
        f"Su cita sigue en pie. Vea que hacer: {url}"
    )


def _email(appointment: Appointment, destination: str) -> Envelope:
    """Why is on the page, behind the sign-in: a reason may say what the matter is."""
    moment = dates.moment(appointment.start)
    detail = reverse("appointments:detail", args=[appointment.pk])
    phone = appointment.site.phone or settings.ORGANISATION["phone"]
    written = letter(
        f"Revisamos la orden o la autorización de su cita del {moment} y no sirve.",
        "Su cita sigue en pie. Entre para ver el motivo y enviar otra "
        f"antes de ese día, o llame al {phone}.",
        Button("Ver mi cita", f"{settings.BASE_URL}{detail}"),
    )
    return Envelope(
        to=destination,
        subject="Falta un papel para su cita",
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
    )


def _counting_on_it(message: OutgoingMessage, *, now: datetime) -> Appointment | None:
    return (
        Appointment.objects.for_page()
        .filter(
            pk=message.subject_ref,
            status__in=WAITING,
            start__gt=now,
            service_request__state=ServiceRequest.State.REJECTED,
        )
        .first()
    )
