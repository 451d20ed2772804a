"""Documents change with age (registro civil, tarjeta de identidad, cédula): the record stays one."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import documents, notices
from accounts.errors import (
    DocumentHasAccount,
    DocumentNotPlausible,
    DocumentOfAnother,
    IdentityNotConfirmed,
    NothingToChange,
    NotStaff,
)
from accounts.models import Patient, PatientDocument, User
from portal.audit import trail
from portal.audit.origin import Origin


@transaction.atomic
def change_document(
    *,
    patient: Patient,
    kind: str,
    number: str,
    by: User,
    origin: Origin,
    now: datetime,
) -> Patient:
    """Staff saw the new document. The former one is kept, and still finds the record.

    Whoever has an account signs in with the new one from now on, and is told.
    """
    if not by.is_staff or by.patient_id == patient.pk:
        raise NotStaff
    account = User.objects.select_for_update().filter(patient=patient).first()
    record = Patient.objects.select_for_update().get(pk=patient.pk)
    number = documents.normalise(number)
    _check(record, kind, number)
    PatientDocument.objects.create(
        patient=record,
        document_type=record.document_type,
        document_number=record.document_number,
        until=now,
    )
    _write(record, account, kind, number)
    trail.record(
        action="patient.document_changed",
        actor=by,
        subject=record,
        patient=record,
        request_context=origin,
        details={"to": kind},
        at=now,
    )
    if account is not None and account.is_active:
        notices.document_changed(user=account, now=now)
    return record


def _check(record: Patient, kind: str, number: str) -> None:
    if record.provisional:
        raise IdentityNotConfirmed
    if not documents.is_plausible(kind, number):
        raise DocumentNotPlausible
    if (record.document_type, record.document_number) == (kind, number):
        raise NothingToChange
    others = Patient.objects.of_the_clinic().exclude(pk=record.pk)
    if others.with_document(kind=kind, number=number).exists():
        raise DocumentOfAnother


def _write(record: Patient, account: User | None, kind: str, number: str) -> None:
    """The database says no as well, to two members of staff at the same instant."""
    try:
        with transaction.atomic():
            record.document_type, record.document_number = kind, number
            record.save(update_fields=["document_type", "document_number"])
    except IntegrityError as taken:
        raise DocumentOfAnother from taken
    username = User.username_for(kind=kind, number=number)
    # Somebody who registered with the new document before coming to the desk.
    if User.objects.filter(username=username).exclude(patient=record).exists():
        raise DocumentHasAccount
    if account is None or not account.is_active:
        return
    try:
        with transaction.atomic():
            account.username = username
            account.save(update_fields=["username"])
    except IntegrityError as taken:
        raise DocumentHasAccount from taken
