"""From a bare checkout to a running command. Standard library only.

`manage.py` loads this file by its path: importing the `portal` package would pull in
Celery, which a bare machine does not have. The rule, in order:

1. `PORTAL_VENV=none`, or `PORTAL_MODE=production` (except for `demo` and `test`): the
   interpreter that was called is the right one. Nothing is made, nothing is installed.
2. `demo` and `test`: the project's own environment (`.venv`, or the folder that
   `PORTAL_VENV` names), made when missing and brought up to date when the pins changed.
3. Other commands: the project's own environment if it is there; else the interpreter
   that was called, if it has Django; else the environment is made.

«In the environment» means that `sys.prefix` is its folder. That some Django can be
imported says nothing: it may be another project's.
"""

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
RUNTIME, TOOLS = "requirements.txt", "requirements-dev.txt"
DEMO_PORT = 8000
# What a demo was started with, so that the other commands find the same database.
DEMO_NAMES = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_FROM",
    "TWILIO_WHATSAPP_FROM",
    "TWILIO_API_BASE",
    "CAPTCHA_TEST_MODE",
)


def main(argv: Sequence[str]) -> None:
    """Prepare what this command needs. Returns when Django may start here."""
    command = argv[1] if len(argv) > 1 else ""
    refuse_old_python()
    if command in ("demo", "demo_people"):
        become_demo(argv)
    if command == "demo" and not asks_for_help(argv):
        refuse_busy_port(port_of(argv))
    if needs_own_environment(command):
        enter_environment(argv, wanted_files(command))
    if command == "test":
        run_tests(argv[2:])


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def refuse_old_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        sys.exit(
            f"El portal necesita Python {wanted} o más nuevo; este es {sys.version.split()[0]}."
        )


# --- Which environment ---------------------------------------------------------


def environment_folder() -> Path:
    named = os.environ.get("PORTAL_VENV", "")
    return ROOT / named if named else ROOT / ".venv"


def needs_own_environment(command: str) -> bool:
    """The rule at the top of this file."""
    if os.environ.get("PORTAL_VENV") == "none":
        return False
    if command in ("demo", "test"):
        return True
    if os.environ.get("PORTAL_MODE") == "production":
        return False
    if python_of(environment_folder()).exists():
        return True
    return importlib.util.find_spec("django") is None


def wanted_files(command: str) -> list[str]:
    """Which pins this command needs; none when any finished environment will do."""
    if command == "test":
        return [RUNTIME, TOOLS]
    if command == "demo" or not is_finished(environment_folder(), RUNTIME):
        return [RUNTIME]
    return []


def is_inside(folder: Path) -> bool:
    return Path(sys.prefix).resolve() == folder.resolve()


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


# --- Making it -----------------------------------------------------------------


def enter_environment(argv: Sequence[str], files: Sequence[str]) -> None:
    """Make or mend the environment, and go on inside it."""
    folder = environment_folder()
    with one_at_a_time():
        missing = [name for name in files if not is_current(folder, name)]
        if missing:
            make(folder)
            for name in missing:
                install(folder, name)
    if not is_inside(folder):
        sys.stdout.flush()
        python = str(python_of(folder))
        os.execv(python, [python, *argv])


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two commands started together do not install over each other."""
    var_folder().mkdir(parents=True, exist_ok=True)
    with (var_folder() / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(folder: Path) -> None:
    """An environment whose Python starts and has pip; a half-made one is made again."""
    if was_cut_short(folder):
        say(f"El entorno en {folder.name} quedó a medias: se hace de nuevo.")
        shutil.rmtree(folder)
    elif has_pip(folder):
        return
    else:
        say(f"Preparando el entorno en {folder.name} (solo la primera vez)…")
    base = getattr(sys, "_base_executable", sys.executable) or sys.executable
    made = subprocess.run(
        [base, "-m", "venv", "--clear", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode or not works(folder, "-m", "pip", "--version"):
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(explain_venv(made.stdout + made.stderr))


def has_pip(folder: Path) -> bool:
    """Some tools make environments without pip; Python can usually add it."""
    return works(folder, "-m", "pip", "--version") or works(folder, "-m", "ensurepip")


def explain_venv(output: str) -> str:
    if "ensurepip" in output or "No module named venv" in output:
        return (
            "Falta el módulo venv de Python. En Debian o Ubuntu escriba\n"
            "    sudo apt install python3-venv\n"
            "y repita el comando."
        )
    return f"No se pudo hacer el entorno de Python:\n{output.strip()}"


def install(folder: Path, name: str) -> None:
    what = (
        "lo que el portal necesita" if name == RUNTIME else "lo que piden las pruebas"
    )
    say(f"Instalando {what} ({name}); tarda cerca de un minuto…")
    mark = cut_mark(folder)
    mark.touch()
    done = subprocess.run(
        [
            *(str(python_of(folder)), "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--no-input", "--retries", "2"),
            *("-r", str(ROOT / name)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    mark.unlink()
    if done.returncode:
        sys.exit(explain_pip(done.stdout + done.stderr))
    stamp_of(folder, name).write_text(fingerprint(name))
    say("Listo.")


def explain_pip(output: str) -> str:
    tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-6:])
    signs = (
        "connection",
        "No matching distribution",
        "resolve",
        "Network",
        "timed out",
    )
    if any(sign in output for sign in signs):
        return (
            "No se pudieron descargar los paquetes. Revise la conexión a internet (o\n"
            f"PIP_INDEX_URL, si su red usa un espejo) y repita el comando.\n{tail}"
        )
    return f"pip no pudo instalar los paquetes:\n{tail}"


# --- Knowing that it is ready ---------------------------------------------------


def fingerprint(name: str) -> str:
    """Of the pins and of the Python they were installed for."""
    pins = (ROOT / name).read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return hashlib.sha256(pins + version.encode()).hexdigest()


def stamp_of(folder: Path, name: str) -> Path:
    return folder / f".installed-{name}"


def cut_mark(folder: Path) -> Path:
    return folder / ".installing"


def was_cut_short(folder: Path) -> bool:
    return cut_mark(folder).exists()


def is_finished(folder: Path, name: str) -> bool:
    return stamp_of(folder, name).exists() and not was_cut_short(folder)


def is_current(folder: Path, name: str) -> bool:
    return (
        is_finished(folder, name)
        and stamp_of(folder, name).read_text() == fingerprint(name)
        and python_of(folder).exists()
    )


def works(folder: Path, *arguments: str) -> bool:
    try:
        tried = subprocess.run(
            [str(python_of(folder)), *arguments], capture_output=True, check=False
        )
    except OSError:
        return False
    return tried.returncode == 0


# --- The demo -------------------------------------------------------------------


def asks_for_help(argv: Sequence[str]) -> bool:
    return "-h" in argv or "--help" in argv


def port_of(argv: Sequence[str]) -> int:
    """The demo's port as written; the command itself explains a bad one."""
    for place, word in enumerate(argv):
        name, _, value = word.partition("=")
        if name == "--port":
            value = value or "".join(argv[place + 1 : place + 2])
            return int(value) if value.isdecimal() and len(value) < 6 else DEMO_PORT
    return DEMO_PORT


def refuse_busy_port(port: int) -> None:
    if port > 65535:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            sys.exit(explain_port(port, problem))


def explain_port(port: int, problem: OSError) -> str:
    if problem.errno == errno.EACCES:
        return (
            f"El puerto {port} pide permisos de administrador. Use --port 8000 o mayor."
        )
    return (
        f"El puerto {port} ya está en uso: otro programa (¿otra demo?) atiende ahí.\n"
        f"Ciérrelo, o use otro: python3 manage.py demo --port {port + 1}"
    )


def become_demo(argv: Sequence[str]) -> None:
    """Set the demo's environment. What the caller set stays; `demo` writes it down."""
    if os.environ.get("PORTAL_MODE", "demo") != "demo":
        return  # the command itself refuses, in its own words
    kept = read_demo_env()
    if argv[1] == "demo":
        base = f"http://127.0.0.1:{port_of(argv)}"
        os.environ.setdefault("BASE_URL", base)
        os.environ.setdefault(
            "SECRET_KEY", kept.get("SECRET_KEY") or secrets.token_urlsafe(50)
        )
        write_demo_env()
    else:
        for name, value in kept.items():
            os.environ.setdefault(name, value)
    os.environ["PORTAL_MODE"] = "demo"


def var_folder() -> Path:
    return ROOT / os.environ.get("PORTAL_VAR", "var")


def demo_env() -> Path:
    return var_folder() / "demo.env"


def read_demo_env() -> dict[str, str]:
    if not demo_env().exists():
        return {}
    pairs = (line.partition("=") for line in demo_env().read_text().splitlines())
    return {
        name: value.strip("'") for name, sign, value in pairs if sign and name[0] != "#"
    }


def write_demo_env() -> None:
    lines = [
        "# Lo escribe «manage.py demo»: con qué arrancó la última vez. Los demás comandos",
        "# de esta carpeta lo usan mientras nadie diga PORTAL_MODE.",
        "PORTAL_MODE='demo'",
    ]
    for name in ("SECRET_KEY", *DEMO_NAMES):
        value = os.environ.get(name, "")
        if value and "'" not in value and "\n" not in value:
            lines.append(f"{name}='{value}'")
    var_folder().mkdir(parents=True, exist_ok=True)
    demo_env().touch(mode=0o600)
    demo_env().write_text("\n".join(lines) + "\n")


# --- The tests ------------------------------------------------------------------


def run_tests(arguments: Sequence[str]) -> None:
    """Become pytest: the suite's own exit status is this command's."""
    os.environ["PORTAL_MODE"] = "test"
    os.chdir(ROOT)
    chosen = any(
        word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments
    )
    # By file: what a module sets up (a demo, a browser) is set up once.
    workers = [] if chosen else ["-n", "2", "--dist", "loadfile"]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *workers, *arguments])
