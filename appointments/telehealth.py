"""The consent of a virtual appointment (Res. 2654 de 2019): asked for each one, kept with its text."""

from collections.abc import Sequence
from datetime import datetime

from accounts import consents
from accounts.models import Consent, LegalText, Patient, User
from appointments.models import Appointment
from catalog.models import Modality
from portal.audit.origin import Origin


def is_missing(appointment: Appointment) -> bool:
    """Whether this appointment still waits for the consent."""
    return bool(missing([appointment]))


def missing(appointments: Sequence[Appointment]) -> list[Appointment]:
    """Of several those that still wait for it, in one question."""
    virtual = [one for one in appointments if one.modality == Modality.VIRTUAL]
    if not virtual:
        return []
    given = Consent.objects.filter(
        patient__in={one.patient_id for one in virtual},
        text__kind=LegalText.Kind.TELEHEALTH,
        subject__in=[_subject(one) for one in virtual],
        withdrawn_at=None,
    )
    found = set(given.values_list("patient_id", "subject"))
    return [one for one in virtual if (one.patient_id, _subject(one)) not in found]


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
