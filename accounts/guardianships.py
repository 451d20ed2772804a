"""«Acudientes»: who asks to act for somebody, and what the clinic decides about it.

Asking looks nobody up: what is answered depends on what was typed and on the
asker's own claims, never on whether the clinic knows that document (ENU-01).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import consents, guardianship_notices, policies, throttle
from accounts.errors import (
    AlreadyActing,
    AlreadyAsked,
    ChildIsAdult,
    ClaimIncomplete,
    EndsBeforeItBegins,
    EvidenceMissing,
    GuardianshipNotWaiting,
    IdentityNotConfirmed,
    NotStaff,
    OneselfClaimed,
    ReasonMissing,
    RecordInactive,
    RepresentativeMustConsent,
    TooManyAsks,
)
from accounts.guardianship_notices import News
from accounts.models import Guardianship, LegalText, Patient, PatientDocument, User
from portal.audit import trail
from portal.audit.origin import Origin

State, Relation = Guardianship.State, Guardianship.Relation
CAME_OF_AGE = "Cumplió 18 años"
TERM_OVER = "Terminó el plazo"
ENDED_BY_GUARDIAN = "La terminó quien la pidió"
ENDED_BY_DEPENDANT = "La terminó la persona a cargo"

# What the apps above do when somebody new acts for a person.
Hear = Callable[[Patient, datetime], None]
_hearing: list[Hear] = []


def on_approved(hear: Hear) -> None:
    """Called once, when an app is ready."""
    if hear not in _hearing:
        _hearing.append(hear)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody as the guardian describes them."""

    relation: str
    document_type: str
    document_number: str
    given_names: str
    family_names: str
    birth_date: date
    sex: str

    def is_minor(self, today: date) -> bool:
        return policies.is_minor(birth_date=self.birth_date, on=today)


@transaction.atomic
def ask(
    *,
    by: User,
    claim: Claim,
    consent_text: LegalText | None,
    origin: Origin,
    now: datetime,
) -> Guardianship:
    """Put a claim in the clinic's queue. Known or unknown, the answer is the same (ENU-01).

    `consent_text` is what the representative of a minor accepted; of adults there is none.
    """
    guardian = Patient.objects.select_for_update().get(user=by)
    today = timezone.localdate(now)
    _check_claim(claim, guardian, consent_text, today)
    _check_own_claims(claim, guardian, today)
    throttle.hit(
        scope="guardianship.ask", key=str(by.pk), limits=policies.ASKS_OF_ONE, now=now
    )
    accepted = consent_text if claim.is_minor(today) else None
    asked = Guardianship(
        guardian=guardian, asked_by=by, asked_at=now, consent_text=accepted
    )
    for name, value in asdict(claim).items():
        setattr(asked, name, value)
    if accepted is not None:
        asked.consent_at, asked.consent_address = now, origin.address
        asked.consent_user_agent = origin.user_agent[:200]
    asked.save()
    _record("asked", asked, by=by, origin=origin, now=now)
    return asked


@transaction.atomic
def ask_at_desk(
    *,
    by: User,
    guardian: Patient,
    claim: Claim,
    signed: LegalText | None,
    origin: Origin,
    now: datetime,
) -> Guardianship:
    """The same claim, brought to a site by who never asked for it here: approved as any other.

    `signed` is what the representative of a minor signed on paper before this member of
    staff. Raises NotStaff and what asking raises.
    """
    if not by.is_staff or by.patient_id == guardian.pk:
        raise NotStaff
    guardian = Patient.objects.select_for_update().get(pk=guardian.pk)
    today = timezone.localdate(now)
    _check_claim(claim, guardian, signed, today)
    _check_own_claims(claim, guardian, today)
    accepted = signed if claim.is_minor(today) else None
    asked = Guardianship.objects.create(
        guardian=guardian,
        asked_by=by,
        asked_at=now,
        consent_text=accepted,
        consent_at=now if accepted else None,
        consent_address=origin.address if accepted else None,
        **asdict(claim),
    )
    _record("asked", asked, by=by, origin=origin, now=now)
    return asked


@transaction.atomic
def approve(
    *,
    guardianship_id: UUID,
    by: User,
    evidence: str,
    end_date: date | None,
    origin: Origin,
    now: datetime,
) -> Guardianship:
    """Somebody at the clinic saw the papers: from now on the guardian acts for this person.

    The person is the clinic's record of the typed document, also under a document
    they used before; without one, a record is made of what the papers say.
    """
    row = _waiting(guardianship_id, by=by)
    today = timezone.localdate(now)
    if not evidence.strip():
        raise EvidenceMissing
    if end_date is not None and end_date < today:
        raise EndsBeforeItBegins
    _check_identified(row.guardian)
    row.dependant = record_of(row) or _new_record(row, now=now)
    _check_dependant(row, today=today)
    row.state, row.evidence = State.APPROVED, evidence.strip()
    row.start_date, row.end_date = today, _last_day(row, end_date, today)
    row.decided_by, row.decided_at = by, now
    row.save()
    _keep_consent(row, now=now)
    _record("approved", row, by=by, origin=origin, now=now)
    guardianship_notices.tell_guardian(row, News.APPROVED, now=now)
    for hear in _hearing:
        hear(row.dependant, now)
    if not policies.is_minor(birth_date=row.dependant.birth_date, on=today):
        guardianship_notices.tell_dependant(row, News.ENTRUSTED, now=now)
    return row


@transaction.atomic
def reject(
    *, guardianship_id: UUID, by: User, reason: str, origin: Origin, now: datetime
) -> Guardianship:
    """The papers do not say so, or nobody brought them."""
    row = _waiting(guardianship_id, by=by)
    if not reason.strip():
        raise ReasonMissing
    row.state, row.reason = State.REJECTED, reason.strip()[:200]
    row.decided_by, row.decided_at = by, now
    row.save()
    _record("rejected", row, by=by, origin=origin, now=now)
    guardianship_notices.tell_guardian(row, News.REJECTED, now=now)
    return row


@transaction.atomic
def end(
    *, guardianship_id: UUID, by: User, reason: str, origin: Origin, now: datetime
) -> Guardianship:
    """It is over: by who asked for it, by the adult it is about, or by the clinic.

    What was booked stays with the person. Ending it twice ends it once; a stranger
    finds nothing (ACC-01).
    """
    row = Guardianship.objects.select_for_update().get(pk=guardianship_id)
    row.reason = _reason_of(by, row, reason, today=timezone.localdate(now))
    if row.state not in (State.ASKED, State.APPROVED):
        return row
    was_approved = row.state == State.APPROVED
    _close(row, last_day=timezone.localdate(now))
    _record("ended", row, by=by, origin=origin, now=now)
    if was_approved and by.patient_id != row.guardian_id:
        guardianship_notices.tell_guardian(row, News.ENDED, now=now)
    return row


def end_those_over(*, now: datetime) -> int:
    """Mark as ended what stopped by itself: children of age, and terms that passed.

    They act for nobody since midnight whether this runs or not (`in_force`); this
    tells the people. Each is ended once, and told once.
    """
    over = _over(on=timezone.localdate(now)).values_list("pk", flat=True)
    return sum(_end_over(pk, now=now) for pk in list(over))


def asked_by(user: User) -> list[Guardianship]:
    """This account's own claims, as its page lists them: those that count first."""
    order = {State.APPROVED: 0, State.ASKED: 1, State.REJECTED: 2, State.ENDED: 3}
    rows = Guardianship.objects.filter(guardian=user.patient_id)
    found = rows.select_related("dependant").order_by("-asked_at", "-pk")
    return sorted(found, key=lambda row: order[State(row.state)])


def over(user: User, *, on: date) -> list[Guardianship]:
    """Who acts for this account's owner that day."""
    rows = Guardianship.objects.in_force(on=on).filter(dependant=user.patient_id)
    return list(rows.select_related("guardian", "dependant"))


def record_of(row: Guardianship) -> Patient | None:
    """The clinic's record of the typed document, current or former; staff look before they decide."""
    typed = {"kind": row.document_type, "number": row.document_number}
    known = Patient.objects.of_the_clinic()
    current = known.with_document(**typed).first()
    if current is not None:
        return current
    former = PatientDocument.objects.filter(
        document_type=row.document_type,
        document_number=row.document_number,
        patient__in=known,
    )
    last = former.select_related("patient").order_by("-until", "-pk").first()
    return last.patient if last else None


def _check_claim(
    claim: Claim, guardian: Patient, consent_text: LegalText | None, today: date
) -> None:
    own = (guardian.document_type, guardian.document_number)
    if (claim.document_type, claim.document_number) == own:
        raise OneselfClaimed
    minor = claim.is_minor(today)
    if claim.relation == Relation.CHILD and not minor:
        raise ChildIsAdult
    if minor and consent_text is None:
        raise RepresentativeMustConsent


def _check_own_claims(claim: Claim, guardian: Patient, today: date) -> None:
    mine = Guardianship.objects.filter(guardian=guardian)
    same = mine.filter(
        document_type=claim.document_type, document_number=claim.document_number
    )
    if same.filter(state=State.ASKED).exists():
        raise AlreadyAsked
    if same.in_force(on=today).exists():
        raise AlreadyActing
    if mine.filter(state=State.ASKED).count() >= policies.MOST_ASKS_WAITING:
        raise TooManyAsks


def _waiting(guardianship_id: UUID, *, by: User) -> Guardianship:
    """The claim, locked, if it still waits and this member of staff may decide it."""
    row = (
        Guardianship.objects.select_for_update(of=("self",))
        .select_related("guardian")
        .get(pk=guardianship_id)
    )
    if not by.is_staff or by.patient_id == row.guardian_id:
        raise NotStaff
    if row.state != State.ASKED:
        raise GuardianshipNotWaiting
    return row


def _check_identified(guardian: Patient) -> None:
    """Who asks is somebody whose own document the clinic saw (design §6)."""
    account = User.objects.filter(patient=guardian).first()
    unconfirmed = account is not None and account.identity_confirmed_at is None
    if guardian.provisional or unconfirmed:
        raise IdentityNotConfirmed


def _new_record(row: Guardianship, *, now: datetime) -> Patient:
    """The two parents of a child that nobody knew may be approved at the same instant."""
    if row.birth_date is None or not (row.given_names and row.sex):
        raise ClaimIncomplete
    try:
        with transaction.atomic():
            return Patient.objects.create(
                document_type=row.document_type,
                document_number=row.document_number,
                given_names=row.given_names,
                family_names=row.family_names,
                birth_date=row.birth_date,
                sex=row.sex,
                created_at=now,
            )
    except IntegrityError:
        record = record_of(row)
        if record is None:
            raise
        return record


def _check_dependant(row: Guardianship, *, today: date) -> None:
    dependant = row.dependant
    assert dependant is not None  # noqa: S101 - approve has just found it
    if not dependant.active:
        raise RecordInactive
    if dependant.pk == row.guardian_id:
        raise OneselfClaimed
    minor = policies.is_minor(birth_date=dependant.birth_date, on=today)
    if row.relation == Relation.CHILD and not minor:
        raise ChildIsAdult
    if minor and row.consent_text_id is None:
        raise RepresentativeMustConsent
    same = Guardianship.objects.filter(
        guardian=row.guardian_id, dependant=dependant, state=State.APPROVED
    )
    if same.in_force(on=today).exists():
        raise AlreadyActing
    for past in same:
        past.reason = TERM_OVER
        _close(past, last_day=today)


def _last_day(row: Guardianship, wanted: date | None, today: date) -> date | None:
    """Custody of a minor is over at eighteen, as being their parent is."""
    assert row.dependant is not None  # noqa: S101 - approve has just found it
    born = row.dependant.birth_date
    if row.relation == Relation.CHILD or not policies.is_minor(
        birth_date=born, on=today
    ):
        return wanted
    eve = _eve_of_age(born)
    return eve if wanted is None else min(wanted, eve)


def _eve_of_age(born: date) -> date:
    return policies.comes_of_age(born) - timedelta(days=1)


def _keep_consent(row: Guardianship, *, now: datetime) -> None:
    """The permission that the representative gave when asking, as evidence of the minor's record."""
    giver = row.asked_by
    if row.consent_text is None or giver is None or row.dependant is None:
        return
    consents.give_to(
        patient=row.dependant,
        text=row.consent_text,
        by=giver,
        origin=Origin(row.consent_address, row.consent_user_agent, ""),
        subject=trail.reference(row),
        given_at=row.consent_at,
        now=now,
    )


def _reason_of(by: User, row: Guardianship, reason: str, *, today: date) -> str:
    """Whether this account may end it, and what is remembered of why."""
    if by.patient_id is not None and by.patient_id == row.guardian_id:
        return ENDED_BY_GUARDIAN
    if by.patient_id is not None and by.patient_id == row.dependant_id:
        person = Patient.objects.get(pk=row.dependant_id)
        if policies.is_minor(birth_date=person.birth_date, on=today):
            raise Guardianship.DoesNotExist
        return ENDED_BY_DEPENDANT
    if not by.is_staff:
        raise Guardianship.DoesNotExist
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()[:200]


def _close(row: Guardianship, *, last_day: date) -> None:
    row.state = State.ENDED
    if row.start_date is not None:
        earliest = min(filter(None, (row.end_date, last_day)))
        row.end_date = max(row.start_date, earliest)
    row.save(update_fields=["state", "reason", "end_date"])


def _over(*, on: date) -> QuerySet[Guardianship]:
    grown = Q(
        relation=Relation.CHILD,
        dependant__birth_date__lte=policies.adults_are_born_until(on),
    )
    return Guardianship.objects.filter(
        Q(end_date__lt=on) | grown, state=State.APPROVED
    ).order_by("pk")


@transaction.atomic
def _end_over(pk: UUID, *, now: datetime) -> bool:
    """One of them, if nobody ended it meanwhile."""
    rows = _over(on=timezone.localdate(now)).select_for_update(of=("self",))
    row = rows.select_related("dependant").filter(pk=pk).first()
    if row is None or row.dependant is None:
        return False
    eve = _eve_of_age(row.dependant.birth_date)
    grown = row.end_date == eve or (
        row.relation == Relation.CHILD and eve < timezone.localdate(now)
    )
    row.reason = CAME_OF_AGE if grown else TERM_OVER
    _close(row, last_day=eve if grown else timezone.localdate(now))
    _record("ended", row, by=None, origin=None, now=now)
    if grown:
        guardianship_notices.tell_of_age(row, now=now)
    else:
        guardianship_notices.tell_guardian(row, News.ENDED, now=now)
    return True


def _record(
    what: str,
    row: Guardianship,
    *,
    by: User | None,
    origin: Origin | None,
    now: datetime,
) -> None:
    trail.record(
        action=f"guardianship.{what}",
        actor=by,
        subject=row,
        patient=row.dependant or row.guardian,
        request_context=origin,
        details={"relation": row.relation, "guardian": str(row.guardian.token)},
        at=now,
    )
