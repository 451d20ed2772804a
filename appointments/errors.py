"""Refusals about appointments. Views turn them into words; nothing here knows HTTP."""


class BookingError(Exception):
    """A booking rule said no. Subclasses say which one."""


class SlotTaken(BookingError):
    """Somebody else has that time, or it is no longer published."""


class PatientBusy(BookingError):
    """The patient already has another appointment at that time."""


class NotOffered(BookingError):
    """That time is not for this patient: agreement, procedure, age, sex, notice or horizon."""


class HoldExpired(BookingError):
    """The ten minutes passed before the patient confirmed."""


class HoldAlreadyExtended(BookingError):
    """A hold is extended once."""


class TooManyHolds(BookingError):
    """The patient keeps more times than one person needs."""
