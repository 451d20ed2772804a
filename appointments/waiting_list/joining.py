"""To wait for a service, and to wait no more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import coverages, people
from accounts.models import Patient, User
from appointments import keeping, offer, policies
from appointments.contention import retrying
from appointments.errors import (
    NothingToOffer,
    NotStanding,
    PersonInactive,
    TooManyWaiting,
)
from appointments.models import Appointment, WaitingListEntry
from appointments.waiting_list import ending, looking, matching
from catalog.models import Agreement, City, Practitioner, Procedure, Site

Status = WaitingListEntry.Status
LEFT = "Salió de la lista"
# What the person may say anew without losing their place.
WISHES = (
    "agreement",
    "modality",
    "practitioner",
    "city",
    "first_day",
    "last_day",
    "part",
    "weekdays",
    "notice_minutes",
    "may_wake",
    "instead_of",
    "search",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody waits for, and what they can do. Empty is «any»."""

    patient: Patient
    agreement: Agreement
    procedure: Procedure
    modality: str
    practitioner: Practitioner | None = None
    city: City | None = None
    sites: Sequence[Site] = ()
    first_day: date
    last_day: date
    part: str = ""
    weekdays: str = ""
    notice_minutes: int = 1440
    may_wake: bool = False
    # «Avíseme si hay antes»: what an accepted offer takes the place of.
    instead_of: Appointment | None = None
    search: str = ""


@retrying
@transaction.atomic
def join(wanted: Wanted, *, by: User, now: datetime) -> WaitingListEntry:
    """Wait for this service. Twice is once: the place stays, the new wishes count.

    A time that is free already is offered too. Raises NotActing, PersonInactive,
    NotStanding, NothingToOffer, TooManyWaiting.
    """
    keeping.lock(wanted.patient)
    people.check_acts_for(by, wanted.patient, on=timezone.localdate(now))
    _check(wanted, now)
    entry = _place_of(wanted) or _new_place(wanted, by=by, now=now)
    if entry.number is not None:
        wanted = _as_filed(wanted, entry)
    for name in WISHES:
        setattr(entry, name, getattr(wanted, name))
    entry.save()
    entry.sites.set(wanted.sites)
    ending.record("waiting.joined", entry, by=by, now=now)
    matching.match(entry, now=now)
    return entry


@retrying
@transaction.atomic
def leave(
    *, entry_id: UUID, patient: Patient, by: User, now: datetime
) -> WaitingListEntry:
    """They do not want to wait any more; a time kept for them goes on. Twice is once.

    Raises NotActing, WaitingListEntry.DoesNotExist.
    """
    keeping.lock(patient)
    people.check_acts_for(by, patient, on=timezone.localdate(now))
    entry = ending.locked(entry_id, patient)
    if entry.status == Status.WAITING:
        ending.end(entry, to=Status.LEFT, because=LEFT, by=by, now=now)
    return entry


@retrying
@transaction.atomic
def wait_for_any(who: tuple[UUID, int], *, now: datetime) -> None:
    """The appointment that was to come sooner stands no more: any time serves them now.

    For what was filed with a number, which does not end with that appointment.
    """
    entry_id, patient_id = who
    keeping.lock_all([patient_id])
    entry = ending.locked(entry_id, Patient.objects.get(pk=patient_id))
    if entry.status != Status.WAITING or _later_stands(entry, now):
        return
    ending.withdraw(entry, by=None, now=now)
    entry.instead_of = None
    entry.save(update_fields=["instead_of"])
    matching.match(entry, now=now)


def ahead_of(entry: WaitingListEntry, *, on: date) -> int:
    """How many who wait for the same service come before, whatever days they can come."""
    waiting = WaitingListEntry.objects.waiting().filter(procedure=entry.procedure_id)
    ranked = looking.ranked(waiting, on=on)
    own = ranked.filter(pk=entry.pk).first()
    return 0 if own is None else ranked.filter(looking.before(own)).count()


# --- Look ----------------------------------------------------------------------


def _check(wanted: Wanted, now: datetime) -> None:
    if not wanted.patient.active:
        raise PersonInactive
    if wanted.instead_of is not None:
        _check_later(wanted, wanted.instead_of, now)
    today = timezone.localdate(now)
    if wanted.last_day < max(today, wanted.first_day):
        raise NothingToOffer
    serves = coverages.usable(
        patient=wanted.patient, agreement=wanted.agreement, today=today
    )
    if not serves or not _is_done_somewhere(wanted, today):
        raise NothingToOffer


def _check_later(wanted: Wanted, later: Appointment, now: datetime) -> None:
    """The appointment that is to come sooner stands, is theirs and for the same."""
    stands = Appointment.objects.of(wanted.patient).filter(
        pk=later.pk,
        status=Appointment.Status.BOOKED,
        start__gt=now,
        procedure=wanted.procedure,
        agreement=wanted.agreement,
    )
    if not stands.exists():
        raise NotStanding


def _later_stands(entry: WaitingListEntry, now: datetime) -> bool:
    later = entry.instead_of
    if later is None:
        return True
    return later.status == Appointment.Status.BOOKED and later.start > now


def _is_done_somewhere(wanted: Wanted, today: date) -> bool:
    return bool(
        offer.matching(
            looking.criteria(
                wanted.patient,
                agreement_id=wanted.agreement.pk,
                procedure=wanted.procedure,
                modality=wanted.modality,
                day=today,
            )
        )
    )


def _place_of(wanted: Wanted) -> WaitingListEntry | None:
    waiting = WaitingListEntry.objects.waiting().of(wanted.patient)
    rows = waiting.select_for_update(of=("self",), no_key=True)
    return rows.filter(procedure=wanted.procedure).first()


def _as_filed(wanted: Wanted, entry: WaitingListEntry) -> Wanted:
    """New wishes do not narrow what was filed: its agreement stays, and its last day.

    An appointment of another agreement cannot be what comes sooner.
    """
    later = wanted.instead_of
    same = later is None or later.agreement_id == entry.agreement_id
    return replace(
        wanted,
        agreement=entry.agreement,
        last_day=max(wanted.last_day, entry.last_day),
        instead_of=later if same else entry.instead_of,
    )


def _new_place(wanted: Wanted, *, by: User, now: datetime) -> WaitingListEntry:
    others = WaitingListEntry.objects.waiting().of(wanted.patient)
    if others.count() >= policies.MOST_WAITING:
        raise TooManyWaiting
    return WaitingListEntry(
        patient=wanted.patient, procedure=wanted.procedure, asked_by=by, created_at=now
    )
