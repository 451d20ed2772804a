"""From the outbox to the provider, each message once (design §7).

Claim by one conditional UPDATE, committed before the call, with a lease that ends:
a worker killed half way loses it, and who takes over knows by `in_doubt` that the
message may be out already. `attempts` grows with each claim; what an attempt writes
at its end counts only while it is still the last one.
"""

import itertools
import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F

from portal.messaging import breaker, channels, kinds
from portal.messaging.doors import Door
from portal.messaging.errors import (
    InDoubt,
    MessagingError,
    NotSent,
    ProviderDown,
    ProviderMuted,
    Refused,
    UnknownKind,
)
from portal.messaging.kinds import Envelope
from portal.messaging.models import OutgoingMessage

log = logging.getLogger(__name__)

State = OutgoingMessage.State
TASK_LIMIT = 60  # seconds; the lease must be longer
FORGOTTEN = timedelta(hours=48)  # nobody worked for so long: a person decides (REL-06)
ASK_AFTER = timedelta(seconds=20)  # the provider may still be busy with the lost one
STEPS = (0, 10, 30, 60, 120, 300, 600, 1200, 1800)  # seconds between tries
MOST_TRIES = 100  # about two days
SWEEP_SIZE = 500


@dataclass(frozen=True)
class Outcome:
    """Where an attempt leaves the row."""

    state: str
    error: str = ""
    provider_id: str = ""
    due_at: datetime | None = None
    in_doubt: bool = False


def due(*, now: datetime) -> tuple[list[str], list[str]]:
    """Ids of what should go out now, oldest first: the urgent ones, and the others."""
    rows = OutgoingMessage.objects.to_send(at=now).order_by("due_at", "pk")
    found = rows.values_list("pk", "kind")[:SWEEP_SIZE]
    hurried = {name for name in kinds.names() if kinds.get(name).urgent}
    return (
        [str(pk) for pk, kind in found if kind in hurried],
        [str(pk) for pk, kind in found if kind not in hurried],
    )


def drop_expired(*, now: datetime) -> int:
    """What nobody needs any more, and surely did not go out, never does (NOT-05)."""
    late = OutgoingMessage.objects.filter(
        state=State.QUEUED, in_doubt=False, expires_at__lte=now
    )
    return late.update(state=State.DROPPED, error="tarde")


def deliver(*, message_id: str, now: datetime) -> bool:
    """Try one message. True when it asks to be tried again at once."""
    message = OutgoingMessage.objects.filter(pk=message_id).first()
    if message is None:
        return False
    door = channels.door(message.channel)
    if breaker.is_open(provider=door.NAME, now=now) or not _claim(message, now=now):
        return False
    outcome = _attempt(message, door, now=now)
    _settle(message, outcome, now=now)
    return outcome.state == State.QUEUED and outcome.due_at == now


def deliver_due(*, now: datetime) -> int:
    """Try what is due now in this process, at most one sweep; how many were due."""
    drop_expired(now=now)
    ids = [*itertools.chain(*due(now=now))]
    for message_id in ids:
        while deliver(message_id=message_id, now=now):
            log.info("message %s: again at once", message_id)
    return len(ids)


def _claim(message: OutgoingMessage, *, now: datetime) -> bool:
    """Take it for as long as the lease lasts; one taker wins (NOT-03)."""
    mine = OutgoingMessage.objects.to_send(at=now).filter(pk=message.pk)
    taken = mine.update(
        state=State.SENDING,
        lease_until=now + timedelta(seconds=settings.MESSAGING_LEASE),
        attempts=F("attempts") + 1,
    )
    if taken:
        message.refresh_from_db()
    return bool(taken)


def _attempt(message: OutgoingMessage, door: Door, *, now: datetime) -> Outcome:
    try:
        return _try(message, door, now=now)
    except (Refused, UnknownKind) as error:
        return Outcome(State.FAILED, error=error.code)
    except NotSent as error:
        if isinstance(error, ProviderDown):
            breaker.failed(provider=door.NAME, now=now)
        return _again(message, error, now=now)
    except InDoubt as error:
        breaker.failed(provider=door.NAME, now=now)
        return Outcome(
            State.QUEUED, error=error.code, due_at=now + ASK_AFTER, in_doubt=True
        )
    except ProviderMuted as error:
        breaker.failed(provider=door.NAME, now=now)
        return _again(message, error, now=now, in_doubt=True)
    except Exception as error:  # noqa: BLE001 a bad composer must not stop the rest
        # The class only: the words of an exception may name a person (LOG-02).
        code = f"al componer: {type(error).__name__}"
        log.error("message %s: %s", message.pk, code)  # noqa: TRY400
        return _again(message, MessagingError(code), now=now, in_doubt=message.in_doubt)


def _try(message: OutgoingMessage, door: Door, *, now: datetime) -> Outcome:
    kind = kinds.get(message.kind)
    envelope = kind.compose(message, now=now)
    if message.in_doubt:
        answer = _earlier(message, door, envelope)
        if answer is not None:
            return answer
    if envelope is None or _is_late(message, now=now):
        return _no_more(message, door)
    if now - message.due_at > FORGOTTEN:
        return Outcome(State.FAILED, error="esperó demasiado")
    return _send(message, door, envelope, now=now)


def _no_more(message: OutgoingMessage, door: Door) -> Outcome:
    """Not needed now; whether it went out before is known only where one can ask."""
    if message.in_doubt and not door.CAN_BE_ASKED:
        return Outcome(State.UNCERTAIN, error=message.error, in_doubt=True)
    return Outcome(State.DROPPED)


def _earlier(
    message: OutgoingMessage, door: Door, envelope: Envelope | None
) -> Outcome | None:
    """What became of an attempt whose end nobody saw; None: send it (NOT-04)."""
    if envelope is None:
        return Outcome(State.UNCERTAIN, error=message.error, in_doubt=True)
    if door.CAN_BE_ASKED:
        provider_id = door.find(message=message, envelope=envelope)
        return Outcome(State.SENT, provider_id=provider_id) if provider_id else None
    if kinds.get(message.kind).on_uncertain is kinds.NEVER:
        return Outcome(State.UNCERTAIN, error=message.error, in_doubt=True)
    return None


def _send(
    message: OutgoingMessage, door: Door, envelope: Envelope, *, now: datetime
) -> Outcome:
    message.tried_at, message.in_doubt = now, True
    message.fingerprint = door.fingerprint(envelope=envelope)
    if not _write(
        message, tried_at=now, in_doubt=True, fingerprint=message.fingerprint
    ):
        return Outcome(State.SENDING)  # somebody else has it now
    _let_go_of_the_database()
    provider_id = door.send(message=message, envelope=envelope)
    breaker.answered(provider=door.NAME)
    return Outcome(State.SENT, provider_id=provider_id)


def _again(
    message: OutgoingMessage,
    error: MessagingError,
    *,
    now: datetime,
    in_doubt: bool = False,
) -> Outcome:
    """First at once, then later and later, never two workers in step."""
    seconds = STEPS[min(message.attempts, len(STEPS)) - 1]
    wait = seconds * random.uniform(0.8, 1.2)  # noqa: S311 no secret
    if message.attempts >= MOST_TRIES:
        state = State.UNCERTAIN if in_doubt else State.FAILED
        return Outcome(state, error=error.code, in_doubt=in_doubt)
    return Outcome(
        State.QUEUED,
        error=error.code,
        due_at=now + timedelta(seconds=wait),
        in_doubt=in_doubt,
    )


def _settle(message: OutgoingMessage, outcome: Outcome, *, now: datetime) -> None:
    if outcome.state == State.SENDING:
        return
    changes: dict[str, Any] = {
        "state": outcome.state,
        "error": outcome.error,
        "in_doubt": outcome.in_doubt,
        "lease_until": None,
    }
    if outcome.state == State.SENT:
        changes |= {"sent_at": now, "provider_id": outcome.provider_id}
    if outcome.due_at is not None:
        changes["due_at"] = outcome.due_at
    _write(message, **changes)


def _write(message: OutgoingMessage, **changes: Any) -> bool:
    """Write while this attempt is still the last one; otherwise change nothing."""
    mine = OutgoingMessage.objects.filter(
        pk=message.pk, state=State.SENDING, attempts=message.attempts
    )
    return bool(mine.update(**changes))


def _is_late(message: OutgoingMessage, *, now: datetime) -> bool:
    return message.expires_at is not None and message.expires_at <= now


def _let_go_of_the_database() -> None:
    """A slow provider must not keep a connection waiting (NOT-06)."""
    if not connection.in_atomic_block:
        connection.close()
