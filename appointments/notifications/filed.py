"""«Radicamos su solicitud»: its number, and by when the clinic answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from appointments.models import WaitingListEntry
from appointments.notifications.recipients import Addressee, addressee_of
from portal.messaging import gsm7, links
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Block, Button, letter
from portal.ui import dates

SUBJECT = "Radicamos su solicitud de cita"
MEANWHILE = (
    "Si antes se libera una hora, se la guardamos y le avisamos para que la acepte. "
    "No tiene que volver a pedirla."
)
# The address in the text message serves as long as somebody may look it up.
LINK_LIVES = timedelta(days=180)


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing, if it ended meanwhile: what ended it is told."""
    entry = found(message, WaitingListEntry.Status.WAITING)
    to = addressee_of(message, entry.patient, now=now) if entry else None
    if entry is None or to is None or entry.answer_by is None:
        return None
    answer = dates.day(entry.answer_by)
    if message.channel == Channel.EMAIL:
        blocks = [
            f"Su número de radicado es {entry.number}.",
            f"Le respondemos a más tardar el {answer}.",
            MEANWHILE,
        ]
        return email(to, entry, subject=SUBJECT, blocks=blocks)
    text = (
        f"radicamos su solicitud {entry.number}. Le respondemos a mas tardar el "
        f"{dates.sms_day(entry.answer_by)}. Vea: {{url}}"
    )
    return sms(to, entry, text=text, more={"2": answer}, now=now)


def found(message: OutgoingMessage, status: str) -> WaitingListEntry | None:
    """The entry that the message is about, if it is as the message meant it."""
    rows = WaitingListEntry.objects.select_related("patient__user", "procedure")
    return rows.filter(pk=message.subject_ref, status=status).first()


def email(
    to: Addressee, entry: WaitingListEntry, *, subject: str, blocks: list[str]
) -> Envelope:
    """With the way to its page, behind the sign-in; a guardian is told for whom it is."""
    who = f"Para: {entry.patient.given_names}"
    for_whom = [who] if to.for_other and to.reach.proved else []
    url = settings.BASE_URL + _path(entry)
    page: list[Block] = [*for_whom, *blocks, Button("Ver mi solicitud", url)]
    written = letter(*page)
    return Envelope(
        to=to.reach.destination,
        subject=subject.replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
    )


def sms(
    to: Addressee,
    entry: WaitingListEntry,
    *,
    text: str,
    now: datetime,
    more: Mapping[str, str] | None = None,
) -> Envelope:
    """Signed, with the short address where the text says {url}."""
    url = links.shorten(path=_path(entry), now=now, expires_at=now + LINK_LIVES)
    sender = settings.ORGANISATION["sms_name"]
    blanks = {"1": entry.number or "", "5": url, **(more or {})}
    said = gsm7.clean(f"{sender}: {text.format(url=url)}")
    return Envelope(to=to.reach.destination, text=said, variables=blanks)


def _path(entry: WaitingListEntry) -> str:
    """Without a number it is a place on the list, which has a page of its own."""
    name = "filed_request" if entry.number else "waiting_entry"
    return reverse(f"appointments:{name}", args=[entry.pk])
