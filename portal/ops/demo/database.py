"""Whose database is this? The demo fills and empties only its own."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

from portal.ops.demo.errors import NotTheDemos
from portal.ops.models import DemoNetwork

SIGNS_OF_LIFE = ("accounts.User", "accounts.Patient", "catalog.Site")


def refuse_strangers() -> None:
    """Raise NotTheDemos for a database that has people or sites and no mark of the demo."""
    tables = connection.introspection.table_names()
    if _has_rows(tables, "ops.DemoNetwork"):
        return
    if any(_has_rows(tables, label) for label in SIGNS_OF_LIFE):
        raise NotTheDemos(
            "Esa base de datos ya tiene datos que no son de la demo: no se toca. "
            "Indique otra en DATABASE_URL, o ninguna."
        )


def empty() -> None:
    """Drop everything, so that the migrations and the demo begin again."""
    refuse_strangers()
    if connection.vendor == "sqlite":
        _remove_files(Path(connection.settings_dict["NAME"]))
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    _empty_queue()


def _has_rows(tables: list[str], label: str) -> bool:
    model = apps.get_model(label)
    return model._meta.db_table in tables and model._default_manager.exists()


def _remove_files(database: Path) -> None:
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _empty_queue() -> None:
    queue = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_in")
    if queue:
        for waiting in Path(str(queue)).glob("*.msg"):
            waiting.unlink(missing_ok=True)


def mark() -> DemoNetwork | None:
    return DemoNetwork.objects.first()
