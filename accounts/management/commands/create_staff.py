"""Invite somebody of the staff: `manage.py create_staff USER "NAME" --role Recepción`."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import staff
from accounts.models import User
from catalog.models import Site


class Command(BaseCommand):
    help = "Crea una cuenta de trabajo e imprime el enlace para activarla (sirve una vez, 24 horas)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="usuario, por ejemplo ana.pena")
        parser.add_argument("name", help="nombre y apellido")
        parser.add_argument(
            "--role", action="append", choices=sorted(staff.ROLES), default=[]
        )
        parser.add_argument(
            "--superuser", action="store_true", help="puede hacer todo en /admin/"
        )
        parser.add_argument(
            "--site", action="append", default=[], help="código de la sede"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        if ":" in username or User.objects.filter(username=username).exists():
            raise CommandError(f"El usuario {username} ya existe o no se admite.")
        sites = list(Site.objects.filter(code__in=options["site"]))
        if len(sites) != len(set(options["site"])):
            raise CommandError("Alguna de las sedes no existe.")
        user = staff.create(
            username=username,
            name=options["name"],
            roles=options["role"],
            sites=sites,
            now=timezone.now(),
        )
        if options["superuser"]:
            staff.make_superuser(user=user, now=timezone.now())
        self.stdout.write(f"{settings.BASE_URL}{staff.invitation(user)}")
        self.stderr.write(
            "Entregue el enlace solo a esa persona. Sirve una vez, 24 horas."
        )
