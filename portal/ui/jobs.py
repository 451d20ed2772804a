"""What the clock starts for the interface."""

from celery import shared_task
from django.utils import timezone

from portal.ui import tickets


@shared_task(name="ui.purge_captchas")
def purge_captchas() -> None:
    tickets.purge(now=timezone.now())
