"""Staff see requests as a list of their own, and answering them is a permission."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("appointments", "0012_who_cancels_for_the_clinic")]

    operations = [
        migrations.CreateModel(
            name="AppointmentRequest",
            fields=[],
            options={
                "verbose_name": "solicitud",
                "verbose_name_plural": "solicitudes",
                "ordering": ["answer_by", "pk"],
                "permissions": [
                    ("decide_request", "Puede responder solicitudes de cita")
                ],
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("appointments.appointment",),
        ),
    ]
