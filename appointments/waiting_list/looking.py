"""Who waits for a time like this one, in the order in which it is offered.

What the database can say of everybody at once it says here; the order is that of
`waiting_order`, said once more in SQL so that a long list is never read whole.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from accounts.models import (
    ContactDevice,
    Guardianship,
    Patient,
    PatientPriority,
)
from appointments import history, policies, waiting_order
from appointments.models import (
    Appointment,
    AppointmentQuerySet,
    Offer,
    Schedule,
    Slot,
    WaitingListEntry,
)
from appointments.offer import Criteria
from catalog.models import Modality, Procedure

Status = Appointment.Status
# Read at once, in order: the first of them mostly is the one.
FIRST_PAGE, PAGE = 50, 400
GIVEN_UP = (Status.CANCELLED, Status.LAPSED, Status.DECLINED)


def ranked(entries: QuerySet[WaitingListEntry], *, on: date) -> QuerySet:
    """In the order of `waiting_order.key`, with its rank."""
    return entries.annotate(rank=_rank(on)).order_by("rank", "created_at", "pk")


def before(entry: WaitingListEntry) -> Q:
    """Those that come before this one, which has its rank."""
    rank = entry.rank  # type: ignore[attr-defined]  # annotated by `ranked`
    return _beyond(rank, entry.created_at, entry.pk, "lt")


def waiting_for(slot: Slot, *, now: datetime) -> QuerySet[WaitingListEntry]:
    """Who could be offered this time, as far as one question can say, in order."""
    schedule = slot.schedule
    # Keys and no subquery: by them the index of those who wait is read.
    procedures = list(schedule.procedures.values_list("pk", flat=True))
    waiting = WaitingListEntry.objects.waiting().filter(
        _notice(slot.start, now),
        first_day__lte=slot.day,
        part__in=("", "am" if slot.minute < 720 else "pm"),
        procedure__in=procedures,
        modality=schedule.modality,
    )
    any_day = Q(weekdays="") | Q(weekdays__contains=str(slot.day.isoweekday()))
    anybody = Q(practitioner=None) | Q(practitioner=slot.practitioner_id)
    # What was filed with a number does not end by its days, and is offered beyond them.
    in_time = Q(last_day__gte=slot.day) | Q(number__isnull=False)
    waiting = waiting.filter(any_day, anybody, in_time, _unanswered(), _sooner(slot))
    if schedule.modality != Modality.VIRTUAL:
        waiting = waiting.filter(here(schedule))
    waiting = waiting.filter(~offered_now())
    had_it = given_up(schedule.pk, slot.start).filter(patient=OuterRef("patient"))
    waiting = waiting.filter(~Exists(had_it))
    return ranked(waiting, on=timezone.localdate(now))


def in_chunks(entries: QuerySet) -> Iterator[list[WaitingListEntry]]:
    """Page by page by the key of the order, never by counting.

    The order is decided over keys alone; who they are is read of one page.
    """
    keys = entries.values_list("rank", "created_at", "pk")
    page = list(keys[:FIRST_PAGE])
    while page:
        rows = _whole([pk for *_, pk in page])
        yield [rows[pk] for *_, pk in page if pk in rows]
        rank, since, pk = page[-1]
        page = list(keys.filter(_beyond(rank, since, pk, "gt"))[:PAGE])


def _whole(keys: Sequence[UUID]) -> dict[UUID, WaitingListEntry]:
    rows = WaitingListEntry.objects.filter(pk__in=keys).select_related(
        "patient__user", "agreement", "procedure", "instead_of", "asked_by__patient"
    )
    # Roughly: whoever is chosen is asked again.
    rows = rows.annotate(can_be_told=_can_be_told())
    return {row.pk: row for row in rows}


def criteria(
    patient: Patient,
    *,
    agreement_id: int,
    procedure: Procedure,
    modality: str,
    day: date,
    attended: frozenset[int] | None = None,
) -> Criteria:
    """Who asks for what, with the age of that day."""
    if attended is None:
        control = procedure.visit == Procedure.Visit.CONTROL
        attended = history.attended_specialties(patient) if control else frozenset()
    return Criteria(
        agreement_id=agreement_id,
        age_years=policies.age_on(day, birth_date=patient.birth_date),
        sex=patient.sex,
        attended=attended,
        procedure_id=procedure.pk,
        modality=modality,
    )


def _rank(on: date) -> Case | Value:
    if not settings.WAITING_LIST_PRIORITY:
        return Value(waiting_order.OTHERS, output_field=IntegerField())
    written = PatientPriority.objects.in_force(on=on)
    older = Q(patient__birth_date__lte=waiting_order.born_until(on))
    preferred = older | Exists(written.filter(patient=OuterRef("patient")))
    return Case(
        When(preferred, then=Value(waiting_order.FIRST)),
        default=Value(waiting_order.OTHERS),
        output_field=IntegerField(),
    )


def _beyond(rank: int, since: datetime, pk: UUID, way: str) -> Q:
    same_rank, same_time = Q(rank=rank), Q(created_at=since)
    return (
        Q(**{f"rank__{way}": rank})
        | same_rank & Q(**{f"created_at__{way}": since})
        | same_rank & same_time & Q(**{f"pk__{way}": pk})
    )


def _notice(start: datetime, now: datetime) -> Q:
    """Those for whom it is not too late, whether they are told now or at seven."""
    at_once = _minutes_to_spare(start, now, may_wake=True)
    later = _minutes_to_spare(start, now, may_wake=False)
    return Q(notice_minutes__lte=later) | Q(may_wake=True, notice_minutes__lte=at_once)


def _minutes_to_spare(start: datetime, now: datetime, *, may_wake: bool) -> int:
    told = waiting_order.first_told(now=timezone.localtime(now), may_wake=may_wake)
    return int((start - told - policies.OFFER_AT_LEAST).total_seconds() // 60)


def here(schedule: Schedule) -> Q:
    """In their city, at one of their sites; no answer is any."""
    chosen = WaitingListEntry.sites.through.objects.filter(
        waitinglistentry=OuterRef("pk")
    )
    at_site = ~Exists(chosen) | Exists(chosen.filter(site=schedule.site_id))
    return (Q(city=None) | Q(city=schedule.site.city_id)) & at_site


def _unanswered() -> Q:
    """They took one already, and the clinic has still to accept it."""
    return Q(assigned=None) | ~Q(assigned__status=Status.PROPOSED)


def _sooner(slot: Slot) -> Q:
    """Before the appointment that it would take the place of, if there is one."""
    stands = Q(instead_of__status=Status.BOOKED, instead_of__start__gt=slot.start)
    return Q(instead_of=None) | stands


def offered_now() -> Exists:
    """Something else is kept for them: one offer at a time."""
    offers = Offer.objects.filter(entry=OuterRef("pk"), status=Offer.Status.OPEN)
    return Exists(offers)


def given_up(schedule_id: int, start: datetime) -> AppointmentQuerySet:
    """This very time was somebody's, or kept for them, and they let it go."""
    return Appointment.objects.filter(
        schedule=schedule_id, start__lte=start, end__gt=start, status__in=GIVEN_UP
    )


def _can_be_told() -> Q:
    """Somebody may be reached about them: roughly, whoever is chosen is asked again."""
    own = ContactDevice.objects.filter(user__patient=OuterRef("patient"))
    others = Guardianship.objects.filter(
        dependant=OuterRef("patient"), state=Guardianship.State.APPROVED
    )
    on_file = Q(patient__contact_confirmed_at__isnull=False)
    return Exists(own) | Exists(others) | on_file
