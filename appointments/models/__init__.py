"""The agenda: who attends where and when, the times that come of it, and who has them."""

from appointments.models.agenda import (
    Holiday,
    Schedule,
    ScheduleException,
    ScheduleQuerySet,
    Slot,
    SlotQuerySet,
    WeeklyHours,
)
from appointments.models.appointment import (
    Appointment,
    AppointmentEvent,
    AppointmentQuerySet,
    SlotClaim,
)
from appointments.models.calendar import CalendarFeed
from appointments.models.demand import UnmetDemand
from appointments.models.group import AppointmentGroup
from appointments.models.order import ServiceRequest, ServiceRequestFile
from appointments.models.policy import CancellationPolicy
from appointments.models.preference import ReminderPreference, TutorialView
from appointments.models.request import AppointmentRequest
from appointments.models.waiting import (
    Offer,
    Opening,
    WaitingListEntry,
    WaitingListQuerySet,
)

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "AppointmentGroup",
    "AppointmentQuerySet",
    "AppointmentRequest",
    "CalendarFeed",
    "CancellationPolicy",
    "Holiday",
    "Offer",
    "Opening",
    "ReminderPreference",
    "Schedule",
    "ScheduleException",
    "ScheduleQuerySet",
    "ServiceRequest",
    "ServiceRequestFile",
    "Slot",
    "SlotClaim",
    "SlotQuerySet",
    "TutorialView",
    "UnmetDemand",
    "WaitingListEntry",
    "WaitingListQuerySet",
    "WeeklyHours",
]
