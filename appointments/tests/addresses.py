"""Addresses of the wizard as the tests write them."""

from urllib.parse import parse_qs, urlsplit

from django.urls import reverse

NAMES = {"fechas": "dates", "agenda": "agenda", "apartar": "hold"}


def page(user, slug, **answers):
    """A page of the wizard for this person, with the EPS unless told otherwise."""
    answers = {"convenio": "eps-andina", **answers}
    token = user.patient.token
    if slug in NAMES:
        return reverse(f"appointments:{NAMES[slug]}", args=[token], query=answers)
    return reverse("appointments:question", args=[token, slug], query=answers)


def slug_of(response):
    """The page that a redirect leads to."""
    return urlsplit(response["Location"]).path.rstrip("/").rpartition("/")[2]


def answers_of(response):
    """The answers in the address that a redirect leads to."""
    query = parse_qs(urlsplit(response["Location"]).query)
    return {name: values[0] for name, values in query.items()}


ULTRASOUND = {
    "tipo": "medicina",
    "modalidad": "presencial",
    "busqueda": "procedimiento",
    "procedimiento": "881302",
    # It asks for an order, which Rosa brings on the day.
    "orden": "cita",
    "ciudad": "11001",
    "sede": "todas",
}
CARDIOLOGY = {
    "tipo": "medicina",
    "modalidad": "presencial",
    "busqueda": "especialidad",
}
