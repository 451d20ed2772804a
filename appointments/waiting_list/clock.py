"""What the clock does: offers that nobody answered, and people whose days are over."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Patient
from appointments import keeping, lifecycle, notifications, waiting_order
from appointments.contention import retrying
from appointments.models import (
    Appointment,
    Offer,
    WaitingListEntry,
    WaitingListQuerySet,
)
from appointments.waiting_list import ending, joining, matching, saying
from appointments.waiting_list.apart import tried
from portal.messaging.models import OutgoingMessage

Status = WaitingListEntry.Status
AT_ONCE = 200
DAYS_OVER = "Pasaron los días que le servían"
NOT_STANDING = "La cita que quería adelantar ya no está en pie"
# Who was not told within a day that an offer ran out has no use for it any more.
TOLD_WITHIN = timedelta(days=1)
OFFER_OVER = "Nadie respondió la oferta a tiempo"


def expire(*, now: datetime) -> int:
    """The offers whose time is over: it goes on to the next, and they are told; how many.

    Another time that is free already is noted for them.
    """
    ended = 0
    while batch := _expire_some(now):
        ended += batch
    for offer_id in _untold(now):
        tried("an offer that ran out", partial(_tell, offer_id, now))
    return ended


def close_over(*, now: datetime) -> int:
    """Who cannot be offered anything any more: their days are over, or the appointment that
    was to come sooner stands no longer; how many.

    To what was filed with a number the clinic owes an answer: that one waits on, for any
    time, and ends with it.
    """
    today = timezone.localdate(now)
    waiting = WaitingListEntry.objects.waiting()
    days_over = waiting.filter(last_day__lt=today, number=None)
    fallen = waiting.filter(instead_of__isnull=False).exclude(
        instead_of__status=Appointment.Status.BOOKED, instead_of__start__gt=now
    )
    for who in _keys(fallen.exclude(number=None)):
        tried("waiting on", partial(joining.wait_for_any, who, now=now))
    over = [(who, NOT_STANDING) for who in _keys(fallen.filter(number=None))]
    over += [(who, DAYS_OVER) for who in _keys(days_over)]
    ended = [tried("closing", partial(_close, *one, now)) for one in over]
    return sum(one or 0 for one in ended)


@retrying
@transaction.atomic
def _expire_some(now: datetime) -> int:
    over = Appointment.objects.lapsed(at=now).filter(offer__status=Offer.Status.OPEN)
    rows = lifecycle.locking(
        Appointment.objects.filter(pk__in=over.values("pk")), skip_locked=True
    )
    # One may have been answered between the choice and its lock.
    held = [one for one in rows[:AT_ONCE] if one.status == Appointment.Status.HELD]
    lifecycle.let_go(held, by=None, reason=OFFER_OVER, now=now)
    return len(held)


def _untold(now: datetime) -> list[UUID]:
    """Those that ran out, whoever ended them: the clock, or somebody who wanted the time."""
    over = Offer.objects.filter(
        status=Offer.Status.EXPIRED, answered_at__gt=now - TOLD_WITHIN
    )
    events = {
        saying.event(notifications.OFFER_EXPIRED, pk): pk
        for pk in over.order_by("answered_at", "pk").values_list("pk", flat=True)
    }
    rows = OutgoingMessage.objects.filter(event__in=events)
    said = set(rows.values_list("event", flat=True))
    return [pk for event, pk in events.items() if event not in said]


@retrying
@transaction.atomic
def _tell(offer_id: UUID, now: datetime) -> None:
    offer = Offer.objects.select_related(
        "entry__patient", "appointment__patient__user", "appointment__booked_by"
    ).get(pk=offer_id)
    told = notifications.recipients(offer.appointment, on=timezone.localdate(now))
    saying.tell(
        notifications.OFFER_EXPIRED,
        offer,
        told,
        due_at=waiting_order.first_told(now=timezone.localtime(now), may_wake=False),
        expires_at=now + TOLD_WITHIN,
        now=now,
    )
    if told:
        ending.record("waiting.offer_expired", offer.entry, now=now)
    matching.match_again(offer.entry_id, now=now)


def _keys(entries: WaitingListQuerySet) -> list[tuple[UUID, int]]:
    return list(entries.order_by("pk").values_list("pk", "patient_id"))


@retrying
@transaction.atomic
def _close(who: tuple[UUID, int], because: str, now: datetime) -> int:
    entry_id, patient_id = who
    keeping.lock_all([patient_id])
    entry = ending.locked(entry_id, Patient.objects.get(pk=patient_id))
    if entry.status != Status.WAITING:
        return 0
    ending.end(entry, to=Status.OVER, because=because, now=now)
    return 1
