"""The waiting list by hand: what became free is offered, what ran out goes on."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments import waiting_list
from appointments.models import Opening


class Command(BaseCommand):
    help = (
        "Ofrece a la lista de espera las horas que se liberaron y termina las ofertas "
        "vencidas. Lo mismo hace el trabajador cada medio minuto; varios a la vez no "
        "se estorban."
    )

    def handle(self, *args: object, **options: object) -> None:
        now = timezone.now()
        expired = waiting_list.expire(now=now)
        closed = waiting_list.close_over(now=now)
        offered = waiting_list.offer_out(now=now)
        left = Opening.objects.count()
        self.stdout.write(
            f"Ofertas hechas: {offered}. Vencidas: {expired}. "
            f"Personas que ya no esperan: {closed}. Horas por mirar: {left}."
        )
