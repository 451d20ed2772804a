"""Until when a patient may cancel or change, and how many appointments a person may have."""

from django.db import models
from django.db.models import Q

from appointments.models.agenda import Schedule
from catalog.models import Agreement, Procedure, Site, Specialty

LEVELS = ("schedule", "procedure", "specialty", "site", "agreement")


def _only(level: str) -> Q:
    """This level is given and no other."""
    others = {f"{other}__isnull": other != level for other in LEVELS}
    return Q(**others)


class CancellationPolicy(models.Model):
    """Rules of one level. What a level leaves empty, a more general one says.

    From the most specific: schedule, procedure, specialty, site, agreement, the
    network's default (the row of no level). Nothing here is a fine: Ley 1438 de 2011,
    art. 55, forbids them.
    """

    class Online(models.TextChoices):
        INHERIT = "", "Como el nivel general"
        YES = "yes", "Por internet"
        PHONE = "phone", "Solo por teléfono"

    schedule = models.OneToOneField(
        Schedule,
        verbose_name="agenda",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    procedure = models.OneToOneField(
        Procedure,
        verbose_name="procedimiento",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    specialty = models.OneToOneField(
        Specialty,
        verbose_name="especialidad",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    site = models.OneToOneField(
        Site,
        verbose_name="sede",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    agreement = models.OneToOneField(
        Agreement,
        verbose_name="convenio",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    # The row of no level, once: 1 there, empty in the others.
    is_default = models.BooleanField(null=True, unique=True, editable=False)
    online = models.CharField(
        "cómo se cancela y se cambia",
        max_length=5,
        choices=Online.choices,
        blank=True,
        default="",
    )
    cancel_notice_minutes = models.PositiveIntegerField(
        "anticipación para cancelar (minutos)", null=True, blank=True
    )
    change_notice_minutes = models.PositiveIntegerField(
        "anticipación para cambiar la hora (minutos)", null=True, blank=True
    )
    most_changes = models.PositiveSmallIntegerField(
        "cambios de hora permitidos", null=True, blank=True
    )
    most_to_come = models.PositiveSmallIntegerField(
        "citas pendientes por persona", null=True, blank=True
    )
    most_to_come_in_specialty = models.PositiveSmallIntegerField(
        "citas pendientes por especialidad", null=True, blank=True
    )
    most_holds = models.PositiveSmallIntegerField(
        "horas apartadas a la vez", null=True, blank=True
    )
    most_cancellations_a_week = models.PositiveSmallIntegerField(
        "cancelaciones por semana", null=True, blank=True
    )

    class Meta:
        verbose_name = "política de cancelación"
        verbose_name_plural = "políticas de cancelación"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(is_default=True)
                    & Q(**{f"{level}__isnull": True for level in LEVELS})
                )
                | (
                    Q(is_default__isnull=True)
                    & (
                        _only("schedule")
                        | _only("procedure")
                        | _only("specialty")
                        | _only("site")
                        | _only("agreement")
                    )
                ),
                name="cancellation_policy_of_one_level",
            )
        ]

    def __str__(self) -> str:
        levels = (getattr(self, level) for level in LEVELS)
        return str(next((one for one in levels if one is not None), "Toda la red"))
