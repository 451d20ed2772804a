"""Another phone or e-mail: the password again, a code to the new one, a notice to the old (AUT-16)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import codes, contacts, notices, passwords, sessions
from accounts.errors import ChannelNotOffered, CodeExpired, CodeUsed, NothingToChange
from accounts.models import (
    Challenge,
    ContactDevice,
    FormerContact,
    Patient,
    User,
)
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging import channels
from portal.messaging.models import Channel

PURPOSE = Challenge.Purpose.CHANGE_CONTACT


def phone_channel() -> Channel | None:
    """How this installation can prove that a phone answers: SMS, else WhatsApp."""
    found = [c for c in channels.available(kind=codes.KIND) if c != Channel.EMAIL]
    return found[0] if found else None


def begin(  # noqa: PLR0913 who, with what, to where, from where
    *,
    user: User,
    password: str,
    channel: Channel,
    destination: str,
    session_key: str,
    origin: Origin,
    now: datetime,
) -> Challenge:
    """Who knows the password may have a code sent to the new destination.

    Raises PasswordWrong, TooOften, TooSoon or NothingToChange.
    """
    if channel not in channels.available(kind=codes.KIND):
        raise ChannelNotOffered
    passwords.prove(user=user, password=password, now=now)
    if contacts.account_addresses(user.pk, channels=[channel]) == {
        channel: destination
    }:
        raise NothingToChange
    return _send(user, channel, destination, session_key, origin=origin, now=now)


def again(
    *, user: User, challenge_id: UUID, session_key: str, origin: Origin, now: datetime
) -> Challenge:
    """Another code for the same change."""
    former = waiting(user=user, challenge_id=challenge_id, session_key=session_key)
    return _send(
        user,
        Channel(former.channel),
        former.destination,
        session_key,
        origin=origin,
        now=now,
    )


def waiting(*, user: User, challenge_id: UUID, session_key: str) -> Challenge:
    """The change that this person began in this browser."""
    return Challenge.objects.bound(
        purpose=PURPOSE, binding=_binding(user, session_key)
    ).get(pk=challenge_id, account=user)


def confirm(
    *,
    user: User,
    challenge_id: UUID,
    session_key: str,
    code: str,
    origin: Origin,
    now: datetime,
) -> ContactDevice:
    """The code from the new destination was right: from now on it is theirs.

    The other browsers are closed, because a factor changed (SES-03). Twice is once.
    """
    try:
        challenge = codes.check(
            challenge_id=challenge_id,
            binding=_binding(user, session_key),
            purpose=PURPOSE,
            code=code,
            now=now,
        )
    except CodeUsed:
        return _changed_before(user, challenge_id, session_key)
    if challenge.account_id != user.pk:
        raise CodeExpired
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=user.pk)
        device = replace(
            owner=owner,
            channel=Channel(challenge.channel),
            destination=challenge.destination,
            origin=origin,
            now=now,
        )
        sessions.end_others(user=owner, keep=session_key, origin=origin, now=now)
        notices.contact_changed(user=owner, now=now)
    return device


def _changed_before(user: User, challenge_id: UUID, session_key: str) -> ContactDevice:
    """What the same code did already; CodeUsed when the account has another one by now."""
    former = waiting(user=user, challenge_id=challenge_id, session_key=session_key)
    device = contacts.devices(user.pk).get(former.channel)
    if device is None or device.destination != former.destination:
        raise CodeUsed
    return device


def replace(
    *, owner: User, channel: Channel, destination: str, origin: Origin, now: datetime
) -> ContactDevice:
    """Put the proved destination in the place of what reached the same phone or mailbox.

    Inside the caller's transaction, for an account that the caller locked.
    """
    kinds = _same_kind(channel)
    take_off(owner=owner, kinds=kinds, but=destination, now=now)
    device = ContactDevice.objects.create(
        user=owner,
        name=channel.label,
        channel=channel,
        destination=destination,
        confirmed_at=now,
    )
    _write_on_record(owner, channel, destination)
    trail.record(
        action="contact.changed",
        actor=owner,
        subject=owner,
        patient=owner.patient,
        request_context=origin,
        details={"channel": str(channel)},
        at=now,
    )
    return device


def take_off(
    *, owner: User, kinds: tuple[Channel, ...], but: str, now: datetime
) -> None:
    """These destinations no longer open the account; each is told, once."""
    old = ContactDevice.objects.filter(user=owner, channel__in=kinds)
    told = {but}
    for device in old.order_by("pk"):
        if device.confirmed_at is not None and device.destination not in told:
            told.add(device.destination)
            former = FormerContact.objects.create(
                user=owner,
                channel=device.channel,
                destination=device.destination,
                until=now,
            )
            notices.contact_taken_off(former=former, now=now)
    old.delete()


def _send(
    user: User,
    channel: Channel,
    destination: str,
    session_key: str,
    *,
    origin: Origin,
    now: datetime,
) -> Challenge:
    return codes.start(
        purpose=PURPOSE,
        binding=_binding(user, session_key),
        account=user,
        channel=channel,
        destination=destination,
        deliverable=True,
        origin=origin,
        now=now,
    )


def _binding(user: User, session_key: str) -> str:
    """This account in this browser; a code asked for elsewhere does not serve (AUT-10)."""
    return f"{user.pk}:{session_key}"[:64]


def _same_kind(channel: Channel) -> tuple[Channel, ...]:
    if channel == Channel.EMAIL:
        return (Channel.EMAIL,)
    return (Channel.SMS, Channel.WHATSAPP)


def _write_on_record(owner: User, channel: Channel, destination: str) -> None:
    field = "email" if channel == Channel.EMAIL else "phone"
    if owner.patient is not None:
        Patient.objects.filter(pk=owner.patient.pk).update(**{field: destination})
