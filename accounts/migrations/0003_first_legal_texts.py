"""The first version of every legal text, so that nobody registers without one."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import migrations

FOLDER = Path(__file__).parent / "first_legal_texts"
PUBLISHED_AT = datetime(2026, 11, 1, 13, 0, tzinfo=UTC)


def publish(apps, schema_editor):
    texts = apps.get_model("accounts", "LegalText")
    names = {key: settings.ORGANISATION[key] for key in ("name", "phone", "hours")}
    for file in sorted(FOLDER.glob("*.txt")):
        title, body = file.read_text("utf-8").strip().split("\n\n", 1)
        body = body.format(**names)
        texts.objects.create(
            kind=file.stem,
            version=1,
            title=title,
            body=body,
            sha256=hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest(),
            published_at=PUBLISHED_AT,
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial")]
    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
