"""Closing an account: nobody enters with it any more, and what the law obliges is kept.

The clinical record and the appointments stay with the clinic (Res. 1995 de 1999,
Res. 839 de 2017: at least fifteen years); permissions end, contacts of the account go.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts import contact_change, guardianships, passwords, sessions, totp
from accounts.errors import StillExpected
from accounts.models import Consent, ContactDevice, Patient, User
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging.models import Channel

# How many things still wait for this person, as each app above knows it.
Waiting = Callable[[Patient, datetime], int]
_waiting: list[Waiting] = []
# What else ends with the account, as each app above knows it.
End = Callable[[User, datetime], object]
_ends: list[End] = []


def register(waiting: Waiting) -> None:
    """Called once, when an app is ready."""
    if waiting not in _waiting:
        _waiting.append(waiting)


def on_closed(end: End) -> None:
    """Called once, when an app is ready."""
    if end not in _ends:
        _ends.append(end)


def still_expected(patient: Patient, *, now: datetime) -> int:
    """What must be cancelled before the account can be closed."""
    return sum(count(patient, now) for count in _waiting)


def close(*, user: User, password: str, origin: Origin, now: datetime) -> None:
    """For good, by its owner, with the password again.

    Raises PasswordWrong, TooOften or StillExpected. The person may register again:
    the document is free, and the clinic's record waits for whom it identifies.
    """
    passwords.prove(user=user, password=password, now=now)
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=user.pk)
        patient = account.patient
        if patient is None or not account.is_active:
            return
        # Nothing is booked for this person between the count and the end.
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        if count := still_expected(patient, now=now):
            raise StillExpected(count)
        _take_leave(account, now)
        _end_permissions(account, patient, origin=origin, now=now)
        for end in _ends:
            end(account, now)
        _shut(account, now)
        trail.record(
            action="account.closed",
            actor=user,
            subject=account,
            patient=patient,
            request_context=origin,
            at=now,
        )
        sessions.end_all(user=account, origin=origin, now=now)


def _take_leave(account: User, now: datetime) -> None:
    """Each proved destination is told that it no longer belongs to the account."""
    contact_change.take_off(owner=account, kinds=tuple(Channel), but="", now=now)
    ContactDevice.objects.filter(user=account).delete()
    totp.drop(user=account)


def _end_permissions(
    account: User, patient: Patient, *, origin: Origin, now: datetime
) -> None:
    """What this person allowed, and what they were allowed to do for others."""
    Consent.objects.filter(patient=patient, withdrawn_at=None).update(withdrawn_at=now)
    for mine in guardianships.asked_by(account):
        guardianships.end(
            guardianship_id=mine.pk, by=account, reason="", origin=origin, now=now
        )
    Patient.objects.filter(pk=patient.pk).update(wants_messages=False)


def _shut(account: User, now: datetime) -> None:
    account.username = f"{account.username}#{account.pk}"
    account.set_unusable_password()
    account.is_active = False
    account.closed_at = now
    # The record is free for the account that its owner may make some day.
    account.patient = None
    account.save(
        update_fields=["username", "password", "is_active", "closed_at", "patient"]
    )
