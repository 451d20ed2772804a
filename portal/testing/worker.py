"""A real Celery worker in a process of its own, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connection

COMMAND = (
    "celery -A portal worker --concurrency 2 --loglevel INFO --without-gossip"
    " --without-mingle --without-heartbeat --include portal.testing.samples"
)


class Worker:
    """One worker and its children. `with` ends it politely, `kill` does not."""

    def __init__(self, environment: Mapping[str, str], *, log: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 our own command
                [sys.executable, "-m", *COMMAND.split()],
                cwd=settings.BASE_DIR,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """kill -9 of the worker and everything that it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def database_url() -> str:
    """The database of this test, as another process has to be told."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    login = facts["USER"] + (f":{facts['PASSWORD']}" if facts["PASSWORD"] else "")
    host = facts["HOST"] + (f":{facts['PORT']}" if facts["PORT"] else "")
    return f"postgres://{login}@{host}/{facts['NAME']}"


def wait_until(
    true: Callable[[], bool], *, seconds: float, meanwhile: Callable[[], None]
) -> bool:
    """Look every fifth of a second, doing something in between."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        meanwhile()
        time.sleep(0.2)
    return true()
