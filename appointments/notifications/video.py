"""«Entre ya»: ten minutes before an appointment by video, with the way to its page.

The room's own address is in no message: the page gives it to who is signed in.
"""

from datetime import datetime

from django.conf import settings
from django.utils.timezone import localtime

from appointments.models import Appointment, ReminderPreference
from appointments.notifications import pieces
from appointments.notifications.recipients import addressee
from catalog.models import Modality
from portal.messaging import gsm7
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, letter
from portal.ui import dates


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """By the channels that this person wants, while the appointment stands and lasts."""
    appointment = pieces.standing(message, now=now)
    if appointment is None or appointment.modality != Modality.VIRTUAL:
        return None
    if (
        message.channel
        not in ReminderPreference.objects.of(message.recipient_ref).channels()
    ):
        return None
    to = addressee(message, appointment, now=now)
    if to is None:
        return None
    if message.channel == Channel.EMAIL:
        return _email(appointment, to.reach.destination)
    return Envelope(to=to.reach.destination, text=video_sms(appointment, now=now))


def video_sms(appointment: Appointment, *, now: datetime) -> str:
    url, phone = pieces.short_url(appointment, now=now), pieces.phone(appointment)
    hour = dates.sms_hour(localtime(appointment.start))
    sender = settings.ORGANISATION["sms_name"]
    text = f"{sender}: su cita virtual es a las {hour} Entre ya con este enlace: {url}"
    with_phone = gsm7.clean(f"{text} Ayuda {phone}")
    return with_phone if gsm7.fits(with_phone) else gsm7.clean(text)


def _email(appointment: Appointment, destination: str) -> Envelope:
    hour = dates.hour(localtime(appointment.start))
    url = f"{settings.BASE_URL}{pieces.path(appointment)}"
    written = letter(
        f"Su cita virtual es a las {hour} No tiene que instalar nada.",
        f"¿No le funciona el video? Llame al {pieces.phone(appointment)}.",
        Button("Entrar a la cita", url),
    )
    return Envelope(
        to=destination,
        subject=f"Entre ya a su cita virtual: {hour}".replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
    )
