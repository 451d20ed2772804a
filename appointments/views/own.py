"""One's own appointment, or a 404: a stranger's id says nothing (ACC-01)."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts import people
from accounts.access import PatientRequest
from appointments import words
from appointments.models import Appointment
from appointments.presenters.appointments import Page, page
from appointments.wizard import flow
from appointments.wizard.asking import address, agreement_url
from appointments.wizard.options import BY_PRACTITIONER, BY_PROCEDURE, BY_SPECIALTY
from appointments.wizard.parts import Row
from appointments.wizard.query import ANY_SITE, FILTERS, ON_THE_DAY, Search
from catalog.models import Modality

Status = Appointment.Status


def own(request: PatientRequest, appointment_id: UUID) -> Appointment:
    """An appointment of somebody this account acts for, with all that its pages show.

    Its person is left for the page to say (ACC-03).
    """
    user, today = request.user, timezone.localdate()
    persons = people.acts_for(user, on=today)
    mine = Appointment.objects.filter(patient__in=persons).for_page()
    mine = mine.annotate(alone=people.is_alone(user, on=today))
    mine = mine.select_related(
        "booked_by", "patient__user", "service_request", "group", "offer"
    )
    found = get_object_or_404(
        mine.prefetch_related("instruction_set__steps"), pk=appointment_id
    )
    found.patient.alone = found.alone
    request.active_person = found.patient
    return found


def search_url(appointment: Appointment, name: str) -> str:
    """The search that led here, at one of its pages; of a change of hour, still that."""
    search = Search.from_text(appointment.search)
    if appointment.replaces_id is not None:
        search = search.with_answer("replaces", str(appointment.replaces_id))
    if name not in flow.NAMES:
        search = search.before(flow.BY_SLUG[name].field)
    return address(name, appointment.patient, search)


def change_url(appointment: Appointment) -> str:
    """The agenda of the search that led here, to choose another hour for it."""
    search = search_of(appointment)
    search = search.with_answer("replaces", str(appointment.pk))
    return address(flow.AGENDA, appointment.patient, search)


def times_url(appointment: Appointment) -> dict[str, str]:
    """Other times of the same search: with the same practitioner, and with anybody."""
    search = search_of(appointment).without(*FILTERS)
    if search.site:
        search = search.with_answer("site", ANY_SITE)
    same = search.with_answer("only", appointment.practitioner.code)
    anybody = search.with_answer("practitioner", "")
    if search.door == BY_PRACTITIONER:
        anybody = anybody.with_answer("door", BY_SPECIALTY)
    patient = appointment.patient
    return {
        "hold_url": address(flow.HOLD, patient, same),
        "same_url": address(flow.AGENDA, patient, same),
        "anybody_url": address(flow.AGENDA, patient, anybody),
    }


def again_url(appointment: Appointment) -> str:
    """«Pedir otra igual»: the same choices, with the days still to choose."""
    search = Search.from_text(appointment.search).without(*FILTERS)
    if not search.agreement:
        return reverse("appointments:new")
    return address(flow.DATES, appointment.patient, search)


def search_of(appointment: Appointment) -> Search:
    """The search that led here; of what the clinic wrote down, one that leads to the same."""
    search = Search.from_text(appointment.search)
    if search.agreement:
        return search
    virtual = appointment.modality == Modality.VIRTUAL
    site = appointment.site
    return Search(
        agreement=appointment.agreement.code,
        category=appointment.schedule.specialty.category.code,
        modality=appointment.modality,
        door=BY_PROCEDURE,
        procedure=appointment.procedure.code,
        order=ON_THE_DAY if appointment.order_promised else "",
        city="" if virtual else site.city.code,
        site="" if virtual else site.code,
    )


def change_links(appointment: Appointment) -> dict[str, str]:
    """Where each «Cambiar» leads; what was never a question has none."""
    search = Search.from_text(appointment.search)
    what = search.door or "tipo"
    return {
        "what": search_url(appointment, what),
        "when": search_url(appointment, flow.AGENDA),
        "where": search_url(appointment, "sede") if search.site else "",
        "agreement": agreement_url(appointment.patient),
    }


def before(appointment: Appointment) -> Page | None:
    """The appointment that is to get this time, as it is until then."""
    if appointment.replaces_id is None:
        return None
    return page(Appointment.objects.for_page().get(pk=appointment.replaces_id))


def summary(appointment: Appointment, shown: Page) -> list[Row]:
    """«Su cita hasta ahora», once there is a time."""
    links = change_links(appointment)
    rows = [
        Row("Cita", shown.title, links["what"]),
        Row("Día y hora", shown.when, links["when"]),
        Row("Con", str(appointment.practitioner)),
    ]
    if shown.virtual:
        return [*rows, Row("Modalidad", "Virtual")]
    where = words.site_in_a_row(appointment.site)
    return [*rows, Row("Sede", where, links["where"])]
