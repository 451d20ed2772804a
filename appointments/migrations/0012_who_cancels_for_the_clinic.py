"""Cancelling for the clinic is a permission of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("appointments", "0011_order_promised")]

    operations = [
        migrations.AlterModelOptions(
            name="appointment",
            options={
                "ordering": ["start", "pk"],
                "permissions": [
                    ("mark_attendance", "Puede marcar quién llegó y quién no"),
                    ("cancel_by_clinic", "Puede cancelar citas por la sede"),
                ],
                "verbose_name": "cita",
                "verbose_name_plural": "citas",
            },
        ),
    ]
