"""A private address from which a calendar application follows one's appointments.

Whoever has the address reads it: its token has 256 bits, only its hash is kept, it is
shown once, and its owner can revoke it. It names neither the service nor the person.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts import people
from accounts.models import User
from appointments.models import Appointment, AppointmentEvent, CalendarFeed
from portal.audit import trail

Status = Appointment.Status
TOKEN_BYTES = 32
PAST_FOR = timedelta(days=60)
MOST = 500
# Applications ask every few minutes: that they do is written down less often.
NOTE_EVERY = timedelta(minutes=5)
TOLD = (
    Status.PROPOSED,
    Status.BOOKED,
    Status.ARRIVED,
    Status.FULFILLED,
    Status.NOSHOW,
    Status.CANCELLED,
    Status.DECLINED,
)


@transaction.atomic
def open_feed(*, user: User, now: datetime) -> str:
    """A new address, answered this once; the one before stops working."""
    _lock(user)
    _end(user, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed.objects.create(
        user=user, token_hash=_hash(token), created_at=now
    )
    trail.record(
        action="calendar.opened", actor=user, subject=feed, patient=user.patient, at=now
    )
    return f"{settings.BASE_URL}{reverse('appointments:feed', args=[token])}"


@transaction.atomic
def revoke(*, user: User, now: datetime) -> bool:
    """The address stops working at once. Whether there was one; twice is once."""
    _lock(user)
    if not _end(user, now):
        return False
    trail.record(action="calendar.revoked", actor=user, patient=user.patient, at=now)
    return True


def current(user: User) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(user=user, revoked_at=None).first()


def read(*, token: str, now: datetime) -> list[tuple[Appointment, datetime]]:
    """Each appointment of everybody whom its owner acts for now, with its last change.

    Those that ended lately are among them, so that calendars take them out. Raises
    CalendarFeed.DoesNotExist: unknown, revoked, or of an account that is closed.
    """
    feed = CalendarFeed.objects.select_related("user").get(
        token_hash=_hash(token),
        revoked_at=None,
        user__is_active=True,
        user__closed_at=None,
    )
    _note(feed, now)
    persons = people.acts_for(feed.user, on=timezone.localdate(now))
    found = (
        # A time kept in place of another one is never an appointment by itself.
        Appointment.objects.filter(
            patient__in=persons,
            replaces=None,
            status__in=TOLD,
            end__gt=now - PAST_FOR,
        )
        .select_related("site__city")
        .annotate(changed_at=_last_change())
        .order_by("start", "pk")
    )
    return [(one, one.changed_at) for one in found[:MOST]]


def _last_change() -> Coalesce:
    steps = AppointmentEvent.objects.filter(appointment=OuterRef("pk"))
    last = Subquery(
        steps.order_by("-at").values("at")[:1], output_field=DateTimeField()
    )
    return Coalesce(last, F("created_at"))


def _note(feed: CalendarFeed, now: datetime) -> None:
    stale = Q(read_at=None) | Q(read_at__lte=now - NOTE_EVERY)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=now)


def _lock(user: User) -> None:
    """One at a time for each account: two presses at once leave one address."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)


def _end(user: User, now: datetime) -> int:
    live = CalendarFeed.objects.filter(user=user, revoked_at=None)
    return live.update(revoked_at=now)


def _hash(token: str) -> str:
    """Unguessable as it is: a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
