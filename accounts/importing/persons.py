"""Whom the rows of a file name: the clinic's records, by their document."""

from collections.abc import Iterable

from accounts.models import Patient, PatientDocument

UNKNOWN = (
    "no está entre las personas de la clínica: revise el documento o cargue antes las "
    "personas (import_catalog patients)."
)
SWITCHED_OFF = (
    "está desactivada: actívela antes, con su archivo o en la administración."
)


def by_document(codes: Iterable[str]) -> dict[str, Patient]:
    """Those of the clinic that have, or had, one of these documents. The last one counts."""
    wanted = set(codes)
    numbers = {code.partition(":")[2] for code in wanted}
    clinic = Patient.objects.of_the_clinic()
    now = {_code(one): one for one in clinic.filter(document_number__in=numbers)}
    missing = {code.partition(":")[2] for code in wanted - now.keys()}
    if not missing:
        return now
    past = PatientDocument.objects.filter(
        document_number__in=missing, patient__in=clinic
    )
    before = {
        _code(one): one.patient
        for one in past.select_related("patient").order_by("until", "pk")
    }
    return {**before, **now}


def problem(person: Patient | None) -> str:
    """Why nothing can be written about this person; empty when it can."""
    if person is None:
        return UNKNOWN
    return "" if person.active else SWITCHED_OFF


def _code(one: Patient | PatientDocument) -> str:
    return f"{one.document_type}:{one.document_number}"
