"""Agendas: who attends where, what, and in which hours of the week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from appointments import schedules
from appointments.importing import hours
from appointments.models import Schedule
from catalog.importing import cells
from catalog.importing.errors import RowRefused
from catalog.importing.kind import Column, Kind, Linked, Values, many
from catalog.importing.kinds import Known as Catalogue
from catalog.importing.kinds import known_specialties, specialty_of
from catalog.importing.report import shown
from catalog.models import Modality, Practitioner, Procedure, Site

MODALITIES: dict[str, object] = {
    **dict.fromkeys(("presencial", "intramural", "01", "1"), Modality.IN_PERSON),
    **dict.fromkeys(
        ("virtual", "telemedicina", "video", "videollamada"), Modality.VIRTUAL
    ),
}
BOOKINGS: dict[str, object] = {
    **dict.fromkeys(("inmediata", "inmediato", "directa"), Schedule.Booking.INSTANT),
    **dict.fromkeys(("solicitud", "por solicitud"), Schedule.Booking.REQUEST),
}
SHORTEST_SLOT = 5
LARGEST_GROUP = 100
CODES_SHOWN = 5


@dataclass
class Known:
    """What agendas stand on, by code, and where those that exist are."""

    practitioners: dict[str, int]
    sites: dict[str, int]
    specialties: Catalogue
    procedures: dict[str, int]
    places: dict[str, tuple[int, int]]


def _known(today: date) -> Known:
    coded: Any = Schedule.objects.exclude(code=None)
    return Known(
        practitioners=dict(Practitioner.objects.values_list("code", "pk")),
        sites=dict(Site.objects.values_list("code", "pk")),
        specialties=known_specialties(today),
        procedures=dict(Procedure.objects.values_list("code", "pk")),
        places={
            code: (practitioner, site)
            for code, practitioner, site in coded.values_list(
                "code", "practitioner_id", "site_id"
            )
        },
    )


def _code(cell: str) -> str:
    value = cells.text(cell)
    if whole := cells.WHOLE_FLOAT.match(value):
        value = whole.group(1)
    if not value:
        raise RowRefused("Falta el código.")
    if cells.SCIENTIFIC.match(value) or not value.isascii() or " " in value:
        raise RowRefused(
            f"El código «{shown(value)}» no sirve: use letras sin tilde, números y "
            "guiones, sin espacios."
        )
    return value


def _a_code(cell: str) -> str:
    """The code of something else, as the catalogue has it."""
    value = cells.text(cell)
    whole = cells.WHOLE_FLOAT.match(value)
    return whole.group(1) if whole else value


def _complete(values: Values, known: Known) -> None:
    wrong = [
        *_refer(values, known),
        *_procedures(values, known),
        *_sizes(values),
        *_dates(values),
    ]
    place = (values.get("practitioner_id"), values.get("site_id"))
    if not wrong and known.places.get(values["code"], place) != place:
        wrong.append(
            "Esa agenda es de otro profesional o de otra sede: otra agenda va con otro "
            "código."
        )
    if wrong:
        raise RowRefused(" ".join(wrong))


def _refer(values: Values, known: Known) -> Iterator[str]:
    for name, title, there, kind in (
        ("practitioner", "El profesional", known.practitioners, "practitioners"),
        ("site", "La sede", known.sites, "sites"),
    ):
        code = values.pop(name)
        if code in there:
            values[f"{name}_id"] = there[code]
        else:
            yield _unknown(f"{title} {shown(code)}", code, there, kind)
    try:
        values["specialty_id"] = specialty_of(
            values.pop("specialty"), known.specialties
        )
    except RowRefused as refusal:
        yield str(refusal)


def _procedures(values: Values, known: Known) -> Iterator[str]:
    for name in ("procedures", "requested_procedures"):
        codes = [code.upper() for code in values.pop(name, ())]
        if codes:
            values[name] = sorted({known.procedures.get(code, 0) for code in codes})
        for code in codes:
            if code not in known.procedures:
                title = f"El procedimiento {shown(code)}"
                yield _unknown(title, code, known.procedures, "procedures")
    if "procedures" not in values:
        yield "procedimientos: faltan."
    elif not set(values.get("requested_procedures", ())) <= set(values["procedures"]):
        yield "por solicitud: hay procedimientos que no están entre los de la agenda."


def _unknown(title: str, code: str, there: dict[str, int], kind: str) -> str:
    if f"0{code}" in there:
        return f"{title} perdió el cero de la izquierda: ¿quiso decir 0{shown(code)}?"
    return f"{title} no está en el catálogo: cárguelo antes (import_catalog {kind})."


def _sizes(values: Values) -> Iterator[str]:
    if values.get("slot_minutes", SHORTEST_SLOT) < SHORTEST_SLOT:
        yield f"minutos: deben ser {SHORTEST_SLOT} o más."
    if not 1 <= values.get("capacity", 1) <= LARGEST_GROUP:
        yield f"personas a la vez: de 1 a {LARGEST_GROUP}."


def _dates(values: Values) -> Iterator[str]:
    begins, ends = values.get("start_date"), values.get("end_date")
    if begins is None:
        yield "desde: falta."
    elif ends is not None and ends < begins:
        yield "hasta: es anterior a desde."


def _join(earlier: Values, later: Values) -> bool:
    """Other hours of the same agenda: a row for each part of the week."""
    same = {**later, "hours": earlier["hours"]}
    if same != earlier:
        return False
    try:
        earlier["hours"] = hours.in_order([*earlier["hours"], *later["hours"]])
    except RowRefused:
        return False
    return True


def _publish(made: list[Any], now: datetime) -> list[str]:
    """The agenda says at once what the files say; and what came of it is told."""
    if not made:
        return []
    coded: Any = Schedule.objects.filter(code__in=[one.code for one in made])
    by_key: dict[int, str] = dict(coded.values_list("pk", "code"))
    report = schedules.publish(
        schedule_ids=by_key.keys(), from_date=timezone.localdate(now), now=now
    )
    said = [
        f"Agenda publicada: {report.added + report.returned} horas nuevas, "
        f"{report.withdrawn} retiradas, {report.refused} que chocan, "
        f"{len(report.affected)} citas afectadas (conservan su hora)."
    ]
    said += [
        f"La agenda {_named(by_key, clash.schedule_id)} choca con "
        f"{_named(by_key, clash.other_schedule_id)} el "
        f"{timezone.localtime(clash.start):%Y-%m-%d %H:%M}: esa hora no se publicó."
        for clash in report.clashes
    ]
    return [*said, *_not_offered(by_key)]


def _named(codes: dict[int, str], key: int) -> str:
    return codes.get(key) or f"(registro {key})"


def _not_offered(codes: dict[int, str]) -> Iterator[str]:
    """Agendas that patients do not see although they are active."""
    wanted = Schedule.objects.filter(
        pk__in=codes, active=True, booking=Schedule.Booking.INSTANT
    )
    offered = wanted.offered().values("pk")
    hidden = sorted(
        codes[pk] for pk in wanted.exclude(pk__in=offered).values_list("pk", flat=True)
    )
    if hidden:
        some = ", ".join(hidden[:CODES_SHOWN])
        more = (
            f" y {len(hidden) - CODES_SHOWN} más" if len(hidden) > CODES_SHOWN else ""
        )
        yield (
            f"Los pacientes no ven las agendas {some}{more}: la sede no tiene habilitado "
            "ese servicio en esa modalidad, o algo de lo que usan está desactivado."
        )


def _number(field: str, title: str, spellings: str) -> Column:
    return Column(field, title, cells.whole_number, spellings)


SCHEDULES = Kind(
    name="schedules",
    title="agendas",
    model=Schedule,
    columns=(
        Column(
            "code",
            "código",
            _code,
            "codigo codigoagenda codagenda agenda",
            required=True,
        ),
        Column(
            "practitioner",
            "profesional",
            _a_code,
            "profesional codigoprofesional codprofesional",
            required=True,
        ),
        Column("site", "sede", _a_code, "sede codigosede codsede", required=True),
        Column(
            "specialty",
            "especialidad",
            cells.text,
            "especialidad codigoespecialidad",
            required=True,
        ),
        Column(
            "modality",
            "modalidad",
            cells.one_of(MODALITIES),
            "modalidad",
            required=True,
        ),
        Column(
            "procedures",
            "procedimientos",
            cells.several,
            "procedimientos procedimiento cups codigoscups",
            required=True,
        ),
        Column(
            "requested_procedures",
            "por solicitud",
            cells.several,
            "porsolicitud procedimientosporsolicitud",
        ),
        Column(
            "hours",
            "horario",
            hours.clean,
            "horario horarios horas dias",
            required=True,
        ),
        _number("slot_minutes", "minutos", "minutos minutosporcita duracion intervalo"),
        Column("start_date", "desde", cells.day, "desde fechadesde", required=True),
        Column("end_date", "hasta", cells.day, "hasta fechahasta"),
        Column("room", "consultorio", cells.maybe, "consultorio sala"),
        Column("booking", "asignación", cells.one_of(BOOKINGS), "asignacion"),
        _number("notice_minutes", "anticipación", "anticipacion anticipacionminima"),
        _number(
            "horizon_days", "días que se pueden pedir", "horizonte diasquesepuedenpedir"
        ),
        _number("capacity", "personas a la vez", "capacidad personasalavez cupos"),
    ),
    known=_known,
    complete=_complete,
    announce=_publish,
    linked={
        "procedures": many("procedures"),
        "requested_procedures": many("requested_procedures"),
        "hours": Linked("weekly_hours", hours.read, hours.write),
    },
    join=_join,
    whole=False,
)
