"""Walking through registration and sign-in in the tests of pages, as a browser would."""

from typing import Any

from django.test import Client

from accounts import codes, consents
from accounts.forms.registration import PERMISSIONS
from accounts.models import Challenge, User
from accounts.tests.factories import PASSWORD, ContactDeviceFactory
from portal.audit.origin import Origin
from portal.testing.clock import NOON

HOME = Origin("192.0.2.10", "Firefox", "")
DOCUMENT = {"tipo": "CC", "numero": "52123456"}
WHO = {**DOCUMENT, "nac-d": "27", "nac-m": "3", "nac-a": "1978"}
DETAILS = {
    "nombres": "Rosa Elena",
    "apellidos": "Martínez Gómez",
    "sexo": "female",
    "cel": "310 555 0178",
    "correo": "rosa@example.com",
    "clave": PASSWORD,
    "humano_1": "passed",
}


def validate(client: Client, **changes: str) -> Any:
    return client.post("/registro/", {**WHO, **changes})


def fill_in(client: Client, **changes: str) -> Any:
    return client.post("/registro/datos/", {**DETAILS, **ticked(), **changes})


def ticked(*boxes: str) -> dict[str, str]:
    """The permissions that are needed, or these, as the page offers them now."""
    names = boxes or ("terminos", "datos")
    return {name: str(consents.current(PERMISSIONS[name]).pk) for name in names}


def ask_code(client: Client, channel: str = "email") -> Any:
    return client.post("/registro/codigo/", {"canal": channel})


def confirm(client: Client, code: str) -> Any:
    return client.post("/registro/codigo/confirmar/", {"codigo": code})


def until_code(client: Client, channel: str = "email", **changes: str) -> Challenge:
    """Everything before the code is typed; the challenge that waits for it."""
    who = {key: changes.pop(key) for key in [*changes] if key in WHO}
    validate(client, **who)
    fill_in(client, **changes)
    ask_code(client, channel)
    return last_challenge(client)


def register(client: Client, channel: str = "email", **changes: str) -> User | None:
    """The whole registration; the account that there is for that document now."""
    challenge = until_code(client, channel, **changes)
    confirm(client, codes.derive(challenge))
    number = changes.get("numero", WHO["numero"])
    return User.objects.filter(username=f"CC:{number}").first()


def resident(**device: Any) -> User:
    """Somebody who registered before: a confirmed channel, and the texts accepted."""
    user = ContactDeviceFactory(**device).user
    for kind in consents.NEEDED:
        consents.give(patient=user.patient, kind=kind, by=user, origin=HOME, now=NOON)
    return user


def type_password(client: Client, user: User, **changes: str) -> Any:
    kind, _, number = user.username.partition(":")
    form = {"tipo": kind, "numero": number, "clave": PASSWORD, "humano_1": "passed"}
    return client.post("/ingresar/", {**form, **changes})


def sign_in(client: Client, user: User, channel: str = "email") -> Any:
    """Password, channel and code; the answer to «Ingresar»."""
    type_password(client, user)
    client.post("/ingresar/codigo/", {"canal": channel})
    return type_code(client, codes.derive(last_challenge(client)))


def type_code(client: Client, code: str) -> Any:
    return client.post("/ingresar/codigo/confirmar/", {"codigo": code})


def last_challenge(client: Client | None = None) -> Challenge:
    """The code that this browser waits for; without one, the only one that anybody does."""
    waiting = Challenge.objects.filter(used_at=None, replaced_at=None)
    if client is not None:
        half = client.session.get("half_signed")
        binding = half["token"] if half else client.session["registration"]
        waiting = waiting.filter(binding=binding)
    return waiting.latest("created_at")


def wrong(challenge: Challenge) -> str:
    """Six digits that are not the code."""
    return f"{(int(codes.derive(challenge)) + 1) % 1_000_000:06d}"
