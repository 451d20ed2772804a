"""The rules of the whole network, to be read and changed where the others are."""

from django.db import migrations

NETWORK = {
    "online": "yes",
    "cancel_notice_minutes": 24 * 60,
    "change_notice_minutes": 24 * 60,
    "most_changes": 3,
    "most_to_come": 12,
    "most_to_come_in_specialty": 3,
    "most_holds": 3,
    "most_cancellations_a_week": 5,
}


def write(apps, schema_editor):
    policies = apps.get_model("appointments", "CancellationPolicy")
    policies.objects.get_or_create(is_default=True, defaults=NETWORK)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0008_schedule_from_a_file")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
