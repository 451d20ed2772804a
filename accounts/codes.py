"""One-time codes: asked for, derived, checked. The code itself is kept nowhere (design §6).

A challenge row holds a nonce, a counter and times. Whoever knows the server's
key derives the code from it: the worker that sends it, and the check.
"""

import hmac
import logging
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django_otp.oath import hotp

from accounts import phones, policies, throttle
from accounts.errors import (
    CodeExpired,
    CodeUsed,
    CodeWrong,
    TooManyTries,
    TooOften,
    TooSoon,
)
from accounts.models import Challenge, User
from portal.audit.origin import Origin
from portal.messaging import outbox
from portal.messaging.models import Channel

logger = logging.getLogger(__name__)
KIND = "accounts.code"
FAILURES, FAILURES_A_DAY = "code.failures", "code.failures_a_day"
AGAIN, BUDGET = "code.again", "code.budget"
TO_DESTINATION, TO_HOLDER = "code.destination", "code.holder"
TO_PREFIX = "code.prefix"


def start(  # noqa: PLR0913 everything that a code is bound to (AUT-10)
    *,
    purpose: str,
    binding: str,
    account: User | None,
    channel: str,
    destination: str,
    deliverable: bool,
    now: datetime,
    holder: str = "",
    origin: Origin | None = None,
) -> Challenge:
    """Make a new code and have it sent; it voids the codes before it for the same binding.

    `holder` is who the failures count for, as the page knows them (a document);
    without it, the account or the destination. A challenge that is not deliverable
    goes the same way, and its message is dropped when it should be composed.
    Raises TooSoon or TooOften.
    """
    who = _holder(purpose, holder or (account.username if account else destination))
    _spend(
        _Sending(purpose, binding, channel, destination or who, who), origin, now=now
    )
    with transaction.atomic():
        void(purpose=purpose, binding=binding, now=now)
        challenge = Challenge.objects.create(
            purpose=purpose,
            binding=binding,
            account=account,
            channel=channel,
            destination=destination,
            holder=who,
            deliverable=deliverable,
            nonce=secrets.token_bytes(20),
            counter=secrets.randbelow(2**31),
            created_at=now,
            expires_at=now + policies.CODE_LIVES,
        )
        outbox.put(
            kind=KIND,
            event=f"{KIND}:{challenge.pk}",
            recipient_ref=str(challenge.pk),
            subject_ref=str(challenge.pk),
            channels=[Channel(channel)],
            expires_at=challenge.expires_at,
            now=now,
        )
    return challenge


def void(*, purpose: str, binding: str, now: datetime) -> None:
    """No code sent so far for this binding is good any more."""
    Challenge.objects.bound(purpose=purpose, binding=binding).live(at=now).update(
        replaced_at=now
    )


def latest(*, purpose: str, binding: str) -> Challenge | None:
    """The last code that was sent for this binding, good or not."""
    mine = Challenge.objects.bound(purpose=purpose, binding=binding)
    return mine.order_by("-created_at", "-pk").first()


def seconds_to_another(challenge: Challenge, *, now: datetime) -> int:
    """How long until another code may be asked for."""
    opens = challenge.created_at + policies.CODE_AGAIN[0].window
    return max(0, round((opens - now).total_seconds()))


def check(
    *, challenge_id: object, binding: str, purpose: str, code: str, now: datetime
) -> Challenge:
    """Accept the code of this challenge, once. Raises CodeWrong, CodeExpired, CodeUsed, TooManyTries.

    Each try is paid before it is judged, so that guesses at one instant cannot
    be more than the limit; only one right answer is taken (AUT-09, AUT-11).
    """
    challenge = (
        Challenge.objects.bound(purpose=purpose, binding=binding)
        .filter(pk=challenge_id)
        .first()
    )
    if challenge is None:
        raise CodeExpired
    _refuse_if_over(challenge, now)
    _pay_one_try(challenge, now)
    if not _is_right(challenge, code):
        _count_failure(challenge, now)
        raise CodeWrong(left=_tries_left(challenge, now))
    _use(challenge, now)
    _forgive(challenge)
    return challenge


def derive(challenge: Challenge) -> str:
    """The six digits of this challenge, with the newest key."""
    return _code(challenge, _keys()[0])


def _code(challenge: Challenge, key: bytes) -> str:
    bound_to = "|".join(
        (challenge.purpose, challenge.binding, challenge.channel, challenge.destination)
    )
    secret = hmac.digest(key, bytes(challenge.nonce) + bound_to.encode(), sha256)
    return f"{hotp(secret, challenge.counter, policies.CODE_DIGITS):06d}"


def _keys() -> list[bytes]:
    """The first key makes codes, all of them check: a rotation loses no code under way."""
    if settings.CODE_KEYS:
        return [key.encode() for key in settings.CODE_KEYS]
    secrets_ = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        salted_hmac("accounts.codes", "key", secret=s, algorithm="sha256").digest()
        for s in secrets_
    ]


def _is_right(challenge: Challenge, typed: str) -> bool:
    digits = _digits(typed).encode()
    matches = [
        hmac.compare_digest(_code(challenge, key).encode(), digits) for key in _keys()
    ]
    return any(matches) and challenge.deliverable


def _digits(typed: str) -> str:
    plain = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", typed))
    return plain if re.fullmatch(r"[0-9]{6}", plain) else ""


def _refuse_if_over(challenge: Challenge, now: datetime) -> None:
    if challenge.used_at is not None:
        raise CodeUsed
    if challenge.replaced_at is not None or challenge.expires_at <= now:
        raise CodeExpired
    if challenge.failures >= policies.CODE_TRIES:
        raise TooManyTries


def _pay_one_try(challenge: Challenge, now: datetime) -> None:
    try:
        throttle.hit_all(acts=_tries(challenge), now=now)
    except TooOften as refusal:
        raise TooManyTries(refusal.retry_at) from refusal


def _tries(challenge: Challenge) -> list[throttle.Act]:
    """Wrong codes of one person: by channel, so that the others stay open (AUT-12), and by day."""
    by_channel = f"{challenge.holder}|{challenge.channel}"
    return [
        throttle.Act(FAILURES, by_channel, policies.CODE_FAILURES),
        throttle.Act(FAILURES_A_DAY, challenge.holder, policies.CODE_FAILURES_A_DAY),
    ]


def _use(challenge: Challenge, now: datetime) -> None:
    taken = _judgeable(challenge, now).update(used_at=now)
    if not taken:
        challenge.refresh_from_db()
        _refuse_if_over(challenge, now)
        raise CodeUsed


def _count_failure(challenge: Challenge, now: datetime) -> None:
    counted = _judgeable(challenge, now).update(failures=F("failures") + 1)
    if not counted:
        raise TooManyTries
    challenge.refresh_from_db(fields=["failures"])


def _judgeable(challenge: Challenge, now: datetime):  # type: ignore[no-untyped-def]
    return Challenge.objects.live(at=now).filter(
        pk=challenge.pk, failures__lt=policies.CODE_TRIES
    )


def _tries_left(challenge: Challenge, now: datetime) -> int:
    by_holder = throttle.left(acts=_tries(challenge), now=now)
    return max(0, min(policies.CODE_TRIES - challenge.failures, by_holder))


def _holder(purpose: str, who: str) -> str:
    return salted_hmac(
        "accounts.holder", f"{purpose}|{who}", algorithm="sha256"
    ).hexdigest()


@dataclass(frozen=True, slots=True)
class _Sending:
    """What the limits on sending look at (AUT-13)."""

    purpose: str
    binding: str
    channel: str
    destination: str
    holder: str

    def acts(self) -> list[throttle.Act]:
        binding = f"{self.purpose}|{self.binding}"
        acts = [
            throttle.Act(AGAIN, binding, policies.CODE_AGAIN),
            throttle.Act(TO_DESTINATION, self.reached, policies.CODES_TO_DESTINATION),
            throttle.Act(TO_HOLDER, self.holder, policies.CODES_TO_HOLDER),
            throttle.Act(BUDGET, "", _budget()),
        ]
        if self.channel != Channel.EMAIL:
            block = phones.prefix(self.destination)
            acts.append(throttle.Act(TO_PREFIX, block, policies.CODES_TO_PREFIX))
        return acts

    @property
    def reached(self) -> str:
        """SMS and WhatsApp ring the same phone."""
        kind = "email" if self.channel == Channel.EMAIL else "phone"
        return f"{kind}|{self.destination.casefold()}"


def _budget() -> tuple[policies.Limit, ...]:
    """What this installation spends at most, whoever asks."""
    return (
        policies.Limit(settings.CODE_BUDGET_HOUR, timedelta(hours=1)),
        policies.Limit(settings.CODE_BUDGET_DAY, timedelta(days=1)),
    )


def _spend(sending: _Sending, origin: Origin | None, *, now: datetime) -> None:
    """Count this sending under every limit at once, the minute between two codes first."""
    acts = sending.acts()
    if origin is not None:
        acts += throttle.from_address("code", origin.address, policies.CODES_FROM)
    try:
        throttle.hit_all(acts=acts, now=now)
    except TooOften as refusal:
        if refusal.scope == BUDGET:
            logger.exception("The budget of codes is spent: no code is sent")
        if refusal.scope == AGAIN:
            raise TooSoon(refusal.retry_at, refusal.scope) from refusal
        raise


def _forgive(challenge: Challenge) -> None:
    """The right person has the code: what was sent and tried was theirs."""
    sent = _Sending(
        challenge.purpose,
        challenge.binding,
        challenge.channel,
        challenge.destination or challenge.holder,
        challenge.holder,
    )
    for act in _tries(challenge):
        throttle.forget(scope=act.scope, key=act.key)
    throttle.forget(scope=TO_HOLDER, key=challenge.holder)
    throttle.forget(scope=TO_DESTINATION, key=sent.reached)
