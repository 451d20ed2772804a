"""What an appointment needs on paper, and what this person already told us about it.

Needing nothing costs no query: procedure and agreement come from the catalogue that
the process remembers.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

from accounts.models import Patient
from appointments import policies
from appointments.errors import AuthorizationMissing, OrderMissing, OrderOutOfDate
from appointments.models import ServiceRequest
from appointments.policies import Asked, Gap, Paper
from catalog.models import Agreement, Procedure

# Their payer authorises nothing: there is none, or it pays by law.
NOT_AUTHORIZED = (Agreement.Kind.PARTICULAR, Agreement.Kind.SOAT)
# Nobody has more orders in force for the same thing.
LOOKED_AT = 20
State = ServiceRequest.State
IN_FORCE = (State.DECLARED, State.CHECKED)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is wanting for that day, and the newest declaration that goes furthest."""

    asked: Asked
    gap: Gap
    declared: ServiceRequest | None = None

    @property
    def anything(self) -> bool:
        return self.gap.anything

    @property
    def in_earnest(self) -> Gap:
        """What may not even be promised."""
        return policies.gap_without_promised(self.asked, self.gap)

    @property
    def may_be_promised(self) -> bool:
        return self.gap.anything and not self.in_earnest.anything


NOTHING = Missing(Asked(), Gap())


def asked(procedure: Procedure, agreement: Agreement) -> Asked:
    """Which papers this agreement wants for this procedure."""
    return Asked(
        order=policies.asks(
            procedure_asks=procedure.needs_order,
            agreement_asks=agreement.asks_order if procedure.needs_order else None,
            usual=True,
        ),
        authorization=policies.asks(
            procedure_asks=procedure.needs_authorization,
            agreement_asks=agreement.asks_authorization
            if procedure.needs_authorization
            else None,
            usual=agreement.kind not in NOT_AUTHORIZED,
        ),
        order_later=agreement.order_later,
        authorization_later=agreement.authorization_later,
    )


def missing(
    *, patient: Patient, procedure: Procedure, agreement: Agreement, day: date
) -> Missing:
    """What is wanting for an appointment on that day, by the declaration that leaves least open."""
    wanted = asked(procedure, agreement)
    if not wanted.anything:
        return NOTHING
    return best_of(_declared(patient, procedure, agreement), wanted, day)


def best_of(rows: Iterable[ServiceRequest], wanted: Asked, day: date) -> Missing:
    """By the declaration that leaves least open, of these, the newest first."""
    best = Missing(wanted, gap_of(wanted, None, day))
    for row in rows:
        found = Missing(wanted, gap_of(wanted, row, day), row)
        if not found.anything:
            return found
        if _weight(found) < _weight(best):
            best = found
    return best


class Needing(Protocol):
    """Somebody who needs something done, by an agreement."""

    patient_id: int
    procedure: Procedure
    agreement: Agreement


class Declared:
    """What several people told us, asked for all of them together."""

    def __init__(self, people: Iterable[Needing]) -> None:
        self._people = [
            one for one in people if asked(one.procedure, one.agreement).anything
        ]

    def missing(self, one: Needing, day: date) -> Missing:
        """What `missing` answers, for one of them."""
        wanted = asked(one.procedure, one.agreement)
        if not wanted.anything:
            return NOTHING
        key = (one.patient_id, one.procedure.pk, one.agreement.pk)
        return best_of(self._rows[key][:LOOKED_AT], wanted, day)

    @cached_property
    def _rows(self) -> dict[tuple[int, int, int], list[ServiceRequest]]:
        found: dict[tuple[int, int, int], list[ServiceRequest]] = defaultdict(list)
        rows = ServiceRequest.objects.filter(
            patient__in={one.patient_id for one in self._people},
            procedure__in={one.procedure.pk for one in self._people},
            state__in=IN_FORCE,
        )
        for row in rows:
            key = (row.patient_id, row.procedure_id, row.agreement_id)
            found[key].append(row)
        return found


def gap_of(wanted: Asked, row: ServiceRequest | None, day: date) -> Gap:
    order, authorization = (
        (policies.NO_PAPER, policies.NO_PAPER) if row is None else _papers(row)
    )
    return policies.gap(wanted, order=order, authorization=authorization, day=day)


def usable(
    *, patient: Patient, procedure: Procedure, agreement: Agreement, day: date
) -> ServiceRequest | None:
    """The newest declaration, checked or not yet, that covers everything on that day."""
    found = missing(patient=patient, procedure=procedure, agreement=agreement, day=day)
    return None if found.anything else found.declared


def refuse(gap: Gap) -> None:
    """Raise what this gap is called, the one without remedy first."""
    if gap.authorization:
        raise AuthorizationMissing
    if gap.order:
        raise OrderMissing
    if gap.anything:
        raise OrderOutOfDate


def last_rejected(
    *, patient: Patient, procedure: Procedure, agreement: Agreement
) -> ServiceRequest | None:
    """The newest declaration, if staff said that it does not serve."""
    newest = ServiceRequest.objects.filter(
        patient=patient, procedure=procedure, agreement=agreement
    ).first()
    return newest if newest and newest.state == State.REJECTED else None


def _declared(
    patient: Patient, procedure: Procedure, agreement: Agreement
) -> list[ServiceRequest]:
    rows = ServiceRequest.objects.filter(
        patient=patient,
        procedure=procedure,
        agreement=agreement,
        state__in=IN_FORCE,
    )
    return list(rows[:LOOKED_AT])


def _papers(row: ServiceRequest) -> tuple[Paper, Paper]:
    return (
        Paper(there=row.order_date is not None, until=row.order_until),
        Paper(there=bool(row.authorization_number), until=row.authorization_until),
    )


def _weight(one: Missing) -> tuple[int, int]:
    """Fewest open, and late before absent."""
    gap = one.gap
    return (gap.no_order + gap.no_authorization, gap.order + gap.authorization)
