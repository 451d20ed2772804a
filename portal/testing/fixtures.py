"""Fixtures for every app: the servers at the doors, and a database that forgets."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from portal.messaging import kinds
from portal.testing import seeds
from portal.testing.servers import HOST, SmtpServer, TwilioServer

# The trail cannot be deleted, not even by the suite when it empties the tables
# between tests. Its own tests put these walls back (portal/audit/tests).
WALLS_IN_THE_WAY = {
    "sqlite": "DROP TRIGGER IF EXISTS audit_no_delete",
    "postgresql": "DROP TRIGGER IF EXISTS audit_no_truncate ON audit_auditevent",
}


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    pytestconfig: pytest.Config,
) -> None:
    """The test database, made so that it can be emptied and filled again."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(WALLS_IN_THE_WAY[connection.vendor])
        seeds.remember(pytestconfig)


@pytest.fixture
def smtp_server(settings: Settings) -> Iterator[SmtpServer]:
    """A mail server that speaks SMTP; the portal sends its e-mail there."""
    with SmtpServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_URL = server.url
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


@pytest.fixture
def twilio_server(settings: Settings) -> Iterator[TwilioServer]:
    """A server that speaks Twilio's API; every kind has a WhatsApp template there."""
    with TwilioServer() as server:
        settings.TWILIO_API_BASE = server.url
        settings.TWILIO_ACCOUNT_SID = server.account
        settings.TWILIO_AUTH_TOKEN = server.token
        settings.TWILIO_FROM = settings.TWILIO_WHATSAPP_FROM = "+15005550006"
        settings.TWILIO_CONTENT_SIDS = dict.fromkeys(kinds.names(), "HX" + "1" * 32)
        yield server


@pytest.fixture
def legal_texts(transactional_db: None) -> None:
    """The first texts again: a test with real transactions starts with empty tables."""
    if not apps.get_model("accounts", "LegalText").objects.exists():
        for name in ("0003_first_legal_texts", "0007_representative_text"):
            import_module(f"accounts.migrations.{name}").publish(apps, None)
