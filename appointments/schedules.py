"""Publishing the agenda: from patterns to slots, again and again with the same result.

Rules are the source, slots the product (design §3). Publishing looks at what the
pattern says for some days, compares it with the slots that exist, and writes only the
difference. A practitioner is never published at two places at once; a slot that
somebody has is never taken away, its appointment is reported instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from appointments import (
    comparison,
    openings,
    pattern,
    slot_reading,
    slot_writing,
)
from appointments.comparison import Changes
from appointments.contention import retrying
from appointments.models import (
    Appointment,
    AppointmentQuerySet,
    Schedule,
    ScheduleException,
    Slot,
    SlotClaim,
)
from catalog.models import Practitioner

PRACTITIONERS_AT_ONCE = 50
SLOTS_AT_ONCE = 5_000
CLASHES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Clash:
    """A time that was not published: its practitioner is already somewhere else then."""

    schedule_id: int
    other_schedule_id: int
    start: datetime


@dataclass(slots=True)
class PublishReport:
    """What publishing changed, and what it could not."""

    added: int = 0
    returned: int = 0
    withdrawn: int = 0
    refused: int = 0
    clashes: list[Clash] = field(default_factory=list)
    # «Citas afectadas»: their time is no longer in the agenda and they keep it.
    affected: list[UUID] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.added + self.returned + self.withdrawn

    def add(self, other: "PublishReport") -> None:
        self.added += other.added
        self.returned += other.returned
        self.withdrawn += other.withdrawn
        self.refused += other.refused
        self.clashes = [*self.clashes, *other.clashes][:CLASHES_SHOWN]
        self.affected += other.affected


def publish(
    *,
    schedule_ids: Collection[int] | None = None,
    from_date: date,
    until_date: date | None = None,
    now: datetime,
) -> PublishReport:
    """Make the slots of these days say what the patterns say; without end, to each horizon.

    What is past stays. Doing it twice changes nothing the second time.
    """
    chosen = Schedule.objects.order_by("practitioner_id", "pk")
    if schedule_ids is not None:
        chosen = chosen.filter(pk__in=schedule_ids)
    of = dict(chosen.values_list("pk", "practitioner_id"))
    first = max(from_date, timezone.localdate(now))
    task = slot_reading.Task(frozenset(of), first, until_date, now)
    report = PublishReport()
    for practitioner_ids in _in_turns(sorted(set(of.values())), PRACTITIONERS_AT_ONCE):
        report.add(_publish_for(practitioner_ids, task))
    return report


def publish_day(day: date, *, now: datetime) -> PublishReport:
    """One day of every schedule whose horizon reaches it: after a change of the holidays."""
    ahead = (day - timezone.localdate(now)).days
    reach = Schedule.objects.filter(horizon_days__gte=max(ahead, 0))
    ids = list(reach.values_list("pk", flat=True))
    return publish(schedule_ids=ids, from_date=day, until_date=day, now=now)


def touched_by(exception: ScheduleException) -> set[int]:
    """The schedules whose times an exception decides."""
    touched = Schedule.objects.all()
    if exception.schedule_id is not None:
        touched = touched.filter(pk=exception.schedule_id)
    if exception.practitioner_id is not None:
        touched = touched.filter(practitioner=exception.practitioner_id)
    if exception.site_id is not None:
        touched = touched.filter(site=exception.site_id)
    return set(touched.values_list("pk", flat=True))


def affected_by(exception: ScheduleException, *, now: datetime) -> AppointmentQuerySet:
    """The appointments that stand in the way of an absence: for the preview and the phone."""
    found = Appointment.objects.occupying(at=now).overlapping(
        start=max(exception.start, now), end=exception.end
    )
    if exception.kind != ScheduleException.Kind.CLOSED:
        return found.none()
    for name in ("schedule", "practitioner", "site"):
        wanted = getattr(exception, f"{name}_id")
        if wanted is not None:
            found = found.filter(**{f"{name}_id": wanted})
    return found.for_page().order_by("start", "pk")


@retrying
@transaction.atomic
def _publish_for(
    practitioner_ids: Sequence[int], task: slot_reading.Task
) -> PublishReport:
    locked = Practitioner.objects.filter(pk__in=practitioner_ids).order_by("pk")
    list(locked.select_for_update(no_key=True).values_list("pk"))
    schedules = list(
        Schedule.objects.filter(practitioner_id__in=practitioner_ids)
        .select_related("practitioner", "site")
        .prefetch_related("weekly_hours")
        .order_by("pk")
    )
    report = PublishReport()
    wanted = slot_reading.wanted(schedules, task)
    appointments = slot_reading.appointments(practitioner_ids, task)
    new: set[int] = set()
    for practitioner_id in practitioner_ids:
        own = [s for s in schedules if s.practitioner_id == practitioner_id]
        changes = comparison.compare(
            [wanted[schedule.pk] for schedule in own],
            appointments=sorted(appointments[practitioner_id]),
        )
        report.add(_write(changes, {schedule.pk: schedule for schedule in own}))
        new |= _with_new_times(changes)
    openings.note_schedules(new, now=task.now)
    return report


# --- Write ---------------------------------------------------------------------


def _write(changes: Changes, schedules: Mapping[int, Schedule]) -> PublishReport:
    report = PublishReport(
        refused=len(changes.clashes),
        clashes=[
            Clash(schedule_id, other, datetime.fromtimestamp(start * 60, UTC))
            for schedule_id, other, start in changes.clashes[:CLASHES_SHOWN]
        ],
    )
    for some in _in_turns(sorted(changes.withdrawn), SLOTS_AT_ONCE):
        gone = Slot.objects.filter(pk__in=some, free=True)
        report.withdrawn += gone.update(free=False, withdrawn=True)
        # Taken since this transaction looked: it keeps its appointment.
        late = Slot.objects.filter(pk__in=some, withdrawn=False)
        changes.orphaned += late.values_list("pk", flat=True)
    for some in _in_turns(sorted(changes.orphaned), SLOTS_AT_ONCE):
        Slot.objects.filter(pk__in=some).update(free=False, withdrawn=True)
        claims = SlotClaim.objects.filter(slot_id__in=some).order_by("slot_id")
        report.affected += dict.fromkeys(
            claims.values_list("appointment_id", flat=True)
        )
    for some in _in_turns(sorted(changes.returning), SLOTS_AT_ONCE):
        back = Slot.objects.filter(pk__in=some)
        report.returned += back.filter(claim=None).update(withdrawn=False, free=True)
        report.returned += back.filter(withdrawn=True).update(withdrawn=False)
    for step, slots in changes.resized.items():
        for some in _in_turns(slots, SLOTS_AT_ONCE):
            Slot.objects.filter(pk__in=some).update(minutes=step)
    report.added = slot_writing.insert(list(_runs(changes.new, schedules)))
    return report


def _with_new_times(changes: Changes) -> set[int]:
    """The schedules that those who wait may look at: they have times that they had not."""
    found = {schedule_id for schedule_id, _ in changes.new}
    for some in _in_turns(sorted(changes.returning), SLOTS_AT_ONCE):
        back = Slot.objects.filter(pk__in=some).order_by()
        found |= set(back.values_list("schedule_id", flat=True).distinct())
    return found


def _runs(
    new: Mapping[tuple[int, int], Sequence[int]], schedules: Mapping[int, Schedule]
) -> Iterator[slot_writing.Run]:
    for (schedule_id, seat), starts in new.items():
        schedule = schedules[schedule_id]
        for head, length in _at_equal_distance(starts, schedule.slot_minutes):
            day, minute = _local(head)
            yield slot_writing.Run(
                schedule_id,
                schedule.practitioner_id,
                schedule.site_id,
                seat,
                day,
                minute,
                head,
                length,
                schedule.slot_minutes,
            )


def _at_equal_distance(starts: Sequence[int], step: int) -> Iterator[tuple[int, int]]:
    """Starts in order as (first, how many), each run within one local day."""
    head, length, room = starts[0], 0, _until_midnight(starts[0])
    for start in starts:
        if start == head + length * step and start < room:
            length += 1
        else:
            yield head, length
            head, length, room = start, 1, _until_midnight(start)
    yield head, length


def _until_midnight(start: int) -> int:
    return start - _local(start)[1] + pattern.MINUTES_A_DAY


def _local(start: int) -> tuple[date, int]:
    moment = timezone.localtime(datetime.fromtimestamp(start * 60, UTC))
    return moment.date(), moment.hour * 60 + moment.minute


def _in_turns(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
