"""A schedule may come from a file of the clinic, and is found again by its code."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0007_who_marks_attendance'),
    ]

    operations = [
        migrations.AddField(
            model_name='schedule',
            name='code',
            field=models.CharField(blank=True, max_length=40, null=True, unique=True, verbose_name='código'),
        ),
        migrations.AddField(
            model_name='schedule',
            name='in_file',
            field=models.BooleanField(default=False, editable=False, verbose_name='está en el archivo oficial'),
        ),
        migrations.AddField(
            model_name='schedule',
            name='source',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
