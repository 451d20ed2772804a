"""Several browsers that press at one instant, against a real server process."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from accounts.models import User
from portal.testing.worker import database_url, wait_until

FORGERY_SECRET = "a" * 32
Press = tuple[str, str, dict[str, Any]]  # path, cookies, fields


@dataclass
class Answer:
    status: int
    location: str
    text: str


@contextmanager
def serving(application: str, log: Path) -> Iterator[int]:
    """A server process with few threads, as in production; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--backlog", "1024"]
    command += ["--workers", "2", "--blocking-threads", "4", application]
    environment = os.environ | {
        "PORTAL_MODE": "test",
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": "memory://",
    }
    with log.open("wb") as out:
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=settings.BASE_DIR, env=environment, stdout=out, stderr=out
        )
        try:
            assert wait_until(lambda: answers(port), seconds=40, meanwhile=lambda: None)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def signed_in(user: User) -> str:
    """The cookies of a browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return (
        f"{settings.SESSION_COOKIE_NAME}={session}; "
        f"{settings.CSRF_COOKIE_NAME}={FORGERY_SECRET}"
    )


def post(port: int, path: str, cookies: str, start: Barrier, **fields: Any) -> Answer:
    """A form sent the moment that all are ready, over a connection made before."""
    body = urlencode({"csrfmiddlewaretoken": FORGERY_SECRET, **fields})
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    browser = HTTPConnection("127.0.0.1", port, timeout=60)
    browser.connect()
    start.wait(timeout=60)
    browser.request("POST", path, body, headers)
    answer = browser.getresponse()
    text = answer.read().decode()
    browser.close()
    return Answer(answer.status, answer.headers.get("Location", ""), text)


def all_at_once(port: int, posts: Sequence[Press]) -> list[Answer]:
    start = Barrier(len(posts))

    def send(one: Press) -> Answer:
        path, cookies, fields = one
        return post(port, path, cookies, start, **fields)

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(send, posts))
