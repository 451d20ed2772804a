"""«Personas a mi cargo», and for whom a page is, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from accounts import policies
from accounts.models import Guardianship, Patient
from portal.ui import dates

State, Relation = Guardianship.State, Guardianship.Relation
# By the sex in the document: masculine, feminine, any other.
WORDS: dict[str, tuple[str, str, str]] = {
    Relation.CHILD: ("su hijo", "su hija", "su hijo o hija"),
    Relation.PARENT: ("su papá", "su mamá", "su papá o mamá"),
    Relation.SPOUSE: ("su pareja", "su pareja", "su pareja"),
    Relation.WARD: ("a su cargo", "a su cargo", "a su cargo"),
    Relation.OTHER: ("a su cargo", "a su cargo", "a su cargo"),
}
TAGS = {
    State.ASKED: ("En revisión", "warn", "clock"),
    State.APPROVED: ("Aprobada", "good", "check"),
    State.REJECTED: ("No aprobada", "bad-tag", "cross"),
    State.ENDED: ("Terminada", "bad-tag", "cross"),
}
# What the clinic needs to see before it approves.
PAPERS = {
    Relation.CHILD: "su documento y el registro civil de su hijo o hija",
    Relation.PARENT: "su documento y una autorización firmada por su papá o su mamá",
    Relation.SPOUSE: "su documento y una autorización firmada por su pareja",
    Relation.WARD: "su documento y el que muestra la custodia o la representación",
    Relation.OTHER: "su documento y una autorización firmada por esa persona o por quien la representa",
}
SOMEBODY = "Una persona"


@dataclass(frozen=True, slots=True)
class ForWhom:
    """«Para: Mateo Martínez, su hijo»."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Tag:
    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody in the list of the account."""

    pk: str
    name: str
    about: str
    tag: Tag
    note: str = ""
    end_text: str = ""
    coverages_url: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts for the owner of the account."""

    pk: str
    name: str
    since: str
    may_end: bool


def relation_words(relation: str, sex: str) -> str:
    masculine, feminine, other = WORDS[Relation(relation)]
    return {Patient.Sex.MALE: masculine, Patient.Sex.FEMALE: feminine}.get(
        Patient.Sex(sex) if sex else Patient.Sex.NON_BINARY, other
    )


def for_whom(person: Patient, held: Sequence[Guardianship]) -> ForWhom | None:
    """Nothing for who acts only for themselves: there is nobody else to be taken for."""
    if not held:
        return None
    for row in held:
        if row.dependant_id == person.pk:
            return ForWhom(person.full_name, relation_words(row.relation, person.sex))
    return ForWhom(person.full_name, "usted")


def age(birth_date: date, *, today: date) -> str:
    """«7 años», «1 año», «8 meses», «menos de un mes»."""
    years = policies.age_on(birth_date=birth_date, day=today)
    if years:
        return "1 año" if years == 1 else f"{years} años"
    months = (today.year - birth_date.year) * 12 + today.month - birth_date.month
    months -= today.day < birth_date.day
    if months < 1:
        return "menos de un mes"
    return "1 mes" if months == 1 else f"{months} meses"


def relation_and_age(relation: str, sex: str, birth_date: date, today: date) -> str:
    """«Su hijo, 7 años»."""
    words = relation_words(relation, sex)
    return f"{words[0].upper()}{words[1:]}, {age(birth_date, today=today)}"


def line(row: Guardianship, *, today: date, in_force: bool) -> Line:
    """What the guardian typed, until somebody saw the papers; from then on, the record."""
    state = State(row.state)
    if state == State.APPROVED and not in_force:
        state = State.ENDED
    known = row.dependant if in_force else None
    return Line(
        pk=str(row.pk),
        name=known.full_name if known else typed_name(row),
        about=_about(row, known, today),
        tag=Tag(*TAGS[state]),
        note=_note(row, state),
        end_text=_end_text(state),
        coverages_url=reverse("accounts:person_coverages", args=[known.token])
        if known
        else "",
    )


def actor(row: Guardianship, *, today: date) -> Actor:
    dependant, since = row.dependant, row.start_date
    assert dependant is not None  # noqa: S101 - it is in force
    return Actor(
        pk=str(row.pk),
        name=row.guardian.full_name,
        since=dates.day_with_year(since) if since else "",
        may_end=not policies.is_minor(birth_date=dependant.birth_date, on=today),
    )


def typed_name(row: Guardianship) -> str:
    return f"{row.given_names} {row.family_names}".strip() or SOMEBODY


def _about(row: Guardianship, known: Patient | None, today: date) -> str:
    sex = known.sex if known else row.sex
    born = known.birth_date if known else row.birth_date
    if born is None:
        words = relation_words(row.relation, sex)
        return f"{words[0].upper()}{words[1:]}"
    return relation_and_age(row.relation, sex, born, today)


def _note(row: Guardianship, state: Guardianship.State) -> str:
    if state == State.ASKED:
        return f"Lleve a una sede {PAPERS[Relation(row.relation)]}."
    if state == State.APPROVED:
        until = row.end_date
        return f"Hasta el {dates.day_with_year(until)}." if until else ""
    return f"{row.reason.rstrip('.')}." if row.reason else ""


def _end_text(state: Guardianship.State) -> str:
    return {State.ASKED: "Retirar", State.APPROVED: "Quitar"}.get(state, "")
