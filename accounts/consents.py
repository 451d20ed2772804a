"""Permission given and taken back, kept as evidence: which text, who, when, from where."""

from datetime import datetime

from django.db import transaction

from accounts.errors import ConsentIsNeeded
from accounts.models import Consent, LegalText, Patient, User
from portal.audit import trail
from portal.audit.origin import Origin

# Without these there is no account; they end when the account is closed.
NEEDED = (LegalText.Kind.TERMS, LegalText.Kind.HEALTH_DATA)


def current(kind: str) -> LegalText:
    """The version in force of a text."""
    return LegalText.objects.filter(kind=kind).latest("version")


def give(
    *,
    patient: Patient,
    kind: str,
    by: User,
    origin: Origin,
    now: datetime,
    subject: str = "",
) -> Consent:
    """Record that the version in force was accepted; twice is once."""
    return give_to(
        patient=patient,
        text=current(kind),
        by=by,
        origin=origin,
        subject=subject,
        now=now,
    )


@transaction.atomic
def give_to(  # noqa: PLR0913 whose, what, by whom, when, from where, about what
    *,
    patient: Patient,
    text: LegalText,
    by: User,
    origin: Origin,
    now: datetime,
    subject: str = "",
    given_at: datetime | None = None,
) -> Consent:
    """Record that this very version was accepted, the one that was on the screen.

    `given_at` is when, if it was before there was a record to write it on.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    live = Consent.objects.filter(
        patient=patient, text=text, subject=subject, withdrawn_at=None
    )
    given = live.first()
    if given is not None:
        return given
    given = Consent.objects.create(
        patient=patient,
        text=text,
        given_by=by,
        given_at=given_at or now,
        address=origin.address,
        user_agent=origin.user_agent[:200],
        subject=subject,
    )
    _remember_wish(patient, text.kind, wants=True)
    _record("consent.given", given, by=by, origin=origin, now=now)
    return given


@transaction.atomic
def withdraw(
    *, patient: Patient, kind: str, by: User, origin: Origin, now: datetime
) -> None:
    """Take back every permission of this kind; the evidence stays, with its end."""
    if kind in NEEDED:
        raise ConsentIsNeeded
    Patient.objects.select_for_update().get(pk=patient.pk)
    _remember_wish(patient, kind, wants=False)
    live = Consent.objects.filter(patient=patient, text__kind=kind, withdrawn_at=None)
    for given in live.select_related("text"):
        given.withdrawn_at = now
        given.save(update_fields=["withdrawn_at"])
        _record("consent.withdrawn", given, by=by, origin=origin, now=now)


def pending(patient: Patient) -> list[LegalText]:
    """The texts in force that an account cannot go on without and this person has not accepted."""
    given = set(
        Consent.objects.filter(
            patient=patient, text__kind__in=NEEDED, withdrawn_at=None
        ).values_list("text_id", flat=True)
    )
    return [text for kind in NEEDED if (text := current(kind)).pk not in given]


def accepted(patient: Patient) -> list[Consent]:
    """Everything this person accepted, the latest first, with its text."""
    return list(Consent.objects.filter(patient=patient).select_related("text"))


def _remember_wish(patient: Patient, kind: str, *, wants: bool) -> None:
    if kind == LegalText.Kind.MESSAGES:
        Patient.objects.filter(pk=patient.pk).update(wants_messages=wants)


def _record(
    action: str, given: Consent, *, by: User, origin: Origin, now: datetime
) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=given,
        patient=given.patient,
        request_context=origin,
        details={"text": str(given.text_id), "kind": given.text.kind},
        at=now,
    )
