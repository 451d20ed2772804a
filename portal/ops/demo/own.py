"""The appointments of the demo people themselves: chosen, not drawn."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts import contacts
from accounts.models import Patient
from appointments import notifications, policies, reminders
from appointments.models import Appointment, Schedule, Slot
from catalog import coverage
from catalog.models import Agreement, Modality, Procedure
from portal.messaging.models import OutgoingMessage
from portal.ops.demo import agenda, people
from portal.ops.demo.agenda import Book, Kind, Seat

Status = Appointment.Status
PAST = 3  # of who has a full agenda; to the first of them they did not come
FULL = 5


def book_all(*, book: Book) -> None:
    """What each demo person shows, on days of their own."""
    kinds = agenda.kinds_of_schedules()
    for cast in people.PATIENTS:
        if cast.appointments:
            patient = Patient.objects.get(user__username=people.username_of(cast))
            _book(book, kinds, patient, cast.appointments)


def _book(
    book: Book, kinds: dict[int, list[Kind]], patient: Patient, count: int
) -> None:
    agreement = patient.coverages.order_by("pk")[0].agreement
    covered = _covered(agreement)
    today = timezone.localdate(book.now)
    age = policies.age_on(today, birth_date=patient.birth_date)
    found = _consultations(book.dice, kinds, covered, age=age, sex=patient.sex)
    past = PAST if count >= FULL else 0
    for number, (schedule, kind) in zip(range(count + past), found, strict=False):
        who = {"patient_id": patient.pk, "agreement_id": agreement.pk}
        if number >= count:
            start = _past_start(today, number)
            ended = Status.NOSHOW if number == count else Status.FULFILLED
            book.add_past(schedule=schedule, kind=kind, start=start, ended=ended, **who)
            continue
        seats = _first_seats(schedule, kind, today + timedelta(days=2 + 6 * number))
        if seats:
            book.add(schedule=schedule, seats=seats, kind=kind, **who)
            _tell(book.appointments[-1], patient)
            reminders.plan(book.appointments[-1], now=book.now)


def _tell(appointment: Appointment, patient: Patient) -> None:
    """The confirmations, as already sent."""
    at = appointment.confirmed_at or appointment.created_at
    channels = contacts.addresses(patient, channels=notifications.TOLD_BY)
    OutgoingMessage.objects.bulk_create(
        OutgoingMessage(
            kind=notifications.CONFIRMED,
            event=f"{notifications.CONFIRMED}:{appointment.pk}",
            channel=channel,
            recipient_ref=str(patient.pk),
            subject_ref=str(appointment.pk),
            state=OutgoingMessage.State.SENT,
            due_at=at,
            created_at=at,
            sent_at=at,
        )
        for channel in channels
    )


def _consultations(
    dice: random.Random,
    kinds: dict[int, list[Kind]],
    covered: frozenset[int],
    *,
    age: int,
    sex: str,
) -> Iterator[tuple[Schedule, Kind]]:
    """Every third by video; one appointment of each specialty."""
    seen: set[int] = set()
    near = Schedule.objects.filter(site__city__code=people.HOME).order_by("pk")
    by_modality = {
        modality: dice.sample(list(found), len(found))
        for modality in Modality
        if (found := near.filter(modality=modality))
    }
    turn = 0
    while any(by_modality.values()):
        turn += 1
        wanted = Modality.VIRTUAL if turn % 3 == 2 else Modality.IN_PERSON
        candidates = by_modality.get(wanted) or by_modality[Modality.IN_PERSON]
        if not candidates:
            return
        schedule = candidates.pop()
        kind = _suitable(kinds[schedule.pk], covered, age=age, sex=sex)
        if kind and schedule.specialty_id not in seen:
            seen.add(schedule.specialty_id)
            yield schedule, kind
        else:
            turn -= 1


def _suitable(
    kinds: Sequence[Kind], covered: frozenset[int], *, age: int, sex: str
) -> Kind | None:
    return next(
        (k for k in kinds if k.id in covered and agenda.fits(k, age=age, sex=sex)), None
    )


def _first_seats(schedule: Schedule, kind: Kind, since: date) -> list[Seat]:
    """The first free slots, one after the other, from that day on."""
    needed = policies.slots_needed(
        minutes=kind.minutes, slot_minutes=schedule.slot_minutes
    )
    free = Slot.objects.free().filter(schedule=schedule, day__gte=since, seat=1)
    rows = free.order_by("start").values_list(*Seat._fields)[:200]
    seats = [Seat._make(row) for row in rows]
    step = timedelta(minutes=schedule.slot_minutes)
    for first in range(len(seats) - needed + 1):
        run = seats[first : first + needed]
        if run[-1].start - run[0].start == step * (needed - 1):
            return run
    return []


def _past_start(today: date, number: int) -> datetime:
    """Some morning of the last months."""
    day = today - timedelta(days=20 + 17 * (number % 5))
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(
        hours=9
    )


def _covered(agreement: Agreement) -> frozenset[int]:
    wanted = coverage.covered_procedures(agreement)
    return frozenset(Procedure.objects.filter(wanted).values_list("pk", flat=True))
