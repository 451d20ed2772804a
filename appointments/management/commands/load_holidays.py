"""Load Colombia's holidays: `manage.py load_holidays [AÑO …]`."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments import holidays


class Command(BaseCommand):
    help = "Carga los festivos de Colombia; los que ya están quedan como están."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("years", nargs="*", type=int, metavar="AÑO")

    def handle(self, *args: object, years: list[int], **options: object) -> None:
        this_year = timezone.localdate().year
        added = holidays.load(years=years or (this_year, this_year + 1))
        self.stdout.write(f"{added} festivos nuevos.")
