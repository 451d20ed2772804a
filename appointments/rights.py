"""What appointments add to a copy of one's data, and what still waits for who closes an account."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts import closing, guardianships, my_copy
from accounts.models import Patient, User
from accounts.my_copy import Row
from appointments import booking, feeds, reminders, waiting_list
from appointments.models import (
    Appointment,
    AppointmentEvent,
    CalendarFeed,
    Offer,
    ReminderPreference,
    ServiceRequest,
    ServiceRequestFile,
    WaitingListEntry,
)


def register() -> None:
    """Called once, when the app is ready."""
    closing.register(waiting)
    guardianships.on_approved(reminders.for_new_guardian)
    closing.on_closed(leave)
    my_copy.register("Citas", appointments)
    my_copy.register("Órdenes médicas", orders)
    my_copy.register("Lista de espera", places)
    my_copy.register("Ofertas de la lista de espera", offers)
    my_copy.register("Recordatorios", wishes)
    my_copy.register("Calendario", calendars)


def waiting(patient: Patient, now: datetime) -> int:
    """Appointments and requests to come: others could use those hours.

    A time that the waiting list keeps for them goes on to the next when they leave.
    """
    mine = Appointment.objects.of(patient).occupying(at=now).standing()
    mine = mine.exclude(status=Appointment.Status.HELD, offer__isnull=False)
    return mine.filter(start__gt=now).count()


def leave(user: User, now: datetime) -> None:
    """The calendar's private address says nothing any more, and they wait for nothing."""
    feeds.revoke(user=user, now=now)
    patient = user.patient
    if patient is None:
        return
    waits = WaitingListEntry.objects.waiting().of(patient)
    for entry_id in list(waits.values_list("pk", flat=True)):
        waiting_list.leave(entry_id=entry_id, patient=patient, by=user, now=now)


def appointments(patient: Patient) -> Sequence[Row]:
    """Every one that was ever asked for, with each step of its life."""
    asked = AppointmentEvent.objects.filter(
        appointment=OuterRef("pk"), to_status__in=booking.ASKED_FOR
    )
    rows = Appointment.objects.of(patient).filter(Exists(asked))
    found = rows.select_related("practitioner", "site", "procedure", "agreement")
    return [
        {
            "código": one.reference,
            "cuándo": one.start,
            "hasta": one.end,
            "servicio": one.procedure.name,
            "con": str(one.practitioner),
            "sede": one.site.name,
            "modalidad": one.get_modality_display(),
            "convenio": one.agreement.name,
            "estado": one.get_status_display(),
            "pedida": one.created_at,
            "historia": " → ".join(
                step.get_to_status_display() for step in one.events.all()
            ),
        }
        for one in found.prefetch_related("events").order_by("start")
    ]


def orders(patient: Patient) -> Sequence[Row]:
    rows = ServiceRequest.objects.filter(patient=patient).select_related("procedure")
    return [
        {
            "servicio": one.procedure.name,
            "número de la orden": one.order_number,
            "fecha de la orden": one.order_date,
            "número de la autorización": one.authorization_number,
            "estado": one.get_state_display(),
            "declarada": one.declared_at,
            # To save after signing in: the copy itself carries no pictures.
            "archivos": " ".join(_address(file) for file in one.files.all()),
        }
        for one in rows.prefetch_related("files").order_by("declared_at")
    ]


def places(patient: Patient) -> Sequence[Row]:
    """What this person waits for or waited for, and how each wait ended."""
    rows = WaitingListEntry.objects.of(patient).select_related(
        "procedure", "agreement", "practitioner", "city", "instead_of"
    )
    return [
        {
            "servicio": one.procedure.name,
            "convenio": one.agreement.name,
            "modalidad": one.get_modality_display(),
            "con": str(one.practitioner or ""),
            "ciudad": one.city.name if one.city else "",
            "sedes": ", ".join(site.name for site in one.sites.all()),
            "desde": one.first_day,
            "hasta": one.last_day,
            "jornada": one.get_part_display(),
            "días": one.weekdays,
            "anticipación en minutos": one.notice_minutes,
            "a cualquier hora": one.may_wake,
            "en lugar de": one.instead_of.reference if one.instead_of else "",
            "radicado": one.number or "",
            "respuesta hasta": one.answer_by,
            "estado": one.get_status_display(),
            "espera desde": one.created_at,
            "terminó": one.ended_at,
            "por qué": one.ended_because,
        }
        for one in rows.prefetch_related("sites").order_by("created_at", "pk")
    ]


def offers(patient: Patient) -> Sequence[Row]:
    """The times that were offered to this person, and what came of each."""
    rows = Offer.objects.filter(entry__patient=patient).select_related(
        "appointment__procedure", "appointment__site", "appointment__practitioner"
    )
    return [
        {
            "servicio": one.appointment.procedure.name,
            "cuándo": one.appointment.start,
            "con": str(one.appointment.practitioner),
            "sede": one.appointment.site.name,
            "ofrecida": one.offered_at,
            "responder hasta": one.expires_at,
            "estado": one.get_status_display(),
            "respondida": one.answered_at,
        }
        for one in rows.order_by("offered_at", "pk")
    ]


def wishes(patient: Patient) -> Sequence[Row]:
    """When and by which ways this person chose to be reminded."""
    names = ("by_sms", "by_email", *ReminderPreference.MOMENTS.values())
    field = ReminderPreference._meta.get_field
    return [
        {str(field(name).verbose_name): getattr(one, name) for name in names}  # type: ignore[union-attr]
        for one in ReminderPreference.objects.filter(patient=patient)
    ]


def calendars(patient: Patient) -> Sequence[Row]:
    """The private addresses there were; none of them can be read again."""
    rows = CalendarFeed.objects.filter(user__patient=patient).order_by("created_at")
    return [
        {"creado": one.created_at, "leído": one.read_at, "anulado": one.revoked_at}
        for one in rows
    ]


def _address(file: ServiceRequestFile) -> str:
    path = reverse("appointments:order_file", args=[file.pk])
    return f"{settings.BASE_URL}{path}"
