"""Send what is due, without a worker: for a clock (cron) or by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.messaging import delivery


class Command(BaseCommand):
    help = "Envía los mensajes pendientes, sin trabajador de Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        count = delivery.deliver_due(now=timezone.now())
        self.stdout.write(f"Mensajes intentados: {count}.")
