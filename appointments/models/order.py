"""What the doctor ordered and the payer authorised (FHIR's ServiceRequest), and its pictures."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Patient
from catalog.models import Agreement, Procedure


class ServiceRequest(models.Model):
    """The order and authorisation of one procedure for one patient with one agreement."""

    class State(models.TextChoices):
        DECLARED = "declared", "Por revisar"
        CHECKED = "checked", "Revisada"
        REJECTED = "rejected", "No sirve"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient,
        verbose_name="paciente",
        on_delete=models.PROTECT,
        related_name="service_requests",
    )
    procedure = models.ForeignKey(
        Procedure,
        verbose_name="procedimiento",
        on_delete=models.PROTECT,
        related_name="+",
    )
    agreement = models.ForeignKey(
        Agreement, verbose_name="convenio", on_delete=models.PROTECT, related_name="+"
    )
    order_number = models.CharField("número de la orden", max_length=40, blank=True)
    order_date = models.DateField("fecha de la orden", null=True, blank=True)
    order_until = models.DateField("la orden vence", null=True, blank=True)
    authorization_number = models.CharField(
        "número de la autorización", max_length=40, blank=True
    )
    authorization_date = models.DateField(
        "fecha de la autorización", null=True, blank=True
    )
    authorization_until = models.DateField(
        "la autorización vence", null=True, blank=True
    )
    state = models.CharField(
        "estado", max_length=8, choices=State.choices, default=State.DECLARED
    )
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField("declarada", default=now)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    checked_at = models.DateTimeField("revisada", null=True, blank=True)
    reason = models.CharField("motivo", max_length=200, blank=True)

    class Meta:
        verbose_name = "orden médica"
        verbose_name_plural = "órdenes médicas"
        ordering = ["-declared_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(order_until__isnull=True)
                | Q(order_date__isnull=True)
                | Q(order_until__gte=F("order_date")),
                name="order_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(authorization_until__isnull=True)
                | Q(authorization_date__isnull=True)
                | Q(authorization_until__gte=F("authorization_date")),
                name="authorization_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"Orden {self.pk}"


class ServiceRequestFile(models.Model):
    """A picture or PDF of the order, kept out of the web's reach under a name of our own (UPL-01)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service_request = models.ForeignKey(
        ServiceRequest, on_delete=models.PROTECT, related_name="files"
    )
    # Relative to settings.UPLOADS_DIR; never what the patient called it.
    path = models.CharField(max_length=80, unique=True)
    mimetype = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "archivo de la orden"
        verbose_name_plural = "archivos de la orden"
        ordering = ["uploaded_at", "pk"]

    def __str__(self) -> str:
        return str(self.pk)
