from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_what_a_file_brought")]
    operations = [
        migrations.AddField(
            model_name="guardianship",
            name="consent_address",
            field=models.GenericIPAddressField(
                blank=True, null=True, verbose_name="autorizó desde"
            ),
        ),
        migrations.AddField(
            model_name="guardianship",
            name="consent_user_agent",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="navegador"
            ),
        ),
    ]
