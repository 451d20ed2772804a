"""Refusals about appointments. Views turn them into words; nothing here knows HTTP."""

from datetime import datetime


class BookingError(Exception):
    """A booking rule said no. Subclasses say which one."""

    # Of several times asked for together, the one that it is about.
    slot_id: int | None = None


class SlotTaken(BookingError):
    """Somebody else has that time, or it is no longer published."""


class PatientBusy(BookingError):
    """The patient already has another appointment at that time."""


class NotOffered(BookingError):
    """That time is not for this patient: agreement, procedure, age, sex, notice or horizon."""


class OtherAge(NotOffered):
    """It fits the patient's age today and not that of the appointment's day."""


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


class PersonInactive(BookingError):
    """The clinic switched this person's record off: it books nothing new for them."""


class ConsentMissing(BookingError):
    """A virtual appointment needs the telehealth consent first."""


class InstructionsUnread(BookingError):
    """The recommendations come before confirming."""


class ForbiddenChange(BookingError):
    """An appointment in that state cannot go to that other one."""


class NotThisSite(BookingError):
    """Staff mark the attendance of their own sites only, if that is their work."""


class NotOnItsDay(BookingError):
    """Somebody arrives on the day of the appointment, not before nor after."""


class NotYetBegun(BookingError):
    """Before its hour nobody was seen and nobody failed to come."""


class VideoClosed(BookingError):
    """The room opens ten minutes before the appointment and closes at its end."""


class ByTelephone(BookingError):
    """Not online: the site does it by telephone. `barrier` says why."""

    def __init__(self, barrier: str = "") -> None:
        super().__init__(barrier)
        self.barrier = barrier


class NotStanding(BookingError):
    """The appointment was cancelled, attended or moved meanwhile: there is nothing to change."""


class AnswerOver(BookingError):
    """The link of a reminder asks about an hour that changed or began, or asks somebody else."""


class AlreadyBegun(BookingError):
    """The appointment's hour came: nobody can give notice any more."""


class SameTime(BookingError):
    """The new time is the one that the appointment already has."""


class OtherService(BookingError):
    """A change keeps the service and the agreement; this time is for something else."""


class ChangePending(BookingError):
    """Another time is already asked for or offered; the clinic or the patient answers first."""


class PaperMissing(BookingError):
    """Something that the appointment needs on paper is not there. Subclasses say which."""


class OrderMissing(PaperMissing):
    """The procedure needs a doctor's order and none was declared."""


class AuthorizationMissing(PaperMissing):
    """The agreement asks for an authorisation and none was declared."""


class OrderOutOfDate(PaperMissing):
    """The order or the authorisation ends before the day of the appointment."""


class TooManyOrders(BookingError):
    """The patient has more orders waiting for staff than anybody needs."""


class OrderNotWaiting(BookingError):
    """Staff decided about this order already."""


class BadUpload(BookingError):
    """The file cannot be taken. Subclasses say why (UPL-01)."""


class UploadTooBig(BadUpload):
    """More bytes, or more pixels, than we take."""


class UploadOfAnotherKind(BadUpload):
    """Neither a picture nor a PDF, whatever its name says."""


class UploadActive(BadUpload):
    """A PDF with programs, other files or a password inside."""


class AlreadyDecided(BookingError):
    """The request was answered, withdrawn or over before this came: by whom, and since when.

    `status` is what it is now; `by` a name of the staff, empty for the patient or the clock.
    """

    def __init__(
        self, *, status: str, by: str = "", at: datetime | None = None
    ) -> None:
        super().__init__(status)
        self.status, self.by, self.at = status, by, at


class NoProposal(BookingError):
    """No other time is kept for this request, or it is kept no longer."""


class CannotPropose(BookingError):
    """Another time cannot be proposed for a request that is itself a change of hour."""


class NothingToOffer(BookingError):
    """This service cannot be waited for: nobody of the network does it for this person."""


class AlreadyWaiting(BookingError):
    """This person is on the list for this service. `entry_id` is that place on it."""

    def __init__(self, entry_id: object = None) -> None:
        super().__init__(str(entry_id))
        self.entry_id = entry_id


class TooManyWaiting(BookingError):
    """This person waits for as many services as one person may."""


class NotWaiting(BookingError):
    """That place on the list ended: served, left or over."""


class OfferOver(BookingError):
    """The offer was answered, ran out or was withdrawn: its time is somebody else's now."""


class PlanLost(BookingError):
    """One time of the plan was taken meanwhile; none of the others was kept. `slot_id` says which."""

    slot_id: int

    def __init__(self, slot_id: int) -> None:
        super().__init__(str(slot_id))
        self.slot_id = slot_id


class HeldTogether(BookingError):
    """It is held with others, and stands or falls with them: the group is asked."""


class HeldByOffer(NotHeld):
    """The waiting list keeps it: the offer is answered, and not what is held for it."""


class OfferPending(ChangePending):
    """A sooner time is offered for this appointment; the patient answers that first."""


class BasketSize(BookingError):
    """Several appointments are from two to six."""
