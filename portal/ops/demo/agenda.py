"""Appointments of the demo, written in bulk with all that the real booking would leave."""

import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from appointments import policies, references
from appointments.models import (
    Appointment,
    AppointmentEvent,
    Schedule,
    Slot,
    SlotClaim,
)
from catalog import instructions
from catalog.models import InstructionSet, Procedure

BATCH = 2000
Status = Appointment.Status


class Seat(NamedTuple):
    """A free slot, as little of it as is needed."""

    id: int
    schedule_id: int
    practitioner_id: int
    site_id: int
    start: datetime
    seat: int
    minutes: int


class Kind(NamedTuple):
    """A procedure, and for whom it is."""

    id: int
    minutes: int
    sex: str
    youngest: int | None
    oldest: int | None
    instruction_set: InstructionSet | None


@dataclass(slots=True)
class Book:
    """Appointments written in bulk, with everything that the real booking would leave."""

    dice: random.Random
    by: User
    now: datetime
    appointments: list[Appointment] = field(default_factory=list)
    claims: list[SlotClaim] = field(default_factory=list)
    events: list[AppointmentEvent] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    def add(
        self,
        *,
        schedule: Schedule,
        seats: Sequence[Seat],
        kind: Kind,
        patient_id: int,
        agreement_id: int,
    ) -> None:
        """A confirmed appointment on these consecutive slots."""
        start = seats[0].start
        asked = self._some_time_ago()
        taken = Appointment(
            id=uuid.UUID(int=self.dice.getrandbits(128), version=4),
            reference=self._reference(),
            patient_id=patient_id,
            schedule_id=schedule.pk,
            practitioner_id=schedule.practitioner_id,
            site_id=schedule.site_id,
            procedure_id=kind.id,
            agreement_id=agreement_id,
            modality=schedule.modality,
            start=start,
            end=start + timedelta(minutes=kind.minutes),
            status=Status.BOOKED,
            instruction_set=kind.instruction_set,
            instructions_read_at=asked if kind.instruction_set else None,
            exclusive=schedule.capacity == 1,
            booked_by=self.by,
            created_at=asked,
            confirmed_at=asked + timedelta(minutes=3),
        )
        self.appointments.append(taken)
        self.claims += [SlotClaim(slot_id=s.id, appointment=taken) for s in seats]
        self._step(taken, "", Status.HELD, asked)
        self._step(taken, Status.HELD, Status.BOOKED, asked + timedelta(minutes=3))

    def write(self) -> int:
        """Everything, in an order that the constraints accept."""
        Appointment.objects.bulk_create(self.appointments, batch_size=BATCH)
        SlotClaim.objects.bulk_create(self.claims, batch_size=BATCH)
        AppointmentEvent.objects.bulk_create(self.events, batch_size=BATCH)
        taken = [claim.slot_id for claim in self.claims]
        for first in range(0, len(taken), BATCH):
            Slot.objects.filter(pk__in=taken[first : first + BATCH]).update(free=False)
        return len(self.appointments)

    def _some_time_ago(self) -> datetime:
        return self.now - timedelta(minutes=self.dice.randint(60, 20 * 24 * 60))

    def _step(self, taken: Appointment, old: str, new: str, at: datetime) -> None:
        self.events.append(
            AppointmentEvent(
                appointment=taken, from_status=old, to_status=new, at=at, by=self.by
            )
        )

    def _reference(self) -> str:
        while True:
            letters = "".join(self.dice.choices(references.ALPHABET, k=7))
            code = f"{letters[:4]}-{letters[4:]}"
            if code not in self.codes:
                self.codes.add(code)
                return code


def free_seats() -> Iterator[tuple[Schedule, Iterator[tuple[date, list[Seat]]]]]:
    schedules = {s.pk: s for s in Schedule.objects.all()}
    rows = (
        Slot.objects.free()
        .filter(start__gt=timezone.now())
        .order_by("schedule_id", "seat", "start")
        .values_list(*Seat._fields)
        .iterator(chunk_size=BATCH)
    )
    for schedule_id, found in groupby(map(Seat._make, rows), lambda s: s.schedule_id):
        by_day = groupby(found, lambda s: (s.seat, timezone.localdate(s.start)))
        yield schedules[schedule_id], ((key[1], list(seats)) for key, seats in by_day)


def runs(
    dice: random.Random, seats: Sequence[Seat], share: float
) -> Iterator[Sequence[Seat]]:
    """Some of a day's seats, each with the ones that follow it without a gap."""
    place = 0
    while place < len(seats):
        if dice.random() < share:
            run = [seats[place]]
            for following in seats[place + 1 : place + 4]:
                if following.start != run[-1].start + timedelta(
                    minutes=run[-1].minutes
                ):
                    break
                run.append(following)
            yield run
            place += len(run)
        else:
            place += 1


def fits(kind: Kind, *, age: int, sex: str) -> bool:
    right_age = policies.fits_age(
        age_years=age, youngest=kind.youngest, oldest=kind.oldest
    )
    return right_age and policies.fits_sex(sex=sex, procedure_sex=kind.sex)


def kinds_of_schedules() -> dict[int, list[Kind]]:
    """The procedures of each schedule, with their preparation."""
    kinds = {p.pk: _kind(p) for p in _used_procedures()}
    links = Schedule.procedures.through.objects.order_by("schedule_id", "procedure_id")
    pairs = links.values_list("schedule_id", "procedure_id")
    return {
        schedule_id: [kinds[procedure_id] for _, procedure_id in found]
        for schedule_id, found in groupby(pairs, lambda pair: pair[0])
    }


def _used_procedures() -> Iterable[Procedure]:
    return Procedure.objects.filter(schedules__isnull=False).distinct()


def _kind(procedure: Procedure) -> Kind:
    return Kind(
        procedure.pk,
        procedure.minutes,
        procedure.sex,
        procedure.youngest,
        procedure.oldest,
        instructions.for_procedure(procedure),
    )
