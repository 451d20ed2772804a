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


class NotHeld(BookingError):
    """Only a held appointment can be let go; this one went further."""


class TooManyHolds(BookingError):
    """The patient keeps more times than one person needs."""


class TooManyAppointments(BookingError):
    """The patient has as many appointments to come as one person may have."""


class TooManyInSpecialty(TooManyAppointments):
    """The patient has as many appointments to come in this specialty as one person may have."""


class ConsentMissing(BookingError):
    """A virtual appointment needs the telehealth consent first."""


class InstructionsUnread(BookingError):
    """The recommendations come before confirming."""


class ForbiddenChange(BookingError):
    """An appointment in that state cannot go to that other one."""
