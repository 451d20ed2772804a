"""What comes before an appointment: its reminders, as rows of the outbox with their hour.

Nothing waits in the broker: the sweep takes each row when it is due, and what it says is
written then, from the rows of that moment. An appointment that no longer stands sends
nothing. Written in the transaction that books it or gives it another hour.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.utils.timezone import localdate, localtime

from accounts import people
from accounts.models import Patient
from appointments import notifications, reminder_times, telling
from appointments.models import Appointment, ReminderPreference
from appointments.preparation import must_prepare
from appointments.reminder_times import Reminder
from catalog.models import Modality, Procedure
from portal.messaging.models import OutgoingMessage

VIDEO_BEFORE = timedelta(minutes=10)
# The first one goes a week before; a day more, for the quiet hours.
SWEPT_AHEAD = timedelta(days=8)
_KINDS = tuple(notifications.REMINDERS.values())


def plan(
    appointment: Appointment, *, now: datetime, told: telling.Told | None = None
) -> None:
    """Put in the outbox what this appointment and each person want. Twice is once.

    Call it wherever an appointment becomes booked or gets another hour: a new version is
    planned anew, and what was planned for the one before dies by itself. `told`: who
    was just told of it, where somebody asked that already.
    """
    if appointment.status != Appointment.Status.BOOKED:
        return
    if told is None:
        told = notifications.recipients(appointment, on=localdate(now))
    asked = _asked(appointment) if told else frozenset()
    for person, reach in told:
        wishes = ReminderPreference.objects.of(person.pk)
        channels = wishes.channels() & set(reach)
        if channels:
            wanted = asked & wishes.moments()
            _remind(appointment, person, wanted, channels=channels, now=now)
            _open_the_video(appointment, person, channels=channels, now=now)


def plan_missing(*, now: datetime) -> int:
    """Plan those that have none though somebody wants them by now; how many appointments.

    Who can be told of an appointment changes after it was booked: the clinic approves a
    guardian, a file brings others, somebody proves an address at last.
    """
    planned = 0
    for appointment in unreminded(until=now + SWEPT_AHEAD, now=now):
        plan(appointment, now=now)
        planned += 1
    return planned


def unreminded(
    *, now: datetime, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Appointment]:
    """Booked and to come, somebody wants to be reminded, and nothing is planned for its hour."""
    booked = Appointment.objects.filter(
        status=Appointment.Status.BOOKED,
        start__gt=since or now,
        patient__in=people.perhaps_told(on=localdate(now)),
    ).exclude(procedure__reminders=Procedure.Reminders.NONE)
    if until is not None:
        booked = booked.filter(start__lte=until)
    for pk in telling.untold(booked, kinds=_KINDS):
        appointment = Appointment.objects.for_page().get(pk=pk)
        if _is_wanted(appointment, now=now):
            yield appointment


def _is_wanted(appointment: Appointment, *, now: datetime) -> bool:
    """Whether anybody at all is to be reminded of it between now and its hour."""
    told = notifications.recipients(appointment, on=localdate(now))
    asked = _asked(appointment) if told else frozenset()
    for person, reach in told:
        wishes = ReminderPreference.objects.of(person.pk)
        wanted = asked & wishes.moments()
        if wishes.channels() & set(reach) and _times(appointment, wanted, now=now):
            return True
    return False


def next_for(
    person: Patient, appointment: Appointment, *, now: datetime
) -> datetime | None:
    """When this person is reminded next, as it is planned."""
    waiting = OutgoingMessage.objects.filter(
        event__in=[f"{kind}:{appointment.pk}" for kind in _KINDS],
        version=appointment.version,
        recipient_ref=str(person.pk),
        state=OutgoingMessage.State.QUEUED,
        due_at__gt=now,
    )
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def plan_again(patients: Iterable[Patient], *, now: datetime) -> None:
    """After somebody changed what they want: the appointments to come of these people."""
    coming = Appointment.objects.filter(
        patient__in=patients, status=Appointment.Status.BOOKED, start__gt=now
    )
    rows = coming.for_page().select_related("patient__user", "booked_by")
    for appointment in rows.order_by("pk"):
        plan(appointment, now=now)


def for_new_guardian(patient: Patient, now: datetime) -> None:
    """Somebody acts for this person from now on: also for what was booked before."""
    plan_again([patient], now=now)


def _asked(appointment: Appointment) -> frozenset[str]:
    says = appointment.procedure.reminders
    return reminder_times.wanted_by(
        procedure_says=says, has_preparation=must_prepare(appointment)
    )


def _times(
    appointment: Appointment, wanted: Iterable[str], *, now: datetime
) -> tuple[Reminder, ...]:
    return reminder_times.reminders(
        start=localtime(appointment.start), now=now, wanted=wanted
    )


def _remind(
    appointment: Appointment,
    person: Patient,
    wanted: Iterable[str],
    *,
    channels: Iterable[str],
    now: datetime,
) -> None:
    for one in _times(appointment, wanted, now=now):
        telling.tell_one(
            notifications.REMINDERS[one.moment],
            appointment,
            person=person,
            channels=channels,
            due_at=one.due_at,
            expires_at=one.useful_until,
            now=now,
        )


def _open_the_video(
    appointment: Appointment,
    person: Patient,
    *,
    channels: Iterable[str],
    now: datetime,
) -> None:
    """The way in is no reminder: it comes whenever it begins, also at seven."""
    due_at = appointment.start - VIDEO_BEFORE
    if appointment.modality == Modality.VIRTUAL and due_at > now:
        telling.tell_one(
            notifications.VIDEO,
            appointment,
            person=person,
            channels=channels,
            due_at=due_at,
            now=now,
        )
