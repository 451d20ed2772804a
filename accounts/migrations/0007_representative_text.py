"""The first version of what the representative of a minor accepts."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import migrations

FILE = Path(__file__).parent / "representative_text" / "representante.txt"
PUBLISHED_AT = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def publish(apps, schema_editor):
    names = {key: settings.ORGANISATION[key] for key in ("name", "phone", "hours")}
    title, body = FILE.read_text("utf-8").strip().split("\n\n", 1)
    body = body.format(**names)
    apps.get_model("accounts", "LegalText").objects.create(
        kind=FILE.stem,
        version=1,
        title=title,
        body=body,
        sha256=hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest(),
        published_at=PUBLISHED_AT,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_guardianship_consent_origin")]
    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
