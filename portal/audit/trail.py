"""Write down who did or saw what (LOG-01). Rows are added and never changed."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from portal.audit.models import AuditEvent
from portal.audit.origin import Origin


class HasToken(Protocol):
    """A patient, seen from a floor that does not know patients."""

    @property
    def token(self) -> UUID: ...


Detail = str | int | bool | None


def record(  # noqa: PLR0913 who, what, on whom, when, from where, with which result
    *,
    action: str,
    at: datetime,
    actor: AbstractBaseUser | None = None,
    subject: Model | str = "",
    patient: HasToken | None = None,
    outcome: str = "ok",
    request_context: Origin | None = None,
    details: dict[str, Detail] | None = None,
) -> None:
    """Add one event, inside the caller's transaction.

    `details` holds codes and counts, never names, documents, phones or texts (LOG-02).
    """
    AuditEvent.objects.create(
        at=at,
        actor_id=None if actor is None else actor.pk,
        action=action,
        subject=subject if isinstance(subject, str) else reference(subject),
        patient_ref=None if patient is None else patient.token,
        outcome=outcome,
        address=None if request_context is None else request_context.address,
        request_id="" if request_context is None else request_context.request_id,
        details=details or {},
    )


def reference(row: Model) -> str:
    """A row as the trail names it: «appointments.appointment:<key>»."""
    return f"{row._meta.label_lower}:{row.pk}"
