"""REL-03: what /salud/ and /listo/ say when each part is missing."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from django.utils import timezone

from portal.messaging.models import OutgoingMessage
from portal.ops import health

pytestmark = pytest.mark.django_db
ALL_WELL = {
    "database": "bien",
    "migrations": "bien",
    "broker": "bien",
    "messages": "bien",
}


def put_message(*, due_at):
    OutgoingMessage.objects.create(
        kind="ops.prueba", event="prueba:1", channel="email", due_at=due_at
    )


def test_live_answers_without_touching_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/salud/")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_when_every_part_answers(client):
    answer = client.get("/listo/")

    assert (answer.status_code, answer.json()) == (200, ALL_WELL)


def test_ready_says_no_while_a_migration_is_missing(client):
    app_label, name = min(health.newest_migrations())
    MigrationRecorder.Migration.objects.filter(app=app_label, name=name).delete()

    answer = client.get("/listo/")

    assert answer.status_code == 503
    assert answer.json()["migrations"] == "caído"


def test_ready_goes_on_without_its_broker(client, monkeypatch):
    dead = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(current_app.conf, "broker_write_url", dead)

    answer = client.get("/listo/")

    assert (answer.status_code, answer.json()["broker"]) == (200, "degradado")


@pytest.mark.parametrize(("minutes", "said"), [(4, "bien"), (6, "degradado")])
def test_ready_notices_messages_that_nobody_sends(client, minutes, said):
    put_message(due_at=timezone.now() - timedelta(minutes=minutes))

    assert client.get("/listo/").json()["messages"] == said


def test_ready_says_no_without_a_database(client, monkeypatch):
    def unreachable(*args, **kwargs):
        raise connection.Database.OperationalError("no route")

    monkeypatch.setattr(
        connection, "cursor", connection.wrap_database_errors(unreachable)
    )

    answer = client.get("/listo/")

    assert answer.status_code == 503
    assert "no route" not in answer.content.decode()


@override_settings(SECURE_SSL_REDIRECT=True)
@pytest.mark.parametrize("path", ["/salud/", "/listo/"])
def test_health_is_asked_by_machines_behind_the_proxy(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/salud/", "/listo/"])
def test_health_is_only_read(client, path):
    assert client.post(path).status_code == 405
