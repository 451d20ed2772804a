"""Whom of those who wait a time really fits: the rules of booking, for many at once.

A few questions for all of them, not some for each. Whoever is chosen is judged once
more by `admission`, alone and locked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts import coverages, priorities
from appointments import (
    answering,
    cancellation,
    history,
    offer,
    papers,
    policies,
    waiting_order,
)
from appointments.cancellation import Place
from appointments.models import Appointment, Slot, WaitingListEntry
from appointments.offer import ScheduleRef
from appointments.waiting_list import looking
from catalog.models import Procedure

Status = Appointment.Status
# The clinic answers what is accepted, and the patient hears of it in time.
FOR_THE_CLINIC = answering.ANSWERED_BEFORE + timedelta(hours=1)


class Reason(StrEnum):
    """Why somebody who comes before was passed over. Codes: nobody is named by them."""

    AGREEMENT = "agreement"
    BUSY = "busy"
    HOURS = "hours"
    LIMITS = "limits"
    NOTICE = "notice"
    NOT_OFFERED = "not_offered"
    PAPERS = "papers"
    UNREACHED = "unreached"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody whom it fits, where their appointment would begin, and their chance."""

    entry: WaitingListEntry
    start: datetime
    chance: waiting_order.Chance
    kinds: tuple[str, ...]


class Standing(NamedTuple):
    """One appointment that somebody has or keeps, as far as it matters here."""

    patient_id: int
    pk: UUID
    start: datetime
    end: datetime
    status: str
    replaces: UUID | None
    specialty_id: int

    @property
    def only_kept(self) -> bool:
        """A hold, or a time that waits to take the place of an appointment."""
        asked = self.status == Status.PROPOSED and self.replaces is not None
        return self.status == Status.HELD or asked


class Time:
    """A time that is free, and what is free around it for longer appointments."""

    def __init__(self, slot: Slot, *, now: datetime) -> None:
        self.slot, self.now = slot, now
        self.schedule = slot.schedule
        self.step = timedelta(minutes=slot.schedule.slot_minutes)

    def begins(self, slots: int) -> datetime | None:
        """Where an appointment of so many slots would begin."""
        if slots == 1:
            return self.slot.start
        return waiting_order.first_run(
            self._free, around=self.slot.start, step=self.step, slots=slots
        )

    def serves(self, ref: ScheduleRef, start: datetime) -> bool:
        """Within the notice and the horizon of the schedule, and the clinic's time to answer."""
        earliest = policies.earliest_start(
            now=self.now, notice_minutes=ref.notice_minutes
        )
        if ref.by_request:
            earliest = max(earliest, answering.earliest_start(self.now))
        last = policies.last_day(
            today=timezone.localdate(self.now), horizon_days=ref.horizon_days
        )
        return start >= earliest and self.slot.day <= last

    @cached_property
    def _free(self) -> list[datetime]:
        longest = max(
            policies.slots_needed(
                minutes=minutes, slot_minutes=self.schedule.slot_minutes
            )
            for minutes in self.schedule.procedures.values_list("minutes", flat=True)
        )
        reach = self.step * (longest - 1)
        near = (self.slot.start - reach, self.slot.start + reach)
        rows = Slot.objects.filter(schedule=self.schedule, free=True, start__range=near)
        return sorted(set(rows.values_list("start", flat=True)))


def chance(
    entry: WaitingListEntry, *, by_request: bool, start: datetime, now: datetime
) -> waiting_order.Chance | None:
    """When they would be told of this time and until when they may answer; None: too late.

    Where the clinic answers what is accepted, it needs its own time after theirs.
    """
    notice = timedelta(minutes=entry.notice_minutes)
    if by_request:
        notice = max(notice, FOR_THE_CLINIC)
    return waiting_order.chance(
        start=timezone.localtime(start),
        now=timezone.localtime(now),
        notice=notice,
        may_wake=entry.may_wake,
    )


class Facts:
    """What is known of these people, asked for all of them together."""

    def __init__(self, entries: Sequence[WaitingListEntry], time: Time) -> None:
        self._entries = entries
        self.time, self.now = time, time.now
        self.today = timezone.localdate(time.now)

    def reason_against(
        self, entry: WaitingListEntry
    ) -> Reason | tuple[datetime, waiting_order.Chance]:
        """Why it is not for this person; else where it begins, and their chance."""
        ref = self._ref(entry)
        start = self.time.begins(ref.slots) if ref else None
        if ref is None or start is None or not self.time.serves(ref, start):
            return Reason.NOT_OFFERED
        in_time = chance(entry, by_request=ref.by_request, start=start, now=self.now)
        if in_time is None:
            return Reason.NOTICE
        # Said of a whole page by `looking`; of one alone it is asked when it is offered.
        if not getattr(entry, "can_be_told", True):
            return Reason.UNREACHED
        end = start + timedelta(minutes=ref.minutes)
        return self._against(entry, start, end) or (start, in_time)

    def kinds(self, entry: WaitingListEntry) -> tuple[str, ...]:
        return self._kinds.get(entry.patient_id, ())

    # --- One after the other, the cheapest first -----------------------------------

    def _against(
        self, entry: WaitingListEntry, start: datetime, end: datetime
    ) -> Reason | None:
        local = timezone.localtime(start)
        if not entry.fits_day(local.date(), local.hour * 60 + local.minute):
            return Reason.HOURS
        if (entry.patient_id, entry.agreement_id) not in self._covered:
            return Reason.AGREEMENT
        own = [o for o in self._own[entry.patient_id] if o.pk != entry.instead_of_id]
        if self._is_busy(entry, own, start, end):
            return Reason.BUSY
        if not self._has_room(entry, own):
            return Reason.LIMITS
        missing = self._papers.missing(entry, local.date())
        return Reason.PAPERS if missing.in_earnest.anything else None

    def _ref(self, entry: WaitingListEntry) -> ScheduleRef | None:
        if not entry.patient.active:
            return None
        criteria = looking.criteria(
            entry.patient,
            agreement_id=entry.agreement_id,
            procedure=entry.procedure,
            modality=entry.modality,
            day=self.time.slot.day,
            attended=self._attended[entry.patient_id],
        )
        wanted = self.time.schedule.pk
        return next((r for r in offer.matching(criteria) if r.id == wanted), None)

    def _is_busy(
        self,
        entry: WaitingListEntry,
        own: Iterable[Standing],
        start: datetime,
        end: datetime,
    ) -> bool:
        """Somewhere else then, or another hour is kept already for what is to be sooner."""
        kept = entry.instead_of_id is not None and any(
            one.replaces == entry.instead_of_id for one in own
        )
        return kept or any(one.start < end and one.end > start for one in own)

    def _has_room(self, entry: WaitingListEntry, own: Iterable[Standing]) -> bool:
        to_come = [one.specialty_id for one in own if not one.only_kept]
        schedule = self.time.schedule
        place = cancellation.place_of(
            schedule, procedure_id=entry.procedure_id, agreement_id=entry.agreement_id
        )
        return _room(place, to_come, schedule.specialty_id)

    # --- Asked once, when first needed --------------------------------------------

    @cached_property
    def _patients(self) -> set[int]:
        return {entry.patient_id for entry in self._entries}

    @cached_property
    def _own(self) -> Mapping[int, list[Standing]]:
        found: dict[int, list[Standing]] = defaultdict(list)
        rows = Appointment.objects.filter(patient__in=self._patients)
        rows = rows.occupying(at=self.now).filter(end__gt=self.now)
        for row in rows.order_by("pk").values_list(
            "patient_id",
            "pk",
            "start",
            "end",
            "status",
            "replaces_id",
            "schedule__specialty_id",
        ):
            found[row[0]].append(Standing(*row))
        return found

    @cached_property
    def _covered(self) -> set[tuple[int, int]]:
        pairs = [(entry.patient, entry.agreement) for entry in self._entries]
        return coverages.usable_among(pairs, today=self.today)

    @cached_property
    def _attended(self) -> Mapping[int, frozenset[int]]:
        controls = Procedure.Visit.CONTROL
        asked = {e.patient_id for e in self._entries if e.procedure.visit == controls}
        return history.attended_specialties_of(asked)

    @cached_property
    def _papers(self) -> papers.Declared:
        return papers.Declared(self._entries)

    @cached_property
    def _kinds(self) -> Mapping[int, tuple[str, ...]]:
        if not settings.WAITING_LIST_PRIORITY:
            return {}
        return priorities.kinds_of(
            [entry.patient for entry in self._entries], on=self.today
        )


def _room(place: Place, to_come: Sequence[int], specialty_id: int) -> bool:
    rules = cancellation.rules_at(place)
    same = to_come.count(specialty_id)
    return policies.may_have_another(
        rules, to_come=len(to_come)
    ) and policies.may_have_another_in_specialty(rules, to_come=same)
