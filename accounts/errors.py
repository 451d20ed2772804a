"""Refusals about people and their accounts. Views turn them into words."""


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
