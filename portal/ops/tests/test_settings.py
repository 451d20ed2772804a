"""DEP-01, DEP-02: what production refuses to start without; the mode is explicit."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "una-clave-larga-y-variada-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "citas.example.org",
    "BASE_URL": "https://citas.example.org",
    "DATABASE_URL": "postgres://portal@127.0.0.1/portal",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/9",
    "EMAIL_URL": "smtp+tls://usuario:clave@smtp.example.org:587",
    "DEFAULT_FROM_EMAIL": "citas@example.org",
    "ORG_NAME": "IPS de Prueba",
    "ORG_PHONE": "601 444 0000",
}


def manage(*arguments, **environment):
    """Run a command in a process of its own, with nothing else in its environment."""
    path = {"PATH": os.environ["PATH"], "PORTAL_VENV": "none"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=path | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_with_everything_passes_the_deployment_check():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "missing",
    ["SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL", "DATABASE_URL", "CELERY_BROKER_URL"],
)
def test_production_does_not_start_without(missing):
    done = manage("check", **PRODUCTION | {missing: ""})

    assert done.returncode != 0
    assert f"Falta {missing} en el entorno." in done.stderr


def test_production_does_not_start_without_a_way_to_send_messages():
    done = manage("check", **PRODUCTION | {"EMAIL_URL": ""})

    assert done.returncode != 0
    assert "EMAIL_URL" in done.stderr


def test_production_does_not_start_with_an_open_captcha():
    done = manage("check", **PRODUCTION | {"CAPTCHA_TEST_MODE": "true"})

    assert done.returncode != 0
    assert "CAPTCHA_TEST_MODE" in done.stderr


def test_production_does_not_start_without_https():
    done = manage("check", **PRODUCTION | {"BASE_URL": "http://citas.example.org"})

    assert done.returncode != 0
    assert "https://" in done.stderr


@pytest.mark.parametrize("command", ["demo", "demo_people"])
def test_production_refuses_the_demos_people(command):
    """AUT-18: no account with a known password outside the demo."""
    done = manage(command, **PRODUCTION)

    assert done.returncode == 1
    assert "inventadas" in done.stderr


def test_an_unknown_mode_is_refused():
    done = manage("check", PORTAL_MODE="produccion")

    assert done.returncode != 0
    assert "demo, test o production" in done.stderr
