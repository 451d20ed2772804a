"""What the people of an account have had and will have: the lists behind «Mis citas»."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery

from accounts.models import Guardianship, Patient, PatientQuerySet
from appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentQuerySet,
    Offer,
    WaitingListEntry,
)
from portal.messaging import kinds
from portal.messaging.models import OutgoingMessage

Status = Appointment.Status
State = OutgoingMessage.State
MOST_UPCOMING = 50
MOST_REQUESTS = 20
MOST_WAITING = 30
SHOWN_PAST = 5
PAGE_OF_PAST = 20
# How long «no aceptada» stays among the requests, with its way to another time.
RECENT = timedelta(days=7)
ENDED = (Status.FULFILLED, Status.NOSHOW, Status.CANCELLED, Status.DECLINED)
REFUSED = (Status.DECLINED, Status.LAPSED)


def upcoming(persons: PatientQuerySet, *, now: datetime) -> list[Appointment]:
    """Those still to come, also the ones held and not confirmed yet.

    What the waiting list keeps for somebody is an offer, and shown as one.
    """
    mine = _of(persons).occupying(at=now).exclude(status=Status.PROPOSED)
    mine = mine.exclude(status=Status.HELD, offer__isnull=False)
    rows = _for_list(mine.filter(end__gt=now))
    return list(rows.order_by("start", "pk")[:MOST_UPCOMING])


def requests(persons: PatientQuerySet, *, now: datetime) -> list[Appointment]:
    """Those that wait for the clinic, and those that it refused or left lately.

    Also of another hour for an appointment that stands. With the hour that the clinic
    keeps in place of the one asked for, if there is one.
    """
    mine = Appointment.objects.filter(patient__in=persons.values("pk"))
    waiting = Q(status=Status.PROPOSED)
    rows = _for_list(mine.filter(waiting | _lately_refused(now)))
    kept = Appointment.objects.filter(replaces=OuterRef("pk")).holding(at=now)
    rows = rows.annotate(
        offered_start=Subquery(kept.values("start")[:1]),
        offered_until=Subquery(kept.values("hold_expires_at")[:1]),
    )
    return list(rows.order_by("start", "pk")[:MOST_REQUESTS])


def waiting(persons: PatientQuerySet, *, now: datetime) -> list[WaitingListEntry]:
    """Their places on the waiting list, each with what is offered now in `open_offers`."""
    offers = Offer.objects.filter(
        status=Offer.Status.OPEN,
        expires_at__gt=now,
        appointment__status=Status.HELD,
    ).select_related("appointment")
    rows = WaitingListEntry.objects.waiting().filter(patient__in=persons.values("pk"))
    rows = rows.select_related("patient", "procedure__specialty", "instead_of")
    rows = rows.prefetch_related(Prefetch("offers", offers, to_attr="open_offers"))
    return list(rows.order_by("created_at", "pk")[:MOST_WAITING])


def past(
    persons: PatientQuerySet,
    *,
    now: datetime,
    limit: int,
    only: Collection[str] = (),
    after: Appointment | None = None,
) -> list[Appointment]:
    """Those that are over, the latest first: of these states, from the next one after that.

    One refused lately is still among the requests, unless it is asked for by its state.
    """
    over = Q(status__in=(Status.BOOKED, Status.ARRIVED), end__lte=now)
    rows = _of(persons).filter(over | Q(status__in=ENDED) | _expired())
    lately = _lately_refused(now)
    rows = rows.filter(status__in=only) if only else rows.exclude(lately)
    if after is not None:
        same_hour = Q(start=after.start, pk__gt=after.pk)
        rows = rows.filter(Q(start__lt=after.start) | same_hour)
    return list(_for_list(rows).order_by("-start", "pk")[:limit])


def next_confirmed(persons: PatientQuerySet, *, now: datetime) -> Appointment | None:
    mine = _of(persons).filter(status__in=(Status.BOOKED, Status.ARRIVED), end__gt=now)
    return _for_list(mine).order_by("start", "pk").first()


def attended_specialties(patient: Patient) -> frozenset[int]:
    """Where this patient has been seen before: there a consultation may be a control."""
    attended = Appointment.objects.of(patient).filter(
        status=Status.FULFILLED, procedure__specialty__isnull=False
    )
    return frozenset(
        attended.order_by().values_list("procedure__specialty_id", flat=True).distinct()
    )


def attended_specialties_of(patients: Collection[int]) -> dict[int, frozenset[int]]:
    """The same of several people, in one question; nobody asked for costs none."""
    found: dict[int, set[int]] = defaultdict(set)
    if patients:
        attended = Appointment.objects.filter(
            patient__in=patients,
            status=Status.FULFILLED,
            procedure__specialty__isnull=False,
        ).order_by()
        pairs = attended.values_list("patient_id", "procedure__specialty_id")
        for patient_id, specialty_id in pairs.distinct():
            found[patient_id].add(specialty_id)
    return defaultdict(frozenset, {pk: frozenset(ids) for pk, ids in found.items()})


@dataclass(frozen=True, slots=True)
class Told:
    """What happened to one appointment and what was said of it, as it was written down."""

    appointment_id: UUID
    # Also those of the other hours that were asked for or proposed in its place.
    steps: tuple[AppointmentEvent, ...]
    messages: tuple[OutgoingMessage, ...]
    # First names of those who were told, by their reference in the message.
    names: dict[str, str]

    @property
    def was_request(self) -> bool:
        """Whether the clinic was ever asked to accept it; a mere hold never was."""
        return any(step.to_status == Status.PROPOSED for step in self.own)

    @property
    def own(self) -> list[AppointmentEvent]:
        return [one for one in self.steps if one.appointment_id == self.appointment_id]


def told(appointment: Appointment) -> Told:
    """The steps with who took them, and the messages that went out or failed."""
    its = Q(appointment=appointment) | Q(appointment__replaces=appointment)
    steps = AppointmentEvent.objects.filter(its).order_by("pk")
    found = tuple(steps.select_related("by__patient", "site"))
    about = [name for name in kinds.names() if name.startswith("appointments.")]
    rows = {appointment.pk, *(step.appointment_id for step in found)}
    # What was asked for together was told together.
    if appointment.group_id is not None:
        rows.add(appointment.group_id)
    sent = OutgoingMessage.objects.filter(
        event__in=[f"{kind}:{row}" for kind in about for row in rows],
        state__in=(State.SENT, State.DELIVERED, State.FAILED, State.UNCERTAIN),
    )
    messages = tuple(_of_this(appointment, sent.order_by("created_at", "pk")))
    return Told(appointment.pk, found, messages, _names(messages))


def _of_this(
    appointment: Appointment, messages: Iterable[OutgoingMessage]
) -> Iterator[OutgoingMessage]:
    """Of a message about a group, what went to who is told of this one."""
    if appointment.group_id is None:
        yield from messages
        return
    guardians = Guardianship.objects.filter(dependant=appointment.patient_id)
    told = {appointment.patient_id, *guardians.values_list("guardian_id", flat=True)}
    refs = {str(pk) for pk in told}
    for message in messages:
        about_all = message.subject_ref == str(appointment.group_id)
        if not about_all or message.recipient_ref in refs:
            yield message


def _names(messages: Iterable[OutgoingMessage]) -> dict[str, str]:
    keys = {message.recipient_ref for message in messages}
    if not keys:
        return {}
    found = Patient.objects.filter(pk__in=keys).values_list("pk", "given_names")
    return {str(pk): given_names.split()[0] for pk, given_names in found}


def _of(persons: PatientQuerySet) -> AppointmentQuerySet:
    """The appointments of these people, without the times kept in place of others."""
    rows = Appointment.objects.filter(patient__in=persons.values("pk"))
    return rows.filter(replaces__isnull=True)


def _expired() -> Q:
    """A request that nobody answered; a hold that lapsed was never a request."""
    steps = AppointmentEvent.objects.filter(appointment=OuterRef("pk"))
    return Q(Exists(steps.filter(_unanswered())), status=Status.LAPSED)


def _lately_refused(now: datetime) -> Q:
    steps = AppointmentEvent.objects.filter(
        appointment=OuterRef("pk"), at__gt=now - RECENT
    )
    declined = Q(from_status=Status.PROPOSED, to_status=Status.DECLINED)
    lately = steps.filter(declined | _unanswered())
    return Q(Exists(lately), status__in=REFUSED)


def _unanswered() -> Q:
    """The clock ended it: a change of hour that was accepted lapses by somebody."""
    return Q(from_status=Status.PROPOSED, to_status=Status.LAPSED, by=None)


def _for_list(rows: AppointmentQuerySet) -> AppointmentQuerySet:
    """With what a card shows, and who took the last step."""
    steps = AppointmentEvent.objects.filter(appointment=OuterRef("pk"))
    last = steps.order_by("-pk")
    shown = rows.select_related(
        "patient", "practitioner", "site", "procedure__specialty", "schedule"
    )
    return shown.annotate(
        last_by=Subquery(last.values("by")[:1]),
        last_by_patient=Subquery(last.values("by__patient")[:1]),
        last_by_staff=Subquery(last.values("by__is_staff")[:1]),
        last_reason=Subquery(last.values("reason")[:1]),
    )
