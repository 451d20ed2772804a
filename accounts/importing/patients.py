"""Patients: the clinic's records, whose documents somebody there has seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from accounts import notices, policies
from accounts.importing import cells
from accounts.models import Patient, PatientDocument, User
from catalog.importing import cells as common
from catalog.importing.batches import Batched, Found, Refuse, Written
from catalog.importing.errors import PersonRefused
from catalog.importing.kind import Column, Values
from catalog.importing.rows import Row
from portal.audit import trail

SEX_COLUMNS = ("sex", "sex_rips", "sex_old")
NAME_PARTS = {
    "given_names": ("first_name", "second_name"),
    "family_names": ("first_surname", "second_surname"),
}
TITLES = {"given_names": "nombres", "family_names": "apellidos"}
DOCUMENT = ("document_type", "document_number")


@dataclass
class Known:
    """The day, and the former documents that the file has named, with their lines."""

    today: date
    former: dict[str, int] = field(default_factory=dict)


def _complete(values: Values, known: Known) -> None:
    wrong = [
        *_names(values),
        *_sex(values),
        *_birth(values["birth_date"], known.today),
    ]
    if values["code"] in values.get("former", ()):
        wrong.append("documentos anteriores: repiten el documento de ahora.")
    if wrong:
        raise PersonRefused(" ".join(wrong))


def _names(values: Values) -> Iterator[str]:
    for whole, parts in NAME_PARTS.items():
        said = [values.pop(part, "") for part in parts]
        values[whole] = values.get(whole) or " ".join(filter(None, said))
        if not values[whole]:
            yield f"{TITLES[whole]}: faltan."
        elif len(values[whole]) > cells.LONGEST_NAME:
            yield f"{TITLES[whole]}: caben {cells.LONGEST_NAME} letras."


def _sex(values: Values) -> Iterator[str]:
    said = {values.pop(name) for name in SEX_COLUMNS if values.get(name)}
    for name in SEX_COLUMNS:
        values.pop(name, None)
    if len(said) == 1:
        values["sex"] = said.pop()
    else:
        yield "sexo: dos columnas se contradicen." if said else "sexo: falta."


def _birth(born: date | None, today: date) -> Iterator[str]:
    if born is None:
        yield "fecha de nacimiento: falta."
    elif not policies.OLDEST_BIRTH <= born <= today:
        yield "fecha de nacimiento: no puede ser futura ni anterior a 1900."


def _find(
    rows: Sequence[Row], known: Known, there: QuerySet[Any], refuse: Refuse
) -> Iterable[Found]:
    """By the document, or by one that the person had before."""
    records = _Records(rows, there)
    lines = {row.code: row.line for row in rows}
    for row in rows:
        former = row.values.get("former", ())
        made = records.of(row.code, former)
        why = ""
        if row.code in known.former:
            why = f"Es un documento anterior de la persona de la línea {known.former[row.code]}."
        elif taken := [lines[code] for code in former if code in lines]:
            why = f"Un documento anterior es el de la persona de la línea {taken[0]}."
        elif made is not None and records.two_records(made, former):
            why = (
                "Un documento anterior es el de otro registro de la clínica: revíselos."
            )
        elif made is not None and records.account_in_the_way(made, row.code):
            why = (
                "Ya hay otra cuenta con ese documento: resuélvalo en la administración."
            )
        if why:
            refuse(row, why)
            continue
        known.former.update(dict.fromkeys(former, row.line))
        yield Found(row, made)


class _Records:
    """The clinic's records of a batch, by the documents that they have and had."""

    def __init__(self, rows: Sequence[Row], there: QuerySet[Any]) -> None:
        codes = {
            code for row in rows for code in (row.code, *row.values.get("former", ()))
        }
        numbers = {code.partition(":")[2] for code in codes}
        found = there.filter(provisional=False).order_by("pk")
        self._now = {
            _code(one): one for one in found.filter(document_number__in=numbers)
        }
        self._before: dict[str, Any] = {}
        missing = codes - self._now.keys()
        if missing:
            self._look_before(missing, found)
        # Who signs in with a document that somebody of the file gets now.
        changing = {row.code for row in rows if row.values.get("former")}
        self._accounts = dict(
            User.objects.filter(username__in=changing).values_list(
                "username", "patient"
            )
        )

    def _look_before(self, codes: set[str], found: QuerySet[Any]) -> None:
        past = PatientDocument.objects.filter(
            document_number__in={code.partition(":")[2] for code in codes},
            patient__provisional=False,
        )
        had = {
            f"{kind}:{number}": pk
            for pk, kind, number in past.order_by("until", "pk").values_list(
                "patient", "document_type", "document_number"
            )
            if f"{kind}:{number}" in codes
        }
        people = {one.pk: one for one in found.filter(pk__in=set(had.values()))}
        self._before = {code: people[pk] for code, pk in had.items()}

    def of(self, code: str, former: Sequence[str]) -> Any | None:
        """Who has this document; else who had it, or has one of those before it."""
        for one in (code, *former):
            if made := self._now.get(one) or self._before.get(one):
                return made
        return None

    def two_records(self, made: Any, former: Sequence[str]) -> bool:
        """One person twice among the records: which is theirs, a file does not decide."""
        return any(self._now.get(code, made).pk != made.pk for code in former)

    def account_in_the_way(self, made: Any, code: str) -> bool:
        return self._accounts.get(code, made.pk) != made.pk


def _adjust(made: Any, values: Values, changed: list[str], now: datetime) -> None:
    """A contact that changed is not the one that the clinic confirmed."""
    said = values.get("contact_confirmed")
    reachable = bool(made.phone or made.email)
    confirmed = made.contact_confirmed_at
    if {"phone", "email"} & set(changed) or said is False or not reachable:
        confirmed = None
    if said and reachable:
        confirmed = confirmed or now
    if confirmed != made.contact_confirmed_at:
        made.contact_confirmed_at = confirmed
        changed.append("contact_confirmed_at")
    if _code(made) in values.get("former", ()):
        made.document_type = values["document_type"]
        made.document_number = values["document_number"]
        changed += DOCUMENT


def _beside(written: Sequence[Written], now: datetime) -> None:
    """The documents of before; an account signs in with the document of now."""
    said = {
        (one.made.pk, code): one
        for one in written
        for code in one.row.values.get("former", ())
    }
    if not said:
        return
    past = PatientDocument.objects.filter(patient__in={pk for pk, _ in said})
    there = {(one.patient_id, _code(one)) for one in past}
    PatientDocument.objects.bulk_create(
        PatientDocument(
            patient_id=pk,
            document_type=code.partition(":")[0],
            document_number=code.partition(":")[2],
            until=now,
        )
        for pk, code in said
        if (pk, code) not in there
    )
    for account in User.objects.filter(patient__in={pk for pk, _ in said}):
        one = said.get((account.patient_id, account.username))
        if one is not None:
            _sign_in_with(account, one.made, now)


def _sign_in_with(account: User, made: Any, now: datetime) -> None:
    """As when the desk changes a document: the account follows, and its owner is told."""
    account.username = _code(made)
    account.save(update_fields=["username"])
    trail.record(
        action="patient.document_changed",
        subject=made,
        patient=made,
        details={"to": made.document_type},
        at=now,
    )
    if account.is_active:
        notices.document_changed(user=account, now=now)


def _code(one: Any) -> str:
    return f"{one.document_type}:{one.document_number}"


def _codes(rows: QuerySet[Any]) -> Iterator[tuple[Any, str]]:
    found = rows.values_list("pk", *DOCUMENT).order_by()
    for pk, kind, number in found.iterator(chunk_size=5000):
        yield pk, f"{kind}:{number}"


def _is_on(made: Any) -> bool:
    on: bool = made.active
    return on


def _turn_on(made: Any, now: datetime) -> None:
    made.active = True


def _turn_off(made: Any, now: datetime) -> None:
    """Nobody books for them; their record, appointments and account stay."""
    made.active = False


PATIENTS = Batched(
    name="patients",
    title="personas",
    model=Patient,
    key="La persona",
    columns=(
        *cells.document_columns(),
        Column("given_names", "nombres", cells.name, "nombres nombre"),
        Column("first_name", "primer nombre", cells.name, "primernombre nombre1"),
        Column("second_name", "segundo nombre", cells.name, "segundonombre nombre2"),
        Column("family_names", "apellidos", cells.name, "apellidos apellido"),
        Column(
            "first_surname", "primer apellido", cells.name, "primerapellido apellido1"
        ),
        Column(
            "second_surname",
            "segundo apellido",
            cells.name,
            "segundoapellido apellido2",
        ),
        Column(
            "birth_date",
            "fecha de nacimiento",
            common.day,
            "fechanacimiento fechadenacimiento nacimiento fechanac fecnac",
            required=True,
        ),
        Column("sex", "sexo", cells.SEX_IN_WORDS, "sexo genero"),
        Column("sex_rips", "sexo (RIPS)", cells.SEX_IN_RIPS, "sexorips sexohmi sexohm"),
        Column("sex_old", "sexo (M, F)", cells.SEX_IN_OLD, "sexomf sexofm"),
        Column(
            "phone", "celular", cells.phone, "celular telefonocelular movil telefono"
        ),
        Column("email", "correo", cells.email, "correo correoelectronico email"),
        Column(
            "contact_confirmed",
            "contacto confirmado",
            cells.maybe_yes,
            "contactoconfirmado",
        ),
        Column(
            "former",
            "documentos anteriores",
            cells.former,
            "documentosanteriores documentoanterior",
        ),
    ),
    code_from=DOCUMENT,
    code_of=cells.key,
    known=Known,
    complete=_complete,
    find=_find,
    aside=frozenset({"contact_confirmed", "former"}),
    adjust=_adjust,
    beside=_beside,
    codes=_codes,
    is_on=_is_on,
    turn_on=_turn_on,
    turn_off=_turn_off,
)
