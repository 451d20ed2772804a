"""`manage.py demo_people`: who can sign in to the demo, and what each shows."""

import json
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.ops.demo import people


class Command(BaseCommand):
    help = "Muestra las personas inventadas de la demo, con sus claves."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="para otro programa")

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("Solo la demo tiene personas inventadas.")
        everyone = people.everyone(now=timezone.now())
        if options["json"]:
            rows = people.as_rows(everyone)
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(people.as_text(everyone))
