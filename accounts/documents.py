"""Colombian identity documents: their codes, their spelling and what is odd about one.

Codes are the ones of RIPS (Res. 2275 de 2023): PEP is PE and PPT is PT. Numbers
are text: they may begin with zero and some hold letters.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class DocumentType(StrEnum):
    CC = "CC"
    TI = "TI"
    RC = "RC"
    CE = "CE"
    PT = "PT"
    PE = "PE"
    PA = "PA"
    CD = "CD"
    SC = "SC"
    CN = "CN"
    AS = "AS"
    MS = "MS"
    DE = "DE"
    SI = "SI"


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    screen_code: str
    pattern: str
    self_service: bool = True

    @property
    def only_digits(self) -> bool:
        return self.pattern.startswith(r"\d")

    @property
    def length(self) -> tuple[int, int]:
        """The fewest and the most signs that its number has."""
        sizes = [int(size) for size in re.findall(r"\d+", self.pattern.split("{")[1])]
        return sizes[0], sizes[-1]


FORMATS: dict[DocumentType, Format] = {
    DocumentType.CC: Format("Cédula de ciudadanía", "CC", r"\d{3,10}"),
    DocumentType.TI: Format("Tarjeta de identidad", "TI", r"\d{10,11}"),
    DocumentType.RC: Format("Registro civil", "RC", r"[0-9A-Z]{6,11}"),
    DocumentType.CE: Format("Cédula de extranjería", "CE", r"[0-9A-Z]{3,10}"),
    DocumentType.PT: Format("Permiso por Protección Temporal", "PPT", r"\d{6,8}"),
    DocumentType.PE: Format("Permiso especial de permanencia", "PEP", r"\d{15}"),
    DocumentType.PA: Format("Pasaporte", "PA", r"[0-9A-Z]{4,16}"),
    DocumentType.CD: Format("Carné diplomático", "CD", r"[0-9A-Z]{3,11}"),
    DocumentType.SC: Format("Salvoconducto", "SC", r"[0-9A-Z]{4,16}"),
    DocumentType.CN: Format(
        "Certificado de nacido vivo", "CN", r"[0-9A-Z]{9,20}", self_service=False
    ),
    DocumentType.AS: Format(
        "Adulto sin identificación", "AS", r"[0-9A-Z]{1,20}", self_service=False
    ),
    DocumentType.MS: Format(
        "Menor sin identificación", "MS", r"[0-9A-Z]{1,20}", self_service=False
    ),
    DocumentType.DE: Format(
        "Documento extranjero", "DE", r"[0-9A-Z]{1,20}", self_service=False
    ),
    DocumentType.SI: Format(
        "Sin identificación", "SI", r"[0-9A-Z]{1,20}", self_service=False
    ),
}

CHOICES = [
    (kind.value, f"{FORMATS[kind].name} ({FORMATS[kind].screen_code})")
    for kind in DocumentType
]
SELF_SERVICE_CHOICES = [
    (kind.value, f"{FORMATS[kind].name} ({FORMATS[kind].screen_code})")
    for kind in DocumentType
    if FORMATS[kind].self_service and kind is not DocumentType.PE
]
# Who answers for a newborn has only the certificate of birth.
DEPENDANT_CHOICES = [
    (kind, name)
    for kind, name in CHOICES
    if (kind, name) in SELF_SERVICE_CHOICES or kind == DocumentType.CN
]


def normalise(number: str) -> str:
    """The number as it is stored: no dots, spaces or hyphens, in capitals."""
    return re.sub(r"[\s.\-_'’]", "", number).upper()


def is_plausible(kind: str, number: str) -> bool:
    """Whether a normalised number has the shape that this document has."""
    return (
        re.fullmatch(FORMATS[DocumentType(kind)].pattern, number, re.ASCII) is not None
    )
