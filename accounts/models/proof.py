"""The traces of proving who somebody is: destinations, codes, tries, browsers."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django_otp.models import Device

from accounts import documents
from accounts.models.people import User
from portal.messaging.models import Channel


class ContactDevice(Device):
    """A destination that this person proved to be theirs; `destination` is E.164 or an address."""

    channel = models.CharField("canal", max_length=10, choices=Channel.choices)
    destination = models.CharField("destino", max_length=254)
    confirmed_at = models.DateTimeField("confirmado", null=True, blank=True)

    class Meta:
        verbose_name = "medio confirmado"
        verbose_name_plural = "medios confirmados"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "channel"], name="one_device_per_channel"
            )
        ]


class FormerContact(models.Model):
    """A destination that an account had: it is told that it was taken off. Purged by age."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    destination = models.CharField(max_length=254)
    until = models.DateTimeField(default=now, db_index=True)

    def __str__(self) -> str:
        return f"{self.channel} ({self.until:%Y-%m-%d})"


class RegistrationAttempt(models.Model):
    """A registration under way: no user exists until its channel is confirmed. Purged by age."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document_type = models.CharField(max_length=2, choices=documents.CHOICES)
    document_number = models.CharField(max_length=20)
    birth_date = models.DateField()
    given_names = models.CharField(max_length=80, blank=True)
    family_names = models.CharField(max_length=80, blank=True)
    sex = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=16, blank=True)
    email = models.EmailField(blank=True)
    password = models.CharField(max_length=128, blank=True)
    wants_messages = models.BooleanField(default=False)
    consents = models.JSONField(
        default=list
    )  # ids of the LegalText versions that were ticked
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now, db_index=True)
    finished_at = models.DateTimeField(null=True)
    # The account it made; none when the document already had one.
    account = models.ForeignKey(
        "User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.pk)


class ChallengeQuerySet(models.QuerySet):
    def bound(self, *, purpose: str, binding: str) -> "ChallengeQuerySet":
        return self.filter(purpose=purpose, binding=binding)

    def live(self, *, at: datetime) -> "ChallengeQuerySet":
        return self.filter(used_at=None, replaced_at=None, expires_at__gt=at)


class Challenge(models.Model):
    """One question «which code did we send you?». The code itself is nowhere (design §6)."""

    class Purpose(models.TextChoices):
        REGISTER = "register", "Registro"
        SIGN_IN = "sign_in", "Ingreso"
        RESET = "reset", "Contraseña nueva"
        CHANGE_CONTACT = "change_contact", "Cambio de contacto"
        RECOVER = "recover", "Recuperación"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=15, choices=Purpose.choices)
    # What it is bound to: a registration attempt, or an account and a browser session.
    binding = models.CharField(max_length=64, db_index=True)
    account = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    destination = models.CharField(max_length=254)
    # Whose failures count together, across codes and browsers: an HMAC.
    holder = models.CharField(max_length=64, default="")
    # False: the same page for a document without account; nothing will be sent.
    deliverable = models.BooleanField(default=True)
    nonce = models.BinaryField(max_length=20)
    counter = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now, db_index=True)
    expires_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failures__lte=5), name="challenge_five_tries"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%H:%M}"


class Throttle(models.Model):
    """How often something was done for one key: one row per act, counted in windows, purged.

    `key` is an HMAC of what is limited (a destination, an address, an account).
    """

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["scope", "key", "at"], name="throttle_lookup")]

    def __str__(self) -> str:
        return f"{self.scope} {self.at:%H:%M}"


class RecoveryCode(models.Model):
    """Issued at the desk after seeing the document, for who lost phone and e-mail. Used once."""

    account = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    code_hash = models.CharField(max_length=128)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.issued_at:%Y-%m-%d %H:%M}"


class UserSession(models.Model):
    """A signed-in browser, so that its owner can see it and end it (SES-07)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
