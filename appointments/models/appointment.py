"""Who has which time, and every step of its life."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Patient
from appointments.models.agenda import Schedule, Slot
from appointments.models.group import AppointmentGroup
from catalog.models import (
    Agreement,
    InstructionSet,
    Modality,
    Practitioner,
    Procedure,
    Site,
)


class AppointmentQuerySet(models.QuerySet):
    def live(self) -> "AppointmentQuerySet":
        """Those that occupy their time."""
        return self.filter(status__in=Appointment.LIVE)

    def standing(self) -> "AppointmentQuerySet":
        """Without the times that are only kept in place of another appointment's."""
        kept = (Appointment.Status.HELD, Appointment.Status.PROPOSED)
        return self.exclude(replaces__isnull=False, status__in=kept)

    def lapsed(self, *, at: datetime) -> "AppointmentQuerySet":
        """Held too long: still marked held, no longer anybody's."""
        return self.filter(status=Appointment.Status.HELD, hold_expires_at__lte=at)

    def of(self, patient: Patient) -> "AppointmentQuerySet":
        return self.filter(patient=patient)

    def holding(self, *, at: datetime) -> "AppointmentQuerySet":
        """Held, and still within their time."""
        return self.filter(status=Appointment.Status.HELD, hold_expires_at__gt=at)

    def occupying(self, *, at: datetime) -> "AppointmentQuerySet":
        """Live, without those whose hold is over even if nobody has said so yet."""
        return self.live().exclude(
            status=Appointment.Status.HELD, hold_expires_at__lte=at
        )

    def overlapping(self, *, start: datetime, end: datetime) -> "AppointmentQuerySet":
        return self.filter(start__lt=end, end__gt=start)

    def for_page(self) -> "AppointmentQuerySet":
        return self.select_related(
            "patient",
            "practitioner",
            "site__city",
            "procedure__specialty",
            "agreement",
            "schedule",
            "instruction_set",
        )


class Appointment(models.Model):
    class Status(models.TextChoices):
        HELD = "held", "Por confirmar"
        PROPOSED = "proposed", "En revisión"
        BOOKED = "booked", "Confirmada"
        ARRIVED = "arrived", "En sede"
        FULFILLED = "fulfilled", "Atendida"
        NOSHOW = "noshow", "No asistió"
        CANCELLED = "cancelled", "Cancelada"
        DECLINED = "declined", "No aceptada"
        LAPSED = "lapsed", "Vencida"

    LIVE = (Status.HELD, Status.PROPOSED, Status.BOOKED, Status.ARRIVED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Spoken: no 0, O, 1 or I.
    reference = models.CharField("código", max_length=8, unique=True)
    patient = models.ForeignKey(
        Patient,
        verbose_name="paciente",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="appointments",
    )
    schedule = models.ForeignKey(
        Schedule,
        verbose_name="agenda",
        on_delete=models.PROTECT,
        related_name="appointments",
    )
    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name="profesional",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="appointments",
    )
    site = models.ForeignKey(
        Site,
        verbose_name="sede",
        on_delete=models.PROTECT,
        related_name="appointments",
        db_index=False,
    )
    procedure = models.ForeignKey(
        Procedure,
        verbose_name="procedimiento",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="appointments",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name="convenio",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="appointments",
    )
    modality = models.CharField("modalidad", max_length=10, choices=Modality.choices)
    start = models.DateTimeField("inicio")
    end = models.DateTimeField("fin")
    status = models.CharField("estado", max_length=10, choices=Status.choices)
    hold_expires_at = models.DateTimeField("apartada hasta", null=True, blank=True)
    hold_extended = models.BooleanField(default=False)
    instruction_set = models.ForeignKey(
        InstructionSet,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    instructions_read_at = models.DateTimeField(null=True, blank=True)
    # Until when the clinic answers a request.
    answer_by = models.DateTimeField("responder antes de", null=True, blank=True)
    # A time kept for an appointment that already stands somewhere else: a change of hour
    # under way, another hour proposed by the clinic. It may overlap the one it replaces.
    # When it is taken, that one gets this time and this row lapses: `changes.take`.
    replaces = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacements",
    )
    # Those that were asked for together; it keeps nothing of one back for the others.
    group = models.ForeignKey(
        AppointmentGroup,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
    )
    # How often the patient changed its time.
    moves = models.PositiveSmallIntegerField("cambios de hora", default=0)
    service_request = models.ForeignKey(
        "ServiceRequest",
        verbose_name="orden",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="appointments",
    )
    # The patient chose «La llevo el día de la cita» for a paper that we have not seen.
    order_promised = models.BooleanField("trae la orden a la cita", default=False)
    # Grows with each change that the patient is told of; SEQUENCE of the .ics.
    version = models.PositiveIntegerField("versión", default=1)
    # Group services and conscious overbooking stand outside the practitioner's wall.
    exclusive = models.BooleanField(default=True)
    overbooked = models.BooleanField("sobrecupo", default=False)
    # The search that led here, as its query string of catalogue codes, for «Cambiar».
    search = models.CharField(max_length=400, blank=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="pedida por",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField("creada", default=now)
    confirmed_at = models.DateTimeField("confirmada", null=True, blank=True)
    # The patient answered «Confirmo que voy» to a reminder of this hour.
    attendance_confirmed_at = models.DateTimeField("dijo que va", null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "cita"
        verbose_name_plural = "citas"
        ordering = ["start", "pk"]
        permissions = [
            ("mark_attendance", "Puede marcar quién llegó y quién no"),
            ("cancel_by_clinic", "Puede cancelar citas por la sede"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")), name="appointment_in_order"
            ),
            models.CheckConstraint(
                condition=Q(status="held", hold_expires_at__isnull=False)
                | (~Q(status="held") & Q(hold_expires_at__isnull=True)),
                name="appointment_hold_iff_held",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed") | Q(answer_by__isnull=True),
                name="appointment_answer_only_of_requests",
            ),
            # One time at a time is kept for an appointment.
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(status__in=["held", "proposed"]),
                name="appointment_one_replacement",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "start"], name="appointment_of_patient"),
            models.Index(
                fields=["practitioner", "start"], name="appointment_of_practitioner"
            ),
            models.Index(fields=["site", "start"], name="appointment_at_site"),
            models.Index(
                fields=["hold_expires_at"],
                name="appointment_holds",
                condition=Q(status="held"),
            ),
            models.Index(
                fields=["answer_by"],
                name="appointment_requests",
                condition=Q(status="proposed"),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class SlotClaim(models.Model):
    """The seat's owner: one row per slot while an appointment is live. The unique slot is the wall."""

    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="claim")
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="claims"
    )

    def __str__(self) -> str:
        return f"{self.slot_id} → {self.appointment_id}"


class AppointmentEvent(models.Model):
    """One step of an appointment's life: from, to, who, when, why. Never changed."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="events"
    )
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10, choices=Appointment.Status.choices)
    version = models.PositiveIntegerField(default=1)
    # When and where the appointment was to be after this step: a step to another time
    # says before and after by these. Empty in steps written before they were kept.
    start = models.DateTimeField(null=True, blank=True)
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        # Written under the appointment's lock: the keys are in the order of what happened,
        # while `at` is when each was asked, before it waited for its turn.
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_status or '–'} → {self.to_status}"
