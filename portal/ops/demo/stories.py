"""What befell the appointments of the demo people: told through the writers that patients use.

Each outcome is there to be seen from the first minute: a request that waits, one that
was not accepted, one with another time proposed, an appointment cancelled, one too near
to cancel online, one by video about to begin, somebody who waits and somebody to whom a
sooner time is offered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts import coverages, data_claims
from accounts.models import DataClaim, Patient, User
from appointments import (
    booking,
    changes,
    orders,
    requests,
    telehealth,
    waiting_list,
)
from appointments.errors import BookingError
from appointments.models import (
    Appointment,
    CancellationPolicy,
    Schedule,
    ScheduleException,
    Slot,
)
from catalog.models import Agreement, City, Modality, Procedure
from portal.ops.demo import people

MEDICINE, PSYCHOLOGY, DERMATOLOGY, PEDIATRICS = "01", "08", "42", "83"
CARDIOLOGY = "28"
A_DAY, THREE_MINUTES = timedelta(days=1), timedelta(minutes=3)
SOON = timedelta(minutes=15)
TRIED = 60
SUNDAY = "7"  # nobody attends then: who waits for it goes on waiting
BY_TELEPHONE = timedelta(days=5)  # before this, whatever the calendar of holidays


class NoTime(Exception):
    """The demo network has no time for one of the stories."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody asks for, and from when on."""

    specialty: str
    since: datetime
    modality: str = Modality.IN_PERSON
    site: str = ""


def add_hours(*, now: datetime) -> None:
    """A paediatrician by video stays on today: the room of an appointment can be seen open."""
    schedule = _schedules(PEDIATRICS, Modality.VIRTUAL).first()
    if schedule is None:
        return
    since = (now + SOON).replace(second=0, microsecond=0)
    since += timedelta(minutes=-since.minute % 5)
    ScheduleException.objects.create(
        kind=ScheduleException.Kind.EXTRA,
        practitioner=schedule.practitioner,
        schedule=schedule,
        start=since,
        end=since + timedelta(minutes=schedule.slot_minutes),
        reason="Horas extra",
    )


def tell(*, now: datetime) -> None:
    """All of them, before the crowd takes its times."""
    _rosa(now)
    _carlos_waits_for_his_answer(now)
    _valentina(now)
    _hernando(now)
    _families(now)
    waiting_list.offer_out(now=now)


def _rosa(now: datetime) -> None:
    """One of each state; an order that somebody of the clinic has to look at."""
    rosa = people.account("CC", "52345678")
    waiting = Visit(PSYCHOLOGY, now + 6 * A_DAY, site=_desk())
    _ask(rosa, waiting, now=now - THREE_MINUTES)
    _declined(rosa, Visit(DERMATOLOGY, now + 9 * A_DAY, site=_desk()), now)
    _cancelled(rosa, Visit(MEDICINE, now + 4 * A_DAY), now)
    cardiology = _first_visit(CARDIOLOGY)
    orders.declare(
        patient=_self(rosa),
        procedure=cardiology,
        agreement=_agreement(_self(rosa)),
        declared=orders.Declared(
            order_number="OM-2045",
            order_date=timezone.localdate(now - 10 * A_DAY),
            authorization_number="AUT-88120",
            authorization_date=timezone.localdate(now - 5 * A_DAY),
            authorization_until=timezone.localdate(now + 60 * A_DAY),
        ),
        by=rosa,
        now=now - A_DAY,
    )
    _ask(rosa, Visit(CARDIOLOGY, now + 12 * A_DAY, site=_desk()), now=now - A_DAY)


def _declined(who: User, visit: Visit, now: datetime) -> None:
    request = _ask(who, visit, now=now - A_DAY)
    requests.decline(
        appointment_id=request.pk,
        by=_clinic(),
        reason="Ese día el consultorio está en mantenimiento",
        now=now - A_DAY + timedelta(minutes=40),
    )


def _cancelled(who: User, visit: Visit, now: datetime) -> None:
    appointment = _ask(who, visit, now=now - 3 * A_DAY)
    changes.cancel(
        appointment_id=appointment.pk,
        patient=appointment.patient,
        by=who,
        reason="hora",
        now=now - A_DAY,
    )


def _carlos_waits_for_his_answer(now: datetime) -> None:
    carlos = people.account("CC", "79456123")
    _ask(carlos, Visit(PSYCHOLOGY, now + 15 * A_DAY, site=_desk()), now=now - SOON)
    _wait(carlos, CARDIOLOGY, now, weekdays=SUNDAY)


def _valentina(now: datetime) -> None:
    """Another time was proposed to her; and she says that her name is written wrong."""
    valentina = people.account("CE", "458712")
    wished = Visit(DERMATOLOGY, now + 7 * A_DAY, site=_desk())
    request = _ask(valentina, wished, now=now - timedelta(hours=1))
    later = Slot.objects.free().filter(
        schedule=request.schedule_id, start__gt=request.start + A_DAY
    )
    for slot in later.order_by("start")[:TRIED]:
        try:
            requests.propose(
                appointment_id=request.pk, slot_id=slot.pk, by=_clinic(), now=now
            )
        except BookingError:
            continue
        break
    else:
        raise NoTime(DERMATOLOGY)
    data_claims.file(
        patient=_self(valentina),
        kind=DataClaim.Kind.CORRECT,
        text="Mi segundo apellido es Botero y en el comprobante sale Botelo.",
        by=valentina,
        origin=people.HERE,
        now=now - A_DAY,
    )


def _hernando(now: datetime) -> None:
    """Too late to cancel online, also when the next working day is far."""
    hernando = people.account("CC", "2890123")
    near = Visit(MEDICINE, now + timedelta(hours=3))
    appointment = _ask(hernando, near, now=now - 2 * A_DAY)
    minutes = int(BY_TELEPHONE.total_seconds()) // 60
    if appointment.start - now > A_DAY:
        CancellationPolicy.objects.create(
            schedule=appointment.schedule,
            cancel_notice_minutes=minutes,
            change_notice_minutes=minutes,
        )


def _families(now: datetime) -> None:
    """A daughter's appointment by video, about to begin; a mother's in a few days."""
    diana, jhon = people.account("CC", "43678901"), people.account("CC", "94567890")
    daughter = Patient.objects.get(document_number="1099887766")
    mother = Patient.objects.get(document_number="26123456")
    soon = Visit(PEDIATRICS, now + SOON / 3, modality=Modality.VIRTUAL)
    _ask(diana, soon, patient=daughter, now=now - A_DAY)
    later = _ask(diana, Visit(MEDICINE, now + 5 * A_DAY), now=now - A_DAY)
    _wait(diana, MEDICINE, now, instead_of=later)
    _ask(jhon, Visit(MEDICINE, now + 4 * A_DAY), patient=mother, now=now - A_DAY)


def _wait(
    who: User,
    specialty: str,
    now: datetime,
    *,
    weekdays: str = "",
    instead_of: Appointment | None = None,
) -> None:
    """On the waiting list; a time that is free already is offered and kept at once."""
    today = timezone.localdate(now)
    last = timezone.localdate(instead_of.start) if instead_of else None
    wanted = waiting_list.Wanted(
        patient=_self(who),
        agreement=instead_of.agreement if instead_of else _agreement(_self(who)),
        procedure=instead_of.procedure if instead_of else _first_visit(specialty),
        modality=Modality.IN_PERSON,
        city=City.objects.get(code=people.HOME),
        first_day=today,
        last_day=last - A_DAY if last else today + 60 * A_DAY,
        weekdays=weekdays,
        instead_of=instead_of,
        search=f"demo={specialty}",
    )
    waiting_list.join(wanted, by=who, now=now)


# --- The steps -------------------------------------------------------------------


def _ask(
    by: User, visit: Visit, *, now: datetime, patient: Patient | None = None
) -> Appointment:
    """Hold and confirm the first time that the rules let this person have."""
    patient = patient or _self(by)
    procedure = _first_visit(visit.specialty)
    for slot in _times(visit):
        try:
            held = booking.hold(
                slot_id=slot.pk,
                procedure=procedure,
                patient=patient,
                agreement=_agreement(patient),
                by=by,
                search=f"demo={visit.specialty}",
                now=now,
            )
        except BookingError:
            continue
        return _confirm(held, by=by, now=now)
    raise NoTime(visit.specialty)


def _confirm(held: Appointment, *, by: User, now: datetime) -> Appointment:
    patient = held.patient
    booking.read_instructions(appointment_id=held.pk, patient=patient, by=by, now=now)
    if held.modality == Modality.VIRTUAL:
        telehealth.consent(
            appointment=held,
            text=telehealth.text(),
            patient=patient,
            by=by,
            origin=people.HERE,
            now=now,
        )
    return booking.confirm(
        appointment_id=held.pk, patient=patient, by=by, now=now + THREE_MINUTES
    )


def _times(visit: Visit) -> Iterator[Slot]:
    free = Slot.objects.free().filter(
        schedule__in=_schedules(visit.specialty, visit.modality),
        start__gte=visit.since,
    )
    if visit.site:
        free = free.filter(site__code=visit.site)
    yield from free.order_by("start", "pk")[:TRIED]


def _schedules(specialty: str, modality: str) -> QuerySet[Schedule]:
    """Where the demo people live; by video, anywhere."""
    found = Schedule.objects.filter(specialty__code=specialty, modality=modality)
    if modality == Modality.IN_PERSON:
        found = found.filter(site__city__code=people.HOME)
    return found.order_by("pk")


def _first_visit(specialty: str) -> Procedure:
    first = Procedure.objects.filter(
        specialty__code=specialty, visit=Procedure.Visit.FIRST
    )
    return first.order_by("code")[0]


def _agreement(patient: Patient) -> Agreement:
    """The first of theirs that lets them book, or «Particular»."""
    today = timezone.localdate()
    for coverage in patient.coverages.select_related("agreement").order_by("pk"):
        usable = coverages.usable(
            patient=patient, agreement=coverage.agreement, today=today
        )
        if usable:
            return coverage.agreement
    return Agreement.objects.get(kind=Agreement.Kind.PARTICULAR)


def _self(user: User) -> Patient:
    assert user.patient is not None  # noqa: S101 - the cast are patients
    return user.patient


def _desk() -> str:
    """The site whose requests the demo's receptionist answers first."""
    return _clinic().sites.order_by("code")[0].code


def _clinic() -> User:
    return User.objects.get(username=people.STAFF[0].username)
