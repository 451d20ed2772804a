"""LOG-03: the database refuses to change the trail, on SQLite and PostgreSQL."""

from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from portal.audit import trail
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

migration = import_module("portal.audit.migrations.0002_append_only")


@pytest.fixture
def walls(db):
    """The walls that the suite takes down to empty its tables, put back."""
    wanted = ("audit_no_delete", "audit_no_truncate")
    with connection.cursor() as cursor:
        for statement in migration.DO[connection.vendor]:
            if any(name in statement for name in wanted):
                cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET outcome = 'ok'",
        "DELETE FROM audit_auditevent",
    ],
)
def test_the_trail_refuses(walls, statement):
    trail.record(action="sign_in", outcome="refused", at=NOON)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.get().outcome == "refused"


def test_the_trail_refuses_to_be_emptied(walls):
    empty = {
        "postgresql": "TRUNCATE audit_auditevent",
        "sqlite": "REPLACE INTO audit_auditevent SELECT * FROM audit_auditevent",
    }
    trail.record(action="sign_in", at=NOON)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(empty[connection.vendor])

    assert AuditEvent.objects.count() == 1
