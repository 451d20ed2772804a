"""The demo's other patients, and the times that they already have."""

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone

from accounts.models import Coverage, Patient
from appointments import policies
from appointments.models import Schedule
from catalog import coverage
from catalog.models import Agreement, Procedure
from portal.ops.demo import agenda, names
from portal.ops.demo.agenda import BATCH, Book, Kind, Seat

PATIENTS = 4000
# How full a day is, by how far it is.
FULLNESS = ((7, 0.50), (14, 0.30), (30, 0.15), (60, 0.06), (400, 0.02))


class Visitor(NamedTuple):
    """A patient of the crowd with the agreement that they use."""

    id: int
    age: int
    sex: str
    agreement_id: int


def invent_patients(*, dice: random.Random, today: date) -> None:
    """People without an account; most with a verified affiliation, the rest pay."""
    agreements = list(Agreement.objects.active().order_by("code"))
    people = [_patient(dice, number, today) for number in range(PATIENTS)]
    Patient.objects.bulk_create(people, batch_size=BATCH)
    Coverage.objects.bulk_create(
        (
            _coverage(dice, person, agreement)
            for person in people
            if (agreement := dice.choice(agreements)).kind != Agreement.Kind.PARTICULAR
        ),
        batch_size=BATCH,
    )


def _patient(dice: random.Random, number: int, today: date) -> Patient:
    woman = dice.random() < 0.56
    name = names.invent(dice, woman=woman)
    born = today - timedelta(days=dice.randint(60, 88 * 365))
    age = policies.age_on(today, birth_date=born)
    document = "RC" if age < 7 else "TI" if age < 18 else "CC"
    first = 1_900_000_000 if age < 18 else 1_700_000_000
    return Patient(
        token=uuid.UUID(int=dice.getrandbits(128), version=4),
        document_type=document,
        document_number=str(first + number),
        given_names=name.given,
        family_names=name.families,
        birth_date=born,
        sex=Patient.Sex.FEMALE if woman else Patient.Sex.MALE,
    )


def _coverage(dice: random.Random, person: Patient, agreement: Agreement) -> Coverage:
    verified = timezone.now() - timedelta(days=200)
    return Coverage(
        patient=person,
        agreement=agreement,
        member_number=str(dice.randint(10**7, 10**8)),
        state=Coverage.State.VERIFIED,
        declared_at=verified,
        verified_at=verified,
    )


def take_times(*, book: Book, today: date) -> None:
    """Give part of the published times to the crowd."""
    match = _Match.of_the_network(dice=book.dice, today=today)
    promised = [claim.slot_id for claim in book.claims]
    for schedule, days in agenda.free_seats(but=promised):
        for day, seats in days:
            share = _fullness((day - today).days)
            place = 0
            while place < len(seats):
                used = 0
                if book.dice.random() < share:
                    used = match.seat(book, schedule, agenda.run_at(seats, place))
                place += used or 1


def _fullness(days_ahead: int) -> float:
    return next(share for limit, share in FULLNESS if days_ahead < limit)


@dataclass(slots=True)
class _Match:
    """Who may take what: the rules that the real booking keeps, on plain values."""

    dice: random.Random
    visitors: list[Visitor]
    kinds: dict[int, list[Kind]]  # by schedule
    covered: dict[int, frozenset[int]]  # procedures by agreement
    busy: set[tuple[int, date]] = field(default_factory=set)
    to_come: Counter[int] = field(default_factory=Counter)
    in_specialty: Counter[tuple[int, int]] = field(default_factory=Counter)

    @classmethod
    def of_the_network(cls, *, dice: random.Random, today: date) -> "_Match":
        return cls(
            dice=dice,
            visitors=_visitors(today),
            kinds=agenda.kinds_of_schedules(),
            covered={a.pk: _covered(a) for a in Agreement.objects.active()},
        )

    def seat(self, book: Book, schedule: Schedule, run: Sequence[Seat]) -> int:
        """Find somebody for the first seats of the run; how many they took, if any."""
        day = timezone.localdate(run[0].start)
        for _ in range(8):
            kind = self.dice.choice(self.kinds[schedule.pk])
            visitor = self.dice.choice(self.visitors)
            slots = policies.slots_needed(
                minutes=kind.minutes, slot_minutes=schedule.slot_minutes
            )
            if slots <= len(run) and self._may(visitor, kind, schedule, day):
                self._remember(visitor, schedule, day)
                book.add(
                    schedule=schedule,
                    seats=run[:slots],
                    kind=kind,
                    patient_id=visitor.id,
                    agreement_id=visitor.agreement_id,
                )
                return slots
        return 0

    def _may(self, visitor: Visitor, kind: Kind, schedule: Schedule, day: date) -> bool:
        key = (visitor.id, schedule.specialty_id)
        return (
            kind.id in self.covered[visitor.agreement_id]
            and (visitor.id, day) not in self.busy
            and policies.may_have_another(
                policies.NETWORK, to_come=self.to_come[visitor.id]
            )
            and policies.may_have_another_in_specialty(
                policies.NETWORK, to_come=self.in_specialty[key]
            )
            and agenda.fits(kind, age=visitor.age, sex=visitor.sex)
        )

    def _remember(self, visitor: Visitor, schedule: Schedule, day: date) -> None:
        self.busy.add((visitor.id, day))
        self.to_come[visitor.id] += 1
        self.in_specialty[visitor.id, schedule.specialty_id] += 1


def _visitors(today: date) -> list[Visitor]:
    particular = Agreement.objects.active().get(kind=Agreement.Kind.PARTICULAR)
    rows = Patient.objects.filter(user=None, guardians=None).order_by("pk")
    return [
        Visitor(
            pk, policies.age_on(today, birth_date=born), sex, paid_by or particular.pk
        )
        for pk, born, sex, paid_by in rows.values_list(
            "pk", "birth_date", "sex", "coverages__agreement_id"
        )
    ]


def _covered(agreement: Agreement) -> frozenset[int]:
    wanted = coverage.covered_procedures(agreement)
    return frozenset(
        Procedure.objects.filter(wanted, schedules__isnull=False).values_list(
            "pk", flat=True
        )
    )
