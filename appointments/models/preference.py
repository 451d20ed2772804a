"""Small things that the portal remembers of a person."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from accounts.models import Patient
from appointments import reminder_times
from portal.messaging.models import Channel


class TutorialView(models.Model):
    """That this account saw the tutorial (or skipped it)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    seen_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.seen_at:%Y-%m-%d}"


class ReminderPreferenceQuerySet(models.QuerySet["ReminderPreference"]):
    def of(self, patient_id: int | str) -> "ReminderPreference":
        """What this person chose, or the defaults of who never did."""
        found = self.filter(patient_id=patient_id).first()
        return found or ReminderPreference(patient_id=patient_id)


class ReminderPreference(models.Model):
    """When and by which channel somebody wants to be reminded; without a row, the defaults."""

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, related_name="reminder_preference"
    )
    by_sms = models.BooleanField("por mensaje de texto", default=True)
    by_email = models.BooleanField("por correo", default=True)
    week_before = models.BooleanField("una semana antes", default=True)
    two_days_before = models.BooleanField("dos días antes", default=True)
    day_before = models.BooleanField("un día antes", default=True)
    hours_before = models.BooleanField("dos horas antes", default=True)
    updated_at = models.DateTimeField(default=now)

    objects = ReminderPreferenceQuerySet.as_manager()

    MOMENTS = {
        reminder_times.WEEK: "week_before",
        reminder_times.TWO_DAYS: "two_days_before",
        reminder_times.DAY: "day_before",
        reminder_times.HOURS: "hours_before",
    }
    CHANNELS = {Channel.SMS: "by_sms", Channel.EMAIL: "by_email"}

    def __str__(self) -> str:
        return f"{self.updated_at:%Y-%m-%d}"

    def moments(self) -> frozenset[str]:
        return frozenset(m for m, name in self.MOMENTS.items() if getattr(self, name))

    def channels(self) -> frozenset[str]:
        return frozenset(c for c, name in self.CHANNELS.items() if getattr(self, name))
