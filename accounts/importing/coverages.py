"""Affiliations that the clinic knows of: verified, because the payer's list says so."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from accounts.importing import cells, persons
from accounts.models import Coverage
from catalog.importing import cells as common
from catalog.importing.batches import FROM_A_FILE, Batched, Found, Refuse
from catalog.importing.errors import PersonRefused
from catalog.importing.kind import Column, Values
from catalog.importing.rows import Row
from catalog.models import Agreement
from catalog.words import fold

State = Coverage.State
LIVE = (State.DECLARED, State.VERIFIED)
MEMBERS: dict[str, object] = {
    "": "",
    **dict.fromkeys(("cotizante", "titular", "01", "06"), Coverage.Member.HOLDER),
    **dict.fromkeys(("beneficiario", "02", "07"), Coverage.Member.BENEFICIARY),
}
LEVELS: dict[str, object] = {
    "": "",
    **{level: level.upper() for level in ("a", "b", "c")},
    **{f"rango {level}": level.upper() for level in ("a", "b", "c")},
}
NO_EXEMPTION = frozenset({"", "no", "ninguna"})


@dataclass
class Known:
    """The agreements that somebody can be affiliated to, by code."""

    agreements: dict[str, int]


def _known(today: date) -> Known:
    found = Agreement.objects.exclude(kind=Agreement.Kind.PARTICULAR)
    return Known({fold(code): pk for pk, code in found.values_list("pk", "code")})


def _agreement(cell: str) -> str:
    value = fold(common.text(cell))
    if not value:
        raise PersonRefused("falta.")
    return value


def _exemption(cell: str) -> str:
    value = common.maybe(cell)
    return "" if fold(value) in NO_EXEMPTION else value


def _code_of(values: Values) -> str:
    return f"{cells.key(values)}|{values['agreement']}"


def _complete(values: Values, known: Known) -> None:
    said = values.pop("agreement")
    if said not in known.agreements:
        raise PersonRefused(
            "convenio: no está en el catálogo. Escriba su código; «Particular» no se "
            "afilia a nadie."
        )
    values["agreement_id"] = known.agreements[said]
    begins, ends = values.get("start_date"), values.get("end_date")
    if begins and ends and ends < begins:
        raise PersonRefused("hasta: es anterior a desde.")


def _find(
    rows: Sequence[Row], known: Known, there: QuerySet[Any], refuse: Refuse
) -> Iterable[Found]:
    people = persons.by_document(cells.key(row.values) for row in rows)
    held: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for one in there.filter(patient__in=people.values()).order_by("pk"):
        held[one.patient_id, one.agreement_id].append(one)
    for row in rows:
        person = people.get(cells.key(row.values))
        why = persons.problem(person)
        if why or person is None:
            refuse(row, f"La persona {why}")
            continue
        row.values["patient_id"] = person.pk
        yield Found(row, _of_these(held[person.pk, row.values["agreement_id"]]))


def _of_these(held: list[Any]) -> Any | None:
    """The one in force or waiting; else the last that a file brought."""
    live = [one for one in held if one.state in LIVE]
    brought = [one for one in held if FROM_A_FILE in one.source]
    return next(iter([*live, *reversed(brought)]), None)


def _adjust(made: Any, values: Values, changed: list[str], now: datetime) -> None:
    """What the person declared, and what is new, is verified by the file that says so."""
    if made.state == State.DECLARED:
        made.state, made.verified_at = State.VERIFIED, now
        changed.append("state")


def _codes(rows: QuerySet[Any]) -> Iterator[tuple[Any, str]]:
    found = rows.values_list(
        "pk",
        "patient__document_type",
        "patient__document_number",
        "agreement__code",
    ).order_by()
    for pk, kind, number, agreement in found.iterator(chunk_size=5000):
        yield pk, f"{kind}:{number}|{fold(agreement)}"


def _is_on(made: Any) -> bool:
    return made.state in LIVE


def _turn_on(made: Any, now: datetime) -> None:
    made.state, made.verified_at = State.VERIFIED, now


def _turn_off(made: Any, now: datetime) -> None:
    made.state = State.ENDED


COVERAGES = Batched(
    name="coverages",
    title="afiliaciones",
    model=Coverage,
    key="La afiliación",
    columns=(
        *cells.document_columns(),
        Column(
            "agreement",
            "convenio",
            _agreement,
            "convenio codigoconvenio codconvenio plan",
            required=True,
        ),
        Column(
            "member_number",
            "número de afiliación",
            common.maybe,
            "numeroafiliacion numerodeafiliacion afiliacion carne contrato",
        ),
        Column(
            "member_type",
            "tipo de usuario",
            common.one_of(MEMBERS),
            "tipousuario tipodeusuario tipoafiliado tipodeafiliado",
        ),
        Column(
            "income_level",
            "rango de ingreso",
            common.one_of(LEVELS),
            "rangoingreso rangodeingreso rango nivel categoria",
        ),
        Column(
            "fee_exemption", "exención de pago", _exemption, "exencion exenciondepago"
        ),
        Column("start_date", "desde", common.day, "desde fechadesde fechaafiliacion"),
        Column("end_date", "hasta", common.day, "hasta fechahasta fecharetiro"),
    ),
    code_from=("document_type", "document_number", "agreement"),
    code_of=_code_of,
    known=_known,
    complete=_complete,
    find=_find,
    aside=frozenset({"document_type", "document_number"}),
    adjust=_adjust,
    codes=_codes,
    is_on=_is_on,
    turn_on=_turn_on,
    turn_off=_turn_off,
)
