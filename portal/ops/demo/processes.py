"""The demo's children: web server, worker and clock. They live and die together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

STARTING, STOPPING = 60, 12  # seconds of patience
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class ChildDied(Exception):
    """One of the children ended by itself: the demo is no longer whole."""

    def __init__(self, child: "Child") -> None:
        super().__init__(child.name)
        self.child = child


class NoAnswer(Exception):
    """The children run, but the portal does not answer."""


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def last_lines(self, count: int = 15) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-count:])


def commands(*, port: int) -> dict[str, list[str]]:
    """The same programs as in production, each with one process."""
    celery = [sys.executable, "-m", "celery", "-A", "portal"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "servidor": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            *("--blocking-threads", "4", "--no-ws", "portal.wsgi:application"),
        ],
        "mensajes": [
            *celery,
            "worker",
            "-P",
            "threads",
            "-c",
            "4",
            "-l",
            "INFO",
            *quiet,
        ],
        "reloj": [*celery, "beat", "-l", "INFO", "--pidfile="],
    }


def start(*, port: int, logs: Path) -> list[Child]:
    """Each child leads a group of its own: a Ctrl-C reaches only its parent, which then
    stops whole groups; and the kernel ends the children of a parent that was killed."""
    logs.mkdir(parents=True, exist_ok=True)
    children: list[Child] = []
    for name, command in commands(port=port).items():
        log = logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        children.append(Child(name=name, process=process, log=log))
    return children


def _end_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until_it_answers(*, url: str, children: Sequence[Child]) -> None:
    """Until the page is there. Raises ChildDied, or NoAnswer when patience ends."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        refuse_dead(children)
        if _answers(url):
            return
        time.sleep(0.1)
    raise NoAnswer


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def refuse_dead(children: Sequence[Child]) -> None:
    for child in children:
        if child.process.poll() is not None:
            raise ChildDied(child)


def watch(children: Sequence[Child]) -> None:
    """Sleep while all of them live."""
    while True:
        refuse_dead(children)
        time.sleep(0.5)


def stop(children: Sequence[Child]) -> None:
    """Ask every group to finish; end what is left of it."""
    for child in children:
        _signal_group(child, signal.SIGTERM)
    deadline = time.monotonic() + STOPPING
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        _signal_group(child, signal.SIGKILL)
        child.process.wait()


def _signal_group(child: Child, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def on_stop_signals(action: Callable[[int, FrameType | None], None]) -> None:
    """Ctrl-C, a supervisor's stop, and a closed terminal are the same wish."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, action)
