"""Short names of things as the pages say them."""

from datetime import date
from urllib.parse import quote, urlencode

from django.utils.text import capfirst

from accounts.models import Patient, User
from appointments.models import Appointment
from catalog.models import City, Modality, Procedure, Site
from portal.ui import dates


def service(procedure: Procedure) -> str:
    """What people call it: a consultation is its specialty, anything else its own name."""
    if procedure.visit and procedure.specialty is not None:
        return procedure.specialty.name
    return procedure.name


def inside(text: str) -> str:
    """As it stands inside a sentence: «ecografía de abdomen total», but «TAC de cráneo»."""
    first, _, rest = text.partition(" ")
    if len(first) > 1 and first[1:] != first[1:].lower():
        return text
    return f"{first.lower()} {rest}".rstrip()


def at_start(text: str) -> str:
    return str(capfirst(text))


def stopped(text: str) -> str:
    """With its full stop; an hour («8:20 a. m.») already brings one."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def site_in_a_row(site: Site) -> str:
    """Under the label «Sede» the name does not say «Sede» again."""
    return site.name.removeprefix("Sede ")


def site_named(site: Site) -> str:
    return site.name if site.name.startswith("Sede ") else f"Sede {site.name}"


def place(appointment: Appointment) -> str:
    """Where, in a line of a card."""
    if appointment.modality == Modality.VIRTUAL:
        return "Virtual, por videollamada"
    return f"Presencial, {site_named(appointment.site)}"


def map_url(site: Site) -> str:
    """A link and nothing else: no map is loaded. A position of the town is not the building's."""
    base = "https://www.openstreetmap.org"
    if site.position_is_exact and site.latitude is not None:
        point = f"{site.latitude:.4f}/{site.longitude:.4f}"
        marker = urlencode(
            {"mlat": f"{site.latitude:.4f}", "mlon": f"{site.longitude:.4f}"}
        )
        return f"{base}/?{marker}#map=17/{point}"
    query = f"{site.address}, {site.city.name}"
    return f"{base}/search?{urlencode({'query': query})}"


def geo_url(site: Site) -> str:
    """For the map application of the phone (RFC 5870); 0,0 with a question means «look for it»."""
    if site.position_is_exact and site.latitude is not None:
        point = f"{site.latitude:.6f},{site.longitude:.6f}"
        return f"geo:{point}?{_query(f'{point}({site_named(site)})')}"
    return f"geo:0,0?{_query(f'{site.address}, {site.city.name}')}"


def _query(text: str) -> str:
    return urlencode({"q": text}, quote_via=quote)


def phone_link(phone: str) -> str:
    """«601 555 0101» as a telephone link wants it; a ten-digit number is Colombian."""
    digits = "".join(sign for sign in phone.split("ext")[0] if sign.isdigit())
    return f"+57{digits}" if len(digits) == 10 else digits


def counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}".replace(",", ".")


def city(row: City) -> str:
    """«Bogotá D. C.» is said «Bogotá»."""
    return row.name.split(" D.")[0].split(", D")[0]


def soon(day: date, today: date) -> str:
    """«hoy», «mañana» or «jueves 26 de noviembre»."""
    distance = (day - today).days
    return {0: "hoy", 1: "mañana"}.get(distance) or dates.day(day)


def whom(patient: Patient, user: User) -> str:
    """«Usted», or the name of who is acted for: «Mateo ya tiene otra cita a esa hora»."""
    return "Usted" if patient.pk == user.patient_id else patient.given_names
