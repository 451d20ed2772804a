"""What appointments add to a copy of one's data, and what still waits for who closes an account."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts import closing, guardianships, my_copy
from accounts.models import Patient, User
from accounts.my_copy import Row
from appointments import booking, feeds, reminders
from appointments.models import (
    Appointment,
    AppointmentEvent,
    CalendarFeed,
    ReminderPreference,
    ServiceRequest,
    ServiceRequestFile,
)


def register() -> None:
    """Called once, when the app is ready."""
    closing.register(waiting)
    guardianships.on_approved(reminders.for_new_guardian)
    closing.on_closed(leave)
    my_copy.register("Citas", appointments)
    my_copy.register("Órdenes médicas", orders)
    my_copy.register("Recordatorios", wishes)
    my_copy.register("Calendario", calendars)


def waiting(patient: Patient, now: datetime) -> int:
    """Appointments and requests to come: others could use those hours."""
    mine = Appointment.objects.of(patient).occupying(at=now).standing()
    return mine.filter(start__gt=now).count()


def leave(user: User, now: datetime) -> None:
    """The private address of the calendar says nothing any more."""
    feeds.revoke(user=user, now=now)


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
