"""Which agreement pays for whom."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models.people import Patient, User
from catalog.models import Agreement, Imported


class Coverage(Imported):
    """«Afiliación»: a patient under an agreement, declared by the patient or verified by the clinic."""

    class Member(models.TextChoices):
        """«Tipo de usuario», as the price asks for it (Decreto 1652 de 2022)."""

        UNKNOWN = "", "Sin dato"
        HOLDER = "holder", "Cotizante"
        BENEFICIARY = "beneficiary", "Beneficiario"

    class Income(models.TextChoices):
        """The holder's base income in minimum wages: A under 2, B from 2 to 5, C over 5."""

        UNKNOWN = "", "Sin dato"
        A = "A", "Rango A"
        B = "B", "Rango B"
        C = "C", "Rango C"

    class State(models.TextChoices):
        DECLARED = "declared", "Declarada"
        VERIFIED = "verified", "Verificada"
        REJECTED = "rejected", "No encontrada"
        ENDED = "ended", "Terminada"

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="coverages"
    )
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="+")
    member_number = models.CharField("número de afiliación", max_length=30, blank=True)
    member_type = models.CharField(
        "tipo de usuario", max_length=12, choices=Member.choices, blank=True, default=""
    )
    income_level = models.CharField(
        "rango de ingreso", max_length=1, choices=Income.choices, blank=True, default=""
    )
    # Why this person pays no cuota moderadora nor copago, if the clinic knows of a reason.
    fee_exemption = models.CharField("exención de pago", max_length=120, blank=True)
    state = models.CharField(
        "estado", max_length=10, choices=State.choices, default=State.DECLARED
    )
    start_date = models.DateField("desde", null=True, blank=True)
    end_date = models.DateField("hasta", null=True, blank=True)
    declared_at = models.DateTimeField("declarada", default=now)
    verified_at = models.DateTimeField("verificada", null=True, blank=True)
    verified_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "afiliación"
        verbose_name_plural = "afiliaciones"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "agreement"],
                condition=Q(state__in=["declared", "verified"]),
                name="coverage_once_per_agreement",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_at__isnull=False),
                name="coverage_verified_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} ({self.get_state_display()})"
