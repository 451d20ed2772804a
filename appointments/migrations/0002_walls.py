"""What Meta cannot say because SQLite's migrate would fail on it: PostgreSQL's own walls.

Nobody is in two places at once: neither a patient nor a practitioner (BOK-01, BOK-02).
On SQLite the same check runs inside the single writer's transaction.
"""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

LIVE = "status IN ('held', 'proposed', 'booked', 'arrived')"


class OnPostgreSQL(migrations.RunSQL):
    """RunSQL that leaves every other database as it is."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


def never_two_at_once(name: str, column: str, condition: str) -> OnPostgreSQL:
    return OnPostgreSQL(
        f"""
        ALTER TABLE appointments_appointment ADD CONSTRAINT {name}
        EXCLUDE USING gist ({column} WITH =, tstzrange(start, "end") WITH &&)
        WHERE ({condition})
        """,
        f"ALTER TABLE appointments_appointment DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial")]

    operations = [
        BtreeGistExtension(),
        never_two_at_once("appointment_patient_once", "patient_id", LIVE),
        never_two_at_once(
            "appointment_practitioner_once",
            "practitioner_id",
            f"{LIVE} AND exclusive AND NOT overbooked",
        ),
        # A booking changes one slot in a table of millions: look sooner than at a fifth of it.
        OnPostgreSQL(
            "ALTER TABLE appointments_slot SET (autovacuum_vacuum_scale_factor = 0.01)",
            "ALTER TABLE appointments_slot RESET (autovacuum_vacuum_scale_factor)",
        ),
    ]
