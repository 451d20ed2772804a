"""What becomes of a request: the clinic accepts it, does not, or proposes another time; the
patient withdraws it; or nobody answers in time.

One outcome whoever comes at the same instant: the request is locked, then the time that
is proposed in its place; who finds it decided is told what happened (AlreadyDecided).
Locks are taken patient first, then the request, its proposal or the appointment that it
replaces, then slots.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts import people
from accounts.models import Patient, User
from appointments import (
    admission,
    answering,
    keeping,
    lifecycle,
    moving,
    notifications,
    references,
    reminders,
    telling,
    waiting_list,
    wishes,
)
from appointments.contention import refusals, retrying
from appointments.errors import (
    AlreadyDecided,
    CannotPropose,
    NoProposal,
    NotOffered,
    NotThisSite,
    SlotTaken,
)
from appointments.models import Appointment, AppointmentQuerySet, Offer, Slot

Status = Appointment.Status

MAY_DECIDE = "appointments.decide_request"
EXPIRED_AT_ONCE = 100
# What the history says; the pages and the messages read some of them.
UNANSWERED = "Se venció sin respuesta de la sede"
PROPOSAL_UNTAKEN = "Se venció la hora que le propusimos"
PROPOSAL_REFUSED = "No le sirvió la hora que le propusimos"
PROPOSAL_TAKEN = "Aceptó la hora que propuso la sede"
CHANGE_ACCEPTED = "La sede aceptó el cambio de hora"
ANSWERED_OTHERWISE = "La solicitud tuvo otra respuesta"


# --- The clinic ------------------------------------------------------------------


@retrying
@refusals
@transaction.atomic
def accept(*, appointment_id: UUID, by: User, now: datetime) -> Appointment:
    """It is an appointment, at the time that was asked for.

    Accepting a change of hour gives the appointment that it replaces its new time, and
    answers that one. Raises AlreadyDecided, NotThisSite.
    """
    request = _undecided(_for_staff(appointment_id, by), now)
    if request.start <= now:
        raise AlreadyDecided(status=Status.LAPSED, at=request.answer_by)
    _drop_proposal(request, by=by, now=now)
    if request.replaces_id is not None:
        return _accept_change(request, by=by, now=now)
    event = lifecycle.move(request, to=Status.BOOKED, by=by, now=now)
    request.answer_by = None
    request.confirmed_at = now
    request.save(update_fields=["status", "answer_by", "confirmed_at"])
    event.save(force_insert=True)
    keeping.record("appointment.accepted", request, by=by, now=now)
    told = telling.tell(notifications.ACCEPTED, request, now=now)
    reminders.plan(request, told=told, now=now)
    waiting_list.served(request, by=by, now=now)
    return request


@retrying
@transaction.atomic
def decline(
    *, appointment_id: UUID, by: User, reason: str, now: datetime
) -> Appointment:
    """It cannot be; the patient reads why. Raises AlreadyDecided, NotThisSite."""
    request = _undecided(_for_staff(appointment_id, by), now)
    _drop_proposal(request, by=by, now=now)
    _decline(request, by=by, reason=reason, now=now)
    return request


@retrying
@refusals
@transaction.atomic
def propose(
    *,
    appointment_id: UUID,
    slot_id: int,
    by: User,
    now: datetime,
    until: datetime | None = None,
) -> Appointment:
    """Keep another time of the same practitioner for the patient, who takes it or not.

    The request waits as long as that time is kept; proposing again lets the former one
    go. Raises AlreadyDecided, CannotPropose, NotOffered, NotThisSite, PaperMissing,
    PatientBusy, SlotTaken.
    """
    request = _undecided(_for_staff(appointment_id, by), now)
    if request.replaces_id is not None:
        raise CannotPropose
    slot = _free_slot(slot_id, now)
    wish = wishes.Wish(
        slot,
        request.procedure,
        request.patient,
        request.agreement,
        by,
        request.search,
        replaces=request,
    )
    until = until or answering.proposed_until(start=slot.start, now=now)
    _check_proposal(request, wish, until, now)
    paper = admission.check_papers(wish)
    wanted = wishes.slots_for(wish)
    wishes.make_way([wish], wanted, now)
    keeping.take(wanted)
    others = Appointment.objects.of(request.patient).occupying(at=now)
    stay = list(others.exclude(pk=request.pk))
    admission.check_overlaps(stay, slot=slot, end=wish.end)
    kept = _proposal(request, wish, until, now)
    kept.service_request, kept.order_promised = paper.declared, paper.anything
    keeping.write(kept, wanted, by=by, now=now)
    request.answer_by = until
    request.save(update_fields=["answer_by"])
    keeping.record("appointment.proposed_time", request, by=by, now=now)
    telling.tell(notifications.PROPOSED_TIME, kept, now=now, expires_at=until)
    return kept


# --- The patient -----------------------------------------------------------------


@retrying
@transaction.atomic
def withdraw(
    *,
    appointment_id: UUID,
    patient: Patient,
    by: User,
    now: datetime,
    reason: str = "",
) -> Appointment:
    """The patient does not want it any more. Twice is once. Raises AlreadyDecided."""
    request = _own(appointment_id, patient, by=by, now=now)
    if request.status == Status.CANCELLED and request.confirmed_at is None:
        return request
    _undecided(request, now)
    give_up(request, by=by, reason=reason, now=now)
    return request


@retrying
@refusals
@transaction.atomic
def take_proposal(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """The other time is good: the request becomes an appointment at it. Twice is once.

    Raises AlreadyDecided, NoProposal, PatientBusy.
    """
    request = _own(appointment_id, patient, by=by, now=now)
    if _took(request):
        return request
    kept = _kept_for(_undecided(request, now), now)
    moving.take(kept=kept, to=request, by=by, reason=PROPOSAL_TAKEN, now=now)
    keeping.record("appointment.proposal_taken", request, by=by, now=now)
    telling.tell(notifications.ACCEPTED, request, now=now)
    waiting_list.served(request, by=by, now=now)
    return request


@retrying
@transaction.atomic
def refuse_proposal(
    *, appointment_id: UUID, patient: Patient, by: User, now: datetime
) -> Appointment:
    """«No me sirve»: the request ends. Twice is once. Raises AlreadyDecided, NoProposal."""
    request = _own(appointment_id, patient, by=by, now=now)
    if request.status == Status.DECLINED:
        return request
    kept = _kept_for(_undecided(request, now), now)
    lifecycle.let_go([kept], by=by, reason=PROPOSAL_REFUSED, now=now)
    _decline(request, by=by, reason=PROPOSAL_REFUSED, now=now)
    return request


# --- The clock -------------------------------------------------------------------


def expire(*, now: datetime) -> int:
    """End the requests whose answer did not come, and tell their patients; how many."""
    ended = 0
    while batch := _expire_some(now):
        ended += batch
    return ended


@retrying
@transaction.atomic
def _expire_some(now: datetime) -> int:
    over = Appointment.objects.filter(status=Status.PROPOSED, answer_by__lte=now)
    requests = list(lifecycle.locking(over, skip_locked=True)[:EXPIRED_AT_ONCE])
    for request in requests:
        _expire(request, now)
    return len(requests)


def _expire(request: Appointment, now: datetime) -> None:
    """To a time proposed and not taken the clinic did answer; otherwise it owes an apology."""
    if proposals(request).exists():
        _drop_proposal(request, by=None, now=now)
        _decline(request, by=None, reason=PROPOSAL_UNTAKEN, now=now)
        return
    lifecycle.end([request], to=Status.LAPSED, by=None, reason=UNANSWERED, now=now)
    keeping.record("appointment.request_expired", request, by=None, now=now)
    telling.tell(notifications.EXPIRED, request, now=now)


# --- Look ------------------------------------------------------------------------


def proposals(request: Appointment) -> AppointmentQuerySet:
    """The times that were ever proposed in place of the one asked for."""
    return Appointment.objects.filter(replaces=request)


def proposal(request: Appointment, *, now: datetime) -> Appointment | None:
    """The other time that is kept for this request now, to show it."""
    kept = proposals(request).holding(at=now)
    return kept.select_related("practitioner", "site__city").first()


def is_over(request: Appointment, *, now: datetime) -> bool:
    """Still marked as waiting, and the answer can come no more."""
    waits = request.status == Status.PROPOSED
    return waits and answering.is_over(due=request.answer_by, now=now)


def page_of(appointment: Appointment) -> UUID | None:
    """Whose page tells what this row waits for: a request's own, or that of the request
    that a time is proposed for. None where neither is so."""
    if appointment.status == Status.PROPOSED:
        return appointment.pk
    if appointment.status != Status.HELD or appointment.replaces_id is None:
        return None
    waiting = Appointment.objects.filter(
        pk=appointment.replaces_id, status=Status.PROPOSED
    )
    return waiting.values_list("pk", flat=True).first()


def was_asked(appointment: Appointment) -> bool:
    """It was a request once; a hold that lapsed never was."""
    if appointment.status in (Status.PROPOSED, Status.DECLINED):
        return True
    return appointment.events.filter(to_status=Status.PROPOSED).exists()


def how_it_ended(request: Appointment, *, now: datetime) -> str:
    """Why a request that did not become an appointment ended, also if no job has said it yet."""
    if is_over(request, now=now):
        return PROPOSAL_UNTAKEN if proposals(request).exists() else UNANSWERED
    last = request.events.last()
    return last.reason if last else ""


def sent_at(request: Appointment) -> datetime | None:
    asked = request.events.filter(to_status=Status.PROPOSED)
    return asked.values_list("at", flat=True).first()


def _for_staff(appointment_id: UUID, by: User) -> Appointment:
    """The patient first, as everywhere; then this row, for who works where it is."""
    patient = Patient.objects.get(appointments=appointment_id)
    keeping.lock(patient)
    request = _row(appointment_id, patient)
    if not people.may_at(by, MAY_DECIDE, site_id=request.site_id):
        raise NotThisSite
    return request


def _row(appointment_id: UUID, patient: Patient) -> Appointment:
    found = lifecycle.locking(Appointment.objects.of(patient)).get(pk=appointment_id)
    found.patient = patient
    return found


def _own(
    appointment_id: UUID, patient: Patient, *, by: User, now: datetime
) -> Appointment:
    keeping.lock(patient)
    return lifecycle.locked(patient, appointment_id, by=by, now=now)


def _undecided(request: Appointment, now: datetime) -> Appointment:
    """Compare and swap: only a request that still waits is decided (BOK-10)."""
    if request.status != Status.PROPOSED:
        raise decided(request)
    if answering.is_over(due=request.answer_by, now=now):
        raise AlreadyDecided(status=Status.LAPSED, at=request.answer_by)
    return request


def decided(request: Appointment) -> AlreadyDecided:
    """What happened to it, for whom comes too late."""
    last = request.events.select_related("by").last()
    by = last.by if last else None
    return AlreadyDecided(
        status=request.status,
        by=str(by) if by is not None and by.is_staff else "",
        at=last.at if last else None,
    )


def _kept_for(request: Appointment, now: datetime) -> Appointment:
    kept = lifecycle.locking(proposals(request).holding(at=now)).first()
    if kept is None:
        raise NoProposal
    return kept


def _took(request: Appointment) -> bool:
    last = request.events.last()
    taken = last is not None and last.reason == PROPOSAL_TAKEN
    return taken and request.status == Status.BOOKED


def _free_slot(slot_id: int, now: datetime) -> Slot:
    """Free, or of a hold that is over."""
    lapsed = Appointment.objects.lapsed(at=now).filter(claims__slot=OuterRef("pk"))
    within_reach = Q(free=True) | Exists(lapsed)
    found = Slot.objects.filter(within_reach, pk=slot_id).select_related("schedule")
    slot = found.first()
    if slot is None:
        raise SlotTaken
    return slot


def _check_proposal(
    request: Appointment, wish: wishes.Wish, until: datetime, now: datetime
) -> None:
    """The same thing with the same person, and time enough for the patient to answer."""
    slot = wish.slot
    same = (request.practitioner_id, request.modality)
    if (slot.practitioner_id, slot.schedule.modality) != same:
        raise NotOffered
    if not answering.may_propose(until=until, start=slot.start, now=now):
        raise NotOffered
    admission.check_offered(
        slot=slot,
        procedure=wish.procedure,
        patient=wish.patient,
        agreement=wish.agreement,
        now=now,
    )


# --- Write -----------------------------------------------------------------------


def _accept_change(request: Appointment, *, by: User, now: datetime) -> Appointment:
    """The appointment that waited for it gets its time; if it stands no longer, nothing does."""
    old = _row(request.replaces_id, request.patient)  # type: ignore[arg-type]  # asked by the caller
    if old.status != Status.BOOKED:
        raise decided(old)
    moving.take(kept=request, to=old, by=by, reason=CHANGE_ACCEPTED, now=now)
    if Offer.objects.filter(appointment=request).exists():
        # The clinic offered it: no change of theirs, and what they waited for.
        waiting_list.served(old, by=by, now=now)
    else:
        old.moves += 1
        old.save(update_fields=["moves"])
    keeping.record("appointment.change_accepted", old, by=by, now=now)
    telling.tell(notifications.MOVED, old, now=now)
    return old


def _decline(
    request: Appointment, *, by: User | None, reason: str, now: datetime
) -> None:
    lifecycle.end([request], to=Status.DECLINED, by=by, reason=reason, now=now)
    keeping.record("appointment.declined", request, by=by, now=now)
    telling.tell(notifications.DECLINED, request, now=now)


def give_up(request: Appointment, *, by: User, reason: str, now: datetime) -> None:
    """It ends as its patient wishes. Locked by the caller, who has seen that it waits still."""
    _drop_proposal(request, by=by, now=now)
    lifecycle.end([request], to=Status.CANCELLED, by=by, reason=reason, now=now)
    keeping.record("appointment.withdrawn", request, by=by, now=now)
    telling.tell(notifications.WITHDRAWN, request, now=now)


def _drop_proposal(request: Appointment, *, by: User | None, now: datetime) -> None:
    kept = lifecycle.locking(proposals(request).filter(status=Status.HELD))
    lifecycle.let_go(list(kept), by=by, reason=ANSWERED_OTHERWISE, now=now)


def _proposal(
    request: Appointment, wish: wishes.Wish, until: datetime, now: datetime
) -> Appointment:
    """As the request, at another time. It is not extended: the clinic says until when."""
    slot = wish.slot
    return Appointment(
        reference=references.new(),
        patient=request.patient,
        schedule=slot.schedule,
        practitioner_id=slot.practitioner_id,
        site_id=slot.site_id,
        procedure=request.procedure,
        agreement=request.agreement,
        modality=slot.schedule.modality,
        start=slot.start,
        end=wish.end,
        hold_expires_at=until,
        hold_extended=True,
        instruction_set=request.instruction_set,
        instructions_read_at=request.instructions_read_at,
        exclusive=slot.schedule.capacity == 1,
        search=request.search,
        booked_by=request.booked_by,
        created_at=now,
        replaces=request,
    )
