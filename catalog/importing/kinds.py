"""What each kind of file brings: its columns, its codes, and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from catalog.importing import cells, loading, registry
from catalog.importing.errors import RowRefused
from catalog.importing.kind import Column, Kind, Values, many
from catalog.importing.report import shown
from catalog.models import (
    Agreement,
    City,
    Payer,
    Practitioner,
    Procedure,
    ServiceCategory,
    Site,
    Specialty,
)
from catalog.words import fold


@dataclass(frozen=True)
class Known:
    """What rows refer to, read once."""

    cities: dict[str, int] = field(default_factory=dict)
    specialties: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)


# --- Cities: DIVIPOLA ------------------------------------------------------------
CITY_CODE = cells.code(pattern=r"\d{5}", digits=5, example="11001, cinco números")


def _department(cell: str) -> str:
    value = cells.maybe(cell)
    return value.zfill(2) if value.isdigit() else value


def _complete_city(values: Values, known: Known) -> None:
    given = values.get("department_code")
    values["department_code"] = values["code"][:2]
    if given and given != values["department_code"]:
        raise RowRefused(
            f"El departamento {shown(given)} no es el del código {values['code']}: "
            "debe ser sus dos primeros números."
        )


CITIES = Kind(
    name="cities",
    title="ciudades",
    model=City,
    columns=(
        Column(
            "code",
            "código",
            CITY_CODE,
            "codigo codigodivipola divipola codigomunicipio codmunicipio codmpio "
            "municipiocodigo codigodane coddane dane cod",
            required=True,
        ),
        Column(
            "name",
            "municipio",
            cells.text,
            "municipio nombremunicipio nombredelmunicipio nommpio ciudad nombreciudad "
            "nombre",
            required=True,
        ),
        Column(
            "department",
            "departamento",
            cells.text,
            "departamento nombredepartamento nombredeldepartamento nomdepto nomdpto dpto "
            "depto",
            required=True,
        ),
        Column(
            "department_code",
            "código del departamento",
            _department,
            "departamentocodigo codigodepartamento coddepartamento coddepto coddpto",
            official=True,
        ),
    ),
    complete=_complete_city,
)


# --- Sites: REPS -----------------------------------------------------------------
SITE_CODE = cells.code(
    pattern=r"\d{12}", digits=12, example="110010000101, doce números"
)
PRECISE = {"edificio", "exacta", "exacto", "predio", "sede"}


def _known_cities(today: date) -> Known:
    return Known(cities=dict(City.objects.values_list("code", "pk")))


def _site_code(values: Values) -> str:
    """The twelve digits, whole or as the provider's ten and the site's two."""
    whole, number = values.pop("whole_code", ""), values.pop("number", "")
    provider = values.pop("provider", "")
    if not whole and number and number.isdigit() and len(provider) <= 10:
        if len(provider) == 9 and provider.isdigit():
            right = f"0{provider}{number.zfill(2)}"
            raise RowRefused(
                "El código de habilitación perdió el cero de la izquierda: "
                f"¿quiso decir 0{provider}, sede {number.zfill(2)}?",
                meant=right,
            )
        whole = provider + number.zfill(2)
    code: str = SITE_CODE(whole or provider)
    return code


def _complete_site(values: Values, known: Known) -> None:
    city = values.pop("city_code")
    if city not in known.cities:
        raise RowRefused(
            f"La ciudad {city} no está en el catálogo: revise el código o cargue antes "
            "las ciudades (import_catalog cities)."
        )
    values["city_id"] = known.cities[city]
    precision = values.pop("precision", None)
    if precision is not None:
        values["position_is_exact"] = fold(precision) in PRECISE


def _digits(cell: str) -> str:
    value = cells.text(cell)
    whole = cells.WHOLE_FLOAT.match(value)
    return whole.group(1) if whole else value


SITES = Kind(
    name="sites",
    title="sedes",
    model=Site,
    columns=(
        Column(
            "whole_code",
            "código de la sede",
            _digits,
            "codigosede codigodesede codigodelasede codsede codigohabilitacionsede "
            "codigodehabilitaciondelasede",
        ),
        Column(
            "provider",
            "código de habilitación",
            _digits,
            "codigohabilitacion codigodehabilitacion codhabilitacion codigoprestador "
            "codigoreps codigo",
        ),
        Column(
            "number", "número de la sede", _digits, "numerosede numerodesede numsede"
        ),
        Column(
            "name",
            "nombre",
            cells.text,
            "nombre nombresede nombredelasede sedenombre sede",
            required=True,
        ),
        Column(
            "city_code",
            "código del municipio",
            CITY_CODE,
            "municipiocodigo codigomunicipio codmunicipio codigociudad ciudadcodigo "
            "codigodivipola divipola codmpio",
            required=True,
        ),
        Column(
            "address",
            "dirección",
            cells.text,
            "direccion direccionsede direcciondelasede",
            required=True,
        ),
        Column("phone", "teléfono", cells.maybe, "telefono telefonos telefonosede tel"),
        Column(
            "opening_hours",
            "horario",
            cells.maybe,
            "horario horarios horariodeatencion horarioatencion",
        ),
        Column("directions", "cómo llegar", cells.maybe, "comollegar indicaciones"),
        Column(
            "sms_name",
            "nombre corto",
            cells.maybe,
            "nombresms nombrecorto nombreenlossms",
        ),
        Column(
            "step_free",
            "acceso sin escaleras",
            cells.yes_or_no,
            "accesosinescaleras sinescaleras",
        ),
        Column("latitude", "latitud", cells.degrees(most=90), "latitud lat"),
        Column(
            "longitude", "longitud", cells.degrees(most=180), "longitud lon lng long"
        ),
        Column(
            "precision",
            "precisión de la posición",
            cells.maybe,
            "precisiongeo precision precisiondelaposicion",
        ),
    ),
    code_from=("whole_code", "provider"),
    code_of=_site_code,
    known=_known_cities,
    complete=_complete_site,
)


# --- Specialties -----------------------------------------------------------------
SPECIALTY_CODE = cells.code(
    pattern=r"[0-9A-Z][0-9A-Z-]{1,19}", digits=2, example="28 o IMAGENES"
)
DENTAL = ("odonto", "endodoncia", "periodoncia", "ortodoncia", "oral", "estomatologia")


def _specialty_code(cell: str) -> str:
    """Two digits of the official list, or a word of the clinic's own (in small letters)."""
    return SPECIALTY_CODE(cell).lower()


def _known_categories(today: date) -> Known:
    return Known(
        categories={
            word: pk
            for pk, code, name in ServiceCategory.objects.values_list(
                "pk", "code", "name"
            )
            for word in (fold(code), fold(name))
        }
    )


def _complete_specialty(values: Values, known: Known) -> None:
    values["name"] = cells.sentence(values["name"])
    category = values.pop("category", "")
    if not category:
        return
    if fold(category) not in known.categories:
        raise RowRefused(
            f"El tipo de cita «{shown(category)}» no está en el catálogo: créelo antes "
            "en la administración."
        )
    values["category_id"] = known.categories[fold(category)]


def _start_specialty(made: Specialty, known: Known) -> None:
    """The official list does not say the type of appointment: the name does."""
    if made.category_id is None:
        name = fold(made.name)
        dental = any(word in name for word in DENTAL)
        code, title = (
            ("odontologia", "Odontología") if dental else ("medicina", "Medicina")
        )
        if code not in known.categories:
            category = ServiceCategory.objects.create(
                code=code, name=title, icon="tooth" if dental else "stethoscope"
            )
            known.categories[code] = category.pk
        made.category_id = known.categories[code]


def _visits_of(made: Iterable[Specialty]) -> None:
    """Consultations that were loaded before their specialty find it now."""
    for specialty in made:
        if specialty.code.isdigit() and len(specialty.code) == 2:
            codes = [f"8902{specialty.code}", f"8903{specialty.code}"]
            Procedure.objects.filter(code__in=codes, specialty=None).update(
                specialty=specialty
            )


SPECIALTIES = Kind(
    name="specialties",
    title="especialidades",
    model=Specialty,
    columns=(
        Column(
            "code",
            "código",
            _specialty_code,
            "sufijo codigo codigoespecialidad codespecialidad",
            required=True,
        ),
        Column(
            "name",
            "especialidad",
            cells.text,
            "especialidad nombre nombreespecialidad nombredelaespecialidad",
            required=True,
        ),
        Column(
            "reps_service",
            "servicio REPS",
            cells.code(pattern=r"(\d{3})?", digits=0, example="302"),
            "servicioreps codigoservicio serviciorepscodigo",
        ),
        Column(
            "category", "tipo de cita", cells.maybe, "tipodecita tipocita categoria"
        ),
        Column(
            "sms_name", "nombre en los SMS", cells.maybe, "nombresms nombreenlossms"
        ),
        Column("synonyms", "otras palabras", cells.lines, "otraspalabras sinonimos"),
        Column("hint", "explicación", cells.maybe, "explicacion ayuda"),
        Column(
            "popularity",
            "entre las más pedidas",
            cells.whole_number,
            "popularidad maspedidas",
        ),
    ),
    known=_known_categories,
    complete=_complete_specialty,
    start=_start_specialty,
    finish=_visits_of,
)


# --- Procedures: CUPS ------------------------------------------------------------
PROCEDURE_CODE = cells.code(
    pattern=r"[0-9A-Z]{6}", digits=6, example="890201, seis números o letras"
)
SEXES: dict[str, object] = {
    **dict.fromkeys(("", "z", "ambos", "cualquiera", "a", "indiferente"), "any"),
    **dict.fromkeys(("f", "femenino", "mujer", "mujeres"), "female"),
    **dict.fromkeys(("m", "masculino", "hombre", "hombres"), "male"),
}
PATIENT_NAME = 200


def name_for_the_patient(official: str) -> str:
    """The official name as one reads it, until the clinic writes a better one."""
    name = cells.sentence(official)
    if len(name) <= PATIENT_NAME:
        return name
    return name[: PATIENT_NAME - 1].rsplit(" ", 1)[0] + "…"


def known_specialties(today: date) -> Known:
    """By code and by name."""
    found: dict[str, int] = {}
    for pk, code, name in Specialty.objects.order_by("pk").values_list(
        "pk", "code", "name"
    ):
        found.setdefault(fold(name), pk)
        found[fold(code)] = pk
    return Known(specialties=found)


def _complete_procedure(values: Values, known: Known) -> None:
    code = values["code"]
    values["visit"] = {"8902": "first", "8903": "control"}.get(code[:4], "")
    specialty = values.pop("specialty", "")
    if specialty:
        values["specialty_id"] = specialty_of(specialty, known)
    if "review" in values:
        values["needs_review"] = fold(values.pop("review")) == "revisar"
    if values.get("minutes") == 0:
        raise RowRefused("La duración debe ser de un minuto o más.")
    youngest, oldest = values.get("youngest"), values.get("oldest")
    if youngest is not None and oldest is not None and youngest > oldest:
        raise RowRefused("La edad mínima es mayor que la máxima.")


def specialty_of(said: str, known: Known) -> int:
    """The key of a specialty said by its code or its name."""
    if fold(said) not in known.specialties:
        raise RowRefused(
            f"La especialidad «{shown(said)}» no está en el catálogo: revise el nombre o "
            "cargue antes las especialidades (import_catalog specialties)."
        )
    return known.specialties[fold(said)]


def _start_procedure(made: Procedure, known: Known) -> None:
    """A consultation belongs to the specialty of its last two digits."""
    if made.visit and made.specialty_id is None:
        made.specialty_id = known.specialties.get(made.code[4:])


PROCEDURES = Kind(
    name="procedures",
    title="procedimientos",
    model=Procedure,
    columns=(
        Column(
            "code",
            "código CUPS",
            PROCEDURE_CODE,
            "codigo codigocups codcups cups codigodelprocedimiento codigoprocedimiento "
            "codprocedimiento cod",
            required=True,
        ),
        Column(
            "official_name",
            "descripción",
            cells.text,
            "descripcion nombreoficial descripcioncups nombrecups descripciondelcups "
            "nombredelprocedimiento nombreprocedimiento procedimiento nombre",
            required=True,
            official=True,
        ),
        Column(
            "name",
            "nombre para el paciente",
            cells.maybe,
            "nombrepaciente nombreparaelpaciente nombrecomun",
        ),
        Column(
            "section",
            "sección",
            cells.maybe,
            "seccionnombre nombreseccion seccion",
            official=True,
        ),
        Column(
            "chapter",
            "capítulo",
            cells.maybe,
            "capitulonombre nombrecapitulo capitulo",
            official=True,
        ),
        Column("sex", "sexo", cells.one_of(SEXES), "sexo genero"),
        Column(
            "valid_from",
            "vigente desde",
            cells.day,
            "vigenciadesde vigentedesde fechavigencia",
            official=True,
        ),
        Column("review", "estado del texto", cells.maybe, "texto estadodeltexto"),
        Column(
            "specialty",
            "especialidad",
            cells.maybe,
            "especialidad codigoespecialidad especialidadcodigo",
        ),
        Column("minutes", "minutos", cells.whole_number, "minutos duracion"),
        Column(
            "arrive_minutes",
            "llegar antes",
            cells.whole_number,
            "llegarantes minutosantes",
        ),
        Column("youngest", "edad mínima", cells.whole_number, "edadminima desdeedad"),
        Column("oldest", "edad máxima", cells.whole_number, "edadmaxima hastaedad"),
        Column(
            "needs_order",
            "pide orden médica",
            cells.yes_or_no,
            "pideorden ordenmedica pideordenmedica",
        ),
        Column(
            "needs_authorization",
            "pide autorización",
            cells.yes_or_no,
            "pideautorizacion autorizacion",
        ),
        Column(
            "sms_name", "nombre en los SMS", cells.maybe, "nombresms nombreenlossms"
        ),
        Column("synonyms", "otras palabras", cells.lines, "otraspalabras sinonimos"),
        Column("what_is_it", "qué es", cells.maybe, "quees explicacion"),
    ),
    known=known_specialties,
    complete=_complete_procedure,
    start=_start_procedure,
    derive=name_for_the_patient,
)


# --- Payers ----------------------------------------------------------------------
REGIMES = {
    "contributivo": Agreement.Kind.CONTRIBUTIVO,
    "subsidiado": Agreement.Kind.SUBSIDIADO,
    "especial": Agreement.Kind.ESPECIAL,
}
TYPES = {
    "prepagad": Agreement.Kind.PREPAGADA,
    "complementari": Agreement.Kind.COMPLEMENTARIO,
    "poliza": Agreement.Kind.POLIZA,
    "arl": Agreement.Kind.ARL,
    "riesgos laborales": Agreement.Kind.ARL,
    "soat": Agreement.Kind.SOAT,
}


def agreement_kind(payer: Payer) -> str | None:
    """The class of agreement that a payer makes, when its file tells it."""
    for word, kind in TYPES.items():
        if word in fold(payer.kind):
            return kind
    return REGIMES.get(fold(payer.regime))


def draft_agreements(made: Iterable[Payer]) -> None:
    """One agreement for each new payer, switched off: staff say what it covers first."""
    drafts = [
        Agreement(
            code=payer.code.lower(),
            name=payer.name[:120],
            payer=payer,
            kind=kind,
            active=False,
        )
        for payer in made
        if (kind := agreement_kind(payer)) is not None
    ]
    codes = [draft.code for draft in drafts]
    taken = set(Agreement.objects.filter(code__in=codes).values_list("code", flat=True))
    for draft in drafts:
        if draft.code not in taken:
            draft.save()


AGREEMENTS = Kind(
    name="agreements",
    title="pagadores",
    model=Payer,
    columns=(
        Column(
            "code",
            "código",
            cells.code(pattern=r"[0-9A-Z]{3,10}", digits=0, example="EPS001"),
            "codigo codigoeps codigoentidad codigopagador codeps cod",
            required=True,
        ),
        Column(
            "name",
            "nombre",
            cells.text,
            "nombre razonsocial entidad aseguradora pagador nombreentidad",
            required=True,
        ),
        Column("kind", "tipo", cells.maybe, "tipo tipodeentidad tipoentidad"),
        Column("regime", "régimen", cells.maybe, "regimen"),
        Column("nit", "NIT", cells.maybe, "nit"),
    ),
    finish=draft_agreements,
)
PAYERS = Kind(
    name="payers",
    title="pagadores",
    model=Payer,
    columns=AGREEMENTS.columns,
)


# --- Practitioners ---------------------------------------------------------------
def _practitioner_code(cell: str) -> str:
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


def _complete_practitioner(values: Values, known: Known) -> None:
    said = values.pop("specialties", None)
    if said is not None:
        values["specialties"] = sorted({specialty_of(one, known) for one in said})


PRACTITIONERS = Kind(
    name="practitioners",
    title="profesionales",
    model=Practitioner,
    columns=(
        Column(
            "code",
            "código",
            _practitioner_code,
            "codigo codigoprofesional registro registromedico codprofesional",
            required=True,
        ),
        Column("title", "tratamiento", cells.maybe, "tratamiento titulo prefijo dr"),
        Column(
            "given_names",
            "nombres",
            cells.text,
            "nombres nombre primernombre",
            required=True,
        ),
        Column(
            "family_names", "apellidos", cells.text, "apellidos apellido", required=True
        ),
        Column(
            "specialties",
            "especialidades",
            cells.several,
            "especialidades especialidad codigoespecialidad",
        ),
    ),
    known=known_specialties,
    complete=_complete_practitioner,
    linked={"specialties": many("specialties")},
)

KINDS = {
    kind.name: kind
    for kind in (CITIES, SITES, SPECIALTIES, PROCEDURES, AGREEMENTS, PRACTITIONERS)
}


def register() -> None:
    """The kinds of the catalogue, for the command."""
    for kind in KINDS.values():
        registry.register(loading.importer(kind))
