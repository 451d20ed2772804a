"""Who may act for whom, since when, until when, and who at the clinic said so."""

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts import documents, policies
from accounts.models.legal import LegalText
from accounts.models.people import Patient, User
from catalog.models import Imported


class GuardianshipQuerySet(models.QuerySet):
    def in_force(self, *, on: date) -> "GuardianshipQuerySet":
        """Approved, begun, not over; a child's ends by itself on the eighteenth birthday.

        `on` is Bogotá's date (Código Civil, art. 312 and 288; Ley 27 de 1977).
        """
        grown = Q(
            relation=Guardianship.Relation.CHILD,
            dependant__birth_date__lte=policies.adults_are_born_until(on),
        )
        begun = Q(start_date=None) | Q(start_date__lte=on)
        lasts = Q(end_date=None) | Q(end_date__gte=on)
        return self.filter(
            begun,
            lasts,
            state=Guardianship.State.APPROVED,
            dependant__active=True,
        ).exclude(grown)


class Guardianship(Imported):
    """«Acudiente»: `guardian` may act for `dependant` (FHIR's RelatedPerson).

    What was typed when asking stays as typed, and names nobody's record: `dependant`
    is empty until somebody at the clinic has seen the evidence.
    """

    class Relation(models.TextChoices):
        CHILD = "child", "Mi hijo o mi hija"
        PARENT = "parent", "Mi papá o mi mamá"
        SPOUSE = "spouse", "Mi esposo, mi esposa o mi pareja"
        WARD = "ward", "Tengo su custodia o su representación legal"
        OTHER = "other", "Otra persona que cuido"

    class State(models.TextChoices):
        ASKED = "asked", "En revisión"
        APPROVED = "approved", "Aprobada"
        REJECTED = "rejected", "No aprobada"
        ENDED = "ended", "Terminada"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    guardian = models.ForeignKey(
        Patient,
        verbose_name="acudiente",
        on_delete=models.PROTECT,
        related_name="guardianships",
    )
    dependant = models.ForeignKey(
        Patient,
        verbose_name="persona a cargo",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="guardians",
    )
    relation = models.CharField("relación", max_length=8, choices=Relation.choices)
    document_type = models.CharField(
        "tipo de documento", max_length=2, choices=documents.CHOICES
    )
    document_number = models.CharField("número de documento", max_length=20)
    given_names = models.CharField("nombres", max_length=80, blank=True)
    family_names = models.CharField("apellidos", max_length=80, blank=True)
    birth_date = models.DateField("fecha de nacimiento", null=True, blank=True)
    sex = models.CharField(
        "sexo", max_length=10, choices=Patient.Sex.choices, blank=True
    )
    state = models.CharField(
        "estado", max_length=8, choices=State.choices, default=State.ASKED
    )
    evidence = models.TextField(
        "soporte visto",
        blank=True,
        help_text="Qué documento se vio: registro civil, cédula, sentencia, poder.",
    )
    start_date = models.DateField("desde", null=True, blank=True)
    end_date = models.DateField("hasta", null=True, blank=True)
    # The representative's own permission for the data of a minor (Ley 1581, art. 7).
    consent_text = models.ForeignKey(
        LegalText,
        verbose_name="autorización del representante",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    consent_at = models.DateTimeField("autorizó", null=True, blank=True)
    consent_address = models.GenericIPAddressField(
        "autorizó desde", null=True, blank=True
    )
    consent_user_agent = models.CharField("navegador", max_length=200, blank=True)
    asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField("pedida", default=now)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    reason = models.CharField("motivo", max_length=200, blank=True)

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        verbose_name = "acudiente"
        verbose_name_plural = "acudientes"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "dependant"],
                condition=Q(state="approved"),
                name="guardianship_once",
            ),
            models.UniqueConstraint(
                fields=["guardian", "document_type", "document_number"],
                condition=Q(state="asked"),
                name="guardianship_asked_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(dependant__isnull=False),
                name="guardianship_approved_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(dependant__isnull=True) | ~Q(dependant=F("guardian")),
                name="guardianship_not_of_oneself",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True)
                | Q(start_date__isnull=True)
                | Q(end_date__gte=F("start_date")),
                name="guardianship_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_relation_display()} ({self.get_state_display()})"
