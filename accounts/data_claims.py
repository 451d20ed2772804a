"""Consultations and claims about one's own data: a number, a clock, an answer (Ley 1581 de 2012)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import policies
from accounts.errors import ClaimAnswered, TooManyClaims
from accounts.models import DataClaim, Patient, User
from accounts.notifications import DATA_CLAIM
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging import outbox
from portal.messaging.models import Channel
from portal.ui import spoken, workdays

NUMBER_LENGTH = 6
TOLD_BY = (Channel.EMAIL, Channel.SMS)
OPEN = (DataClaim.State.OPEN, DataClaim.State.EXTENDED)


def of(patient: Patient) -> QuerySet[DataClaim]:
    """What this person has asked, the latest first."""
    return DataClaim.objects.filter(patient=patient).order_by("-asked_at", "pk")


@transaction.atomic
def file(
    *, patient: Patient, kind: str, text: str, by: User, origin: Origin, now: datetime
) -> DataClaim:
    """Write it down with its number and the day by which it is answered.

    Raises TooManyClaims.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    waiting = DataClaim.objects.filter(patient=patient, state__in=OPEN)
    if not policies.may_claim_again(open_claims=waiting.count()):
        raise TooManyClaims
    today = timezone.localdate(now)
    days = policies.days_to_answer(is_consult=kind == DataClaim.Kind.CONSULT)
    claim = DataClaim.objects.create(
        number=f"{today.year}-{spoken.code(NUMBER_LENGTH)}",
        patient=patient,
        kind=kind,
        text=text,
        asked_by=by,
        asked_at=now,
        due_date=workdays.add_workdays(today, days),
    )
    _record("data_claim.filed", claim, by=by, origin=origin, now=now)
    _tell(claim, now=now)
    return claim


@transaction.atomic
def extend(
    *, claim_id: UUID, reason: str, by: User, origin: Origin, now: datetime
) -> DataClaim:
    """More time, once, with its reason. Raises ClaimAnswered."""
    claim = _open(claim_id)
    if claim.state == DataClaim.State.EXTENDED:
        raise ClaimAnswered
    days = policies.days_of_extension(is_consult=claim.kind == DataClaim.Kind.CONSULT)
    claim.state = DataClaim.State.EXTENDED
    claim.extension_reason = reason
    claim.due_date = workdays.add_workdays(claim.due_date, days)
    claim.save(update_fields=["state", "extension_reason", "due_date"])
    _record("data_claim.extended", claim, by=by, origin=origin, now=now)
    _tell(claim, now=now)
    return claim


@transaction.atomic
def answer(
    *, claim_id: UUID, text: str, by: User, origin: Origin, now: datetime
) -> DataClaim:
    """What the clinic says. Raises ClaimAnswered when somebody answered before."""
    claim = _open(claim_id)
    claim.state = DataClaim.State.ANSWERED
    claim.answer = text
    claim.answered_by, claim.answered_at = by, now
    claim.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    _record("data_claim.answered", claim, by=by, origin=origin, now=now)
    _tell(claim, now=now)
    return claim


def _open(claim_id: UUID) -> DataClaim:
    claim = (
        DataClaim.objects.select_for_update(of=("self",))
        .select_related("patient")
        .get(pk=claim_id)
    )
    if claim.state == DataClaim.State.ANSWERED:
        raise ClaimAnswered
    return claim


def _tell(claim: DataClaim, *, now: datetime) -> None:
    """That it was received, takes longer, or has an answer; what it says is on its page."""
    outbox.put(
        kind=DATA_CLAIM,
        event=f"{DATA_CLAIM}:{claim.pk}:{claim.state}",
        recipient_ref=str(claim.asked_by_id),
        subject_ref=str(claim.pk),
        channels=TOLD_BY,
        now=now,
    )


def _record(
    action: str, claim: DataClaim, *, by: User, origin: Origin, now: datetime
) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=claim,
        patient=claim.patient,
        request_context=origin,
        at=now,
    )
