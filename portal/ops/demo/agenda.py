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
LONGEST = 6  # slots of one appointment
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
        taken = self._appointment(schedule, kind, seats[0].start, self._some_time_ago())
        taken.patient_id, taken.agreement_id = patient_id, agreement_id
        self.claims += [SlotClaim(slot_id=s.id, appointment=taken) for s in seats]

    def add_past(
        self,
        *,
        schedule: Schedule,
        kind: Kind,
        start: datetime,
        ended: str,
        patient_id: int,
        agreement_id: int,
    ) -> None:
        """A visit of the past, which occupies nothing any more."""
        visit = self._appointment(schedule, kind, start, start - timedelta(days=10))
        visit.patient_id, visit.agreement_id = patient_id, agreement_id
        visit.status = ended
        self._step(visit, Status.BOOKED, ended, visit.end)

    def _appointment(
        self, schedule: Schedule, kind: Kind, start: datetime, asked: datetime
    ) -> Appointment:
        confirmed = asked + timedelta(minutes=3)
        made = Appointment(
            id=uuid.UUID(int=self.dice.getrandbits(128), version=4),
            reference=self._reference(),
            schedule_id=schedule.pk,
            practitioner_id=schedule.practitioner_id,
            site_id=schedule.site_id,
            procedure_id=kind.id,
            modality=schedule.modality,
            start=start,
            end=start + timedelta(minutes=kind.minutes),
            status=Status.BOOKED,
            instruction_set=kind.instruction_set,
            instructions_read_at=asked if kind.instruction_set else None,
            exclusive=schedule.capacity == 1,
            booked_by=self.by,
            created_at=asked,
            confirmed_at=confirmed,
        )
        self.appointments.append(made)
        self._step(made, "", Status.HELD, asked)
        self._step(made, Status.HELD, Status.BOOKED, confirmed)
        return made

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


def free_seats(
    *, but: Iterable[int]
) -> Iterator[tuple[Schedule, Iterator[tuple[date, list[Seat]]]]]:
    """By agenda and day, each seat's free slots in order; `but` are already promised."""
    schedules = {s.pk: s for s in Schedule.objects.all()}
    rows = (
        Slot.objects.free()
        .filter(start__gt=timezone.now())
        .order_by("schedule_id", "seat", "start")
        .values_list(*Seat._fields)
        .iterator(chunk_size=BATCH)
    )
    promised = set(but)
    seats = (Seat._make(row) for row in rows if row[0] not in promised)
    for schedule_id, found in groupby(seats, lambda seat: seat.schedule_id):
        by_day = groupby(found, lambda s: (s.seat, timezone.localdate(s.start)))
        yield schedules[schedule_id], ((key[1], list(day)) for key, day in by_day)


def run_at(seats: Sequence[Seat], place: int) -> list[Seat]:
    """This seat and those that follow it without a gap."""
    run = [seats[place]]
    for following in seats[place + 1 : place + LONGEST]:
        if following.start != run[-1].start + timedelta(minutes=run[-1].minutes):
            break
        run.append(following)
    return run


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
