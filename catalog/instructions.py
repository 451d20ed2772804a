"""How to prepare: what is published stays as it was read; a change is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from catalog import version
from catalog.models import Instruction, InstructionSet, Procedure, Specialty


@dataclass(frozen=True)
class Step:
    """One line to publish. With `minutes_before` the text may say {hora}."""

    text: str
    kind: str = Instruction.Kind.PREPARE
    minutes_before: int | None = None
    fasting: bool = False


def for_procedure(procedure: Procedure) -> InstructionSet | None:
    """The latest instructions of a procedure, or else those of its specialty."""
    return (
        InstructionSet.objects.filter(
            Q(procedure=procedure)
            | Q(specialty__isnull=False, specialty=procedure.specialty_id)
        )
        .prefetch_related("steps")
        .order_by(F("procedure").asc(nulls_last=True), "-version")
        .first()
    )


@transaction.atomic
def publish(
    *, about: Procedure | Specialty, steps: Sequence[Step], now: datetime
) -> InstructionSet:
    """A new version, or the last one when it already says this. None is ever changed."""
    whose = (
        {"procedure": about} if isinstance(about, Procedure) else {"specialty": about}
    )
    # Two editors at once: the second waits here and takes the next number.
    type(about).objects.select_for_update().get(pk=about.pk)
    sets = InstructionSet.objects.filter(**whose)
    last = sets.order_by("-version").first()
    if last is not None and _lines(last) == list(steps):
        return last
    number = (sets.aggregate(last=Max("version"))["last"] or 0) + 1
    published = InstructionSet.objects.create(**whose, version=number, published_at=now)
    Instruction.objects.bulk_create(
        Instruction(
            instruction_set=published,
            position=position,
            kind=step.kind,
            text=step.text,
            minutes_before=step.minutes_before,
            fasting=step.fasting,
        )
        for position, step in enumerate(steps)
    )
    version.bump()
    return published


def _lines(published: InstructionSet) -> list[Step]:
    return [
        Step(line.text, line.kind, line.minutes_before, line.fasting)
        for line in published.steps.all()
    ]
