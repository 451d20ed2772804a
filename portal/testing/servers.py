"""Servers that speak SMTP and Twilio's API for the tests, with faults on demand.

By hand, to see what the portal sends:
    python -m portal.testing.servers --smtp-port 2525 --twilio-port 2526
"""

import argparse
import threading
from functools import partial

from portal.testing.faults import HOST, Faults
from portal.testing.smtp_server import ReceivedMail, SmtpServer
from portal.testing.twilio_server import ACCOUNT, TOKEN, ReceivedText, TwilioServer

__all__ = [
    "ACCOUNT",
    "HOST",
    "TOKEN",
    "Faults",
    "ReceivedMail",
    "ReceivedText",
    "SmtpServer",
    "TwilioServer",
]


def main() -> None:
    """Serve both until Ctrl-C, printing what arrives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--twilio-port", type=int, default=2526)
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--receipts", help="post this status back («delivered»)")
    chosen = parser.parse_args()
    smtp = SmtpServer(chosen.smtp_port, tell=_print_mail)
    twilio = TwilioServer(
        chosen.twilio_port,
        account=chosen.account,
        token=chosen.token,
        tell=lambda text: _tell(twilio, text, status=chosen.receipts),
    )
    with smtp, twilio:
        _say(f"EMAIL_URL={smtp.url}")
        _say(f"TWILIO_API_BASE={twilio.url}")
        _say(f"TWILIO_ACCOUNT_SID={twilio.account}")
        _say(f"TWILIO_AUTH_TOKEN={twilio.token}")
        _say("TWILIO_FROM=+15005550006")
        _say("TWILIO_WHATSAPP_FROM=+15005550006")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            _say("")


def _print_mail(mail: ReceivedMail) -> None:
    _say(f"\n--- e-mail to {mail.to}: {mail.subject}\n{mail.text}")


def _tell(twilio: TwilioServer, text: ReceivedText, *, status: str | None) -> None:
    _say(f"\n--- {text.channel} to {text.to}: {text.body}")
    if status and text.callback:
        receipt = partial(twilio.post_receipt, text, status)
        threading.Timer(1.0, receipt).start()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 a program for a terminal


if __name__ == "__main__":
    main()
