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
from appointments.models.order import ServiceRequest, ServiceRequestFile
from appointments.models.policy import CancellationPolicy
from appointments.models.preference import ReminderPreference, TutorialView
from appointments.models.request import AppointmentRequest

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "AppointmentQuerySet",
    "AppointmentRequest",
    "CalendarFeed",
    "CancellationPolicy",
    "Holiday",
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
    "WeeklyHours",
]
