"""Registration: an attempt, a confirmed channel, and only then an account (design §6).

Nothing here says whether a document is known. What differs goes out by message
to the owner, and the work done is the same on both sides (ENU-01, ENU-02).
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from accounts import (
    codes,
    contacts,
    identity,
    notifications,
    passwords,
    policies,
    throttle,
)
from accounts.errors import AttemptOver, ChannelNotOffered, CodeExpired, TooYoung
from accounts.models import (
    Challenge,
    Consent,
    ContactDevice,
    LegalText,
    Patient,
    RegistrationAttempt,
    User,
)
from portal.audit import trail
from portal.audit.origin import Origin
from portal.messaging import channels, outbox
from portal.messaging.models import Channel

PURPOSE = Challenge.Purpose.REGISTER


@dataclass(frozen=True, slots=True)
class Details:
    """What the second page asks for. `password` empty keeps the one given before."""

    given_names: str
    family_names: str
    sex: str
    phone: str
    email: str
    password: str
    consents: tuple[int, ...]


def begin(
    *,
    kind: str,
    number: str,
    birth_date: date,
    origin: Origin,
    now: datetime,
    former: uuid.UUID | None = None,
) -> RegistrationAttempt:
    """Open an attempt for this document; the same document again goes on with the former one."""
    if not policies.may_register_alone(birth_date=birth_date, today=localdate(now)):
        raise TooYoung
    throttle.hit_all(
        acts=throttle.from_address(
            "registration", origin.address, policies.REGISTRATIONS_FROM
        ),
        now=now,
    )
    same = _open(now).filter(document_type=kind, document_number=number)
    if former and same.filter(pk=former).update(birth_date=birth_date):
        return same.get(pk=former)
    return RegistrationAttempt.objects.create(
        document_type=kind,
        document_number=number,
        birth_date=birth_date,
        address=origin.address,
        user_agent=origin.user_agent[:200],
        created_at=now,
    )


def attempt(*, attempt_id: uuid.UUID | None, now: datetime) -> RegistrationAttempt:
    """The attempt of this browser, while it is open; AttemptOver afterwards."""
    found = _open(now).filter(pk=attempt_id).first() if attempt_id else None
    if found is None:
        raise AttemptOver
    return found


def finished(*, attempt_id: uuid.UUID | None) -> RegistrationAttempt:
    """The attempt of this browser, once it is finished."""
    over = RegistrationAttempt.objects.filter(finished_at__isnull=False)
    found = over.filter(pk=attempt_id).first() if attempt_id else None
    if found is None:
        raise AttemptOver
    return found


def fill_in(
    *, attempt_id: uuid.UUID, details: Details, origin: Origin, now: datetime
) -> None:
    """Keep names, contact, password and permissions. Raises PasswordTooShort, PasswordTooEasy.

    A contact that was corrected voids the code sent to the one before (AUT-10).
    """
    found = attempt(attempt_id=attempt_id, now=now)
    acts = throttle.from_address(
        "registration.form", origin.address, policies.REGISTRATIONS_FROM
    )
    throttle.hit_all(acts=acts, now=now)
    if details.password or not found.password:
        passwords.check_strength(
            password=details.password, about=_words_about(found, details)
        )
        found.password = make_password(details.password)
    if (found.phone, found.email) != (details.phone, details.email):
        codes.void(purpose=PURPOSE, binding=str(found.pk), now=now)
    # Only while it is open: another tab may be finishing it now.
    kept = _open(now).filter(pk=found.pk)
    if not kept.update(
        given_names=details.given_names,
        family_names=details.family_names,
        sex=details.sex,
        phone=details.phone,
        email=details.email,
        password=found.password,
        consents=list(details.consents),
        address=origin.address,
        user_agent=origin.user_agent[:200],
    ):
        raise AttemptOver


def offered(found: RegistrationAttempt) -> dict[Channel, str]:
    """The channels that this installation has and this person gave a destination for."""
    destinations = {
        Channel.SMS: found.phone,
        Channel.WHATSAPP: found.phone,
        Channel.EMAIL: found.email,
    }
    return {
        channel: destinations[channel]
        for channel in channels.available(kind=codes.KIND)
        if destinations[channel]
    }


def send_code(
    *, attempt_id: uuid.UUID, channel: str, origin: Origin, now: datetime
) -> Challenge:
    """Send the code to the destination that was typed, whoever has that document already."""
    found = attempt(attempt_id=attempt_id, now=now)
    destination = {str(key): value for key, value in offered(found).items()}.get(
        channel
    )
    if destination is None or not found.password:
        raise ChannelNotOffered
    return codes.start(
        purpose=PURPOSE,
        binding=str(found.pk),
        account=None,
        channel=channel,
        destination=destination,
        deliverable=True,
        origin=origin,
        now=now,
    )


def sent(found: RegistrationAttempt) -> Challenge | None:
    """The last code of this attempt."""
    return codes.latest(purpose=PURPOSE, binding=str(found.pk))


def confirm(*, attempt_id: uuid.UUID, code: str, origin: Origin, now: datetime) -> None:
    """Take the code and finish: an account, or a message to who already has one.

    A code that was taken before the machine stopped half way is not asked for again.
    """
    found = attempt(attempt_id=attempt_id, now=now)
    challenge = sent(found)
    if challenge is None or challenge.destination not in offered(found).values():
        raise CodeExpired
    if challenge.used_at is None:
        challenge = codes.check(
            challenge_id=challenge.pk,
            binding=str(found.pk),
            purpose=PURPOSE,
            code=code,
            now=now,
        )
    _finish(found.pk, challenge, origin=origin, now=now)


@transaction.atomic
def _finish(
    attempt_id: uuid.UUID, challenge: Challenge, *, origin: Origin, now: datetime
) -> None:
    found = RegistrationAttempt.objects.select_for_update().get(pk=attempt_id)
    if found.finished_at is not None:
        return
    record, holder = _record_of(found), _holder_of(found)
    tied = record is not None and _is_the_person_on_file(found, record, challenge)
    if tied and holder is not None and not _saw_a_document(holder):
        identity.retire(account=holder, by=None, origin=origin, now=now)
        holder = None
    person = record if tied and holder is None else None
    found.account = _open_account(found, person, challenge, taken=holder, now=now)
    found.finished_at, found.password = now, ""
    found.save()
    _tell_the_owner(found, now)
    trail.record(
        action="registration.finished",
        actor=found.account,
        subject=found,
        patient=found.account.patient if found.account else None,
        outcome="ok" if found.account else "known",
        request_context=origin,
        details={"tied": person is not None},
        at=now,
    )


def _open_account(
    found: RegistrationAttempt,
    record: Patient | None,
    challenge: Challenge,
    *,
    taken: User | None,
    now: datetime,
) -> User | None:
    """The new account; or the same work, undone, when the document already has one."""
    try:
        with transaction.atomic():
            if taken is None:
                return _create(
                    found, record, challenge, username=_username(found), now=now
                )
            _create(found, None, challenge, username=str(found.pk), now=now)
            transaction.set_rollback(True)
    except IntegrityError:
        # Another browser finished with this document at the same instant.
        if not User.objects.filter(username=_username(found)).exists():
            raise
    return None


def _create(
    found: RegistrationAttempt,
    record: Patient | None,
    challenge: Challenge,
    *,
    username: str,
    now: datetime,
) -> User:
    patient = record or _new_patient(found, now)
    user = User.objects.create(
        username=username,
        patient=patient,
        password=found.password,
        identity_confirmed_at=now if record else None,
        created_at=now,
    )
    ContactDevice.objects.create(
        user=user,
        name=Channel(challenge.channel).label,
        channel=challenge.channel,
        destination=challenge.destination,
        confirmed_at=now,
    )
    _keep_the_other_contact(found, challenge, user)
    _keep_consents(found, patient, user, now)
    return user


def _keep_the_other_contact(
    found: RegistrationAttempt, challenge: Challenge, user: User
) -> None:
    """The phone of who confirmed an e-mail, and the other way round, still to be proved."""
    by_email = challenge.channel == Channel.EMAIL
    channel = Channel.SMS if by_email else Channel.EMAIL
    if destination := found.phone if by_email else found.email:
        contacts.keep_typed(user_id=user.pk, channel=channel, destination=destination)


def _new_patient(found: RegistrationAttempt, now: datetime) -> Patient:
    """Nobody at the clinic has seen this document: not the clinic's record yet."""
    return Patient.objects.create(
        document_type=found.document_type,
        document_number=found.document_number,
        given_names=found.given_names,
        family_names=found.family_names,
        birth_date=found.birth_date,
        sex=found.sex,
        phone=found.phone,
        email=found.email,
        provisional=True,
        created_at=now,
    )


def _keep_consents(
    found: RegistrationAttempt, patient: Patient, user: User, now: datetime
) -> None:
    """The evidence of what was ticked: which version, when, from where (PRV-02)."""
    texts = LegalText.objects.filter(pk__in=found.consents)
    Consent.objects.bulk_create(
        Consent(
            patient=patient,
            text=text,
            given_by=user,
            given_at=now,
            address=found.address,
            user_agent=found.user_agent,
        )
        for text in texts
    )
    wants = any(text.kind == LegalText.Kind.MESSAGES for text in texts)
    Patient.objects.filter(pk=patient.pk).update(wants_messages=wants)


def _tell_the_owner(found: RegistrationAttempt, now: datetime) -> None:
    """One notice a day for each document; what it says is decided when it is sent."""
    who = throttle.digest(scope="registration.owner", key=_username(found))[:40]
    outbox.put(
        kind=notifications.REGISTRATION,
        event=f"{who}:{localdate(now)}",
        version=1 if found.account else 2,
        recipient_ref=who,
        subject_ref=str(found.pk),
        channels=[Channel.SMS, Channel.EMAIL],
        now=now,
    )


def _open(now: datetime) -> QuerySet[RegistrationAttempt]:
    return RegistrationAttempt.objects.filter(
        finished_at=None, created_at__gt=now - policies.ATTEMPT_LIVES
    )


def _username(found: RegistrationAttempt) -> str:
    return User.username_for(kind=found.document_type, number=found.document_number)


def _record_of(found: RegistrationAttempt) -> Patient | None:
    return (
        Patient.objects.of_the_clinic()
        .with_document(kind=found.document_type, number=found.document_number)
        .select_for_update()
        .first()
    )


def _holder_of(found: RegistrationAttempt) -> User | None:
    """Who has an account with this document, or for the record that has it."""
    of_record = Q(
        patient__provisional=False,
        patient__document_type=found.document_type,
        patient__document_number=found.document_number,
    )
    mine = User.objects.select_related("patient")
    return mine.filter(Q(username=_username(found)) | of_record).first()


def _saw_a_document(holder: User) -> bool:
    """Whether this account belongs to whom it says, as far as the clinic knows."""
    patient = holder.patient
    return patient is None or not patient.provisional


def _is_the_person_on_file(
    found: RegistrationAttempt, record: Patient, challenge: Challenge
) -> bool:
    return policies.is_same_person(
        birth_date=found.birth_date,
        on_file=record.birth_date,
        destination=contacts.normalised(challenge.destination),
        contacts_on_file={
            contacts.normalised(record.phone),
            contacts.normalised(record.email),
        },
    )


def _words_about(found: RegistrationAttempt, details: Details) -> tuple[str, ...]:
    return passwords.words_about(
        Patient(
            document_number=found.document_number,
            birth_date=found.birth_date,
            given_names=details.given_names,
            family_names=details.family_names,
            phone=details.phone,
            email=details.email,
        )
    )
