"""Who waits for a time, what they were offered, and the times that became free meanwhile."""

import uuid
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Patient
from appointments.models.agenda import Schedule, Slot
from appointments.models.appointment import Appointment
from catalog.models import Agreement, City, Modality, Practitioner, Procedure, Site


class WaitingListQuerySet(models.QuerySet):
    def waiting(self) -> "WaitingListQuerySet":
        return self.filter(status=WaitingListEntry.Status.WAITING)

    def of(self, patient: Patient) -> "WaitingListQuerySet":
        return self.filter(patient=patient)

    def filed(self) -> "WaitingListQuerySet":
        """Those with a number and a date by which the clinic answers."""
        return self.filter(number__isnull=False)


class WaitingListEntry(models.Model):
    """«Lista de espera»: one person waits for one service, within what they can do.

    With a `number` it is a «solicitud radicada»: nothing could be offered at all, and the
    clinic owes an answer by `answer_by` (Res. 1552 de 2013: «no hay agenda» is none).
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "En espera"
        SERVED = "served", "Con cita"
        LEFT = "left", "Se retiró"
        OVER = "over", "Se venció"
        CLOSED = "closed", "Cerrada por la sede"

    class Part(models.TextChoices):
        ANY = "", "Cualquier hora"
        MORNING = "am", "Mañana"
        AFTERNOON = "pm", "Tarde"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient,
        verbose_name="paciente",
        on_delete=models.PROTECT,
        related_name="waiting_list",
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="se anotó",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name="convenio",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    procedure = models.ForeignKey(
        Procedure,
        verbose_name="servicio",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    modality = models.CharField("modalidad", max_length=10, choices=Modality.choices)
    # Who or where; empty is «any».
    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name="profesional",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    city = models.ForeignKey(
        City,
        verbose_name="ciudad",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    sites = models.ManyToManyField(
        Site, verbose_name="sedes", blank=True, related_name="+"
    )
    first_day = models.DateField("desde")
    last_day = models.DateField("hasta")
    part = models.CharField(
        "jornada", max_length=2, choices=Part.choices, default=Part.ANY, blank=True
    )
    # ISO weekdays as digits, «135» for Monday, Wednesday and Friday; empty is any.
    weekdays = models.CharField("días", max_length=7, blank=True)
    notice_minutes = models.PositiveIntegerField("anticipación (minutos)", default=1440)
    # A same-day time may be offered at any hour, also in the quiet ones.
    may_wake = models.BooleanField("avisar a cualquier hora", default=False)
    # «Avíseme si hay antes»: the appointment that an accepted offer replaces.
    instead_of = models.ForeignKey(
        Appointment,
        verbose_name="en lugar de",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="waiting_for_sooner",
    )
    number = models.CharField(
        "radicado", max_length=16, null=True, blank=True, unique=True
    )
    answer_by = models.DateField("responder hasta", null=True, blank=True)
    desired_day = models.DateField("fecha deseada", null=True, blank=True)
    # What came of it: its `start` is the date assigned.
    assigned = models.ForeignKey(
        Appointment,
        verbose_name="cita asignada",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    status = models.CharField(
        "estado", max_length=8, choices=Status.choices, default=Status.WAITING
    )
    # The search that led here, as its query string of catalogue codes.
    search = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField("desde cuándo espera", default=now)
    ended_at = models.DateTimeField("terminó", null=True, blank=True)
    ended_because = models.CharField("por qué", max_length=200, blank=True)

    objects = WaitingListQuerySet.as_manager()

    class Meta:
        verbose_name = "persona en lista de espera"
        verbose_name_plural = "lista de espera"
        ordering = ["created_at", "pk"]
        permissions = [("manage_waiting_list", "Puede atender la lista de espera")]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="waiting_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(answer_by__isnull=False),
                name="waiting_filed_has_its_date",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", ended_at__isnull=True)
                | (~Q(status="waiting") & Q(ended_at__isnull=False)),
                name="waiting_ends_once",
            ),
            models.UniqueConstraint(
                fields=["patient", "procedure"],
                condition=Q(status="waiting"),
                name="waiting_once_for_a_service",
            ),
        ]
        indexes = [
            models.Index(
                fields=["procedure", "created_at"],
                name="waiting_for_procedure",
                condition=Q(status="waiting"),
            ),
            models.Index(
                fields=["answer_by"],
                name="waiting_filed",
                condition=Q(status="waiting", number__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)

    @property
    def iso_weekdays(self) -> frozenset[int]:
        return frozenset(int(one) for one in self.weekdays)

    def fits_day(self, day: date, minute: int) -> bool:
        """Whether this local day and minute are within what the person can do."""
        if not self.first_day <= day <= self.last_day:
            return False
        if self.weekdays and day.isoweekday() not in self.iso_weekdays:
            return False
        morning = minute < 720
        return not self.part or (self.part == self.Part.MORNING) == morning


class Offer(models.Model):
    """One time kept for one person of the list until they answer. Never two of one time:
    its appointment is held, and the claim of its slot is the wall."""

    class Status(models.TextChoices):
        OPEN = "open", "Por responder"
        ACCEPTED = "accepted", "Aceptada"
        DECLINED = "declined", "No le sirvió"
        EXPIRED = "expired", "Se venció"
        WITHDRAWN = "withdrawn", "Retirada"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(
        WaitingListEntry, on_delete=models.PROTECT, related_name="offers"
    )
    # The held row; it `replaces` the later appointment, if the entry has one.
    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="offer"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    offered_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # Why this person and not another: codes and counts, nothing that names anybody.
    explained = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "oferta"
        verbose_name_plural = "ofertas"
        ordering = ["-offered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status="open"), name="offer_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="open", answered_at__isnull=True)
                | (~Q(status="open") & Q(answered_at__isnull=False)),
                name="offer_answered_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="offer_open", condition=Q(status="open")
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_over(self, *, now: datetime) -> bool:
        return self.expires_at <= now


class Opening(models.Model):
    """A time that became free, or a schedule with new times, not yet looked at for the list.

    Written in the transaction that frees it and deleted in the one that offers it: a
    worker that dies in between loses nothing and offers nothing twice.
    """

    slot = models.OneToOneField(
        Slot, null=True, on_delete=models.CASCADE, related_name="opening"
    )
    # Without a slot: anything new of this schedule.
    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    since = models.DateTimeField(default=now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule"],
                condition=Q(slot__isnull=True),
                name="opening_of_a_schedule_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.slot_id or 'todo'}"
