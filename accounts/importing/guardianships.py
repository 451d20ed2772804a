"""Who acts for whom, as the clinic has it on paper: approved, with the evidence that it saw."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import policies
from accounts.importing import cells, persons
from accounts.models import Guardianship, Patient
from catalog.importing import cells as common
from catalog.importing.batches import FROM_A_FILE, Batched, Found, Refuse
from catalog.importing.errors import PersonRefused
from catalog.importing.kind import Column, Values
from catalog.importing.rows import Row

Relation, State = Guardianship.Relation, Guardianship.State
RELATIONS: dict[str, object] = {
    **dict.fromkeys(("hijo", "hija", "hijo o hija", "child"), Relation.CHILD),
    **dict.fromkeys(("papa", "mama", "padre", "madre", "parent"), Relation.PARENT),
    **dict.fromkeys(
        ("esposo", "esposa", "conyuge", "pareja", "companero", "companera", "spouse"),
        Relation.SPOUSE,
    ),
    **dict.fromkeys(
        ("custodia", "representacion legal", "tutela", "curaduria", "ward"),
        Relation.WARD,
    ),
    **dict.fromkeys(("otra", "otro", "otra persona", "other"), Relation.OTHER),
}
# What each of the two columns about the same person is called in the refusals.
GUARDIAN, DEPENDANT = "El acudiente", "La persona a cargo"
NOT_IN_FILE = "El archivo de la clínica ya no lo trae"


@dataclass
class Known:
    today: date


def _evidence(cell: str) -> str:
    value = common.maybe(cell)
    if not value:
        raise PersonRefused("falta: qué documento vio la clínica.")
    return value


def _code_of(values: Values) -> str:
    return f"{cells.key(values, 'guardian_')}|{cells.key(values)}"


def _complete(values: Values, known: Known) -> None:
    if cells.key(values, "guardian_") == cells.key(values):
        raise PersonRefused("El acudiente y la persona a cargo son la misma persona.")
    begins, ends = values.get("start_date"), values.get("end_date")
    if begins and ends and ends < begins:
        raise PersonRefused("hasta: es anterior a desde.")


def _find(
    rows: Sequence[Row], known: Known, there: QuerySet[Any], refuse: Refuse
) -> Iterable[Found]:
    keys = [(cells.key(row.values, "guardian_"), cells.key(row.values)) for row in rows]
    people = persons.by_document(code for pair in keys for code in pair)
    held = _held(there, people)
    for row, (of, whom) in zip(rows, keys, strict=True):
        guardian, dependant = people.get(of), people.get(whom)
        why = _problem(guardian, dependant, row.values["relation"], known.today)
        if why or guardian is None or dependant is None:
            refuse(row, why)
            continue
        row.values["guardian_id"] = guardian.pk
        row.values["dependant_id"] = dependant.pk
        _until_of_age(row.values, dependant, known.today)
        yield Found(row, _of_these(held[guardian.pk], dependant.pk, whom))


def _held(there: QuerySet[Any], people: dict[str, Patient]) -> dict[int, list[Any]]:
    """What is there of these guardians and these people, asked, approved or ended."""
    held: dict[int, list[Any]] = defaultdict(list)
    keys = {one.pk for one in people.values()}
    numbers = {code.partition(":")[2] for code in people}
    about = Q(dependant__in=keys) | Q(dependant=None, document_number__in=numbers)
    for one in there.filter(about, guardian__in=keys).order_by("asked_at", "pk"):
        held[one.guardian_id].append(one)
    return held


def _problem(
    guardian: Patient | None, dependant: Patient | None, relation: str, today: date
) -> str:
    for title, person in ((GUARDIAN, guardian), (DEPENDANT, dependant)):
        if why := persons.problem(person):
            return f"{title} {why}"
    if guardian is None or dependant is None or guardian.pk == dependant.pk:
        return "El acudiente y la persona a cargo son la misma persona."
    if policies.is_minor(birth_date=guardian.birth_date, on=today):
        return "El acudiente es menor de edad."
    if relation == Relation.CHILD:
        return _problem_of_child(guardian, dependant, today)
    if relation == Relation.PARENT and dependant.birth_date >= guardian.birth_date:
        return (
            "relación: el papá o la mamá no es mayor que su hijo. Quizás va al revés."
        )
    return ""


def _problem_of_child(guardian: Patient, dependant: Patient, today: date) -> str:
    if not policies.is_minor(birth_date=dependant.birth_date, on=today):
        return "relación: la persona a cargo ya cumplió 18 años; como hijo termina ese día."
    if dependant.birth_date <= guardian.birth_date:
        return "relación: el hijo no es menor que su acudiente. Quizás va al revés."
    return ""


def _until_of_age(values: Values, dependant: Patient, today: date) -> None:
    """Custody of a minor is over at eighteen, as being their parent is."""
    if values["relation"] == Relation.CHILD:
        return
    if policies.is_minor(birth_date=dependant.birth_date, on=today):
        eve = policies.comes_of_age(dependant.birth_date) - timedelta(days=1)
        values["end_date"] = min(filter(None, (values.get("end_date"), eve)))


def _of_these(held: list[Any], dependant_id: int, document: str) -> Any | None:
    """The approved one; else the claim that waits; else the last that a file brought."""
    own = [one for one in held if one.dependant_id == dependant_id]
    approved = [one for one in own if one.state == State.APPROVED]
    waiting = [
        one
        for one in held
        if one.state == State.ASKED
        and f"{one.document_type}:{one.document_number}" == document
    ]
    brought = [one for one in own if FROM_A_FILE in one.source]
    return next(iter([*approved, *waiting, *reversed(brought)]), None)


def _adjust(made: Any, values: Values, changed: list[str], now: datetime) -> None:
    """What is new, or was waiting for a decision, is approved: the clinic saw the papers."""
    if made.state != State.ASKED:
        return
    made.state, made.decided_at = State.APPROVED, now
    made.dependant_id = values["dependant_id"]
    made.evidence = values["evidence"]
    made.start_date = made.start_date or timezone.localdate(now)
    changed.append("state")


def _codes(rows: QuerySet[Any]) -> Iterator[tuple[Any, str]]:
    found = rows.values_list(
        "pk",
        "guardian__document_type",
        "guardian__document_number",
        "dependant__document_type",
        "dependant__document_number",
    ).order_by()
    for pk, *four in found.iterator(chunk_size=5000):
        yield pk, "{}:{}|{}:{}".format(*four)


def _is_on(made: Any) -> bool:
    return made.state in (State.ASKED, State.APPROVED)


def _turn_on(made: Any, now: datetime) -> None:
    made.state, made.decided_at, made.reason = State.APPROVED, now, ""


def _turn_off(made: Any, now: datetime) -> None:
    """The guardian acts no more for this person; what was booked stays."""
    made.state, made.decided_at, made.reason = State.ENDED, now, NOT_IN_FILE


GUARDIANSHIPS = Batched(
    name="guardianships",
    title="acudientes",
    model=Guardianship,
    key="El acudiente",
    columns=(
        *cells.document_columns(
            "guardian_",
            title="del acudiente",
            spellings=(
                "tipodocumentoacudiente tipodedocumentodelacudiente tipoacudiente",
                "documentoacudiente numerodocumentoacudiente documentodelacudiente "
                "numerodedocumentodelacudiente",
            ),
        ),
        *cells.document_columns(
            title="de la persona a cargo",
            spellings=(
                "tipodocumento tipodedocumento tipodocumentopersona "
                "tipodedocumentodelapersonaacargo",
                "documento numerodocumento numerodedocumento documentopersona "
                "numerodedocumentodelapersonaacargo",
            ),
        ),
        Column(
            "relation",
            "relación",
            common.one_of(RELATIONS),
            "relacion parentesco esel esla",
            required=True,
        ),
        Column("evidence", "soporte", _evidence, "soporte soportevisto", required=True),
        Column("start_date", "desde", common.day, "desde fechadesde"),
        Column("end_date", "hasta", common.day, "hasta fechahasta"),
    ),
    code_from=(
        "guardian_document_type",
        "guardian_document_number",
        "document_type",
        "document_number",
    ),
    code_of=_code_of,
    known=Known,
    complete=_complete,
    find=_find,
    aside=frozenset({"guardian_document_type", "guardian_document_number"}),
    adjust=_adjust,
    codes=_codes,
    is_on=_is_on,
    turn_on=_turn_on,
    turn_off=_turn_off,
)
