"""Who attends where and when, and the times that come of it."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from catalog.models import (
    Imported,
    Modality,
    Practitioner,
    Procedure,
    Site,
    SiteService,
    Specialty,
)


class ScheduleQuerySet(models.QuerySet):
    def offered(self) -> "ScheduleQuerySet":
        """Those that patients may book from by themselves.

        Everything they stand on is active, and the site has the service enabled in
        REPS. Some are assigned at once, others are asked for: see `by_request`.
        """
        enabled = SiteService.objects.filter(
            site=OuterRef("site"),
            specialty=OuterRef("specialty"),
            modality=OuterRef("modality"),
        )
        return self.filter(
            Exists(enabled),
            active=True,
            practitioner__active=True,
            site__active=True,
            site__city__active=True,
            specialty__active=True,
            specialty__category__active=True,
        )

    def by_request(self, procedure: Procedure) -> "ScheduleQuerySet":
        """Those in which somebody must accept before this procedure is an appointment."""
        asked = Schedule.requested_procedures.through.objects.filter(
            schedule=OuterRef("pk"), procedure=procedure
        )
        return self.filter(Q(booking=Schedule.Booking.REQUEST) | Exists(asked))


class Schedule(Imported):
    """«Agenda»: a practitioner at a site, in a modality, for some procedures, in weekly patterns."""

    class Booking(models.TextChoices):
        INSTANT = "instant", "Se asigna de inmediato"
        REQUEST = "request", "Por solicitud"

    # The clinic's own name for it: by it a file finds it again.
    code = models.CharField("código", max_length=40, null=True, blank=True, unique=True)
    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name="profesional",
        on_delete=models.PROTECT,
        related_name="schedules",
    )
    site = models.ForeignKey(
        Site, verbose_name="sede", on_delete=models.PROTECT, related_name="schedules"
    )
    specialty = models.ForeignKey(
        Specialty,
        verbose_name="especialidad",
        on_delete=models.PROTECT,
        related_name="schedules",
    )
    procedures = models.ManyToManyField(
        Procedure, verbose_name="procedimientos", related_name="schedules"
    )
    modality = models.CharField("modalidad", max_length=10, choices=Modality.choices)
    booking = models.CharField(
        "asignación", max_length=8, choices=Booking.choices, default=Booking.INSTANT
    )
    requested_procedures = models.ManyToManyField(
        Procedure,
        verbose_name="procedimientos que se piden por solicitud",
        blank=True,
        related_name="+",
        help_text="En una agenda que se asigna de inmediato, los que alguien debe aceptar.",
    )
    room = models.CharField("consultorio", max_length=40, blank=True)
    slot_minutes = models.PositiveSmallIntegerField(
        "minutos por hora de cita", default=20
    )
    capacity = models.PositiveSmallIntegerField(
        "personas a la vez",
        default=1,
        help_text="Más de una solo en servicios de grupo.",
    )
    notice_minutes = models.PositiveIntegerField(
        "anticipación mínima (minutos)", default=120
    )
    horizon_days = models.PositiveSmallIntegerField(
        "días que se pueden pedir", default=90
    )
    start_date = models.DateField("desde")
    end_date = models.DateField("hasta", null=True, blank=True)
    active = models.BooleanField("activa", default=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = "agenda"
        verbose_name_plural = "agendas"
        ordering = ["practitioner__family_names", "site__name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(slot_minutes__gte=5), name="schedule_slot_of_five_minutes"
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1), name="schedule_has_room_for_one"
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="schedule_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner}, {self.site} ({self.get_modality_display()})"


class WeeklyHours(models.Model):
    """Part of a schedule's weekly pattern: ISO weekday (1 is Monday), local hours."""

    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, related_name="weekly_hours"
    )
    weekday = models.PositiveSmallIntegerField(
        "día",
        choices=[
            (1, "Lunes"),
            (2, "Martes"),
            (3, "Miércoles"),
            (4, "Jueves"),
            (5, "Viernes"),
            (6, "Sábado"),
            (7, "Domingo"),
        ],
    )
    opens = models.TimeField("desde")
    closes = models.TimeField("hasta")

    class Meta:
        verbose_name = "horario semanal"
        verbose_name_plural = "horario semanal"
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7)), name="weekday_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="hours_in_order"
            ),
            models.UniqueConstraint(
                fields=["schedule", "weekday", "opens"], name="hours_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class ScheduleException(models.Model):
    """«Novedad»: an absence or extra hours, of one schedule, one practitioner or one site."""

    class Kind(models.TextChoices):
        CLOSED = "closed", "No atiende"
        EXTRA = "extra", "Horas extra"

    kind = models.CharField("clase", max_length=6, choices=Kind.choices)
    schedule = models.ForeignKey(
        Schedule,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="exceptions",
    )
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    start = models.DateTimeField("desde")
    end = models.DateTimeField("hasta")
    reason = models.CharField("motivo", max_length=120, blank=True)

    class Meta:
        verbose_name = "novedad"
        verbose_name_plural = "novedades"
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")), name="exception_in_order"
            ),
            models.CheckConstraint(
                condition=Q(kind="closed") | Q(schedule__isnull=False),
                name="extra_hours_of_a_schedule",
            ),
            models.CheckConstraint(
                condition=Q(schedule__isnull=False)
                | Q(practitioner__isnull=False)
                | Q(site__isnull=False),
                name="exception_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.start:%Y-%m-%d}–{self.end:%Y-%m-%d}"


class Holiday(models.Model):
    """A day without agenda. Filled from the law's list and edited by staff; a site may open."""

    date = models.DateField("día", unique=True)
    name = models.CharField("nombre", max_length=120)
    open_sites = models.ManyToManyField(
        Site, verbose_name="sedes que sí atienden", blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "festivo"
        verbose_name_plural = "festivos"
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date}: {self.name}"


class SlotQuerySet(models.QuerySet):
    def free(self) -> "SlotQuerySet":
        return self.filter(free=True)


class Slot(models.Model):
    """One seat at one bookable start. Made by `schedules.publish`, never by hand (design §3)."""

    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, related_name="slots", db_index=False
    )
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    start = models.DateTimeField()
    seat = models.PositiveSmallIntegerField(default=1)
    # The site's own date and minute of the day: filters and counts need no zone arithmetic.
    day = models.DateField()
    minute = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    free = models.BooleanField(default=True)
    # Closed by an exception after it was published; a taken slot stays with its appointment.
    withdrawn = models.BooleanField(default=False)

    objects = SlotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "start", "seat"], name="slot_once"
            ),
            models.CheckConstraint(
                condition=Q(minute__lt=1440), name="slot_minute_of_the_day"
            ),
            models.CheckConstraint(
                condition=~Q(free=True, withdrawn=True),
                name="slot_withdrawn_is_not_free",
            ),
        ]
        indexes = [
            models.Index(
                fields=["schedule", "start"], name="slot_free", condition=Q(free=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.minute // 60:02}:{self.minute % 60:02}"
