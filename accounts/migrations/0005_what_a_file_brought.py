"""People, affiliations and guardians may come from a file of the clinic: what it said last."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_guardians_and_data_claims'),
    ]

    operations = [
        migrations.AddField(
            model_name='coverage',
            name='in_file',
            field=models.BooleanField(default=False, editable=False, verbose_name='está en el archivo oficial'),
        ),
        migrations.AddField(
            model_name='coverage',
            name='source',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='guardianship',
            name='in_file',
            field=models.BooleanField(default=False, editable=False, verbose_name='está en el archivo oficial'),
        ),
        migrations.AddField(
            model_name='guardianship',
            name='source',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='patient',
            name='in_file',
            field=models.BooleanField(default=False, editable=False, verbose_name='está en el archivo oficial'),
        ),
        migrations.AddField(
            model_name='patient',
            name='source',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
