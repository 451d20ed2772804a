"""A server for the tests that speaks Twilio's API: Messages, and signed receipts."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from twilio.request_validator import RequestValidator  # noqa: TID251 the other side

from portal.testing.faults import HOST, Faults, Running

ACCOUNT, TOKEN = "ACffffffffffffffffffffffffffffffff", "token-of-the-test-server"


@dataclass
class ReceivedText:
    """One SMS or WhatsApp as it arrived; `to` is the number, without «whatsapp:»."""

    sid: str
    to: str
    sender: str
    body: str
    channel: str
    at: datetime
    fields: dict[str, str]
    status: str = "queued"
    account: str = ACCOUNT

    @property
    def text(self) -> str:
        return self.body

    @property
    def callback(self) -> str:
        return self.fields.get("StatusCallback", "")

    @property
    def content_sid(self) -> str:
        return self.fields.get("ContentSid", "")

    @property
    def variables(self) -> dict[str, str]:
        return json.loads(self.fields.get("ContentVariables") or "{}")

    def as_json(self) -> dict[str, Any]:
        prefix = "whatsapp:" if self.channel == "whatsapp" else ""
        created = format_datetime(self.at)
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "to": prefix + self.to,
            "from": prefix + self.sender,
            "body": self.body,
            "status": self.status,
            "direction": "outbound-api",
            "date_created": created,
            "date_updated": created,
            "date_sent": None if self.status == "queued" else created,
            "num_segments": "1",
            "num_media": "0",
            "error_code": None,
            "error_message": None,
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}.json",
        }


class TwilioServer(Running):
    """Twilio's Messages resource: create and list, and signed receipts."""

    def __init__(
        self,
        port: int = 0,
        *,
        account: str = ACCOUNT,
        token: str = TOKEN,
        tell: Callable[[ReceivedText], None] | None = None,
    ) -> None:
        self.faults = Faults()
        self.messages: list[ReceivedText] = []
        self.requests = 0
        self.account, self.token = account, token
        self.clock: Callable[[], datetime] = partial(datetime.now, UTC)
        self._tell = tell
        self._lock = threading.Lock()
        self._http = _QuietServer((HOST, port), partial(_TwilioHandler, self))

    @property
    def url(self) -> str:
        """For TWILIO_API_BASE."""
        return f"http://{HOST}:{self._http.server_address[1]}"

    def start(self) -> None:
        threading.Thread(
            target=partial(self._http.serve_forever, poll_interval=0.05), daemon=True
        ).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def to(self, number: str) -> list[ReceivedText]:
        """What arrived for this number, oldest first."""
        return [message for message in self.messages if message.to == number]

    def take(self, fields: dict[str, str]) -> ReceivedText:
        to, sender = fields["To"], fields.get("From", "")
        text = ReceivedText(
            sid="SM" + secrets.token_hex(16),
            to=to.removeprefix("whatsapp:"),
            sender=sender.removeprefix("whatsapp:"),
            body=fields.get("Body") or _rendered(fields),
            channel="whatsapp" if to.startswith("whatsapp:") else "sms",
            at=self.clock().replace(microsecond=0),
            fields=fields,
            account=self.account,
        )
        with self._lock:
            self.messages.append(text)
        if self._tell is not None:
            self._tell(text)
        return text

    def listing(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """Newest first, as Twilio lists them, with its filters To and From."""
        rows = [message.as_json() for message in reversed(self.messages)]
        for name, key in (("To", "to"), ("From", "from")):
            if name in query:
                rows = [row for row in rows if row[key] == query[name][0]]
        return rows[: int(query.get("PageSize", ["50"])[0])]

    def receipt(
        self, message: ReceivedText, status: str, *, error_code: str = ""
    ) -> tuple[str, dict[str, str], dict[str, str]]:
        """Address, form and signed headers of a receipt, for any HTTP client."""
        form = {
            "MessageSid": message.sid,
            "MessageStatus": status,
            "AccountSid": self.account,
            "To": message.to,
            "From": message.sender,
            "ApiVersion": "2010-04-01",
        }
        if error_code:
            form["ErrorCode"] = error_code
        signature = RequestValidator(self.token).compute_signature(
            message.callback, form
        )
        return message.callback, form, {"X-Twilio-Signature": signature}

    def post_receipt(
        self, message: ReceivedText, status: str, *, error_code: str = ""
    ) -> int:
        """Tell the portal what became of it; the status of its answer."""
        url, form, headers = self.receipt(message, status, error_code=error_code)
        return requests.post(url, data=form, headers=headers, timeout=5).status_code


def _rendered(fields: dict[str, str]) -> str:
    """A template as Twilio would show it: here, its variables in order."""
    variables = json.loads(fields.get("ContentVariables") or "{}")
    return " · ".join(str(variables[key]) for key in sorted(variables))


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _TwilioHandler(BaseHTTPRequestHandler):
    def __init__(self, server: TwilioServer, *args: Any) -> None:
        self.twilio = server
        super().__init__(*args)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        fields = dict(parse_qsl(self.rfile.read(length).decode()))
        faults = self.twilio.faults
        self.twilio.requests += 1
        if not self._is_ours():
            return self._error(401, 20003, "Authenticate")
        if faults.fails():
            status = faults.fail_with or 429
            return self._error(status, 20429 if status == 429 else 20500, "Later")
        if problem := self._problem(fields):
            return self._error(400, *problem)
        taken = self.twilio.take(fields)
        time.sleep(faults.slow)
        if faults.loses():
            self.close_connection = True
            self.connection.close()
            return None
        return self._answer(201, taken.as_json())

    def do_GET(self) -> None:
        if not self._is_ours():
            return self._error(401, 20003, "Authenticate")
        rows = self.twilio.listing(parse_qs(urlsplit(self.path).query))
        page = {"messages": rows, "page": 0, "page_size": 50, "next_page_uri": None}
        return self._answer(200, page)

    def _problem(self, fields: dict[str, str]) -> tuple[int, str] | None:
        to = fields.get("To", "").removeprefix("whatsapp:")
        if not to.startswith("+") or to in self.twilio.faults.refuse:
            return 21211, "Invalid 'To' Phone Number"
        if not fields.get("Body") and not fields.get("ContentSid"):
            return 21602, "Message body is required"
        if not fields.get("From") and not fields.get("MessagingServiceSid"):
            return 21603, "A 'From' phone number is required"
        return None

    def _is_ours(self) -> bool:
        wanted = f"{self.twilio.account}:{self.twilio.token}".encode()
        given = self.headers.get("Authorization", "")
        path = f"/2010-04-01/Accounts/{self.twilio.account}/Messages.json"
        return (
            given == f"Basic {base64.b64encode(wanted).decode()}"
            and urlsplit(self.path).path == path
        )

    def _error(self, status: int, code: int, message: str) -> None:
        more = f"https://www.twilio.com/docs/errors/{code}"
        self._answer(
            status,
            {"code": code, "message": message, "more_info": more, "status": status},
        )

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet: the tests read `messages`."""
