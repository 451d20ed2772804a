"""The samples of docs/importing.md are files that load, one after the other."""

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Coverage, Guardianship, Patient, PatientDocument
from appointments.models import Schedule, Slot
from catalog.tests.factories import (
    AgreementFactory,
    PractitionerFactory,
    ProcedureFactory,
    SiteFactory,
    SpecialtyFactory,
)

pytestmark = pytest.mark.django_db

SAMPLES = settings.BASE_DIR / "docs/samples"
KINDS = ("patients", "coverages", "guardianships", "schedules")


@pytest.fixture
def network():
    AgreementFactory(code="eps-andina")
    SiteFactory(code="110010000101")
    PractitionerFactory(code="P0001")
    heart = SpecialtyFactory(code="28")
    for code in ("890228", "890328"):
        ProcedureFactory(code=code, specialty=heart)


def test_samples_load_twice_with_the_same_result(network, capsys):
    for kind in KINDS:
        call_command("import_catalog", kind, str(SAMPLES / f"{kind}.csv"))
    out = capsys.readouterr().out
    assert out.count("Rechazados: 0") == 4
    counts = [
        model.objects.count()
        for model in (Patient, PatientDocument, Coverage, Guardianship, Schedule, Slot)
    ]
    assert counts[:5] == [2, 1, 2, 1, 2]
    assert counts[5] > 100

    for kind in KINDS:
        call_command("import_catalog", kind, str(SAMPLES / f"{kind}.csv"), "--complete")

    out = capsys.readouterr().out
    assert out.count("Nuevos: 0\nCambiados: 0") == 4
    assert out.count("Desactivados: 0") == 4


def test_samples_are_in_the_documentation():
    text = (settings.BASE_DIR / "docs/importing.md").read_text(encoding="utf-8")

    assert "(samples/)" in text
    for kind in KINDS:
        assert f"### `{kind}`" in text
