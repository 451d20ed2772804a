"""Orders and authorisations: the patient declares them, staff check them.

A declaration serves at once, because most are right and nobody should lose a time while
they wait for staff. One that staff reject serves no more: its appointments stand, and
their patients are told.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import lifecycle, notifications, policies, uploads
from appointments.errors import NotStanding, OrderNotWaiting, TooManyOrders
from appointments.models import Appointment, ServiceRequest, ServiceRequestFile
from appointments.papers import Missing, missing, usable
from appointments.uploads import Upload
from catalog.models import Agreement, Procedure
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging import outbox

__all__ = [
    "Declared",
    "Missing",
    "attach",
    "check",
    "declare",
    "missing",
    "purge",
    "reject",
    "usable",
]

State = ServiceRequest.State
# A file without a row is of somebody who is still writing, or of nobody.
ORPHAN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the paper says, as the patient copied it."""

    order_number: str = ""
    order_date: date | None = None
    order_until: date | None = None
    authorization_number: str = ""
    authorization_date: date | None = None
    authorization_until: date | None = None


@transaction.atomic
def declare(  # noqa: PLR0913 - who, for whom, what for, what it says
    *,
    patient: Patient,
    procedure: Procedure,
    agreement: Agreement,
    declared: Declared,
    by: User,
    now: datetime,
    upload: Upload | None = None,
) -> ServiceRequest:
    """Keep what the patient tells of their order. The same twice is once.

    Raises NotActing and TooManyOrders.
    """
    people.check_acts_for(by, patient, on=timezone.localdate(now))
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    facts = _facts(declared, agreement)
    same = _same(patient, procedure, agreement, facts)
    if same is not None:
        return _with_file(same, upload, by=by, now=now)
    waiting = ServiceRequest.objects.filter(patient=patient, state=State.DECLARED)
    if not policies.may_declare_another_order(waiting=waiting.count()):
        raise TooManyOrders
    made = ServiceRequest.objects.create(
        patient=patient,
        procedure=procedure,
        agreement=agreement,
        declared_by=by,
        declared_at=now,
        **facts,
    )
    _record("order.declared", made, by=by, now=now)
    return _with_file(made, upload, by=by, now=now)


@transaction.atomic
def attach(
    *,
    appointment_id: UUID,
    patient: Patient,
    order: ServiceRequest,
    by: User,
    now: datetime,
) -> Appointment:
    """This order is for that appointment, which was asked for without it or with another.

    Raises NotStanding when it is over, or the order is for something else.
    """
    appointment = lifecycle.locked(patient, appointment_id, by=by, now=now)
    same = (order.patient_id, order.procedure_id, order.agreement_id) == (
        appointment.patient_id,
        appointment.procedure_id,
        appointment.agreement_id,
    )
    if not same or appointment.status not in Appointment.LIVE or appointment.end <= now:
        raise NotStanding
    appointment.service_request = order
    appointment.order_promised = False
    appointment.save(update_fields=["service_request", "order_promised"])
    _record("order.attached", order, by=by, now=now)
    return appointment


def check(*, order_id: UUID, by: User, origin: Origin, now: datetime) -> ServiceRequest:
    """Staff saw that it serves. Raises OrderNotWaiting."""
    return _decide(order_id, State.CHECKED, by=by, origin=origin, now=now, reason="")


def reject(
    *, order_id: UUID, reason: str, by: User, origin: Origin, now: datetime
) -> ServiceRequest:
    """It does not serve, and why, in words for the patient. Raises OrderNotWaiting."""
    return _decide(
        order_id, State.REJECTED, by=by, origin=origin, now=now, reason=reason
    )


def purge(*, now: datetime) -> int:
    """Delete the files that no row points to: their transaction was rolled back."""
    old = list(uploads.kept_before(now - ORPHAN_AFTER))
    known = set(
        ServiceRequestFile.objects.filter(path__in=old).values_list("path", flat=True)
    )
    orphans = [path for path in old if path not in known]
    for path in orphans:
        uploads.forget(path)
    return len(orphans)


@transaction.atomic
def _decide(
    order_id: UUID,
    state: str,
    *,
    by: User,
    origin: Origin,
    now: datetime,
    reason: str,
) -> ServiceRequest:
    waiting = ServiceRequest.objects.filter(pk=order_id, state=State.DECLARED)
    changed = waiting.update(
        state=state, checked_by=by, checked_at=now, reason=reason[:200]
    )
    if not changed:
        raise OrderNotWaiting
    order = ServiceRequest.objects.select_related("patient").get(pk=order_id)
    _record(f"order.{state}", order, by=by, now=now, origin=origin)
    if state == State.REJECTED:
        _tell(order, now=now)
    return order


def _tell(order: ServiceRequest, *, now: datetime) -> None:
    """For each appointment that counted on it and is to come."""
    to_come = Appointment.objects.live().filter(service_request=order, start__gt=now)
    for appointment in to_come.select_related("patient", "booked_by"):
        today = timezone.localdate(now)
        for person, reach in notifications.recipients(appointment, on=today):
            outbox.put(
                kind=notifications.ORDER_REJECTED,
                # Each order that does not serve is told once, whatever moves meanwhile.
                event=_rejection_of(order, appointment),
                recipient_ref=str(person.pk),
                subject_ref=str(appointment.pk),
                channels=reach,
                expires_at=appointment.start,
                now=now,
            )


def _rejection_of(order: ServiceRequest, appointment: Appointment) -> str:
    """Enough of the order's key to tell two of one appointment apart: an event is short."""
    return f"{notifications.ORDER_REJECTED}:{order.pk.hex[:12]}:{appointment.pk}"


def _facts(declared: Declared, agreement: Agreement) -> dict[str, object]:
    """With the last days that the agreement gives, where the paper says none."""
    order_until, until = declared.order_until, declared.authorization_until
    if declared.order_date and order_until is None:
        order_until = policies.paper_until(
            declared.order_date, valid_days=agreement.order_valid_days
        )
    if declared.authorization_date and until is None:
        until = policies.paper_until(
            declared.authorization_date, valid_days=agreement.authorization_valid_days
        )
    return {
        "order_number": declared.order_number,
        "order_date": declared.order_date,
        "order_until": order_until,
        "authorization_number": declared.authorization_number,
        "authorization_date": declared.authorization_date,
        "authorization_until": until,
    }


def _same(
    patient: Patient, procedure: Procedure, agreement: Agreement, facts: dict
) -> ServiceRequest | None:
    """A form sent twice."""
    return ServiceRequest.objects.filter(
        patient=patient,
        procedure=procedure,
        agreement=agreement,
        state__in=(State.DECLARED, State.CHECKED),
        **facts,
    ).first()


def _with_file(
    order: ServiceRequest, upload: Upload | None, *, by: User, now: datetime
) -> ServiceRequest:
    if upload is None or order.files.filter(sha256=upload.sha256).exists():
        return order
    ServiceRequestFile.objects.create(
        service_request=order,
        path=uploads.keep(upload),
        mimetype=upload.mimetype,
        size=len(upload.content),
        sha256=upload.sha256,
        uploaded_by=by,
        uploaded_at=now,
    )
    _record("order.file_kept", order, by=by, now=now)
    return order


def _record(
    action: str,
    order: ServiceRequest,
    *,
    by: User,
    now: datetime,
    origin: Origin | None = None,
) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=order,
        patient=order.patient,
        request_context=origin,
        at=now,
    )
