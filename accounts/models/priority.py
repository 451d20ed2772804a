"""Whom the law puts first, as the clinic recorded it. Sensitive data (Ley 1581, art. 5)."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models.people import Patient, User


class PatientPriorityQuerySet(models.QuerySet):
    def in_force(self, *, on: date) -> "PatientPriorityQuerySet":
        open_ended = Q(until__isnull=True) | Q(until__gte=on)
        return self.filter(open_ended, since__lte=on)


class PatientPriority(models.Model):
    """Preferential attention for one person. Who is 60 or older needs no row: the birth
    date says it (Ley 1251 de 2008, art. 3)."""

    class Kind(models.TextChoices):
        PREGNANCY = "pregnancy", "Gestante"
        DISABILITY = "disability", "Persona con discapacidad"
        OTHER = "other", "Otra que dé la ley"

    patient = models.ForeignKey(
        Patient,
        verbose_name="paciente",
        on_delete=models.CASCADE,
        related_name="priorities",
    )
    kind = models.CharField("motivo", max_length=10, choices=Kind.choices)
    since = models.DateField("desde")
    until = models.DateField("hasta", null=True, blank=True)
    recorded_by = models.ForeignKey(
        User,
        verbose_name="lo anotó",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    recorded_at = models.DateTimeField("cuándo", default=now)

    objects = PatientPriorityQuerySet.as_manager()

    class Meta:
        verbose_name = "prioridad"
        verbose_name_plural = "prioridades"
        ordering = ["-since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="priority_days_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
