"""Colombia's holidays, from the law's list into a table that staff can edit."""

from collections.abc import Iterable

import holidays as law

from appointments.models import Holiday


def load(*, years: Iterable[int]) -> int:
    """Add the holidays that are not there yet; what staff changed stays as they left it."""
    listed = law.country_holidays("CO", years=list(years), language="es")
    before = Holiday.objects.count()
    Holiday.objects.bulk_create(
        [Holiday(date=day, name=name) for day, name in sorted(listed.items())],
        ignore_conflicts=True,
    )
    return Holiday.objects.count() - before
