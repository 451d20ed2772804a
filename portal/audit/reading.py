"""Read the trail for the person it is about (LOG-03)."""

from datetime import datetime
from uuid import UUID

from portal.audit.models import AuditEvent


def about(
    patient_ref: UUID, *, before: datetime | None = None, limit: int
) -> list[AuditEvent]:
    """What was done with this person's data and who did it, the latest first."""
    rows = AuditEvent.objects.filter(patient_ref=patient_ref)
    if before is not None:
        rows = rows.filter(at__lt=before)
    found = rows.select_related("actor").prefetch_related("actor__groups")
    return list(found.order_by("-at", "-pk")[:limit])
