"""The way out of a channel that this installation does not have (any more)."""

from portal.messaging.errors import Refused
from portal.messaging.kinds import Envelope
from portal.messaging.models import OutgoingMessage

NAME = "closed"
CAN_BE_ASKED = False


def send(*, message: OutgoingMessage, envelope: Envelope) -> str:
    """It fails where staff see it; no text stays behind."""
    raise Refused("canal sin configurar")


def find(*, message: OutgoingMessage, envelope: Envelope) -> str:
    """Nobody to ask."""
    return ""


def fingerprint(*, envelope: Envelope) -> str:
    """Nobody to show it to."""
    return ""
