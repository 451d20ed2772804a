"""What a person asks about their own data, with its number and its clock (Ley 1581 de 2012)."""

import uuid

from django.db import models
from django.utils.timezone import now

from accounts.models.people import Patient, User


class DataClaim(models.Model):
    """A «consulta» (art. 14: 10 business days) or a «reclamo» (art. 15: 15 business days)."""

    class Kind(models.TextChoices):
        CONSULT = "consult", "Consultar mis datos"
        CORRECT = "correct", "Corregir mis datos"
        DELETE = "delete", "Borrar datos"
        REVOKE = "revoke", "Retirar una autorización"
        OTHER = "other", "Otro reclamo sobre mis datos"

    class State(models.TextChoices):
        OPEN = "open", "En trámite"
        EXTENDED = "extended", "Con prórroga"
        ANSWERED = "answered", "Respondido"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Spoken, as an appointment's reference: no 0, O, 1 or I.
    number = models.CharField("radicado", max_length=12, unique=True)
    patient = models.ForeignKey(
        Patient,
        verbose_name="titular",
        on_delete=models.PROTECT,
        related_name="data_claims",
    )
    kind = models.CharField("clase", max_length=8, choices=Kind.choices)
    text = models.TextField("qué pide", max_length=2000)
    state = models.CharField(
        "estado", max_length=8, choices=State.choices, default=State.OPEN
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("radicado el", default=now)
    due_date = models.DateField("responder antes de")
    answer = models.TextField("respuesta", blank=True)
    extension_reason = models.CharField(
        "motivo de la prórroga", max_length=300, blank=True
    )
    answered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField("respondido el", null=True, blank=True)

    class Meta:
        verbose_name = "reclamo de datos"
        verbose_name_plural = "reclamos de datos"
        ordering = ["due_date", "asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="answered", answered_at__isnull=False)
                | (~models.Q(state="answered") & models.Q(answered_at__isnull=True)),
                name="data_claim_answered_has_a_date",
            )
        ]

    def __str__(self) -> str:
        return self.number
