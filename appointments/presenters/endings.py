"""What the page of an appointment says of how it ended."""

from datetime import datetime

from accounts.models import User
from appointments.history import Told
from appointments.models import Appointment
from appointments.presenters import actors
from appointments.presenters.actors import Doer
from appointments.presenters.appointments import Page

Status = Appointment.Status
ENDINGS = {
    Status.FULFILLED: "La sede anotó que esta cita se hizo.",
    Status.NOSHOW: "La sede anotó que nadie vino a esta cita. Por eso no se cobra nada.",
    Status.DECLINED: "La sede no aceptó esta solicitud.",
    Status.LAPSED: "La sede no alcanzó a responder esta solicitud. Lo sentimos.",
}
PASSED = "Esta cita ya pasó."


def titled(appointment: Appointment, shown: Page, *, reader: User) -> str:
    """«Pediatría, Mateo» when it is somebody else's."""
    if appointment.patient_id == reader.patient_id:
        return shown.title
    return f"{shown.title}, {appointment.patient.given_names}"


def ending(appointment: Appointment, told: Told, *, reader: User, now: datetime) -> str:
    """Nothing while it is still to come."""
    if appointment.status == Status.CANCELLED:
        return _cancelled(appointment, told, reader)
    if appointment.status in ENDINGS:
        return ENDINGS[Status(appointment.status)]
    return PASSED if appointment.end <= now else ""


def _cancelled(appointment: Appointment, told: Told, reader: User) -> str:
    doer = Doer.of(told.steps[-1]) if told.steps else Doer()
    who = actors.agent(doer, patient=appointment.patient, reader=reader)
    return f"Cancelada {who}. Esa hora quedó libre para otra persona.".replace(
        "  ", " "
    )
