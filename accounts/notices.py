"""Security notices: something about the account changed, in case it was somebody else.

They go to every confirmed destination, and a change of phone or e-mail also to
the one it replaced (AUT-04, AUT-16).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts import contacts
from accounts.models import FormerContact, User
from portal.messaging import gsm7, kinds, outbox, text
from portal.messaging.models import Channel, OutgoingMessage
from portal.ui import dates

PASSWORD_CHANGED = "accounts.password_changed"  # noqa: S105 the name of a message
CONTACT_CHANGED = "accounts.contact_changed"
CONTACT_TAKEN_OFF = "accounts.contact_taken_off"
FACTOR_CHANGED = "accounts.factor_changed"
DOCUMENT_CHANGED = "accounts.document_changed"
WORTH_SAYING = timedelta(days=2)
BY = (Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Words:
    """What changed, in a text message and in an e-mail."""

    sms: str
    subject: str


WORDS = {
    PASSWORD_CHANGED: Words("cambiaron su contraseña", "Cambiaron su contraseña"),
    CONTACT_CHANGED: Words(
        "cambiaron el celular o correo de su cuenta",
        "Cambiaron el celular o el correo de su cuenta",
    ),
    CONTACT_TAKEN_OFF: Words(
        "quitaron este medio de su cuenta",
        "Quitaron este correo de su cuenta",
    ),
    FACTOR_CHANGED: Words(
        "cambiaron la forma de entrar a su cuenta",
        "Cambiaron la forma de entrar a su cuenta",
    ),
    DOCUMENT_CHANGED: Words(
        "ahora entra con su documento nuevo. Lo cambiamos",
        "Ahora entra a su cuenta con su documento nuevo",
    ),
}


def register() -> None:
    """Called once, when the app is ready."""
    for name in (PASSWORD_CHANGED, CONTACT_CHANGED, FACTOR_CHANGED, DOCUMENT_CHANGED):
        kinds.register(kinds.Kind(name, to_the_owner, on_uncertain=kinds.REPEAT))
    kinds.register(
        kinds.Kind(CONTACT_TAKEN_OFF, to_the_former, on_uncertain=kinds.REPEAT)
    )


def password_changed(*, user: User, now: datetime) -> None:
    _tell(PASSWORD_CHANGED, user, now=now)


def contact_changed(*, user: User, now: datetime) -> None:
    _tell(CONTACT_CHANGED, user, now=now)


def factor_changed(*, user: User, now: datetime) -> None:
    _tell(FACTOR_CHANGED, user, now=now)


def document_changed(*, user: User, now: datetime) -> None:
    _tell(DOCUMENT_CHANGED, user, now=now)


def contact_taken_off(*, former: FormerContact, now: datetime) -> None:
    """The destination that no longer belongs to the account hears of it."""
    outbox.put(
        kind=CONTACT_TAKEN_OFF,
        event=f"{CONTACT_TAKEN_OFF}:{former.pk}",
        recipient_ref=str(former.pk),
        subject_ref=str(former.user_id),
        channels=[Channel(former.channel)],
        expires_at=now + WORTH_SAYING,
        now=now,
    )


def to_the_owner(message: OutgoingMessage, *, now: datetime) -> kinds.Envelope | None:
    """For the confirmed destination of this channel, if there is one."""
    asked: Iterable[Channel] = [Channel(message.channel)]
    found = contacts.account_addresses(int(message.recipient_ref), channels=asked)
    to = found.get(Channel(message.channel))
    return _envelope(message, to, now=now) if to else None


def to_the_former(message: OutgoingMessage, *, now: datetime) -> kinds.Envelope | None:
    former = FormerContact.objects.filter(pk=message.recipient_ref).first()
    return _envelope(message, former.destination, now=now) if former else None


def _tell(kind: str, user: User, *, now: datetime) -> None:
    outbox.put(
        kind=kind,
        event=f"{kind}:{user.pk}:{now:%Y%m%d%H%M%S%f}",
        recipient_ref=str(user.pk),
        subject_ref=str(user.pk),
        channels=BY,
        expires_at=now + WORTH_SAYING,
        now=now,
    )


def _envelope(message: OutgoingMessage, to: str, *, now: datetime) -> kinds.Envelope:
    house, words = settings.ORGANISATION, WORDS[message.kind]
    if message.channel != Channel.EMAIL:
        day, hour = _day(message, now), dates.sms_hour(message.created_at)
        sms = (
            f"{house['sms_name']}: {words.sms} {day} {hour} "
            f"Si no fue usted, llame ya al {house['phone']}."
        )
        return kinds.Envelope(to=to, text=gsm7.clean(sms))
    letter = text.letter(
        f"{words.subject}.",
        f"Fue {_day_in_words(message, now)} a las {dates.hour(message.created_at)}",
        f"Si no fue usted, llame ya al {house['phone']}.",
    )
    return kinds.Envelope(
        to=to, subject=words.subject, text=letter.text, html=letter.html
    )


def _day_in_words(message: OutgoingMessage, now: datetime) -> str:
    if dates.local_day(message.created_at) == dates.local_day(now):
        return "hoy"
    return f"el {dates.day(message.created_at)}"


def _day(message: OutgoingMessage, now: datetime) -> str:
    """«hoy» while it is still that day when the message goes out."""
    that_day = dates.local_day(message.created_at)
    if that_day == dates.local_day(now):
        return "hoy"
    return f"el {dates.sms_day(that_day)}"
