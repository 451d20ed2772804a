"""Whether this installation can work, in words that tell a stranger nothing (REL-03)."""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from kombu.exceptions import OperationalError

from portal.messaging.models import OutgoingMessage

# A message that waits longer than this says that nobody is sending.
LONGEST_WAIT = timedelta(minutes=5)
OK, DEGRADED, DOWN = "bien", "degradado", "caído"


@dataclass(frozen=True, slots=True)
class Report:
    """One word for each part. Without its broker or worker the portal still books:
    messages wait in their table, so those two only degrade it."""

    database: str
    migrations: str
    broker: str
    messages: str

    @property
    def ready(self) -> bool:
        return self.database == OK and self.migrations == OK


def look(*, now: datetime) -> Report:
    """Ask each part."""
    broker = OK if broker_answers() else DEGRADED
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        migrations = OK if migrations_done() else DOWN
        if migrations == DOWN:
            return Report(OK, DOWN, broker, DEGRADED)
        return Report(OK, OK, broker, DEGRADED if messages_wait(now=now) else OK)
    except DatabaseError:
        return Report(DOWN, DOWN, broker, DEGRADED)


@functools.cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """What this code expects of the database; it does not change while it runs."""
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    return frozenset(graph.leaf_nodes())


def migrations_done() -> bool:
    recorder = MigrationRecorder(connection)
    return newest_migrations() <= recorder.applied_migrations().keys()


def broker_answers() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True


def messages_wait(*, now: datetime) -> bool:
    return OutgoingMessage.objects.filter(
        state=OutgoingMessage.State.QUEUED, due_at__lt=now - LONGEST_WAIT
    ).exists()
