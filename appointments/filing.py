"""«Solicitud radicada»: nothing could be offered, so the clinic owes an answer by a day.

«No hay agenda» is no answer (Res. 1552 de 2013). It is a place on the waiting list with
a number: what becomes free is offered to it as to any other, in its turn, and staff can
offer it a time themselves. It does not end by its days; it ends with an appointment,
when its person leaves, or when the clinic closes it and says why.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import people
from accounts.models import Patient, User
from appointments import demand, keeping, notifications, telling, waiting_list
from appointments.contention import refusals, retrying
from appointments.errors import NotThisSite, NotWaiting
from appointments.models import Offer, Slot, WaitingListEntry
from appointments.waiting_list import Wanted, ending
from catalog.models import Agreement
from portal.ui import spoken, workdays

Status = WaitingListEntry.Status
MAY_MANAGE = "appointments.manage_waiting_list"
NUMBER_LENGTH = 6
# So far ahead a time is looked for. What was filed stays on the list beyond it.
LOOKS_AHEAD = timedelta(days=180)
REASON_LENGTH = 200


@retrying
@transaction.atomic
def file(
    wanted: Wanted, *, desired_day: date | None, by: User, now: datetime
) -> WaitingListEntry:
    """A number, and the day by which the clinic answers. Twice is once: nothing changes.

    Who waits for that service already keeps their place, and how they want to be told.
    Raises what joining the list raises.
    """
    today = timezone.localdate(now)
    keeping.lock(wanted.patient)
    people.check_acts_for(by, wanted.patient, on=today)
    before = place_of(wanted)
    if before is not None and before.number is not None:
        return before
    wanted = replace(wanted, last_day=max(wanted.last_day, last_day_of(today)))
    if before is not None:
        wanted = _keeping_their_wishes(wanted, before, now)
    entry = waiting_list.join(wanted, by=by, now=now)
    entry.number = _new_number(today.year)
    entry.answer_by = answer_day(today, entry.agreement)
    entry.desired_day = desired_day
    entry.save(update_fields=["number", "answer_by", "desired_day"])
    ending.record("waiting.filed", entry, by=by, now=now)
    _count(entry, now)
    telling.tell_entry(notifications.FILED, entry, now=now)
    return entry


@retrying
@transaction.atomic
def close(*, entry_id: UUID, reason: str, by: User, now: datetime) -> WaitingListEntry:
    """The clinic cannot give it, and says why. Twice is once: the first reason stays.

    What is kept for them goes on to the next. Raises NotThisSite, NotWaiting.
    """
    entry = _locked(entry_id, by)
    if entry.status == Status.CLOSED:
        return entry
    if entry.status != Status.WAITING:
        raise NotWaiting
    ending.end(entry, to=Status.CLOSED, because=reason, by=by, now=now)
    telling.tell_entry(notifications.FILED_CLOSED, entry, now=now)
    return entry


@retrying
@refusals
@transaction.atomic
def assign(*, entry_id: UUID, slot_id: int, by: User, now: datetime) -> Offer:
    """Keep this very time for them; they accept it as any other offer.

    Only a time of a site of this member of staff. Raises NotThisSite and what
    `waiting_list.offer_this` raises.
    """
    _locked(entry_id, by)
    site = Slot.objects.filter(pk=slot_id).values_list("site_id", flat=True).first()
    if site is not None and not people.may_at(by, MAY_MANAGE, site_id=site):
        raise NotThisSite
    return waiting_list.offer_this(entry_id=entry_id, slot_id=slot_id, by=by, now=now)


def days_for(agreement: Agreement) -> int:
    """Business days until the answer: as the agreement says, or as for everybody."""
    by_agreement: dict[str, int] = settings.FILED_ANSWER_DAYS_BY_AGREEMENT
    return int(by_agreement.get(agreement.code, settings.FILED_ANSWER_DAYS))


def answer_day(today: date, agreement: Agreement) -> date:
    """The day on which it is filed does not count."""
    return workdays.add_workdays(today, days_for(agreement))


def last_day_of(today: date) -> date:
    return today + LOOKS_AHEAD


def place_of(wanted: Wanted) -> WaitingListEntry | None:
    """Where this person waits for this service already."""
    waiting = WaitingListEntry.objects.waiting().of(wanted.patient)
    rows = waiting.select_related("patient", "instead_of")
    return rows.filter(procedure=wanted.procedure).first()


def attended_by(user: User) -> QuerySet[WaitingListEntry]:
    """The entries that this member of staff may see: of their sites, or of their cities.

    Who waits for any site of a city is everybody's there; who waits for a video call,
    or anywhere, is everybody's who has a site (ACC-07).
    """
    every = WaitingListEntry.objects.all()
    if user.is_superuser:
        return every
    mine = user.sites.all()
    if not mine.exists():
        return every.none()
    chosen = WaitingListEntry.sites.through.objects.all()
    of_mine = chosen.filter(site__in=mine.values("pk")).values("waitinglistentry_id")
    in_city = Q(city=None) | Q(city__in=mine.values("city_id"))
    any_site = ~Q(pk__in=chosen.values("waitinglistentry_id"))
    return every.filter(Q(pk__in=of_mine) | any_site & in_city)


def _locked(entry_id: UUID, by: User) -> WaitingListEntry:
    """For this transaction alone, if this member of staff may answer it."""
    if not by.is_active or not by.has_perm(MAY_MANAGE):
        raise NotThisSite
    rows = attended_by(by).filter(pk=entry_id)
    patient_id = rows.values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotThisSite
    keeping.lock_all([patient_id])
    return ending.locked(entry_id, Patient.objects.get(pk=patient_id))


def _keeping_their_wishes(
    wanted: Wanted, entry: WaitingListEntry, now: datetime
) -> Wanted:
    """What is asked for is the request's; how they are told, and what is to come sooner, theirs."""
    later = entry.instead_of
    stands = (
        later is not None
        and later.status == later.Status.BOOKED
        and later.start > now
        and later.agreement_id == wanted.agreement.pk
    )
    return replace(
        wanted,
        notice_minutes=entry.notice_minutes,
        may_wake=entry.may_wake,
        instead_of=later if stands else None,
    )


def _new_number(year: int) -> str:
    """Drawn by lot among those that nobody has; two at one instant meet the constraint."""
    while True:
        number = f"{year}-{spoken.code(NUMBER_LENGTH)}"
        if not WaitingListEntry.objects.filter(number=number).exists():
            return number


def _count(entry: WaitingListEntry, now: datetime) -> None:
    sought = demand.Sought(
        procedure_id=entry.procedure_id,
        agreement_id=entry.agreement_id,
        modality=entry.modality,
        city_code=entry.city.code if entry.city else "",
    )
    demand.note(demand.FILED, sought, now=now)
