"""Check what must always be true: `manage.py verify_invariants`. Exit status 1 if it is not."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appointments import invariants


class Command(BaseCommand):
    help = "Comprueba en la base de datos que la agenda es coherente."

    def handle(self, *args: object, **options: object) -> None:
        broken = invariants.violations(now=timezone.now())
        for violation in broken:
            self.stdout.write(f"{violation.rule}: {violation.count}")
            for example in violation.examples:
                self.stdout.write(f"  {example}")
        if broken:
            raise CommandError("La agenda no es coherente.")
        self.stdout.write(f"Las {len(invariants.RULES)} reglas se cumplen.")
