from datetime import UTC, datetime

import pytest

from catalog import instructions, version
from catalog.instructions import Step
from catalog.tests.factories import ProcedureFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
FASTING = Step("No coma desde las {hora}.", minutes_before=360, fasting=True)
BRING = Step("Orden médica", kind="bring")


def test_latest_version_is_given():
    procedure = ProcedureFactory()
    instructions.publish(about=procedure, steps=[FASTING], now=NOW)
    instructions.publish(about=procedure, steps=[BRING, FASTING], now=NOW)

    latest = instructions.for_procedure(procedure)

    assert latest.version == 2
    assert [s.text for s in latest.steps.all()] == [BRING.text, FASTING.text]


def test_earlier_version_stays_as_it_was_read():
    procedure = ProcedureFactory()
    first = instructions.publish(about=procedure, steps=[FASTING], now=NOW)

    instructions.publish(about=procedure, steps=[BRING], now=NOW)

    assert [s.text for s in first.steps.all()] == [FASTING.text]


def test_same_steps_published_twice_are_one_version():
    procedure = ProcedureFactory()
    first = instructions.publish(about=procedure, steps=[FASTING, BRING], now=NOW)

    assert instructions.publish(about=procedure, steps=[FASTING, BRING], now=NOW) == (
        first
    )


def test_specialty_speaks_for_a_procedure_without_its_own():
    procedure = ProcedureFactory()
    of_all = instructions.publish(about=procedure.specialty, steps=[BRING], now=NOW)

    assert instructions.for_procedure(procedure) == of_all


def test_own_instructions_come_before_those_of_the_specialty():
    procedure = ProcedureFactory()
    own = instructions.publish(about=procedure, steps=[FASTING], now=NOW)
    instructions.publish(about=procedure.specialty, steps=[BRING], now=NOW)
    instructions.publish(about=procedure.specialty, steps=[FASTING], now=NOW)

    assert instructions.for_procedure(procedure) == own


def test_no_instructions_is_none():
    assert instructions.for_procedure(ProcedureFactory(specialty=None)) is None


def test_publishing_bumps_the_catalogue():
    procedure = ProcedureFactory()
    before = version.current()

    instructions.publish(about=procedure, steps=[FASTING], now=NOW)

    assert version.current() != before
