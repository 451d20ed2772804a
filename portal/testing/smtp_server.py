"""A mail server for the tests, on aiosmtpd."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.testing.faults import HOST, Faults, Running

# aiosmtpd tells every line of the dialogue; the portal's own log is what counts here.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass(frozen=True)
class ReceivedMail:
    """One e-mail as it arrived."""

    to: str
    sender: str
    email: EmailMessage
    raw: bytes
    at: datetime

    @property
    def subject(self) -> str:
        return str(self.email["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.email["Message-ID"])

    @property
    def text(self) -> str:
        return _content(self.email, "plain")

    @property
    def html(self) -> str:
        return _content(self.email, "html")

    @property
    def attachments(self) -> list[EmailMessage]:
        return [
            part
            for part in self.email.iter_attachments()
            if isinstance(part, EmailMessage)
        ]

    body = text


def _content(email: EmailMessage, kind: str) -> str:
    part = email.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


class _Mailbox:
    """aiosmtpd's handler: its methods are called by name."""

    def __init__(self, server: "SmtpServer") -> None:
        self.server = server

    async def handle_RCPT(  # noqa: N802 aiosmtpd's own words
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address in self.server.faults.refuse:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        faults = self.server.faults
        if faults.fails():
            return f"{faults.fail_with or 451} try it another day"
        self.server.take(envelope)
        await asyncio.sleep(faults.slow)
        if faults.loses() and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 OK"


class SmtpServer(Running):
    """A mail server that keeps what arrives in `messages`."""

    def __init__(
        self, port: int = 0, *, tell: Callable[[ReceivedMail], None] | None = None
    ) -> None:
        self.faults = Faults()
        self.messages: list[ReceivedMail] = []
        self._tell = tell
        self._controller = _AnyPort(_Mailbox(self), hostname=HOST, port=port)

    @property
    def port(self) -> int:
        return self._controller.port

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def take(self, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        parsed = message_from_bytes(raw, policy=modern)
        for to in envelope.rcpt_tos:
            received = ReceivedMail(
                to=to,
                sender=envelope.mail_from or "",
                email=parsed,
                raw=raw,
                at=datetime.now(UTC),
            )
            self.messages.append(received)
            if self._tell is not None:
                self._tell(received)


class _AnyPort(Controller):
    """aiosmtpd's controller greets its own port at the start, and must know it."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, asyncio.Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
