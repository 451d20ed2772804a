"""The consent of a virtual appointment (Res. 2654 de 2019): asked for each one, kept with its text."""

from datetime import datetime

from accounts import consents
from accounts.models import Consent, LegalText, Patient, User
from appointments.models import Appointment
from catalog.models import Modality
from portal.audit.origin import Origin


def is_missing(appointment: Appointment) -> bool:
    """Whether this appointment still waits for the consent."""
    if appointment.modality != Modality.VIRTUAL:
        return False
    return not Consent.objects.filter(
        patient=appointment.patient_id,
        text__kind=LegalText.Kind.TELEHEALTH,
        subject=_subject(appointment),
        withdrawn_at=None,
    ).exists()


def text() -> LegalText:
    return consents.current(LegalText.Kind.TELEHEALTH)


def consent(
    *,
    appointment: Appointment,
    text: LegalText,
    patient: Patient,
    by: User,
    origin: Origin,
    now: datetime,
) -> None:
    """The patient accepts this very text for this appointment. Twice is once."""
    consents.give_to(
        patient=patient,
        text=text,
        by=by,
        origin=origin,
        subject=_subject(appointment),
        now=now,
    )


def _subject(appointment: Appointment) -> str:
    return f"appointments.appointment:{appointment.pk}"
