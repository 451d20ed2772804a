"""What a kind of message is. Each app registers its own in `AppConfig.ready()`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from portal.messaging.errors import UnknownKind
from portal.messaging.models import OutgoingMessage


class OnUncertain(Enum):
    """What to do when nobody can say whether an e-mail went out (design §7)."""

    NEVER = "never"  # stays visible as uncertain; codes and reminders
    REPEAT = "repeat"  # goes again with the same Message-ID; confirmations


NEVER = OnUncertain.NEVER
REPEAT = OnUncertain.REPEAT


@dataclass(frozen=True)
class Attachment:
    """A file; `mimetype` may carry parameters («text/calendar; method=REQUEST»)."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Envelope:
    """One message, ready to go. It lives in memory only."""

    to: str
    text: str
    subject: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


class Compose(Protocol):
    """Write the message from rows, at sending time; None when it is no longer needed."""

    def __call__(
        self, message: OutgoingMessage, *, now: datetime
    ) -> Envelope | None: ...


@dataclass(frozen=True)
class Kind:
    """A kind of message. Urgent ones travel in a queue of their own, ahead."""

    name: str
    compose: Compose
    urgent: bool = False
    on_uncertain: OnUncertain = NEVER


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; the same name with another meaning is a mistake."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds of message are called {kind.name!r}")


def get(name: str) -> Kind:
    """The kind with this name, or UnknownKind."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind("clase de mensaje desconocida") from None


def names() -> tuple[str, ...]:
    """Every registered kind, in order."""
    return tuple(sorted(_kinds))
