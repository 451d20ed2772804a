"""Afiliaciones: with which agreement a person can book, declared by them, verified by the clinic."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import format as formatted

from accounts import policies
from accounts.errors import (
    AgreementNotOffered,
    CoverageAlreadyThere,
    CoverageNotWaiting,
    TooManyCoverages,
)
from accounts.models import Coverage, Patient, User
from catalog.models import Agreement
from portal.audit import trail
from portal.audit.origin import Origin

PAYS_ALL = "Usted paga el valor completo de la atención."
LIVE = (Coverage.State.DECLARED, Coverage.State.VERIFIED)


@dataclass(frozen=True, slots=True)
class Choice:
    """An agreement as the person may choose it; not usable means «shown, with its reason»."""

    agreement: Agreement
    label: str
    hint: str
    usable: bool
    coverage: Coverage | None = None


def choices(*, patient: Patient, today: date) -> list[Choice]:
    """The person's agreements in the order of the page; «Particular» is always the last."""
    held = (
        Coverage.objects.filter(patient=patient, state__in=LIVE)
        .filter(_in_force(today))
        .select_related("agreement")
    )
    return [
        *(_choice(coverage, today) for coverage in held),
        *(
            Choice(agreement, agreement.name, PAYS_ALL, usable=True)
            for agreement in _particular(today)
        ),
    ]


def usable(*, patient: Patient, agreement: Agreement, today: date) -> bool:
    """Whether this person may book with this agreement today."""
    if not _agreement_in_force(agreement, today):
        return False
    if agreement.kind == Agreement.Kind.PARTICULAR:
        return True
    held = Coverage.objects.filter(
        patient=patient, agreement=agreement, state__in=LIVE
    ).filter(_in_force(today))
    return any(_can_book(coverage, agreement) for coverage in held)


def usable_among(
    pairs: Iterable[tuple[Patient, Agreement]], *, today: date
) -> set[tuple[int, int]]:
    """Of these people and agreements, by their keys, those that `usable` says yes to."""
    asked = [
        (patient.pk, agreement)
        for patient, agreement in pairs
        if _agreement_in_force(agreement, today)
    ]
    particular = Agreement.Kind.PARTICULAR
    found = {(pk, one.pk) for pk, one in asked if one.kind == particular}
    others = {(pk, one.pk): one for pk, one in asked if one.kind != particular}
    if not others:
        return found
    held = Coverage.objects.filter(
        patient__in={pk for pk, _ in others}, state__in=LIVE
    ).filter(_in_force(today))
    for one in held:
        agreement = others.get((one.patient_id, one.agreement_id))
        if agreement is not None and _can_book(one, agreement):
            found.add((one.patient_id, one.agreement_id))
    return found


def offered(today: date) -> list[Agreement]:
    """The agreements that somebody can declare, by payer."""
    return list(
        Agreement.objects.active()
        .filter(_agreement_dates(today), payer__active=True)
        .select_related("payer")
        .order_by("payer__name", "name", "pk")
    )


def declared_by(patient: Patient) -> list[Coverage]:
    """What this person has told us, in whatever state it is."""
    return list(
        Coverage.objects.filter(patient=patient)
        .exclude(state=Coverage.State.ENDED)
        .select_related("agreement", "agreement__payer")
    )


@transaction.atomic
def declare(
    *,
    patient: Patient,
    agreement: Agreement,
    member_number: str,
    by: User,
    origin: Origin,
    now: datetime,
) -> Coverage:
    """The person says that this agreement pays for them; the clinic will verify it."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    today = timezone.localdate(now)
    if agreement.payer_id is None or not _agreement_in_force(agreement, today):
        raise AgreementNotOffered
    mine = Coverage.objects.filter(patient=patient, state__in=LIVE)
    if mine.filter(agreement=agreement).exists():
        raise CoverageAlreadyThere
    if not policies.may_declare_another(waiting_or_verified=mine.count()):
        raise TooManyCoverages
    coverage = Coverage.objects.create(
        patient=patient,
        agreement=agreement,
        member_number=member_number,
        declared_at=now,
    )
    _record("coverage.declared", coverage, by=by, origin=origin, now=now)
    return coverage


def verify(*, coverage_id: int, by: User, origin: Origin, now: datetime) -> Coverage:
    """Staff found it with the payer."""
    return _decide(coverage_id, Coverage.State.VERIFIED, by=by, origin=origin, now=now)


def reject(*, coverage_id: int, by: User, origin: Origin, now: datetime) -> Coverage:
    """Staff did not find it with the payer."""
    return _decide(coverage_id, Coverage.State.REJECTED, by=by, origin=origin, now=now)


@transaction.atomic
def _decide(
    coverage_id: int, state: str, *, by: User, origin: Origin, now: datetime
) -> Coverage:
    waiting = Coverage.objects.filter(pk=coverage_id, state=Coverage.State.DECLARED)
    verified = state == Coverage.State.VERIFIED
    changed = waiting.update(
        state=state, verified_at=now if verified else None, verified_by=by
    )
    if not changed:
        raise CoverageNotWaiting
    coverage = Coverage.objects.select_related("patient").get(pk=coverage_id)
    _record(f"coverage.{state}", coverage, by=by, origin=origin, now=now)
    return coverage


def _choice(coverage: Coverage, today: date) -> Choice:
    agreement = coverage.agreement
    can_book = _agreement_in_force(agreement, today) and _can_book(coverage, agreement)
    return Choice(agreement, agreement.name, _hint(coverage), can_book, coverage)


def _can_book(coverage: Coverage, agreement: Agreement) -> bool:
    return policies.coverage_books(
        verified=coverage.state == Coverage.State.VERIFIED,
        agreement_books_unverified=agreement.books_unverified,
    )


def _hint(coverage: Coverage) -> str:
    agreement = coverage.agreement
    kind = f"{agreement.get_kind_display()}."
    if coverage.state == Coverage.State.DECLARED:
        waiting = "Estamos verificando su afiliación."
        if agreement.books_unverified:
            return f"{kind} {waiting}"
        return f"{waiting} Mientras tanto, escoja otro."
    if coverage.end_date is not None:
        return f"Activo hasta el {_date_with_year(coverage.end_date)}."
    return f"{kind} Activo."


def _date_with_year(day: date) -> str:
    return formatted(day, r"j \d\e F \d\e Y")


def _particular(today: date) -> list[Agreement]:
    return list(
        Agreement.objects.active().filter(
            _agreement_dates(today), kind=Agreement.Kind.PARTICULAR
        )
    )


def _in_force(today: date) -> Q:
    begun = Q(start_date=None) | Q(start_date__lte=today)
    return begun & (Q(end_date=None) | Q(end_date__gte=today))


def _agreement_dates(today: date) -> Q:
    begun = Q(valid_from=None) | Q(valid_from__lte=today)
    return begun & (Q(valid_until=None) | Q(valid_until__gte=today))


def _agreement_in_force(agreement: Agreement, today: date) -> bool:
    begun = agreement.valid_from is None or agreement.valid_from <= today
    lasts = agreement.valid_until is None or agreement.valid_until >= today
    return agreement.active and begun and lasts


def _record(
    action: str, coverage: Coverage, *, by: User, origin: Origin, now: datetime
) -> None:
    trail.record(
        action=action,
        actor=by,
        subject=coverage,
        patient=coverage.patient,
        request_context=origin,
        at=now,
    )
