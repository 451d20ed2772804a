"""What an agreement covers."""

from datetime import date

from django.db.models import Q

from catalog.models import Agreement, CoveredService, Procedure


def covered_procedures(agreement: Agreement) -> Q:
    """The condition that a procedure meets when this agreement covers it."""
    if agreement.covers_everything:
        return Q()
    covered = CoveredService.objects.filter(agreement=agreement)
    return Q(pk__in=covered.filter(procedure__isnull=False).values("procedure_id")) | Q(
        specialty_id__in=covered.filter(specialty__isnull=False).values("specialty_id")
    )


def covers(*, agreement: Agreement, procedure: Procedure) -> bool:
    """Whether this agreement covers this procedure."""
    found = Procedure.objects.filter(covered_procedures(agreement), pk=procedure.pk)
    return agreement.covers_everything or found.exists()


def in_force(*, day: date) -> Q:
    """The condition that an agreement meets when it can be used on a day."""
    return (
        Q(active=True)
        & (Q(valid_from__isnull=True) | Q(valid_from__lte=day))
        & (Q(valid_until__isnull=True) | Q(valid_until__gte=day))
    )
