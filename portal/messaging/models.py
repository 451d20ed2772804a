"""The outbox: what must be said, to whom, and how far it got."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class Channel(models.TextChoices):
    SMS = "sms", "Mensaje de texto (SMS)"
    WHATSAPP = "whatsapp", "WhatsApp"
    EMAIL = "email", "Correo electrónico"


RECEIPT_WAIT = timedelta(hours=72)


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    """Words for questions about messages."""

    def to_send(self, *, at: datetime) -> "OutgoingMessageQuerySet":
        """Due, or taken by somebody who never came back."""
        return self.filter(
            Q(state="queued", due_at__lte=at) | Q(state="sending", lease_until__lte=at)
        )

    def unconfirmed(self, *, at: datetime) -> "OutgoingMessageQuerySet":
        """Sent long ago by a channel that answers, without an answer (NOT-09)."""
        return self.filter(
            state="sent",
            channel__in=[Channel.SMS, Channel.WHATSAPP],
            sent_at__lte=at - RECEIPT_WAIT,
        )


class OutgoingMessage(models.Model):
    """One message by one channel. Its text is composed when it is sent.

    `subject_ref` and `recipient_ref` are what the kind's composer understands
    (a primary key as text); no address and no text is stored here.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "En cola"
        SENDING = "sending", "Enviándose"
        SENT = "sent", "Enviado"
        DELIVERED = "delivered", "Entregado"
        FAILED = "failed", "Falló"
        UNCERTAIN = "uncertain", "Incierto"
        DROPPED = "dropped", "Ya no hacía falta"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("clase", max_length=60)
    event = models.CharField(
        "hecho",
        max_length=80,
        help_text="Qué lo causó; con la versión, evita repetirlo.",
    )
    version = models.PositiveIntegerField("versión", default=1)
    channel = models.CharField("canal", max_length=10, choices=Channel.choices)
    recipient_ref = models.CharField("para", max_length=80)
    subject_ref = models.CharField("sobre", max_length=80)
    state = models.CharField(
        "estado", max_length=10, choices=State.choices, default=State.QUEUED
    )
    due_at = models.DateTimeField("enviar desde", default=now)
    expires_at = models.DateTimeField("inútil desde", null=True, blank=True)
    lease_until = models.DateTimeField("tomado hasta", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("intentos", default=0)
    in_doubt = models.BooleanField(
        "en duda",
        default=False,
        help_text="Se entregó al proveedor y no se sabe si lo recibió.",
    )
    tried_at = models.DateTimeField("último intento", null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    provider_id = models.CharField("id del proveedor", max_length=100, blank=True)
    error = models.CharField("error", max_length=200, blank=True)
    created_at = models.DateTimeField("creado", default=now)
    sent_at = models.DateTimeField("enviado", null=True, blank=True)
    delivered_at = models.DateTimeField("entregado", null=True, blank=True)

    objects = OutgoingMessageQuerySet.as_manager()

    class Meta:
        verbose_name = "mensaje"
        verbose_name_plural = "mensajes"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "version", "recipient_ref", "channel"],
                name="message_once_per_event",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="message_lease_iff_sending",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="message_waiting",
                condition=Q(state__in=["queued", "sending"]),
            ),
            models.Index(
                fields=["provider_id"],
                name="message_by_provider_id",
                condition=~Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_channel_display()})"


class DemoMessage(models.Model):
    """What the demo would have sent, shown on a page. Only PORTAL_MODE=demo writes it."""

    message = models.OneToOneField(
        OutgoingMessage, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%H:%M}"


class ShortLink(models.Model):
    """A short address for an SMS: a token that says nothing by itself."""

    token = models.CharField(max_length=12, unique=True)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["path", "expires_at"], name="short_link_reuse")]
        constraints = [
            models.CheckConstraint(
                condition=Q(path__startswith="/") & ~Q(path__startswith="//"),
                name="short_link_stays_here",
            ),
        ]

    def __str__(self) -> str:
        return self.token


class Breaker(models.Model):
    """How a provider is doing, shared by every worker (NOT-07)."""

    provider = models.CharField(max_length=20, primary_key=True)
    failures = models.PositiveSmallIntegerField(default=0)
    open_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.provider
