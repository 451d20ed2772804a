"""Whose account is whose: what the desk decides after seeing a document (design §6)."""

from datetime import datetime

from django.db import IntegrityError, models, transaction

from accounts import sessions
from accounts.errors import RecordsOverlap
from accounts.models import Coverage, Patient, User
from portal.audit import trail
from portal.audit.origin import Origin


@transaction.atomic
def tie_to_record(*, account: User, by: User, origin: Origin, now: datetime) -> Patient:
    """Confirm that this account belongs to the person of its document; returns their record.

    If the clinic already held a record of that document, the account gets it, and
    what the account made so far moves there. Doing it twice does it once.
    """
    account = User.objects.select_for_update().get(pk=account.pk)
    if account.patient_id is None:
        raise Patient.DoesNotExist
    mine = Patient.objects.select_for_update().get(pk=account.patient_id)
    record = _clinic_record(mine) if mine.provisional else mine
    if record is None:
        mine.provisional = False
        mine.save(update_fields=["provisional"])
    elif record != mine:
        _move(account, mine, record)
    account.patient = record or mine
    account.identity_confirmed_at = account.identity_confirmed_at or now
    account.save(update_fields=["patient", "identity_confirmed_at"])
    trail.record(
        action="account.tied",
        actor=by,
        subject=account,
        patient=account.patient,
        request_context=origin,
        details={"former": str(mine.token), "merged": record not in (None, mine)},
        at=now,
    )
    return account.patient


@transaction.atomic
def retire(*, account: User, by: User | None, origin: Origin, now: datetime) -> None:
    """Take a document from an account that is not of that person, so that its owner can register.

    `by` is the staff who saw the document, or nobody when the owner proved the
    contact on file. What the account made stays, and nobody signs in with it.
    """
    account = User.objects.select_for_update().get(pk=account.pk)
    account.username = f"{account.username}#{account.pk}"
    account.is_active = False
    account.save(update_fields=["username", "is_active"])
    sessions.end_all(user=account, origin=origin, now=now)
    trail.record(
        action="account.retired",
        actor=by,
        subject=account,
        patient=account.patient,
        request_context=origin,
        at=now,
    )


def _clinic_record(mine: Patient) -> Patient | None:
    return (
        Patient.objects.of_the_clinic()
        .with_document(kind=mine.document_type, number=mine.document_number)
        .select_for_update()
        .first()
    )


def _move(account: User, mine: Patient, record: Patient) -> None:
    """Everything that points at one record points at the other from now on."""
    if User.objects.filter(patient=record).exclude(pk=account.pk).exists():
        raise RecordsOverlap
    _end_repeated_coverages(mine, record)
    try:
        with transaction.atomic():
            for model, field in _pointing_at_patients():
                model._base_manager.filter(**{field: mine}).update(**{field: record})
    except IntegrityError as overlap:
        raise RecordsOverlap from overlap
    mine.active = False
    mine.save(update_fields=["active"])


def _pointing_at_patients() -> list[tuple[type[models.Model], str]]:
    """Every foreign key to a patient, of any app, but the account's own."""
    return [
        (relation.related_model, relation.field.name)
        for relation in Patient._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.one_to_many
    ]


def _end_repeated_coverages(mine: Patient, record: Patient) -> None:
    live = Coverage.objects.filter(
        state__in=[Coverage.State.DECLARED, Coverage.State.VERIFIED]
    )
    same = live.filter(patient=record).values("agreement_id")
    live.filter(patient=mine, agreement_id__in=same).update(state=Coverage.State.ENDED)
