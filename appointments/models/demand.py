"""What was looked for in vain: counts by week, and nobody's name."""

from django.db import models

from catalog.models import Agreement, Modality, Procedure


class UnmetDemand(models.Model):
    """How many searches of one week found nothing, or nothing soon, for one service."""

    class Outcome(models.TextChoices):
        EMPTY = "empty", "Sin horas"
        LATE = "late", "Primera hora lejana"
        FILED = "filed", "Solicitud radicada"

    week = models.DateField("semana (lunes)")
    procedure = models.ForeignKey(
        Procedure, verbose_name="servicio", on_delete=models.CASCADE, related_name="+"
    )
    # DIVIPOLA; empty for what has no place (by video).
    city_code = models.CharField("ciudad", max_length=5, blank=True)
    agreement = models.ForeignKey(
        Agreement, verbose_name="convenio", on_delete=models.CASCADE, related_name="+"
    )
    modality = models.CharField("modalidad", max_length=10, choices=Modality.choices)
    outcome = models.CharField("resultado", max_length=5, choices=Outcome.choices)
    count = models.PositiveIntegerField("búsquedas", default=0)

    class Meta:
        verbose_name = "demanda sin atender"
        verbose_name_plural = "demanda sin atender"
        ordering = ["-week", "-count", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "week",
                    "procedure",
                    "city_code",
                    "agreement",
                    "modality",
                    "outcome",
                ],
                name="demand_once_a_week",
            )
        ]

    def __str__(self) -> str:
        return f"{self.week}: {self.count}"
