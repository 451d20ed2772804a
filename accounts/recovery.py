"""For who lost phone and e-mail: a code that the desk hands over after seeing the document.

The desk's code stands for the identity that somebody saw. With it the person
proves a new destination and chooses a new password; staff choose neither (AUT-19).
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts import codes, contact_change, notices, passwords, policies, throttle, totp
from accounts.errors import CodeExpired, NotStaff, RecoveryRefused
from accounts.models import Challenge, RecoveryCode, User
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging.models import Channel

PURPOSE = Challenge.Purpose.RECOVER
# No letters or digits that look alike on paper.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12


@dataclass(frozen=True, slots=True)
class Issued:
    """The code, in words for the person's eyes only, and until when it serves."""

    code: str
    expires_at: datetime


@transaction.atomic
def issue(*, account: User, by: User, origin: Origin, now: datetime) -> Issued:
    """Staff saw the document: the only code that serves from now on. It is shown once."""
    if not by.is_staff or account.patient_id is None or account.pk == by.pk:
        raise NotStaff
    User.objects.select_for_update().get(pk=account.pk)
    RecoveryCode.objects.filter(account=account, used_at=None).update(expires_at=now)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    row = RecoveryCode.objects.create(
        account=account,
        code_hash=_hashed(code),
        issued_by=by,
        issued_at=now,
        expires_at=now + policies.RECOVERY_LIVES,
    )
    trail.record(
        action="recovery.issued",
        actor=by,
        subject=account,
        patient=account.patient,
        request_context=origin,
        at=now,
    )
    groups = [code[start : start + 4] for start in range(0, LENGTH, 4)]
    return Issued(code="-".join(groups), expires_at=row.expires_at)


def open_with(
    *, kind: str, number: str, code: str, origin: Origin, now: datetime
) -> RecoveryCode:
    """The row that this document and this code open. Raises RecoveryRefused or TooOften."""
    username = User.username_for(kind=kind, number=number)
    acts = [
        throttle.Act("recovery", username, policies.RECOVERIES_OF_ONE),
        *throttle.from_address("recovery", origin.address, policies.RECOVERIES_FROM),
    ]
    throttle.hit_all(acts=acts, now=now)
    row = (
        _open(now)
        .filter(account__username=username, account__is_active=True)
        .order_by("-issued_at", "-pk")
        .first()
    )
    right = hmac.compare_digest(row.code_hash if row else "-" * 64, _hashed(code))
    if row is None or not right:
        _count_failure(row, username, origin=origin, now=now)
        raise RecoveryRefused
    return row


def still_open(*, recovery_id: int, now: datetime) -> RecoveryCode:
    """The same row later on the way. Raises RecoveryRefused."""
    row = _open(now).filter(pk=recovery_id).select_related("account").first()
    if row is None:
        raise RecoveryRefused
    return row


def send_code(
    *,
    recovery_id: int,
    binding: str,
    channel: Channel,
    destination: str,
    origin: Origin,
    now: datetime,
) -> Challenge:
    """A code to the phone or e-mail that the person has now."""
    row = still_open(recovery_id=recovery_id, now=now)
    return codes.start(
        purpose=PURPOSE,
        binding=binding,
        account=row.account,
        channel=channel,
        destination=destination,
        deliverable=True,
        origin=origin,
        now=now,
    )


def prove(*, recovery_id: int, binding: str, code: str, now: datetime) -> Challenge:
    """The new destination answered."""
    row = still_open(recovery_id=recovery_id, now=now)
    challenge = codes.latest(purpose=PURPOSE, binding=binding)
    if challenge is None or challenge.account_id != row.account_id:
        raise CodeExpired
    return codes.check(
        challenge_id=challenge.pk,
        binding=binding,
        purpose=PURPOSE,
        code=code,
        now=now,
    )


@transaction.atomic
def finish(
    *, recovery_id: int, binding: str, new: str, origin: Origin, now: datetime
) -> None:
    """The proved destination is the only one, the password is new, and every browser is closed."""
    row = still_open(recovery_id=recovery_id, now=now)
    proved = codes.latest(purpose=PURPOSE, binding=binding)
    if proved is None or proved.used_at is None or proved.account_id != row.account_id:
        raise RecoveryRefused
    owner = User.objects.select_for_update().get(pk=row.account_id)
    if not _open(now).filter(pk=row.pk).update(used_at=now):
        raise RecoveryRefused
    passwords.put_new(owner=owner, new=new, origin=origin, now=now)
    contact_change.take_off(
        owner=owner, kinds=tuple(Channel), but=proved.destination, now=now
    )
    contact_change.replace(
        owner=owner,
        channel=Channel(proved.channel),
        destination=proved.destination,
        origin=origin,
        now=now,
    )
    totp.drop(user=owner)
    notices.contact_changed(user=owner, now=now)
    trail.record(
        action="recovery.finished",
        actor=owner,
        subject=row,
        patient=owner.patient,
        request_context=origin,
        at=now,
    )


def _open(now: datetime):  # type: ignore[no-untyped-def]
    return RecoveryCode.objects.filter(
        used_at=None, expires_at__gt=now, failures__lt=policies.RECOVERY_TRIES
    )


def _count_failure(
    row: RecoveryCode | None, username: str, *, origin: Origin, now: datetime
) -> None:
    """The same writes for a document that nobody has (ENU-02)."""
    RecoveryCode.objects.filter(pk=row.pk if row else 0).update(
        failures=F("failures") + 1
    )
    trail.record(
        action="recovery.refused",
        subject=throttle.digest(scope="recovery", key=username),
        outcome="refused",
        request_context=origin,
        at=now,
    )


def _hashed(code: str) -> str:
    """Sixty bits of chance need no slow hash; the server's key keeps the table useless alone."""
    plain = "".join(sign for sign in code.upper() if sign in ALPHABET)
    return salted_hmac("accounts.recovery", plain, algorithm="sha256").hexdigest()
