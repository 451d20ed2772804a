"""What staff run in the admin: agendas, appointments and requests, rules, orders."""

from appointments.admin.agenda import (
    HolidayAdmin,
    ScheduleAdmin,
    ScheduleExceptionAdmin,
)
from appointments.admin.appointments import AppointmentAdmin
from appointments.admin.demand import UnmetDemandAdmin
from appointments.admin.orders import ServiceRequestAdmin
from appointments.admin.policies import CancellationPolicyAdmin
from appointments.admin.requests import RequestAdmin
from appointments.admin.waiting import WaitingListAdmin

__all__ = [
    "AppointmentAdmin",
    "CancellationPolicyAdmin",
    "HolidayAdmin",
    "RequestAdmin",
    "ScheduleAdmin",
    "ScheduleExceptionAdmin",
    "ServiceRequestAdmin",
    "UnmetDemandAdmin",
    "WaitingListAdmin",
]
