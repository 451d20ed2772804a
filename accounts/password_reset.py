"""A forgotten password: a code to a confirmed destination, and then another password.

Whether the document has an account changes nothing that the page can show; only
the message differs, because there is none (ENU-01, ENU-02).
"""

from dataclasses import dataclass
from datetime import datetime

from accounts import codes, contacts, passwords
from accounts.errors import ChannelNotOffered, CodeExpired, ResetOver
from accounts.models import Challenge, User
from accounts.policies import PROOF_LIVES
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging import channels
from portal.messaging.models import Channel

PURPOSE = Challenge.Purpose.RESET


@dataclass(frozen=True, slots=True)
class Proof:
    """Who answered the code, when, and what their account looked like then."""

    user_id: int
    stamp: str
    at: datetime


def offered() -> tuple[Channel, ...]:
    """The channels of this installation, whoever asks: a person's own are not told (ENU-04)."""
    return channels.available(kind=codes.KIND)


def send_code(
    *,
    kind: str,
    number: str,
    binding: str,
    channel: str,
    origin: Origin,
    now: datetime,
) -> Challenge:
    """Send a code if that document has an account with that channel confirmed."""
    if channel not in offered():
        raise ChannelNotOffered
    account = _account(kind, number)
    found = contacts.account_addresses(
        account.pk if account else 0, channels=[Channel(channel)]
    )
    destination = found.get(Channel(channel), "")
    return codes.start(
        purpose=PURPOSE,
        binding=binding,
        account=account,
        channel=channel,
        destination=destination,
        deliverable=bool(destination),
        holder=User.username_for(kind=kind, number=number),
        origin=origin,
        now=now,
    )


def sent(binding: str) -> Challenge | None:
    """The last code that this browser asked for."""
    return codes.latest(purpose=PURPOSE, binding=binding)


def confirm(*, binding: str, code: str, origin: Origin, now: datetime) -> Proof:
    """The code was right: this browser may choose a password, for a while."""
    challenge = codes.latest(purpose=PURPOSE, binding=binding)
    if challenge is None:
        raise CodeExpired
    challenge = codes.check(
        challenge_id=challenge.pk,
        binding=binding,
        purpose=PURPOSE,
        code=code,
        now=now,
    )
    if challenge.account is None:
        raise CodeExpired
    owner = challenge.account
    trail.record(
        action="password.reset_allowed",
        actor=owner,
        subject=owner,
        patient=owner.patient,
        request_context=origin,
        at=now,
    )
    return Proof(user_id=owner.pk, stamp=passwords.stamp(owner), at=now)


def finish(*, proof: Proof, new: str, origin: Origin, now: datetime) -> None:
    """The new password takes the place of the forgotten one, once."""
    if now - proof.at > PROOF_LIVES:
        raise ResetOver
    passwords.reset(
        user_id=proof.user_id, proved=proof.stamp, new=new, origin=origin, now=now
    )


def _account(kind: str, number: str) -> User | None:
    username = User.username_for(kind=kind, number=number)
    return User.objects.filter(username=username, is_active=True).first()
