"""The clinic's own people: invited once by a link, with their password and app from the first day.

Nobody chooses another person's password (AUT-19), and nobody enters the admin
without the app (AUT-17).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.core import signing
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import passwords, policies, sessions, totp
from accounts.errors import CodeWrong, InvitationOver, NotStaff
from accounts.models import User
from catalog.models import Site
from portal.audit import trail
from portal.audit.origin import Origin

SALT = "accounts.staff"
# What each role may do in the admin, by the names that Django gives permissions;
# «administración» is a superuser. Names are data: no app above is imported here.
ROLES: dict[str, tuple[str, ...]] = {
    "Recepción": (
        "accounts.add_patient",
        "accounts.change_patient",
        "accounts.view_patient",
        "accounts.add_coverage",
        "accounts.change_coverage",
        "accounts.view_coverage",
        "accounts.change_guardianship",
        "accounts.view_guardianship",
        "accounts.view_user",
        "accounts.view_consent",
        "accounts.view_legaltext",
        "appointments.view_appointment",
        "appointments.view_servicerequest",
        "appointments.change_servicerequest",
        "appointments.mark_attendance",
        "appointments.cancel_by_clinic",
        "appointments.view_appointmentrequest",
        "appointments.decide_request",
        "appointments.view_schedule",
        "appointments.view_weeklyhours",
        "appointments.view_scheduleexception",
        "appointments.view_holiday",
        "appointments.view_waitinglistentry",
        "appointments.manage_waiting_list",
        "accounts.view_patientpriority",
        "accounts.add_patientpriority",
        "accounts.change_patientpriority",
    ),
    "Protección de datos": (
        "accounts.change_dataclaim",
        "accounts.view_dataclaim",
        "accounts.view_consent",
    ),
    "Agendas": (
        "appointments.view_appointment",
        "appointments.cancel_by_clinic",
        "appointments.view_appointmentrequest",
        "appointments.decide_request",
        "appointments.add_cancellationpolicy",
        "appointments.change_cancellationpolicy",
        "appointments.delete_cancellationpolicy",
        "appointments.view_cancellationpolicy",
        "appointments.add_schedule",
        "appointments.change_schedule",
        "appointments.view_schedule",
        "appointments.add_weeklyhours",
        "appointments.change_weeklyhours",
        "appointments.delete_weeklyhours",
        "appointments.view_weeklyhours",
        "appointments.add_scheduleexception",
        "appointments.change_scheduleexception",
        "appointments.view_scheduleexception",
        "appointments.add_holiday",
        "appointments.change_holiday",
        "appointments.view_holiday",
        "appointments.view_unmetdemand",
        "appointments.view_waitinglistentry",
        "appointments.manage_waiting_list",
        "catalog.add_precedence",
        "catalog.change_precedence",
        "catalog.delete_precedence",
        "catalog.view_precedence",
        "catalog.add_traveltime",
        "catalog.change_traveltime",
        "catalog.delete_traveltime",
        "catalog.view_traveltime",
        "catalog.view_agreement",
        "catalog.view_practitioner",
        "catalog.view_procedure",
        "catalog.view_site",
        "catalog.view_specialty",
    ),
}


@dataclass(frozen=True, slots=True)
class Invited:
    """An account that waits for its person."""

    user: User
    device: totp.TOTPDevice


@transaction.atomic
def create(
    *,
    username: str,
    name: str,
    roles: Iterable[str],
    sites: Iterable[Site],
    now: datetime,
) -> User:
    """An account that nobody can enter until its invitation is used."""
    user = User.objects.create_user(
        username, None, staff_name=name, is_staff=True, created_at=now
    )
    user.groups.set(_group(role) for role in roles)
    user.sites.set(sites)
    trail.record(action="staff.created", subject=user, at=now)
    return user


@transaction.atomic
def make_superuser(*, user: User, now: datetime) -> None:
    """Everything in the admin; only from the machine's own commands."""
    user.is_superuser = True
    user.save(update_fields=["is_superuser"])
    trail.record(action="staff.superuser", subject=user, at=now)


@transaction.atomic
def invite_again(*, user: User, by: User, origin: Origin, now: datetime) -> str:
    """Somebody lost the app or the password: both go, every browser is closed, a new link."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_staff:
        raise NotStaff
    user.set_unusable_password()
    user.save(update_fields=["password"])
    totp.drop(user=user)
    sessions.end_all(user=user, origin=origin, now=now)
    trail.record(
        action="staff.invited", actor=by, subject=user, request_context=origin, at=now
    )
    return invitation(user)


def invitation(user: User) -> str:
    """The path of the link; it serves once, and for one day."""
    token = signing.TimestampSigner(salt=SALT).sign_object([user.pk, _stamp(user)])
    return reverse("accounts:staff_enrol", args=[token])


def invited(token: str) -> Invited:
    """Who this link is for. Raises InvitationOver."""
    try:
        key, stamp = signing.TimestampSigner(salt=SALT).unsign_object(
            token, max_age=policies.INVITATION_LIVES
        )
    except signing.BadSignature as refusal:
        raise InvitationOver from refusal
    user = User.objects.filter(pk=key, is_staff=True, is_active=True).first()
    if user is None or user.has_usable_password():
        raise InvitationOver
    if not constant_time_compare(stamp, _stamp(user)):
        raise InvitationOver
    return Invited(user, totp.begin(user=user))


def enrol(
    *, token: str, password: str, code: str, origin: Origin, now: datetime
) -> list[str]:
    """The invited person has a password and an app; returns the backup codes.

    Raises InvitationOver, CodeWrong, PasswordTooShort or PasswordTooEasy.
    """
    waiting = invited(token)
    passwords.check_strength(password=password, about=(waiting.user.username,))
    if not waiting.device.verify_token(code):
        raise CodeWrong
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=waiting.user.pk)
        if user.has_usable_password():
            raise InvitationOver
        user.set_password(password)
        user.save(update_fields=["password"])
        trail.record(
            action="staff.enrolled",
            actor=user,
            subject=user,
            request_context=origin,
            at=now,
        )
        return totp.turn_on(waiting.device, keep="", origin=origin, now=now)


def _group(role: str) -> Group:
    """The role as the admin knows it, with what it may do today."""
    group, _ = Group.objects.get_or_create(name=role)
    named = Permission.objects.annotate(
        name_in_code=Concat("content_type__app_label", Value("."), "codename")
    )
    group.permissions.set(named.filter(name_in_code__in=ROLES[role]))
    return group


def _stamp(user: User) -> str:
    """Changes when the link is used, or another one takes its place."""
    return salted_hmac(SALT, f"{user.pk}|{user.password}").hexdigest()
