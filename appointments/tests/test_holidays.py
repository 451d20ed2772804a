from datetime import date

import pytest

from appointments import holidays
from appointments.models import Holiday

pytestmark = pytest.mark.django_db


def test_2026_has_nineteen_holidays():
    added = holidays.load(years=[2026])

    assert added == 19
    assert Holiday.objects.get(date=date(2026, 3, 23)).name.startswith(
        "Día de San José"
    )


def test_what_staff_changed_stays():
    holidays.load(years=[2026])
    Holiday.objects.filter(date=date(2026, 12, 25)).update(name="Navidad, medio día")

    again = holidays.load(years=[2026])

    assert again == 0
    assert Holiday.objects.get(date=date(2026, 12, 25)).name == "Navidad, medio día"
