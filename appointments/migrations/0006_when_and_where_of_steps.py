"""Each step of an appointment says when and where it was to be, so that its history can."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0005_wall_of_replacements"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointmentevent",
            name="site",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.site",
            ),
        ),
        migrations.AddField(
            model_name="appointmentevent",
            name="start",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
