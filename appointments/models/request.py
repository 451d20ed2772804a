"""A request as staff see it: an appointment that waits for their answer."""

from appointments.models.appointment import Appointment


class AppointmentRequest(Appointment):
    class Meta:
        proxy = True
        verbose_name = "solicitud"
        verbose_name_plural = "solicitudes"
        ordering = ["answer_by", "pk"]
        default_permissions = ("view",)
        permissions = [("decide_request", "Puede responder solicitudes de cita")]
