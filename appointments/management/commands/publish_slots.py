"""Publish the agenda: `manage.py publish_slots [--until FECHA | --days N] [--schedule ID …]`."""

from argparse import ArgumentParser
from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appointments import schedules
from appointments.models import Schedule


class Command(BaseCommand):
    help = "Publica las horas de las agendas; repetirlo no cambia nada."

    def add_arguments(self, parser: ArgumentParser) -> None:
        end = parser.add_mutually_exclusive_group()
        end.add_argument(
            "--until", type=_day, metavar="AAAA-MM-DD", help="hasta este día"
        )
        end.add_argument("--days", type=int, help="cuántos días desde hoy")
        parser.add_argument(
            "--schedule",
            type=int,
            action="append",
            metavar="ID",
            help="solo esta agenda",
        )

    def handle(
        self,
        *args: object,
        until: date | None,
        days: int | None,
        schedule: list[int] | None,
        **options: object,
    ) -> None:
        now = timezone.now()
        today = timezone.localdate(now)
        if days is not None:
            until = today + timedelta(days=days)
        _check_exist(schedule)
        report = schedules.publish(
            schedule_ids=schedule, from_date=today, until_date=until, now=now
        )
        self.stdout.write(
            f"{report.added} horas nuevas, {report.returned} que vuelven, "
            f"{report.withdrawn} retiradas, {report.refused} que chocan."
        )
        for clash in report.clashes:
            self.stdout.write(
                f"  {timezone.localtime(clash.start):%Y-%m-%d %H:%M}: la agenda "
                f"{clash.schedule_id} choca con la {clash.other_schedule_id}."
            )
        if report.affected:
            self.stdout.write(f"{len(report.affected)} citas afectadas:")
            for appointment_id in report.affected:
                self.stdout.write(f"  {appointment_id}")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _check_exist(schedule_ids: list[int] | None) -> None:
    known = set(Schedule.objects.values_list("pk", flat=True))
    unknown = sorted(set(schedule_ids or ()) - known)
    if unknown:
        raise CommandError(f"No existe la agenda {', '.join(map(str, unknown))}.")
