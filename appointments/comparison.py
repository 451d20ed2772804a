"""What must change so that the slots say what the patterns say, for one practitioner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from appointments.diary import Diary


class Existing(NamedTuple):
    """A slot that is in the database. Not free and not withdrawn: somebody has it."""

    pk: int
    minutes: int
    free: bool
    withdrawn: bool
    claimed: bool


Seat = tuple[int, int]  # start in minutes since 1970, seat


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schedule, the starts its pattern gives, and the slots it has in the same days."""

    schedule_id: int
    step: int
    capacity: int
    starts: Sequence[int]
    existing: Mapping[Seat, Existing]
    published: bool = True  # False: it only takes up its practitioner's time


@dataclass(slots=True)
class Changes:
    new: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    returning: list[int] = field(default_factory=list)
    resized: dict[int, list[int]] = field(default_factory=dict)
    withdrawn: list[int] = field(default_factory=list)
    orphaned: list[int] = field(default_factory=list)
    clashes: list[tuple[int, int, int]] = field(default_factory=list)


def compare(
    schedules: Sequence[Wanted], *, appointments: Sequence[tuple[int, int, int]]
) -> Changes:
    """`appointments` are spans (start, end, schedule) in which people are expected."""
    changes, diary = Changes(), Diary()
    for span in appointments:
        diary.add(*span)
    for schedule in schedules:
        _what_stays(schedule, diary, changes)
    for schedule in schedules:
        if schedule.published:
            _what_comes(schedule, diary, changes)
    return changes


def _what_stays(schedule: Wanted, diary: Diary, changes: Changes) -> None:
    wanted = frozenset(schedule.starts)
    times: set[tuple[int, int]] = set()
    for (start, seat), slot in schedule.existing.items():
        if slot.withdrawn:
            continue
        follows = start in wanted and seat <= schedule.capacity
        if schedule.published and not follows:
            (changes.withdrawn if slot.free else changes.orphaned).append(slot.pk)
        same = follows and slot.minutes == schedule.step
        if same or not slot.free or not schedule.published:
            times.add((start, start + slot.minutes))
    for start, end in times:
        diary.add(start, end, schedule.schedule_id)


def _what_comes(schedule: Wanted, diary: Diary, changes: Changes) -> None:
    for start in schedule.starts:
        seats = {
            seat: schedule.existing.get((start, seat))
            for seat in range(1, schedule.capacity + 1)
        }
        missing = {n: slot for n, slot in seats.items() if _missing(schedule, slot)}
        if missing and not _may_come(schedule, start, seats, missing, diary, changes):
            changes.withdrawn += [
                slot.pk for slot in missing.values() if slot and slot.free
            ]
            continue
        for seat, slot in missing.items():
            _come(schedule, (start, seat), slot, changes)


def _may_come(
    schedule: Wanted,
    start: int,
    seats: Mapping[int, Existing | None],
    missing: Mapping[int, Existing | None],
    diary: Diary,
    changes: Changes,
) -> bool:
    """Whether the practitioner has this time; where one seat stays or is taken, yes."""
    known = len(missing) < len(seats)
    if known or any(slot.claimed for slot in missing.values() if slot):
        return True
    end = start + schedule.step
    other = diary.clash(start, end)
    if other is not None:
        changes.clashes.append((schedule.schedule_id, other, start))
        return False
    diary.add(start, end, schedule.schedule_id)
    return True


def _missing(schedule: Wanted, slot: Existing | None) -> bool:
    if slot is None or slot.withdrawn:
        return True
    return slot.free and slot.minutes != schedule.step


def _come(
    schedule: Wanted, seat: Seat, slot: Existing | None, changes: Changes
) -> None:
    if slot is None:
        changes.new.setdefault((schedule.schedule_id, seat[1]), []).append(seat[0])
        return
    if slot.withdrawn:
        changes.returning.append(slot.pk)
    if slot.minutes != schedule.step and not slot.claimed:
        changes.resized.setdefault(schedule.step, []).append(slot.pk)
