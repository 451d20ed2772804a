"""From a cell about a person to a value, or why not, without repeating what it says."""

import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts import documents, phones, policies
from accounts.documents import FORMATS, DocumentType
from accounts.errors import NotAMobile
from accounts.models import Patient
from catalog.importing import cells
from catalog.importing.errors import PersonRefused
from catalog.importing.kind import Column, Values
from catalog.words import fold

LONGEST_NAME = 80
LONGEST_EMAIL = 254
KINDS = {
    fold(word): kind
    for kind in DocumentType
    for word in (kind.value, FORMATS[kind].screen_code, FORMATS[kind].name)
}
FEMALE, MALE = Patient.Sex.FEMALE, Patient.Sex.MALE
WORDS: dict[str, str] = {
    **dict.fromkeys(("femenino", "femenina", "mujer"), FEMALE),
    **dict.fromkeys(("masculino", "masculina", "hombre"), MALE),
    **dict.fromkeys(("no binario", "no binaria"), Patient.Sex.NON_BINARY),
}
# Who the newer codes call «indeterminado o intersexual» is neither of the two here.
NEITHER = ("i", "indeterminado", "intersexual", "indeterminado o intersexual")
# «M» is «mujer» in RIPS since 2023 and «masculino» in what came before (domain §1.2).
RIPS = {**WORDS, **dict.fromkeys(NEITHER, Patient.Sex.NON_BINARY), "h": MALE}
OLD = {**WORDS, "f": FEMALE}


def document_type(cell: str) -> str:
    """CC, PPT or «Cédula de ciudadanía»."""
    said = fold(cells.text(cell)).replace(".", "")
    if not said:
        raise PersonRefused("falta.")
    if said not in KINDS:
        codes = ", ".join(kind.value for kind in DocumentType)
        raise PersonRefused(f"no se conoce: puede ser {codes}.")
    return KINDS[said].value


def document_number(cell: str) -> str:
    """Kept as text, without dots, spaces nor hyphens."""
    value = cells.text(cell)
    if whole := cells.WHOLE_FLOAT.match(value):
        value = whole.group(1)
    if cells.SCIENTIFIC.match(value):
        raise PersonRefused(
            "la hoja de cálculo lo cambió por un número abreviado. Dele a la columna "
            "formato de texto y escríbalo otra vez."
        )
    value = documents.normalise(value)
    if not value:
        raise PersonRefused("falta.")
    if not re.fullmatch(r"[0-9A-Z]{1,20}", value, re.ASCII):
        raise PersonRefused("tiene signos que un documento no lleva.")
    return value


def checked(kind: str, number: str) -> str:
    """The document as a key; refuses a number that this kind of document does not have."""
    if documents.is_plausible(kind, number):
        return f"{kind}:{number}"
    if number.isdigit() and documents.is_plausible(kind, f"0{number}"):
        raise PersonRefused(
            "El número de documento es corto: ¿perdió el cero de la izquierda? "
            "Corríjalo, con formato de texto en la columna."
        )
    known = FORMATS[DocumentType(kind)]
    least, most = known.length
    signs = "números" if known.only_digits else "números o letras"
    size = f"{least}" if least == most else f"de {least} a {most}"
    raise PersonRefused(
        f"El número no es de un documento {kind}: debe tener {size} {signs}."
    )


def former(cell: str) -> tuple[str, ...]:
    """«RC 1020304050|TI 1020304050»: the documents that the person had before."""
    found = []
    for one in cells.several(cell):
        kind, _, number = one.replace(":", " ").partition(" ")
        if not number:
            raise PersonRefused(
                "escriba el tipo y el número de cada uno: TI 1020304050."
            )
        found.append(checked(document_type(kind), document_number(number)))
    return tuple(found)


def name(cell: str) -> str:
    """Part of a name, as it is written."""
    value = cells.text(cell)
    if value and not policies.name_is_plain(value):
        raise PersonRefused(
            "un nombre solo lleva letras, espacios, guiones y apóstrofos."
        )
    return value


def sex(codes: dict[str, str]) -> Callable[[str], str]:
    """A reader of the words and of one of the two codings, never of both."""

    def clean(cell: str) -> str:
        said = fold(cells.text(cell))
        if not said:
            return ""
        if said == "m" and said not in codes:
            raise PersonRefused(
                "«M» es mujer en unas tablas y masculino en otras. Escriba femenino o "
                "masculino, o llame la columna sexo_rips (H, M, I) o sexo_mf (M, F)."
            )
        if said not in codes:
            raise PersonRefused(
                "no se entiende: escriba femenino, masculino o no binario."
            )
        return codes[said]

    return clean


# Alone, H and F say who they mean; M does not.
SEX_IN_WORDS = sex({**RIPS, **OLD})
SEX_IN_RIPS = sex({**RIPS, "m": FEMALE})
SEX_IN_OLD = sex({**OLD, "m": MALE})


def phone(cell: str) -> str:
    value = cells.maybe(cell)
    if whole := cells.WHOLE_FLOAT.match(value):
        value = whole.group(1)
    if not value:
        return ""
    try:
        return phones.e164(value)
    except NotAMobile:
        raise PersonRefused(
            "no es un celular colombiano: diez números que empiezan por 3, o nada."
        ) from None


def email(cell: str) -> str:
    value = cells.maybe(cell)
    if not value:
        return ""
    try:
        validate_email(value)
    except ValidationError:
        raise PersonRefused(
            "no es un correo: como nombre@ejemplo.com, o nada."
        ) from None
    if len(value) > LONGEST_EMAIL:
        raise PersonRefused(f"tiene más de {LONGEST_EMAIL} letras.")
    return value


def maybe_yes(cell: str) -> bool | None:
    """An empty cell says nothing."""
    return cells.yes_or_no(cell) if cells.maybe(cell) else None


def document_columns(
    prefix: str = "", *, title: str = "", spellings: tuple[str, str] = ("", "")
) -> tuple[Column, Column]:
    """The two columns that say who somebody is."""
    kind, number = spellings
    of = f" {title}" if title else ""
    return (
        Column(
            f"{prefix}document_type",
            f"tipo de documento{of}",
            document_type,
            kind
            or "tipodocumento tipodedocumento tipoid tipoidentificacion "
            "tipodeidentificacion tipodoc tdoc",
            required=True,
        ),
        Column(
            f"{prefix}document_number",
            f"número de documento{of}",
            document_number,
            number
            or "numerodocumento numerodedocumento documento numerodeidentificacion "
            "numeroidentificacion identificacion numdocumento nrodocumento cedula",
            required=True,
        ),
    )


def key(values: Values, prefix: str = "") -> str:
    return checked(values[f"{prefix}document_type"], values[f"{prefix}document_number"])
