"""«Confirmo que voy», answered to a reminder."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0009_policy_of_the_network")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="attendance_confirmed_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="dijo que va"
            ),
        ),
    ]
