"""Who did or saw what. Rows are added and never changed."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now


class AuditEvent(models.Model):
    """One act: who, what, on whom, when, from where, with which result (LOG-01).

    `subject` and `patient_ref` are references ("appointments.appointment:<uuid>"),
    never names or documents; the database refuses UPDATE and DELETE (migration).
    """

    at = models.DateTimeField("cuándo", default=now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="quién",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    action = models.CharField("qué", max_length=60, db_index=True)
    subject = models.CharField("sobre qué", max_length=80, blank=True)
    patient_ref = models.UUIDField("de quién", null=True, db_index=True)
    outcome = models.CharField("resultado", max_length=40, default="ok")
    address = models.GenericIPAddressField("desde", null=True)
    request_id = models.CharField("petición", max_length=36, blank=True)
    details = models.JSONField("detalles", default=dict, blank=True)

    class Meta:
        verbose_name = "registro de auditoría"
        verbose_name_plural = "registros de auditoría"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"
