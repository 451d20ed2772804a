"""The persons of an account as the questions name them."""

from collections.abc import Sequence
from datetime import date

from accounts import policies
from accounts.models import Guardianship, Patient
from accounts.presenters.people import relation_and_age
from portal.ui import fields


def who_options(
    me: Patient, held: Sequence[Guardianship], today: date
) -> list[tuple[str, str]]:
    """«Para mí», and each dependant: «Mateo Martínez», «Su hijo, 7 años»."""
    mine = fields.choice(str(me.token), "Para mí", me.full_name)
    return [mine, *(_option(row, today) for row in held)]


def _option(row: Guardianship, today: date) -> tuple[str, str]:
    person = row.dependant
    assert person is not None  # noqa: S101 - it is in force
    about = relation_and_age(row.relation, person.sex, person.birth_date, today)
    return fields.choice(str(person.token), person.full_name, about)


def on_behalf(patient: Patient, *, acting: Patient | None, today: date) -> str:
    """In which capacity somebody accepts a text for this patient; nothing for oneself."""
    if acting is not None and acting.pk == patient.pk:
        return ""
    if policies.is_minor(birth_date=patient.birth_date, on=today):
        return f"como representante de {patient.full_name}"
    return f"en nombre de {patient.full_name}"
