"""Two kinds of message for the tests of the door itself (worker: `-I portal.testing.samples`).

`recipient_ref` is the destination and `subject_ref` the words, which real kinds
must never do.
"""

from datetime import datetime

from portal.messaging import kinds
from portal.messaging.kinds import Envelope, Kind
from portal.messaging.models import Channel, OutgoingMessage


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """The words on the row; none when they say that it is not needed."""
    if message.subject_ref == "not needed":
        return None
    return Envelope(
        to=message.recipient_ref,
        subject="Prueba" if message.channel == Channel.EMAIL else "",
        text=f"Prueba {message.subject_ref}",
        variables={"1": message.subject_ref},
    )


CODE = Kind("samples.code", compose, urgent=True, on_uncertain=kinds.NEVER)
NOTICE = Kind("samples.notice", compose, on_uncertain=kinds.REPEAT)
kinds.register(CODE)
kinds.register(NOTICE)
