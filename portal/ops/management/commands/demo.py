"""`manage.py demo`: the whole portal on one machine, with an invented network."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.ops.demo import database, network, people, processes
from portal.ops.demo.errors import NotTheDemos


class Command(BaseCommand):
    help = (
        "Sirve el portal con una red de demostración inventada, hasta Ctrl-C. "
        "Vuelta a llamar conserva los datos."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="puerto (8000)")
        parser.add_argument(
            "--reset", action="store_true", help="empieza de nuevo, sin los datos"
        )

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError(
                f"La demo no se sirve con PORTAL_MODE={settings.MODE}: crea personas "
                "inventadas con claves conocidas."
            )
        port = int(str(options["port"]))
        if not 0 < port < 65536:
            raise CommandError(f"{port} no es un puerto: va de 1 a 65535.")
        self._prepare(reset=bool(options["reset"]), now=timezone.now())
        self._serve(port)

    def _prepare(self, *, reset: bool, now: datetime) -> None:
        try:
            if reset:
                self._say("Borrando los datos de la demo…")
                database.empty()
            database.refuse_strangers()
        except NotTheDemos as refusal:
            raise CommandError(str(refusal)) from refusal
        self._say("Preparando la base de datos…")
        self.check()
        call_command("migrate", verbosity=0, interactive=False)
        if network.is_loaded():
            network.refresh(now=now, say=self._say)
        else:
            network.load(now=now, say=self._say)

    def _serve(self, port: int) -> None:
        logs = settings.VAR_DIR / "log"
        children = processes.start(port=port, logs=logs)
        processes.on_stop_signals(_leave)
        try:
            processes.wait_until_it_answers(
                url=f"http://127.0.0.1:{port}/salud/", children=children
            )
            self._welcome()
            processes.watch(children)
        except processes.ChildDied as death:
            raise CommandError(_epitaph(death.child)) from death
        except processes.NoAnswer as silence:
            raise CommandError(f"El portal no contesta; vea {logs}.") from silence
        finally:
            self._say("Cerrando…")
            processes.stop(children)

    def _welcome(self) -> None:
        base = settings.BASE_URL
        self._say(
            f"\n{people.as_text(people.everyone(now=timezone.now()))}\n\n"
            f"  El portal está en        {base}/\n"
            f"  Los códigos y mensajes   {base}/demo/mensajes/\n"
            f"  La administración        {base}/{settings.ADMIN_PATH}\n\n"
            "  Termine con Ctrl-C. Los datos quedan; --reset empieza de nuevo.\n"
        )

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _epitaph(child: processes.Child) -> str:
    return (
        f"Se cayó «{child.name}» (salió con {child.process.returncode}). "
        f"Lo último que dijo, de {child.log}:\n\n{child.last_lines()}"
    )
