"""What an EPS may charge in 2026, as staff will find it and correct it.

The amount of level A is in doubt: the circular's text was not at hand and the press
gives two values. It is marked so, and every page calls the figure an estimate.
"""

from decimal import Decimal

from django.db import migrations

YEAR = {
    "uvb": Decimal("12110"),
    "legal_basis": "Decreto 1652 de 2022 y Circular Externa 048 del 31 de diciembre de 2025",
    "source": "Prensa de enero de 2026; para el rango A hay quien escribe $ 5.000",
    "doubtful": True,
}
# Level: cuota moderadora, copago in per cent, its cap per event and per year.
CONTRIBUTIVO = {
    "A": (5_800, "11.5", 373_715, 748_882),
    "B": (20_100, "17.3", 1_497_644, 2_995_409),
    "C": (52_800, "23.0", 2_995_409, 5_990_696),
}


def write(apps, schema_editor):
    years = apps.get_model("catalog", "FeeYear")
    bands = apps.get_model("catalog", "FeeBand")
    year, created = years.objects.get_or_create(year=2026, defaults=YEAR)
    if not created:
        return
    for level, (fee, percent, event, yearly) in CONTRIBUTIVO.items():
        bands.objects.create(
            fee_year=year,
            regime="contributivo",
            level=level,
            moderadora=fee,
            copago_percent=Decimal(percent),
            copago_event=event,
            copago_year=yearly,
        )
    # No cuota moderadora here; what its copago is, staff write when they know it.
    bands.objects.create(fee_year=year, regime="subsidiado", moderadora=0)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_prices_and_papers")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
