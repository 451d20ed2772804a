"""Put what happened to an appointment in the outbox, for everybody who is told of it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.contacts import Reach
from accounts.models import Patient
from appointments import notifications
from appointments.models import Appointment, AppointmentGroup, WaitingListEntry
from portal.messaging import outbox
from portal.messaging.models import Channel, OutgoingMessage

AT_ONCE = 500
Told = list[tuple[Patient, dict[Channel, Reach]]]


def tell(
    kind: str,
    appointment: Appointment,
    *,
    now: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Told:
    """Inside the transaction that changed it. The same kind and version twice is once.

    `expires_at` is the appointment's end unless told otherwise. Answers who was told.
    """
    told = notifications.recipients(appointment, on=timezone.localdate(now))
    for person, reach in told:
        tell_one(
            kind,
            appointment,
            person=person,
            channels=reach,
            due_at=due_at,
            expires_at=expires_at,
            now=now,
        )
    return told


def tell_one(  # noqa: PLR0913 - a message has this many facts
    kind: str,
    appointment: Appointment,
    *,
    person: Patient,
    channels: Iterable[str],
    now: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """The same, to one of those who are told of it."""
    outbox.put(
        kind=kind,
        event=f"{kind}:{appointment.pk}",
        version=appointment.version,
        recipient_ref=str(person.pk),
        subject_ref=str(appointment.pk),
        channels=channels,
        due_at=due_at,
        expires_at=expires_at or appointment.end,
        now=now,
    )


def tell_entry(kind: str, entry: WaitingListEntry, *, now: datetime) -> Told:
    """Of a place on the waiting list, to its person and who asked for it. Twice is once."""
    told = notifications.recipients_of(
        entry.patient, asked_by=entry.asked_by.patient_id, on=timezone.localdate(now)
    )
    for person, reach in told:
        outbox.put(
            kind=kind,
            event=f"{kind}:{entry.pk}",
            recipient_ref=str(person.pk),
            subject_ref=str(entry.pk),
            channels=reach,
            now=now,
        )
    return told


def tell_together(
    kind: str, group: AppointmentGroup, rows: Sequence[Appointment], *, now: datetime
) -> list[Told]:
    """One message for all that was asked for together, to each who is told of any of it.

    What each of them reads is written when it goes. Answers who was told of each row.
    """
    told = [notifications.recipients(one, on=timezone.localdate(now)) for one in rows]
    channels: dict[int, set[Channel]] = {}
    for person, reach in (one for some in told for one in some):
        channels.setdefault(person.pk, set()).update(reach)
    for person_id, wanted in sorted(channels.items()):
        outbox.put(
            kind=kind,
            event=f"{kind}:{group.pk}",
            recipient_ref=str(person_id),
            subject_ref=str(group.pk),
            channels=wanted,
            expires_at=max(one.end for one in rows),
            now=now,
        )
    return told


def untold(
    rows: QuerySet[Appointment], *, kinds: Sequence[str], together: Sequence[str] = ()
) -> Iterator[UUID]:
    """Those of which no message of these kinds was ever written for their version.

    `together`: the kinds that are told of a whole group at once.
    """
    columns = rows.order_by("pk").values_list("pk", "version", "group_id")
    found = columns.iterator()
    while some := list(islice(found, AT_ONCE)):
        events = {f"{kind}:{pk}" for kind in kinds for pk, _, _ in some}
        events |= {f"{kind}:{group}" for kind in together for _, _, group in some}
        told = OutgoingMessage.objects.filter(event__in=events)
        said = set(told.values_list("event", "version"))
        for pk, version, group in some:
            names = [f"{kind}:{pk}" for kind in kinds]
            names += [f"{kind}:{group}" for kind in together]
            if not said.intersection((name, version) for name in names):
                yield pk
