"""A copy of everything that the portal holds about a person (Ley 1581 de 2012, art. 8).

Each app tells its own part: `register` is called once, when the app is ready.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts import documents, passwords, people, priorities
from accounts.acts import what_was_done
from accounts.errors import NotActing
from accounts.models import (
    Consent,
    ContactDevice,
    Coverage,
    DataClaim,
    Guardianship,
    Patient,
    PatientDocument,
    User,
)
from portal.audit import trail
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin

Value = str | int | bool | date | datetime | None
Row = Mapping[str, Value]
Reader = Callable[[Patient], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its rows; each row says its columns in plain Spanish."""

    title: str
    rows: tuple[Row, ...]


_readers: dict[str, Reader] = {}


def register(title: str, reader: Reader) -> None:
    """Add a part to every copy; the same title again takes its place."""
    _readers[title] = reader


def make(
    *,
    user: User,
    patient: Patient,
    password: str,
    form: str,
    origin: Origin,
    now: datetime,
) -> list[Section]:
    """Everything, in sections, for who knows the password; it is written down (PRV-06).

    Of the account's owner, or of a minor whom they represent. Raises NotActing,
    PasswordWrong or TooOften.
    """
    if patient not in people.represented(user, on=timezone.localdate(now)):
        raise NotActing
    passwords.prove(user=user, password=password, now=now)
    sections = [Section(title, tuple(read(patient))) for title, read in _OURS.items()]
    sections += [
        Section(title, tuple(read(patient))) for title, read in _readers.items()
    ]
    trail.record(
        action="data.copied",
        actor=user,
        subject=patient,
        patient=patient,
        request_context=origin,
        details={"form": form},
        at=now,
    )
    return sections


def _person(patient: Patient) -> Sequence[Row]:
    return [
        {
            "tipo de documento": _document(patient.document_type),
            "número de documento": patient.document_number,
            "nombres": patient.given_names,
            "apellidos": patient.family_names,
            "fecha de nacimiento": patient.birth_date,
            "sexo": patient.get_sex_display(),
            "celular": patient.phone,
            "correo": patient.email,
            "registrado desde": patient.created_at,
        }
    ]


def _former_documents(patient: Patient) -> Sequence[Row]:
    rows = PatientDocument.objects.filter(patient=patient).order_by("until", "pk")
    return [
        {
            "tipo": _document(one.document_type),
            "número": one.document_number,
            "hasta": one.until,
        }
        for one in rows
    ]


def _contacts(patient: Patient) -> Sequence[Row]:
    rows = ContactDevice.objects.filter(user__patient=patient).order_by("pk")
    return [
        {
            "medio": one.get_channel_display(),
            "destino": one.destination,
            "confirmado": one.confirmed_at,
        }
        for one in rows
    ]


def _coverages(patient: Patient) -> Sequence[Row]:
    rows = Coverage.objects.filter(patient=patient).select_related("agreement")
    return [
        {
            "convenio": one.agreement.name,
            "número de afiliación": one.member_number,
            "tipo de usuario": one.get_member_type_display(),
            "rango de ingreso": one.get_income_level_display(),
            "exención": one.fee_exemption,
            "estado": one.get_state_display(),
            "desde": one.start_date,
            "hasta": one.end_date,
        }
        for one in rows
    ]


def _guardians(patient: Patient) -> Sequence[Row]:
    """Who this person asked to act for, and who acts for them: names only of the approved."""
    asked = Guardianship.objects.filter(guardian=patient).order_by("asked_at")
    acting = patient.guardians.select_related("guardian").order_by("asked_at")
    return [
        *(
            {
                "usted actúa por": f"{one.given_names} {one.family_names}".strip(),
                "relación": one.get_relation_display(),
                "estado": one.get_state_display(),
                "desde": one.start_date,
                "hasta": one.end_date,
            }
            for one in asked
        ),
        *(
            {
                "actúa por usted": one.guardian.full_name,
                "relación": one.get_relation_display(),
                "estado": one.get_state_display(),
                "desde": one.start_date,
                "hasta": one.end_date,
            }
            for one in acting
        ),
    ]


def _consents(patient: Patient) -> Sequence[Row]:
    rows = Consent.objects.filter(patient=patient).select_related("text")
    return [
        {
            "texto": one.text.title,
            "versión": one.text.version,
            "huella del texto": one.text.sha256,
            "aceptado": one.given_at,
            "desde la dirección": one.address,
            "retirado": one.withdrawn_at,
        }
        for one in rows
    ]


def _priorities(patient: Patient) -> Sequence[Row]:
    return [
        {
            "motivo": one.get_kind_display(),
            "desde": one.since,
            "hasta": one.until,
            "anotado": one.recorded_at,
        }
        for one in priorities.of(patient)
    ]


def _claims(patient: Patient) -> Sequence[Row]:
    rows = DataClaim.objects.filter(patient=patient).order_by("asked_at")
    return [
        {
            "radicado": one.number,
            "clase": one.get_kind_display(),
            "texto": one.text,
            "radicado el": one.asked_at,
            "responder antes de": one.due_date,
            "estado": one.get_state_display(),
            "respuesta": one.answer,
        }
        for one in rows
    ]


def _trail(patient: Patient) -> Sequence[Row]:
    rows = AuditEvent.objects.filter(patient_ref=patient.token).order_by("at", "pk")
    return [
        {"cuándo": one.at, "qué": what_was_done(one.action), "resultado": one.outcome}
        for one in rows
    ]


def _document(kind: str) -> str:
    return documents.FORMATS[documents.DocumentType(kind)].name


_OURS: dict[str, Reader] = {
    "Sus datos": _person,
    "Documentos anteriores": _former_documents,
    "Medios de contacto": _contacts,
    "Convenios": _coverages,
    "Acudientes": _guardians,
    "Permisos": _consents,
    "Atención preferencial": _priorities,
    "Reclamos sobre sus datos": _claims,
    "Registro de accesos y cambios": _trail,
}
