"""Logs: one JSON object a line, with the request's id and nothing personal (LOG-02, LOG-04).

No query, no body, no values of an exception: those hold names, documents and codes.
Write `logger.info("what_happened", extra={"data": {...}})` with opaque ids only.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="")

DIGITS = re.compile(r"\d{5,}")
ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


def support_code(name: str) -> str:
    """What a person reads out on the phone; the log line has it too."""
    return f"E-{name.replace('-', '')[:6].upper()}"


def route_of(request: HttpRequest) -> str:
    """The pattern of the address: the address itself may hold a secret link."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else "(unknown)"


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        name = getattr(getattr(record, "request", None), "request_id", "")
        name = name or request_id.get()
        if name:
            line["request_id"] = name
        if getattr(record, "status_code", 0) >= 500:
            line["support_code"] = support_code(name)
        if isinstance(data := getattr(record, "data", None), dict):
            line.update(data)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        status = getattr(record, "status_code", "")
        return f"{status} {request.method} {route_of(request)}"
    return ADDRESS.sub("(address)", DIGITS.sub("(digits)", record.getMessage()))


def _error(error: BaseException) -> dict[str, Any]:
    """What kind of error and where; never its text, which quotes the data."""
    described: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ],
    }
    cause = error.__cause__ or error.__context__
    if cause is not None and cause is not error:
        described["cause"] = _error(cause)
    return described
