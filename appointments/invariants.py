"""What must be true of the agenda at any moment, looked for in the database itself.

Constraints and locks see to it; this is how one knows that they did.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, Lag
from django.utils.timezone import localdate

from accounts import people
from appointments import notifications, policies, reminders, telling
from appointments.models import (
    Appointment,
    AppointmentEvent,
    Offer,
    Opening,
    Slot,
    SlotClaim,
    WaitingListEntry,
)
from portal.messaging.models import OutgoingMessage

SHOWN = 20
Status = Appointment.Status
# What tells that there is an appointment: assigned at once, or accepted.
FIRST_TOLD = (notifications.CONFIRMED, notifications.ACCEPTED)
# What tells of several that were asked for together.
TOGETHER_TOLD = (notifications.GROUP_CONFIRMED,)
# What tells of another hour: changed, or proposed by the clinic and taken.
AGAIN_TOLD = (notifications.MOVED, notifications.ACCEPTED)
# The job comes every two minutes; a worker that is down for an hour is a fault.
EXPIRED_WITHIN = timedelta(hours=1)
# Nearer than this every reminder may be past, or in the quiet hours.
FAR_ENOUGH = timedelta(hours=36)
# The job that plans what is missing comes every hour.
SWEPT_WITHIN = timedelta(hours=2)
# The job comes every half minute.
OFFERED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold, with some of the rows that break it."""

    rule: str
    count: int
    examples: tuple[str, ...]


def violations(*, now: datetime) -> list[Violation]:
    """Every rule that is broken; an empty list is how it should be."""
    found = []
    for rule, look in RULES.items():
        broken = list(look(now))
        if broken:
            shown = tuple(str(one) for one in islice(broken, SHOWN))
            found.append(Violation(rule, len(broken), shown))
    return found


def _patients_in_two_places(now: datetime) -> Iterable[object]:
    return _overlapping(Appointment.objects.live().standing(), "patient")


def _practitioners_in_two_places(now: datetime) -> Iterable[object]:
    alone = Appointment.objects.live().filter(exclusive=True, overbooked=False)
    return _overlapping(alone, "practitioner")


def _overlapping(live: QuerySet[Appointment], who: str) -> Iterable[object]:
    another = live.filter(
        **{who: OuterRef(who)},
        pk__gt=OuterRef("pk"),
        start__lt=OuterRef("end"),
        end__gt=OuterRef("start"),
    )
    return live.filter(Exists(another)).values_list("pk", flat=True)


def _live_without_slot(now: datetime) -> Iterable[object]:
    live = Appointment.objects.live().filter(overbooked=False, claims=None)
    return live.values_list("pk", flat=True)


def _claims_of_nobody(now: datetime) -> Iterable[object]:
    claims = SlotClaim.objects.exclude(appointment__status__in=Appointment.LIVE)
    return claims.values_list("slot_id", flat=True)


def _claims_elsewhere(now: datetime) -> Iterable[object]:
    """A claim on another schedule's slot, or outside the appointment's time."""
    strayed = (
        ~Q(slot__schedule=F("appointment__schedule"))
        | Q(slot__start__lt=F("appointment__start"))
        | Q(slot__start__gte=F("appointment__end"))
    )
    return SlotClaim.objects.filter(strayed).values_list("slot_id", flat=True)


def _free_yet_claimed(now: datetime) -> Iterable[object]:
    return Slot.objects.filter(free=True, claim__isnull=False).values_list(
        "pk", flat=True
    )


def _lost_slots(now: datetime) -> Iterable[object]:
    """Neither free nor withdrawn nor anybody's: nobody will ever be offered them."""
    lost = Slot.objects.filter(free=False, withdrawn=False, claim=None)
    return lost.values_list("pk", flat=True)


def _practitioners_published_twice(now: datetime) -> Iterator[object]:
    slots = (
        Slot.objects.filter(withdrawn=False, start__gt=now)
        .order_by("practitioner_id", "start", "schedule_id")
        .values_list("practitioner_id", "schedule_id", "start", "minutes", "pk")
    )
    last = (0, 0, 0)  # practitioner, schedule, end in seconds
    for practitioner_id, schedule_id, start, minutes, pk in slots.iterator():
        begins = int(start.timestamp())
        if practitioner_id == last[0] and schedule_id != last[1] and begins < last[2]:
            yield pk
        last = (practitioner_id, schedule_id, begins + minutes * 60)


def _state_without_event(now: datetime) -> Iterable[object]:
    last = AppointmentEvent.objects.filter(appointment=OuterRef("pk"))
    told = Subquery(last.order_by("-pk").values("to_status")[:1])
    wrong = Appointment.objects.annotate(told=Coalesce(told, Value(""))).exclude(
        status=F("told")
    )
    return wrong.values_list("pk", flat=True)


def _broken_histories(now: datetime) -> Iterator[object]:
    """Each step begins where the one before ended, and is an allowed one."""
    before = Window(Lag("to_status"), partition_by="appointment_id", order_by=["pk"])
    steps = AppointmentEvent.objects.annotate(before=Coalesce(before, Value("")))
    rows = steps.values_list("appointment_id", "before", "from_status", "to_status")
    for appointment_id, expected, old, new in rows.iterator():
        if old != expected or not policies.may_change(old=old, new=new):
            yield appointment_id


def _kept_for_nothing(now: datetime) -> Iterable[object]:
    """Another hour for an appointment that stands no more, or for a request that ended."""
    waits = Q(replaces__status__in=(Status.BOOKED, Status.PROPOSED))
    kept = Appointment.objects.live().filter(replaces__isnull=False)
    return kept.exclude(waits).values_list("pk", flat=True)


def _requests_unanswered(now: datetime) -> Iterable[object]:
    """Over for so long that the job that ends them cannot be running."""
    asked = Appointment.objects.filter(status=Status.PROPOSED)
    late = asked.filter(Q(answer_by=None) | Q(answer_by__lt=now - EXPIRED_WITHIN))
    return late.values_list("pk", flat=True)


def _untold(now: datetime) -> Iterator[object]:
    """Its last news was never written to anybody, and there is somebody who can be reached.

    Asked for or booked, and to come: the hour that it has now, and not the one before.
    """
    heard = people.perhaps_told(on=localdate(now))
    coming = Appointment.objects.filter(start__gt=now, patient__in=heard)
    waiting = coming.filter(status=Status.PROPOSED)
    booked = coming.filter(status=Status.BOOKED, confirmed_at__isnull=False)
    first = booked.filter(version=1)
    # A request of a group is accepted later, and that is told by itself.
    with_others = Q(group__isnull=False, confirmed_at=F("group__confirmed_at"))
    for rows, kinds, together in (
        (waiting, (notifications.REQUESTED,), TOGETHER_TOLD),
        (first.filter(with_others), (), TOGETHER_TOLD),
        (first.exclude(with_others), FIRST_TOLD, ()),
        (booked.filter(version__gt=1), AGAIN_TOLD, ()),
    ):
        for pk in telling.untold(rows, kinds=kinds, together=together):
            one = Appointment.objects.select_related("patient__user", "booked_by")
            if notifications.recipients(one.get(pk=pk), on=localdate(now)):
                yield pk


def _unreminded(now: datetime) -> Iterator[object]:
    """Nobody will be reminded of it, and somebody wants to be.

    In the days that the job already looked at: nearer, each reminder may be past.
    """
    soon, far = now + FAR_ENOUGH, now + reminders.SWEPT_AHEAD - SWEPT_WITHIN
    found = reminders.unreminded(since=soon, until=far, now=now)
    return (one.pk for one in found)


def _offers_of_nothing(now: datetime) -> Iterable[object]:
    """Open, and nothing is held for it, or for somebody else, or for who waits no more."""
    good = Q(
        appointment__status=Status.HELD,
        appointment__patient=F("entry__patient"),
        entry__status=WaitingListEntry.Status.WAITING,
    )
    open_ones = Offer.objects.filter(status=Offer.Status.OPEN)
    return open_ones.exclude(good).values_list("pk", flat=True)


def _kept_for_no_offer(now: datetime) -> Iterable[object]:
    """Held for an offer that was answered, ran out or was withdrawn."""
    held = Appointment.objects.filter(status=Status.HELD, offer__isnull=False)
    over = held.exclude(offer__status=Offer.Status.OPEN)
    return over.values_list("pk", flat=True)


def _unoffered(now: datetime) -> Iterable[object]:
    """Free for an hour and not looked at, while somebody waits who could come then."""
    somebody = WaitingListEntry.objects.waiting().filter(
        procedure__schedules=OuterRef("schedule"),
        first_day__lte=OuterRef("slot__day"),
        last_day__gte=OuterRef("slot__day"),
    )
    old = Opening.objects.filter(since__lt=now - OFFERED_WITHIN, slot__free=True)
    return old.filter(Exists(somebody)).values_list("pk", flat=True)


def _offers_untold(now: datetime) -> Iterable[object]:
    """Kept for somebody to whom nobody ever wrote of it."""
    open_ones = Offer.objects.filter(status=Offer.Status.OPEN)
    events = {
        f"{notifications.OFFERED}:{pk}": pk
        for pk in open_ones.order_by("pk").values_list("pk", flat=True)
    }
    told = OutgoingMessage.objects.filter(event__in=events)
    said = set(told.values_list("event", flat=True))
    return (pk for event, pk in events.items() if event not in said)


def _served_with_nothing(now: datetime) -> Iterable[object]:
    """Who waits no more because they have it, and it was never an appointment."""
    served = WaitingListEntry.objects.filter(status=WaitingListEntry.Status.SERVED)
    never = Q(assigned=None) | Q(assigned__confirmed_at=None)
    return served.filter(never).values_list("pk", flat=True)


RULES: dict[str, Callable[[datetime], Iterable[object]]] = {
    "Un paciente está en dos citas a la vez": _patients_in_two_places,
    "Un profesional atiende dos citas a la vez": _practitioners_in_two_places,
    "Una cita viva no tiene su hora": _live_without_slot,
    "Una hora es de una cita que ya no vive": _claims_of_nobody,
    "Una hora no es la de su cita": _claims_elsewhere,
    "Una hora está libre y es de una cita": _free_yet_claimed,
    "Una hora no está libre y no es de nadie": _lost_slots,
    "Un profesional está publicado en dos sitios a la vez": _practitioners_published_twice,
    "El estado de una cita no está en su historia": _state_without_event,
    "La historia de una cita tiene un salto": _broken_histories,
    "Una hora espera por una cita que ya no está en pie": _kept_for_nothing,
    "Una solicitud vencida sigue esperando": _requests_unanswered,
    "De una cita o una solicitud no hay mensaje": _untold,
    "Una cita no tiene sus recordatorios": _unreminded,
    "Una oferta de la lista de espera no tiene su hora": _offers_of_nothing,
    "Una hora espera por una oferta que ya terminó": _kept_for_no_offer,
    "Una hora que se liberó no se le ofreció a nadie": _unoffered,
    "De una oferta no hay mensaje": _offers_untold,
    "Quien dejó de esperar no tiene su cita": _served_with_nothing,
}
