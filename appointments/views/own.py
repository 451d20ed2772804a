"""One's own appointment, or a 404: a stranger's id says nothing (ACC-01)."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.access import PatientRequest
from appointments import words
from appointments.models import Appointment
from appointments.presenters.appointments import Page
from appointments.wizard import flow
from appointments.wizard.asking import address
from appointments.wizard.parts import Row
from appointments.wizard.query import Search

Status = Appointment.Status


def own(request: PatientRequest, appointment_id: UUID) -> Appointment:
    """This account's appointment with all that its pages show."""
    patient = request.user.patient
    assert patient is not None  # noqa: S101 - patient_required saw to it
    mine = Appointment.objects.of(patient).for_page()
    return get_object_or_404(
        mine.prefetch_related("instruction_set__steps"), pk=appointment_id
    )


def search_url(appointment: Appointment, name: str) -> str:
    """The search that led here, at one of its pages."""
    search = Search.from_text(appointment.search)
    if name not in flow.NAMES:
        search = search.before(flow.BY_SLUG[name].field)
    return address(name, appointment.patient, search)


def change_links(appointment: Appointment) -> dict[str, str]:
    """Where each «Cambiar» leads; what was never a question has none."""
    search = Search.from_text(appointment.search)
    what = search.door or "tipo"
    return {
        "what": search_url(appointment, what),
        "when": search_url(appointment, flow.AGENDA),
        "where": search_url(appointment, "sede") if search.site else "",
        "agreement": f"{reverse('appointments:agreement')}?seguir=nueva",
    }


def summary(appointment: Appointment, page: Page) -> list[Row]:
    """«Su cita hasta ahora», once there is a time."""
    links = change_links(appointment)
    rows = [
        Row("Cita", page.title, links["what"]),
        Row("Día y hora", page.when, links["when"]),
        Row("Con", str(appointment.practitioner)),
    ]
    if page.virtual:
        return [*rows, Row("Modalidad", "Virtual")]
    where = words.site_in_a_row(appointment.site)
    return [*rows, Row("Sede", where, links["where"])]
