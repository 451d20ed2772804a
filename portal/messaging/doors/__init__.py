"""The ways out. Each door is a module with the same words."""

from typing import Protocol

from portal.messaging.kinds import Envelope
from portal.messaging.models import OutgoingMessage


class Door(Protocol):
    """One provider. `send` raises Refused, NotSent or InDoubt; `find` ProviderMuted."""

    NAME: str
    CAN_BE_ASKED: bool

    def send(self, *, message: OutgoingMessage, envelope: Envelope) -> str:
        """Send it, and return the provider's own id of the message."""
        ...

    def find(self, *, message: OutgoingMessage, envelope: Envelope) -> str:
        """The provider's id if it did receive it in an earlier attempt, else nothing."""
        ...

    def fingerprint(self, *, envelope: Envelope) -> str:
        """What will recognise this text again without keeping it."""
        ...
