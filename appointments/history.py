"""What a patient has had and will have: the lists behind «Mis citas»."""

from datetime import datetime

from django.db.models import Q

from accounts.models import Patient
from appointments.models import Appointment

Status = Appointment.Status
MOST_UPCOMING = 50
SHOWN_PAST = 5
MOST_PAST = 200


def upcoming(patient: Patient, *, now: datetime) -> list[Appointment]:
    """Those still to come, also the ones held and not confirmed yet."""
    mine = Appointment.objects.of(patient).occupying(at=now).filter(end__gt=now)
    return list(_for_list(mine).order_by("start", "pk")[:MOST_UPCOMING])


def past(patient: Patient, *, now: datetime, limit: int) -> list[Appointment]:
    """Those that were confirmed once and are over, the latest first."""
    mine = Appointment.objects.of(patient).filter(confirmed_at__isnull=False)
    over = Q(end__lte=now) | ~Q(status__in=Appointment.LIVE)
    return list(_for_list(mine.filter(over)).order_by("-start", "pk")[:limit])


def next_confirmed(patient: Patient, *, now: datetime) -> Appointment | None:
    mine = Appointment.objects.of(patient).filter(
        status__in=(Status.BOOKED, Status.ARRIVED), end__gt=now
    )
    return _for_list(mine).order_by("start", "pk").first()


def attended_specialties(patient: Patient) -> frozenset[int]:
    """Where this patient has been seen before: there a consultation may be a control."""
    attended = Appointment.objects.of(patient).filter(
        status=Status.FULFILLED, procedure__specialty__isnull=False
    )
    return frozenset(
        attended.order_by().values_list("procedure__specialty_id", flat=True).distinct()
    )


def _for_list(rows):  # type: ignore[no-untyped-def]
    return rows.select_related("practitioner", "site", "procedure__specialty")
