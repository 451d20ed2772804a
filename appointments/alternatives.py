"""Where to go from a time that could not be: the nearest free ones of the same practitioner."""

from datetime import datetime

from django.utils import timezone

from appointments import availability, history, offer, policies
from appointments.availability import FreeTime, Window
from appointments.models import Appointment
from catalog.models import Modality, Procedure


def nearest(
    appointment: Appointment, *, now: datetime, limit: int = 3
) -> list[FreeTime]:
    """For the same patient, thing and agreement, in the same city; in the order of the clock.

    Not those that were said no to: by the clinic, or by the patient.
    """
    refused = _refused(appointment)
    found = availability.nearest(
        schedules=availability.matching(same(appointment, now=now)),
        window=Window(now=now),
        lost=appointment.start,
        busy=availability.busy_of(appointment.patient, now),
        limit=limit + len(refused),
    )
    left = [time for time in found if time.start not in refused]
    left.sort(key=lambda time: abs(time.start - appointment.start))
    return sorted(left[:limit], key=lambda time: time.key)


def _refused(appointment: Appointment) -> set[datetime]:
    """The hour of a request that was declined, and those proposed in its place."""
    if appointment.status != Appointment.Status.DECLINED:
        return set()
    proposed = Appointment.objects.filter(replaces=appointment)
    return {appointment.start, *proposed.values_list("start", flat=True)}


def same(appointment: Appointment, *, now: datetime) -> offer.Criteria:
    """What this appointment is, as a search with its own practitioner."""
    patient, procedure = appointment.patient, appointment.procedure
    control = procedure.visit == Procedure.Visit.CONTROL
    in_person = appointment.modality == Modality.IN_PERSON
    return offer.Criteria(
        agreement_id=appointment.agreement_id,
        age_years=policies.age_on(
            timezone.localdate(now), birth_date=patient.birth_date
        ),
        sex=patient.sex,
        attended=history.attended_specialties(patient) if control else frozenset(),
        procedure_id=procedure.pk,
        modality=appointment.modality,
        specialty_id=appointment.schedule.specialty_id,
        practitioner_id=appointment.practitioner_id,
        city_id=appointment.site.city_id if in_person else None,
    )
