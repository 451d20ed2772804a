"""`manage.py demo` as a newcomer meets it: real processes, a real port, its own files."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

PATIENCE = 240  # seconds: the machine may be busy with the rest of the suite
READY = "Termine con Ctrl-C"


@dataclass
class Demo:
    environment: dict[str, str]
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments):
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "manage.py",
                    "demo",
                    "--port",
                    str(self.port),
                    *arguments,
                ],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: READY in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()

    def said(self):
        return self.log.read_text()

    def manage(self, *arguments):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def people(self):
        return json.loads(self.manage("demo_people", "--json").stdout)

    def stop(self, number=signal.SIGINT):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)


def wait_for(condition, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid):
    """The processes below this one, by the kernel's own list."""
    found, waiting = [], [pid]
    while waiting:
        task = Path(f"/proc/{waiting.pop()}/task")
        for children in task.glob("*/children"):
            below = [int(word) for word in children.read_text().split()]
            found += below
            waiting += below
    return found


def is_alive(pid):
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@contextmanager
def own_database():
    """A database of the same kind as the suite's, for the demo alone."""
    given = settings.DATABASES["default"]
    if given["ENGINE"].endswith("sqlite3"):
        yield {}
        return
    name = f"demo_{os.getpid()}"
    who = {
        "host": given["HOST"],
        "port": given["PORT"] or 5432,
        "user": given["USER"],
        "password": given["PASSWORD"],
    }
    server = psycopg2.connect(dbname="postgres", **who)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        login = f"{who['user']}:{urllib.parse.quote(who['password'])}".rstrip(":")
        yield {
            "DATABASE_URL": f"postgres://{login}@{who['host']}:{who['port']}/{name}",
            "CELERY_BROKER_URL": "redis://127.0.0.1:6379/11",
        }
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Loaded once for this module. Tests that stop it start it again."""
    own = tmp_path_factory.mktemp("demo")
    with own_database() as database:
        environment = {
            "PATH": os.environ["PATH"],
            "PORTAL_VAR": str(own),
            "PORTAL_VENV": str(Path(sys.prefix)),
            "CAPTCHA_TEST_MODE": "true",
            **database,
        }
        started = Demo(environment, free_port(), own / "said.txt")
        started.start()
        yield started
        started.stop()


@pytest.fixture
def running(demo):
    if demo.process.poll() is not None:
        demo.start()
    return demo


class Form(HTMLParser):
    """The fields of a page's form, with the first of its choices taken."""

    def __init__(self, page):
        super().__init__()
        self.fields = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "input" and found.get("name"):
            self.fields.setdefault(found["name"], found.get("value") or "")


class Visitor:
    """A browser without a screen: cookies, forms and nothing else."""

    def __init__(self, url):
        self.url = url
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        )
        self.place, self.page = "", ""

    def open(self, path, data=None):
        address = urllib.parse.urljoin(self.place or self.url, path)
        try:
            answer = self.opener.open(address, data)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            self.place, self.page = answer.url, answer.read().decode()

    def send(self, **typed):
        fields = Form(self.page).fields | typed
        self.open(self.place, urllib.parse.urlencode(fields).encode())

    @property
    def path(self):
        return urllib.parse.urlsplit(self.place).path


def test_the_demo_says_where_it_is_and_answers_there(running):
    visitor = Visitor(running.url)

    visitor.open("/salud/")

    assert visitor.page == "ok\n"
    assert f"{running.url}/demo/mensajes/" in running.said()


def test_the_network_is_as_big_as_it_should_be_and_coherent(running):
    counting = (
        "from catalog.models import *; from appointments.models import *;"
        "print(City.objects.count(), Site.objects.count(),"
        "Practitioner.objects.exclude(specialties__code__in=['laboratorio','imagenes']).count(),"
        "Specialty.objects.filter(schedules__isnull=False).distinct().count(),"
        "Appointment.objects.live().count() > 5_000,"
        "Slot.objects.free().count() > 100_000)"
    )

    counted = running.manage("shell", "--no-imports", "-c", counting).stdout
    checked = running.manage("verify_invariants")

    assert counted.split() == ["6", "14", "150", "27", "True", "True"]
    assert checked.returncode == 0, checked.stdout


def test_people_are_told_with_all_that_signing_in_needs(running):
    people = running.people()

    patients = [p for p in people if p["role"] == "paciente"]
    staff = [p for p in people if p["role"] != "paciente"]
    assert len(patients) == 7
    assert all(p["document_type"] and p["document_number"] for p in patients)
    assert all(p["password"] and p["shows"] for p in people)
    assert all(re.fullmatch(r"\d{6}", p["totp_code"]) for p in staff)


def test_a_demo_person_signs_in_with_the_code_of_the_messages_page(running):
    """Web server, outbox, broker and worker: a code goes all the way."""
    rosa, visitor = running.people()[0], Visitor(running.url)
    visitor.open("/ingresar/")
    visitor.send(
        tipo=rosa["document_type"],
        numero=rosa["document_number"],
        clave=rosa["password"],
        humano_1="PASSED",
    )
    assert visitor.path == "/ingresar/codigo/", visitor.page
    visitor.send()

    visitor.send(codigo=code_shown(running))

    assert visitor.path in ("/oficina/", "/citas/convenio/", "/citas/tutorial/")


def code_shown(running):
    """The newest code on the demo's page of messages."""
    reader = Visitor(running.url)

    def shown():
        reader.open("/demo/mensajes/")
        return re.search(r"\b\d{6}\b", re.sub(r"<[^>]*>", " ", reader.page))

    wait_for(shown, patience=40)
    return shown()[0]


def test_ctrl_c_leaves_no_process_behind_and_keeps_the_data(running):
    below = descendants(running.process.pid)
    before = running.manage("demo_people", "--json").stdout

    running.stop(signal.SIGINT)

    assert running.process.returncode == 0
    assert len(below) >= 3
    wait_for(lambda: not any(map(is_alive, below)), patience=10)
    running.start()
    assert "Cargando" not in running.said()
    assert "paciente" in before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_however_the_demo_ends_its_children_end(running, number):
    below = descendants(running.process.pid)

    running.stop(number)

    wait_for(lambda: not any(map(is_alive, below)), patience=30)


def test_when_a_child_dies_it_says_so_and_stops(running):
    below = descendants(running.process.pid)
    worker = next(
        pid
        for pid in below
        if "worker" in Path(f"/proc/{pid}/cmdline").read_text()
        and "celery" in Path(f"/proc/{pid}/cmdline").read_text()
    )

    os.kill(worker, signal.SIGKILL)
    running.process.wait(timeout=30)

    assert running.process.returncode == 1
    assert "Se cayó «mensajes»" in running.said()
    wait_for(lambda: not any(map(is_alive, below)), patience=10)
