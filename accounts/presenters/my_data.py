"""«Mis datos», as rows of a summary list."""

from dataclasses import dataclass

from django.urls import reverse

from accounts import documents
from accounts.account import Overview
from accounts.models import UserSession
from portal.ui import dates

HIDDEN = "••••••••••"
# What a browser says of itself, from the most particular to the least.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Internet de Samsung"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, its value, and where it is changed."""

    name: str
    value: str
    url: str = ""
    action: str = "Cambiar"
    hint: str = ""
    is_secret: bool = False

    @property
    def about(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Browser:
    """A place where the session is open."""

    pk: int
    name: str
    since: str
    seen: str
    address: str
    is_here: bool


def rows(seen: Overview) -> list[Row]:
    """In the order of the page."""
    person = seen.patient
    return [
        Row("Nombre", person.full_name),
        Row("Documento", _document(person.document_type, person.document_number)),
        _contact(seen, "Celular", person.phone, "celular", seen.can_change_phone),
        _contact(seen, "Correo", person.email, "correo", seen.can_change_email),
        Row("Convenios", _coverages(seen), reverse("accounts:coverages"), "Ver"),
        Row("Personas a mi cargo", _people(seen), reverse("accounts:people"), "Ver"),
        Row(
            "Recordatorios",
            "Cuándo y por dónde le recordamos sus citas",
            reverse("appointments:reminders"),
        ),
        Row(
            "Contraseña",
            HIDDEN,
            reverse("accounts:change_password"),
            is_secret=True,
        ),
        Row(
            "Aplicación de códigos",
            "Activada" if seen.has_app else "Sin activar",
            reverse("accounts:totp"),
            "Cambiar" if seen.has_app else "Activar",
        ),
        Row(
            "Sesiones abiertas",
            "Celulares y computadores donde entró",
            reverse("accounts:sessions"),
            "Ver",
        ),
        Row(
            "Permisos",
            "Lo que aceptó y los otros mensajes",
            reverse("accounts:consents"),
            "Ver",
        ),
        Row(
            "Copia de sus datos",
            "Todo lo que guardamos de usted",
            reverse("accounts:copy"),
            "Descargar",
        ),
        Row(
            "Quién vio sus datos",
            "Cada consulta y cada cambio",
            reverse("accounts:who_looked"),
            "Ver",
        ),
        Row(
            "Reclamos",
            "Corregir, borrar o preguntar por sus datos",
            reverse("accounts:claims"),
            "Ver",
        ),
        Row("Cuenta", "Abierta", reverse("accounts:close"), "Cerrar"),
    ]


def phone(number: str) -> str:
    """«310 456 7878»."""
    national = number.removeprefix("+57")
    return f"{national[:3]} {national[3:6]} {national[6:]}".strip()


def browsers(found: list[UserSession], *, here: str | None) -> list[Browser]:
    return [
        Browser(
            pk=row.pk,
            name=device(row.user_agent),
            since=dates.moment(row.started_at),
            seen=dates.moment(row.seen_at),
            address=row.address or "",
            is_here=row.session_key == here,
        )
        for row in found
    ]


def device(user_agent: str) -> str:
    """«Chrome en Android», as far as the browser says the truth."""
    browser = _first(BROWSERS, user_agent) or "Navegador"
    system = _first(SYSTEMS, user_agent)
    return f"{browser} en {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")


def _document(kind: str, number: str) -> str:
    return f"{documents.FORMATS[documents.DocumentType(kind)].name} {number}"


def _contact(seen: Overview, name: str, value: str, what: str, can_change: bool) -> Row:
    shown = phone(value) if what == "celular" and value else value
    is_unproved = bool(value) and value not in seen.confirmed
    return Row(
        name,
        shown or "Sin registrar",
        reverse("accounts:change_contact", args=[what]) if can_change else "",
        "Cambiar" if value else "Agregar",
        hint="Sin confirmar" if is_unproved else "",
    )


def _coverages(seen: Overview) -> str:
    names = [coverage.agreement.name for coverage in seen.coverages]
    return ", ".join(names) or "Particular"


def _people(seen: Overview) -> str:
    return ", ".join(person.full_name for person in seen.dependants) or "Nadie todavía"
