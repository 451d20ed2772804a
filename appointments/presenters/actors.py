"""Who did something, as the person who reads it would say: staff have no names here."""

from dataclasses import dataclass
from enum import Enum, auto

from accounts.models import Patient, User
from appointments.models import AppointmentEvent


class Actor(Enum):
    """From where the reader stands."""

    READER = auto()
    PATIENT = auto()
    GUARDIAN = auto()
    CLINIC = auto()
    SYSTEM = auto()


@dataclass(frozen=True, slots=True)
class Doer:
    """Whose account took a step; all empty when nobody did."""

    user_id: int | None = None
    patient_id: int | None = None
    staff: bool = False
    given_names: str = ""

    @classmethod
    def of(cls, step: AppointmentEvent) -> "Doer":
        """Needs `by__patient`."""
        if step.by is None:
            return cls()
        patient = step.by.patient
        return cls(
            user_id=step.by.pk,
            patient_id=step.by.patient_id,
            staff=step.by.is_staff,
            given_names=patient.given_names if patient else "",
        )


def actor_of(doer: Doer, *, patient_id: int, reader: User) -> Actor:
    if doer.user_id is None:
        return Actor.SYSTEM
    if doer.user_id == reader.pk:
        return Actor.READER
    if doer.patient_id == patient_id:
        return Actor.PATIENT
    # Personnel may be patients too: for somebody else they act as the clinic.
    if doer.staff or doer.patient_id is None:
        return Actor.CLINIC
    return Actor.GUARDIAN


def subject(doer: Doer, *, patient: Patient, reader: User) -> str:
    """«Usted», «Mateo», «Su acudiente Rosa», «La sede»."""
    actor = actor_of(doer, patient_id=patient.pk, reader=reader)
    said = {
        Actor.READER: "Usted",
        Actor.PATIENT: first_name(patient.given_names),
        Actor.GUARDIAN: _guardian(doer, patient=patient, reader=reader),
        Actor.CLINIC: "La sede",
        Actor.SYSTEM: "Alguien con el enlace del recordatorio",
    }
    return said[actor]


def agent(doer: Doer, *, patient: Patient, reader: User) -> str:
    """«por usted», «por su acudiente», «por la sede», after a participle."""
    actor = actor_of(doer, patient_id=patient.pk, reader=reader)
    mine = reader.patient_id == patient.pk
    said = {
        Actor.READER: "por usted",
        Actor.PATIENT: f"por {first_name(patient.given_names)}",
        Actor.GUARDIAN: "por su acudiente" if mine else "por otro acudiente",
        Actor.CLINIC: "por la sede",
        # The only way without an account: the signed link of a reminder.
        Actor.SYSTEM: "con el enlace del recordatorio",
    }
    return said[actor]


def first_name(given_names: str) -> str:
    return given_names.split()[0] if given_names.strip() else "El paciente"


def _guardian(doer: Doer, *, patient: Patient, reader: User) -> str:
    name = first_name(doer.given_names) if doer.given_names else ""
    if reader.patient_id == patient.pk:
        return f"Su acudiente {name}".rstrip()
    return f"{name}, acudiente de {first_name(patient.given_names)},".lstrip(", ")
