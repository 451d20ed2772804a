"""«Varias citas»: the appointments that somebody asked for together."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from accounts.models import Patient


class AppointmentGroup(models.Model):
    """They are held and confirmed all or none; from then on each lives its own life."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # For whom the basket was opened: its address has this person's token.
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="appointment_groups"
    )
    # The basket as its query string of catalogue codes, to go back to it.
    search = models.CharField(max_length=1000, blank=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "grupo de citas"
        verbose_name_plural = "grupos de citas"
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return str(self.pk)
