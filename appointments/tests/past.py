"""Appointments in any state, with the steps that led there, for the tests of what is shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import Guardianship, Patient, User
from accounts.tests.factories import PatientFactory
from appointments import references
from appointments.models import Appointment, AppointmentEvent
from appointments.tests.network import Network, at

Status = Appointment.Status
PATHS = {
    "held": ("held",),
    "proposed": ("held", "proposed"),
    "booked": ("held", "booked"),
    "accepted": ("held", "proposed", "booked"),
    "arrived": ("held", "booked", "arrived"),
    "fulfilled": ("held", "booked", "fulfilled"),
    "noshow": ("held", "booked", "noshow"),
    "cancelled": ("held", "booked", "cancelled"),
    "withdrawn": ("held", "proposed", "cancelled"),
    "declined": ("held", "proposed", "declined"),
    "expired": ("held", "proposed", "lapsed"),
    "lapsed": ("held", "lapsed"),
}


def appointment(
    network: Network,
    user: User,
    path: str = "booked",
    *,
    start: datetime | None = None,
    patient: Patient | None = None,
    schedule: str = "general",
    last_by: User | None = None,
    last_at: datetime | None = None,
    reason: str = "",
    **fields: object,
) -> Appointment:
    """One that went this way; `last_by` took its last step, at `last_at`."""
    agenda = network.schedules[schedule]
    states = PATHS[path]
    start = start or at(3, 8)
    asked = min(start, at(0, 0), last_at or start) - timedelta(days=3)
    facts = {
        "hold_expires_at": asked + timedelta(minutes=10) if path == "held" else None,
        "answer_by": start - timedelta(days=1) if path == "proposed" else None,
        "confirmed_at": asked if "booked" in states else None,
        "created_at": asked,
        "end": start + timedelta(minutes=20),
    }
    made = Appointment.objects.create(
        reference=references.new(),
        patient=patient or user.patient,
        schedule=agenda,
        practitioner=agenda.practitioner,
        site=agenda.site,
        procedure=agenda.procedures.first(),
        agreement=network.eps,
        modality=agenda.modality,
        start=start,
        booked_by=user,
        status=states[-1],
        **facts | fields,
    )
    for number, (old, new) in enumerate(zip(("", *states), states, strict=False)):
        last = number == len(states) - 1
        AppointmentEvent.objects.create(
            appointment=made,
            from_status=old,
            to_status=new,
            start=start,
            site=made.site,
            at=last_at if last and last_at else asked + timedelta(minutes=number),
            by=_by(user, last_by, last=last, path=path),
            reason=reason if last else "",
        )
    return made


def _by(user: User, last_by: User | None, *, last: bool, path: str) -> User | None:
    if not last:
        return user
    return None if path == "expired" else last_by or user


def step(
    appointment: Appointment,
    *,
    to: str,
    by: User | None,
    at: datetime,
    **fields: object,
) -> AppointmentEvent:
    """One more step of this appointment, as its writers leave it."""
    old, appointment.status = appointment.status, to
    appointment.save()
    return AppointmentEvent.objects.create(
        appointment=appointment,
        from_status=old,
        to_status=to,
        version=appointment.version,
        start=appointment.start,
        site=appointment.site,
        at=at,
        by=by,
        **fields,
    )


def child_of(user: User, given_names: str = "Mateo") -> Patient:
    """A dependant of this account, approved."""
    child = PatientFactory(
        given_names=given_names,
        family_names="Martínez",
        document_type="TI",
        birth_date=at(-9 * 365, 0).date(),
    )
    approve(user, child)
    return child


def approve(user: User, dependant: Patient) -> Guardianship:
    return Guardianship.objects.create(
        guardian=user.patient,
        dependant=dependant,
        relation=Guardianship.Relation.OTHER,
        document_type=dependant.document_type,
        document_number=dependant.document_number,
        state=Guardianship.State.APPROVED,
    )


def titles(cards: Sequence) -> list[str]:
    return [card.title for card in cards]
