"""A site that could send nothing says so at the start, in Spanish."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "citas.example",
    "BASE_URL": "https://citas.example",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
    "CELERY_BROKER_URL": "redis://127.0.0.1:9/0",
    "CACHE_URL": "rediscache://127.0.0.1:9/1",
}
MAIL = {"EMAIL_URL": "smtp://127.0.0.1:9", "DEFAULT_FROM_EMAIL": "a@citas.example"}
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_FROM": "+1",
}


def check(environment, command=("check",)):
    return subprocess.run(  # noqa: S603 our own words
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"]} | PRODUCTION | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "No hay por dónde enviar mensajes: configure EMAIL_URL"),
        ({"EMAIL_URL": MAIL["EMAIL_URL"]}, "Falta DEFAULT_FROM_EMAIL"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "Twilio está a medias"),
        (TWILIO | {"TWILIO_FROM": ""}, "Twilio está a medias"),
    ],
)
def test_production_does_not_start(environment, said):
    done = check(environment)

    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize("environment", [MAIL, TWILIO], ids=["mail", "twilio"])
def test_production_starts_with_one_way_out(environment):
    done = check(environment)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_task_whose_worker_dies_is_done_by_another():
    """NOT-12: taken one by one, given back, and not given twice while one works at it."""
    asked = (
        "from django.conf import settings as s; print(s.CELERY_TASK_ACKS_LATE,"
        " s.CELERY_TASK_REJECT_ON_WORKER_LOST, s.CELERY_WORKER_PREFETCH_MULTIPLIER,"
        " s.CELERY_BROKER_TRANSPORT_OPTIONS['visibility_timeout'] > s.CELERY_TASK_TIME_LIMIT)"
    )

    done = check(MAIL, ["shell", "-v", "0", "-c", asked])

    assert (done.stdout.strip(), done.stderr) == ("True True 1 True", "")
