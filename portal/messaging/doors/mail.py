"""E-mail, by Django's SMTP backend. Nobody can be asked afterwards what arrived."""

import smtplib
from email.encoders import encode_base64
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from portal.messaging.errors import InDoubt, NotSent, ProviderDown, Refused
from portal.messaging.kinds import Attachment, Envelope
from portal.messaging.models import OutgoingMessage

NAME = "smtp"
CAN_BE_ASKED = False
CLOSING = 421


def send(*, message: OutgoingMessage, envelope: Envelope) -> str:
    """Hand one e-mail to the SMTP server, which gives no id of its own."""
    letter = compose(message=message, envelope=envelope)
    backend = _open()
    try:
        _hand_over(backend, letter)
    finally:
        _close(backend)
    return ""


def find(*, message: OutgoingMessage, envelope: Envelope) -> str:
    """SMTP has no question for this."""
    return ""


def fingerprint(*, envelope: Envelope) -> str:
    """Not needed: nobody is asked."""
    return ""


def message_id(message: OutgoingMessage) -> str:
    """Always the same for the same row, so that a repetition is recognised as one."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    domain = sender.rpartition("@")[2] or urlsplit(settings.BASE_URL).hostname
    return f"<{message.pk.hex}@{domain}>"


def compose(*, message: OutgoingMessage, envelope: Envelope) -> EmailMultiAlternatives:
    """Plain text first, the same words in HTML, the files. One recipient (INJ-03)."""
    try:
        validate_email(envelope.to)
    except ValidationError:
        raise Refused("dirección no válida") from None
    letter = EmailMultiAlternatives(
        subject=_one_line(envelope.subject),
        body=envelope.text,
        to=[envelope.to],
        headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    if envelope.html:
        letter.attach_alternative(envelope.html, "text/html")
    for attachment in envelope.attachments:
        letter.attach(_part(attachment))
    return letter


def _part(attachment: Attachment) -> MIMEBase:
    """A file with the parameters of its type («method=REQUEST» of a calendar)."""
    wanted = Message()
    wanted["Content-Type"] = _one_line(attachment.mimetype)
    part = MIMENonMultipart(wanted.get_content_maintype(), wanted.get_content_subtype())
    for name, value in wanted.get_params(failobj=[])[1:]:
        if name != "charset":
            part.set_param(name, value)
    if wanted.get_content_maintype() == "text":
        part.set_payload(attachment.content.decode(), "utf-8")
    else:
        part.set_payload(attachment.content)
        encode_base64(part)
    part.add_header(
        "Content-Disposition", "attachment", filename=_one_line(attachment.name)
    )
    return part


def _open() -> BaseEmailBackend:
    backend = get_connection()
    try:
        backend.open()
    except smtplib.SMTPResponseException as error:
        raise ProviderDown(f"SMTP {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderDown(f"SMTP {type(error).__name__}") from None
    return backend


def _hand_over(backend: BaseEmailBackend, letter: EmailMultiAlternatives) -> None:
    try:
        backend.send_messages([letter])
    except smtplib.SMTPRecipientsRefused as error:
        raise _answer(max(code for code, _ in error.recipients.values())) from None
    except smtplib.SMTPResponseException as error:
        raise _answer(error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise Refused("dirección no admitida por el servidor de correo") from None
    except (smtplib.SMTPException, OSError) as error:
        raise InDoubt(f"SMTP {type(error).__name__}") from None


def _answer(code: int) -> Refused | NotSent:
    """5xx: never; 421: the server is closing; other 4xx: this one, later (NOT-05)."""
    if code >= 500:
        return Refused(f"SMTP {code}")
    return (ProviderDown if code == CLOSING else NotSent)(f"SMTP {code}")


def _close(backend: BaseEmailBackend) -> None:
    """What was said is said: a server that is rude at the end changes nothing."""
    try:
        backend.close()
    except (smtplib.SMTPException, OSError):
        return


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
