"""From a bare checkout: in copies of the project's first files, with no network."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

# Enough of a Django to be found: it tells what it was asked, and by which Python.
DJANGO = """
import os, sys
def execute_from_command_line(argv):
    print(sys.prefix, os.environ.get("PORTAL_MODE"), *argv[1:])
"""


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """The first files of a checkout whose pins ask for nothing."""
    root = tmp_path_factory.mktemp("bare")
    (root / "portal").mkdir()
    shutil.copy(settings.BASE_DIR / "manage.py", root)
    shutil.copy(settings.BASE_DIR / "portal" / "bootstrap.py", root / "portal")
    (root / "requirements.txt").write_text("")
    (root / "requirements-dev.txt").write_text("")
    return root


@pytest.fixture(scope="session")
def django(tmp_path_factory):
    """A folder from which Django can be imported."""
    folder = tmp_path_factory.mktemp("packages")
    management = folder / "django" / "core" / "management"
    management.mkdir(parents=True)
    for package in (folder / "django", folder / "django" / "core"):
        (package / "__init__.py").touch()
    (management / "__init__.py").write_text(DJANGO)
    return folder


@pytest.fixture
def checkout(bare, tmp_path):
    return shutil.copytree(bare, tmp_path / "checkout")


@pytest.fixture(scope="session")
def prepared(bare, django, tmp_path_factory):
    """After the first command, which made the environment; and Django is in it."""
    root = shutil.copytree(bare, tmp_path_factory.mktemp("prepared") / "checkout")
    run(root, "check", python=bare_python())
    site = next((root / ".venv" / "lib").glob("python*/site-packages"))
    shutil.copytree(django / "django", site / "django")
    return root


@pytest.fixture
def made(prepared, tmp_path):
    """A copy of it: an environment finds itself by where its pyvenv.cfg lies."""
    return shutil.copytree(prepared, tmp_path / "made", symlinks=True)


def run(checkout, *arguments, python=sys.executable, **environment):
    clean = {"PATH": os.environ["PATH"], "HOME": str(checkout)}
    return subprocess.run(
        [str(python), "manage.py", *arguments],
        cwd=checkout,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def bare_python() -> Path:
    """The interpreter under this environment, which has no Django."""
    return Path(sys.base_prefix) / "bin" / "python3"


def test_a_bare_checkout_gets_its_environment(checkout):
    first = run(checkout, "check", python=bare_python())

    assert (checkout / ".venv" / "bin" / "python").exists()
    assert "Preparando el entorno en .venv" in first.stderr


def test_the_second_time_nothing_is_made_and_the_environment_is_used(made):
    again = run(made, "check", python=bare_python())

    assert again.stderr == ""
    assert again.stdout.split() == [str(made / ".venv"), "None", "check"]


def test_another_environments_django_is_not_the_projects(made):
    """This suite's own Python has Django; the project's environment is still entered."""
    done = run(made, "check", python=sys.executable)

    assert done.stdout.split()[0] == str(made / ".venv")


def test_an_environment_of_its_own_serves_where_there_is_no_other(checkout, django):
    """A container: Django is installed, there is no .venv and none is made."""
    done = run(checkout, "migrate", PYTHONPATH=str(django))

    assert done.stdout.split() == [sys.prefix, "None", "migrate"]
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    "rule", [{"PORTAL_VENV": "none"}, {"PORTAL_MODE": "production"}]
)
def test_the_called_python_is_used_when_told(made, django, rule):
    done = run(made, "check", PYTHONPATH=str(django), **rule)

    assert done.stdout.split()[0] == sys.prefix


def test_a_half_made_environment_is_made_again(made):
    (made / ".venv" / ".installing").touch()

    done = run(made, "demo", python=bare_python())

    assert "quedó a medias" in done.stderr
    assert not (made / ".venv" / ".installing").exists()


def test_an_environment_without_its_python_is_made_again(made):
    (made / ".venv" / "bin" / "python").unlink()
    (made / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")

    run(made, "demo", python=bare_python())

    assert (made / ".venv" / "bin" / "python").exists()


def test_new_pins_are_installed(made):
    (made / "requirements.txt").write_text("# another pin\n")

    done = run(made, "demo", python=bare_python())

    assert "Instalando lo que el portal necesita" in done.stderr


def test_without_a_network_it_says_so_and_installs_when_there_is_one(checkout):
    (checkout / "requirements.txt").write_text("nada-que-exista==1\n")
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}

    failed = run(checkout, "demo", python=bare_python(), **offline)
    (checkout / "requirements.txt").write_text("")
    repaired = run(checkout, "demo", python=bare_python())

    assert failed.returncode == 1
    assert "Revise la conexión a internet" in failed.stderr
    assert "Listo." in repaired.stderr


def test_without_the_venv_module_it_says_which_package(checkout):
    """Debian splits it off: what it lacks is ensurepip."""
    broken = checkout.parent / "broken"
    (broken / "venv").mkdir(parents=True)
    (broken / "venv" / "__init__.py").touch()
    (broken / "venv" / "__main__.py").write_text("raise SystemExit('no ensurepip')")

    done = run(checkout, "demo", python=bare_python(), PYTHONPATH=str(broken))

    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_busy_port_is_said_before_anything_is_made(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        done = run(checkout, "demo", "--port", port, python=bare_python())

    assert done.returncode == 1
    assert f"El puerto {port} ya está en uso" in done.stderr
    assert not (checkout / ".venv").exists()


def test_demo_writes_its_configuration_once_and_keeps_its_secret(made):
    run(made, "demo", "--port=8123", DATABASE_URL="sqlite:////tmp/otra.sqlite3")
    first = (made / "var" / "demo.env").read_text()

    run(made, "demo", "--port=8123", DATABASE_URL="sqlite:////tmp/otra.sqlite3")

    assert (made / "var" / "demo.env").read_text() == first
    assert "BASE_URL='http://127.0.0.1:8123'" in first
    assert "DATABASE_URL='sqlite:////tmp/otra.sqlite3'" in first
    assert (made / "var" / "demo.env").stat().st_mode & 0o077 == 0


def test_demo_is_said_to_django_and_production_is_left_alone(made):
    asked = run(made, "demo", "--help", python=bare_python())
    production = run(
        made, "demo", "--help", python=bare_python(), PORTAL_MODE="production"
    )

    assert asked.stdout.split()[1] == "demo"
    assert production.stdout.split()[1] == "production"
