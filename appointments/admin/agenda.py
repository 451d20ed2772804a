"""What staff run: agendas with their hours, absences, holidays; and appointments, to look at.

Saving publishes: the agenda says at once what the pattern says, and the page tells what
changed, what clashed and which appointments are affected.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from appointments import schedules
from appointments.models import (
    Appointment,
    Holiday,
    Schedule,
    ScheduleException,
    WeeklyHours,
)
from appointments.schedules import PublishReport
from catalog import version

SHOWN = 10
# One field for a moment: two without a label of their own are hard to use by ear.
ONE_FIELD: dict[Any, dict[str, Any]] = {
    models.DateField: {
        "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    },
    models.TimeField: {
        "widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    },
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    },
}


def tell(request: HttpRequest, report: PublishReport) -> None:
    """What publishing did, in words."""
    messages.success(
        request,
        f"Agenda publicada: {report.added + report.returned} horas nuevas, "
        f"{report.withdrawn} retiradas.",
    )
    if report.refused:
        first = timezone.localtime(report.clashes[0].start)
        messages.warning(
            request,
            f"{report.refused} horas no se publicaron porque el profesional ya atiende "
            f"en otra agenda. La primera: {first:%d/%m/%Y %H:%M}.",
        )
    if report.affected:
        hit = Appointment.objects.filter(pk__in=report.affected).order_by("start")
        messages.warning(request, f"Citas afectadas: {in_words(hit)}.")


def in_words(appointments: QuerySet[Appointment]) -> str:
    """How many, and the first ones by code and hour, to call their patients."""
    shown = [
        f"{one.reference} ({timezone.localtime(one.start):%d/%m/%Y %H:%M})"
        for one in appointments[:SHOWN]
    ]
    return f"{appointments.count()}. {', '.join(shown)}"


def publish(request: HttpRequest, schedule_ids: Collection[int]) -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    tell(
        request,
        schedules.publish(schedule_ids=schedule_ids, from_date=today, now=now),
    )


class WeeklyHoursInline(admin.TabularInline):
    model = WeeklyHours
    formfield_overrides = ONE_FIELD
    extra = 1


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin):
    """Who attends where, what and when. It is closed, never deleted."""

    list_display = [
        "practitioner",
        "site",
        "specialty",
        "modality",
        "booking",
        "code",
        "active",
    ]
    list_filter = ["active", "modality", "booking", "specialty"]
    list_select_related = ["practitioner", "site", "specialty"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = [
        "practitioner__given_names",
        "practitioner__family_names",
        "site__name",
        "specialty__name",
        "=code",
    ]
    autocomplete_fields = ["practitioner", "site", "specialty", "procedures"]
    formfield_overrides = ONE_FIELD
    inlines = [WeeklyHoursInline]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Schedule | None = None
    ) -> tuple[str, ...]:
        """Its times carry who and where: another place is another agenda."""
        return ("practitioner", "site") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        publish(request, [form.instance.pk])
        version.bump()


EXCEPTION = ("kind", "schedule", "practitioner", "site", "start", "end", "reason")


class ExceptionForm(forms.ModelForm):
    """An absence that hits appointments is saved when somebody has seen which."""

    seen = forms.BooleanField(
        label="Ya vi las citas afectadas",
        required=False,
        help_text="Al guardar se listan. Las citas siguen en pie: llame a cada paciente.",
    )

    class Meta:
        model = ScheduleException
        fields = EXCEPTION

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors or cleaned["start"] >= cleaned["end"]:
            return cleaned
        meant = ScheduleException(**{name: cleaned[name] for name in EXCEPTION})
        hit = schedules.affected_by(meant, now=timezone.now())
        if hit.exists() and not cleaned["seen"]:
            self.add_error("seen", f"Hay citas en esas horas: {in_words(hit)}.")
        return cleaned


@admin.register(ScheduleException)
class ScheduleExceptionAdmin(admin.ModelAdmin):
    form = ExceptionForm
    list_display = [
        "kind",
        "practitioner",
        "schedule",
        "site",
        "start",
        "end",
        "reason",
    ]
    list_filter = ["kind"]
    list_select_related = [
        "practitioner",
        "site",
        "schedule__practitioner",
        "schedule__site",
    ]
    list_per_page = 50
    search_fields = ["practitioner__family_names", "site__name", "reason"]
    autocomplete_fields = ["practitioner", "site", "schedule"]
    formfield_overrides = ONE_FIELD

    def save_model(
        self, request: HttpRequest, obj: ScheduleException, form: Any, change: bool
    ) -> None:
        touched = set()
        if change:
            touched = schedules.touched_by(ScheduleException.objects.get(pk=obj.pk))
        super().save_model(request, obj, form, change)
        publish(request, touched | schedules.touched_by(obj))

    def delete_model(self, request: HttpRequest, obj: ScheduleException) -> None:
        touched = schedules.touched_by(obj)
        super().delete_model(request, obj)
        publish(request, touched)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[ScheduleException]
    ) -> None:
        touched = set().union(*(schedules.touched_by(one) for one in queryset))
        super().delete_queryset(request, queryset)
        publish(request, touched)


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    list_display = ["date", "name"]
    search_fields = ["name"]
    autocomplete_fields = ["open_sites"]
    formfield_overrides = ONE_FIELD

    def get_readonly_fields(
        self, request: HttpRequest, obj: Holiday | None = None
    ) -> tuple[str, ...]:
        return ("date",) if obj is not None else ()

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        self._publish(request, [form.instance])

    def delete_model(self, request: HttpRequest, obj: Holiday) -> None:
        super().delete_model(request, obj)
        self._publish(request, [obj])

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Holiday]
    ) -> None:
        gone = list(queryset)
        super().delete_queryset(request, queryset)
        self._publish(request, gone)

    def _publish(self, request: HttpRequest, days: Iterable[Holiday]) -> None:
        report, now = PublishReport(), timezone.now()
        for day in days:
            report.add(schedules.publish_day(day.date, now=now))
        tell(request, report)
