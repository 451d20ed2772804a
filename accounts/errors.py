"""Refusals about people and their accounts. Views turn them into words."""

from datetime import datetime


class AccountError(Exception):
    """A rule about accounts said no. Subclasses say which one."""


class ConsentIsNeeded(AccountError):
    """Without this permission there is no account: it ends by closing the account."""


class AgreementNotOffered(AccountError):
    """Nobody can declare this agreement: it is over, or it has no payer."""


class CoverageAlreadyThere(AccountError):
    """This person already has this agreement, declared or verified."""


class TooManyCoverages(AccountError):
    """More agreements than a person has."""


class CoverageNotWaiting(AccountError):
    """Somebody else already decided about this affiliation."""


class PasswordTooShort(AccountError):
    """Fewer characters than a password needs."""


class PasswordTooEasy(AccountError):
    """Anybody would try this one first."""


class PasswordWrong(AccountError):
    """The current password is not this one."""


class PasswordIsTheSame(AccountError):
    """The new password is the one of now."""


class TooOften(AccountError):
    """This was done too many times; it opens again at `retry_at`."""

    def __init__(self, retry_at: datetime, scope: str = "") -> None:
        super().__init__(scope)
        self.retry_at = retry_at
        self.scope = scope


class TooSoon(TooOften):
    """A code was sent less than a minute ago."""


class CodeRefused(AccountError):
    """The code was not accepted. Subclasses say why."""


class CodeWrong(CodeRefused):
    """Not the code of this question; `left` more tries."""

    def __init__(self, left: int = 0) -> None:
        super().__init__()
        self.left = left


class CodeExpired(CodeRefused):
    """Its ten minutes are over, or a newer code took its place."""


class CodeUsed(CodeRefused):
    """It was accepted once already."""


class TooManyTries(CodeRefused):
    """Too many wrong codes: wait, or call."""

    def __init__(self, retry_at: datetime | None = None) -> None:
        super().__init__()
        self.retry_at = retry_at


class NotAMobile(AccountError):
    """Not a Colombian mobile number."""


class TooYoung(AccountError):
    """Under fourteen somebody else registers (Ley 1581, art. 7)."""


class AttemptOver(AccountError):
    """This registration is finished, too old, or was never begun."""


class ChannelNotOffered(AccountError):
    """This installation or this person does not have that channel."""


class PasswordRefused(AccountError):
    """The document or the password is not right; which one is not said."""


class LockedOut(AccountError):
    """Too many wrong passwords from here: wait, or call."""


class HalfSessionOver(AccountError):
    """The first step of the sign-in is too old or the password changed meanwhile."""


class RecordsOverlap(AccountError):
    """The two records cannot be joined as they are: both hold the same thing."""


class ResetOver(AccountError):
    """The code was right too long ago, or the password changed meanwhile."""


class FactorAlreadyOn(AccountError):
    """This account already asks for the app's code."""


class RecoveryRefused(AccountError):
    """The document or the desk's code is not right, or too old; which one is not said."""


class NothingToChange(AccountError):
    """The new phone or e-mail is the one that the account has."""


class NotStaff(AccountError):
    """Only the desk hands over recovery codes, to patients, and never to itself."""


class InvitationOver(AccountError):
    """The link was used, replaced or is older than a day."""


class NotActing(AccountError):
    """This account does not act for that person, or no longer does."""


class TooManyClaims(AccountError):
    """More open claims about one's data than a person can need."""


class ClaimAnswered(AccountError):
    """That claim has its answer, or its one extension, already."""


class StillExpected(AccountError):
    """An account is closed when nothing waits for its owner any more."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count}")
        self.count = count


class OneselfClaimed(AccountError):
    """Nobody is their own guardian: that is the document of the account."""


class AlreadyAsked(AccountError):
    """This account already asked to act for that document, and waits."""


class AlreadyActing(AccountError):
    """This account already acts for that person."""


class TooManyAsks(AccountError):
    """As many claims wait as one account may have."""


class ChildIsAdult(AccountError):
    """A son or daughter of age is nobody's minor: another relation, with its own evidence."""


class RepresentativeMustConsent(AccountError):
    """The data of a minor need their representative's permission (Ley 1581, art. 7)."""


class GuardianshipNotWaiting(AccountError):
    """Somebody else already decided about this claim."""


class IdentityNotConfirmed(AccountError):
    """The clinic has not seen this person's document yet."""


class EvidenceMissing(AccountError):
    """Nothing is approved without saying which document was seen."""


class ReasonMissing(AccountError):
    """Who is told no, is told why."""


class ClaimIncomplete(AccountError):
    """Nobody knows this document, and what was typed is not enough for a record."""


class RecordInactive(AccountError):
    """The clinic's record of that document is out of use."""


class EndsBeforeItBegins(AccountError):
    """The last day is already past."""


class DocumentNotPlausible(AccountError):
    """No document of that type has such a number."""


class DocumentOfAnother(AccountError):
    """Another record of the clinic has that document."""


class DocumentHasAccount(AccountError):
    """Another account signs in with that document."""


class PriorityAlreadyThere(AccountError):
    """This reason is already written down for this person, and holds today."""


class PriorityBeginsLater(AccountError):
    """Nobody is put first before the reason is there."""
