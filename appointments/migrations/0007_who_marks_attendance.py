"""A permission of its own: who says who came is not who edits agendas."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0006_when_and_where_of_steps"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="appointment",
            options={
                "ordering": ["start", "pk"],
                "permissions": [
                    ("mark_attendance", "Puede marcar quién llegó y quién no")
                ],
                "verbose_name": "cita",
                "verbose_name_plural": "citas",
            },
        ),
    ]
