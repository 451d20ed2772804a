"""A time kept in place of another may overlap it, until one takes the other's place (design §4)."""

from importlib import import_module

from django.db import migrations

walls = import_module("appointments.migrations.0002_walls")

WALL = """
ALTER TABLE appointments_appointment ADD CONSTRAINT appointment_patient_once
EXCLUDE USING gist (patient_id WITH =, tstzrange(start, "end") WITH &&)
WHERE ({condition})
"""
DROP = "ALTER TABLE appointments_appointment DROP CONSTRAINT appointment_patient_once;"
STANDING = f"{walls.LIVE} AND (replaces_id IS NULL OR status NOT IN ('held', 'proposed'))"


class Migration(migrations.Migration):
    dependencies = [("appointments", "0004_requests_policies_orders")]

    operations = [
        walls.OnPostgreSQL(
            DROP + WALL.format(condition=STANDING),
            DROP + WALL.format(condition=walls.LIVE),
        ),
    ]
