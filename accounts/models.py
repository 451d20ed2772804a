"""People: who signs in, who is treated, what they accepted, and the traces of proving who they are."""

import uuid
from datetime import datetime

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django_otp.models import Device

from accounts import documents
from catalog.models import Agreement, Site
from portal.messaging.models import Channel


class PatientQuerySet(models.QuerySet):
    def with_document(self, *, kind: str, number: str) -> "PatientQuerySet":
        return self.filter(document_type=kind, document_number=number)

    def of_the_clinic(self) -> "PatientQuerySet":
        """Records whose document somebody at the clinic saw."""
        return self.filter(provisional=False)


class Patient(models.Model):
    """A person who is or will be treated. May have no sign-in."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Femenino"
        MALE = "male", "Masculino"
        NON_BINARY = "non_binary", "No binario"

    # The opaque token of this person in the paths of the wizard.
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    document_type = models.CharField(
        "tipo de documento", max_length=2, choices=documents.CHOICES
    )
    document_number = models.CharField("número de documento", max_length=20)
    given_names = models.CharField("nombres", max_length=80)
    family_names = models.CharField("apellidos", max_length=80)
    birth_date = models.DateField("fecha de nacimiento")
    sex = models.CharField("sexo", max_length=10, choices=Sex.choices)
    phone = models.CharField("celular", max_length=16, blank=True)
    email = models.EmailField("correo", blank=True)
    contact_confirmed_at = models.DateTimeField(
        "contacto confirmado por la clínica", null=True, blank=True
    )
    preferred_agreement = models.ForeignKey(
        Agreement,
        verbose_name="convenio que usa",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    wants_messages = models.BooleanField("quiere otros mensajes", default=False)
    # Typed in a registration by somebody whose document nobody at the clinic has
    # seen. The clinic's own record of that document, if there is one, is another
    # row, which this account neither sees nor touches (design §6).
    provisional = models.BooleanField(
        "registrado en línea, sin confirmar", default=False
    )
    active = models.BooleanField("activo", default=True)
    created_at = models.DateTimeField("creado", default=now)

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = "paciente"
        verbose_name_plural = "pacientes"
        ordering = ["family_names", "given_names", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document_type", "document_number"],
                condition=Q(provisional=False),
                name="patient_document_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["document_number", "document_type"], name="patient_document"
            )
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.family_names}".strip()


class PatientDocument(models.Model):
    """A document that the person used before (RC, then TI, then CC)."""

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="former_documents"
    )
    document_type = models.CharField(max_length=2, choices=documents.CHOICES)
    document_number = models.CharField(max_length=20)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.document_type} ({self.until:%Y-%m-%d})"


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, username: str, password: str | None = None, **extra: object
    ) -> "User":
        user = self.model(username=username, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, password: str | None = None, **extra: object
    ) -> "User":
        return self.create_user(
            username, password, is_staff=True, is_superuser=True, **extra
        )


class User(AbstractBaseUser, PermissionsMixin):
    """Who signs in. A patient's username is derived from the document; staff choose theirs."""

    username = models.CharField("usuario", max_length=40, unique=True)
    # The person this account is for; empty for staff who are not patients.
    patient = models.OneToOneField(
        Patient,
        verbose_name="paciente",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="user",
    )
    # False while the account is not tied to a record that the clinic already held
    # (design §6): the patient then sees only what this account created.
    identity_confirmed_at = models.DateTimeField(
        "identidad confirmada", null=True, blank=True
    )
    staff_name = models.CharField("nombre (personal)", max_length=120, blank=True)
    sites = models.ManyToManyField(
        Site, verbose_name="sedes (personal)", blank=True, related_name="+"
    )
    is_active = models.BooleanField("activo", default=True)
    is_staff = models.BooleanField("personal de la clínica", default=False)
    created_at = models.DateTimeField("creado", default=now)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        verbose_name = "usuario"
        verbose_name_plural = "usuarios"

    def __str__(self) -> str:
        return self.staff_name or f"usuario {self.pk}"

    @staticmethod
    def username_for(*, kind: str, number: str) -> str:
        return f"{kind}:{number}"


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


class LegalText(models.Model):
    """One published version of a text that people accept or read. Never edited, only succeeded."""

    class Kind(models.TextChoices):
        TERMS = "terminos", "Términos y condiciones"
        PRIVACY = "privacidad", "Política de privacidad"
        HEALTH_DATA = "datos-de-salud", "Autorización de datos de salud"
        MESSAGES = "mensajes", "Mensajes opcionales"
        TELEHEALTH = "telesalud", "Consentimiento de telesalud"
        ACCESSIBILITY = "accesibilidad", "Accesibilidad"

    kind = models.CharField("texto", max_length=20, choices=Kind.choices)
    version = models.PositiveSmallIntegerField("versión")
    title = models.CharField("título", max_length=120)
    body = models.TextField(
        "texto",
        help_text="Párrafos separados por una línea en blanco; «## » hace un subtítulo y «- » los puntos de una lista.",
    )
    sha256 = models.CharField(max_length=64, editable=False)
    published_at = models.DateTimeField("publicado")

    class Meta:
        verbose_name = "texto legal"
        verbose_name_plural = "textos legales"
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"], name="legal_text_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, versión {self.version}"


class Consent(models.Model):
    """Evidence that somebody accepted a text: which, when, from where; and if it was withdrawn."""

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="consents"
    )
    text = models.ForeignKey(LegalText, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=now)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    subject = models.CharField(
        max_length=80, blank=True
    )  # e.g. one virtual appointment
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "consentimiento"
        verbose_name_plural = "consentimientos"
        ordering = ["-given_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.text} ({self.given_at:%Y-%m-%d})"


class Coverage(models.Model):
    """«Afiliación»: a patient under an agreement, declared by the patient or verified by the clinic."""

    class State(models.TextChoices):
        DECLARED = "declared", "Declarada"
        VERIFIED = "verified", "Verificada"
        REJECTED = "rejected", "No encontrada"
        ENDED = "ended", "Terminada"

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="coverages"
    )
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="+")
    member_number = models.CharField("número de afiliación", max_length=30, blank=True)
    state = models.CharField(
        "estado", max_length=10, choices=State.choices, default=State.DECLARED
    )
    start_date = models.DateField("desde", null=True, blank=True)
    end_date = models.DateField("hasta", null=True, blank=True)
    declared_at = models.DateTimeField("declarada", default=now)
    verified_at = models.DateTimeField("verificada", null=True, blank=True)
    verified_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "afiliación"
        verbose_name_plural = "afiliaciones"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "agreement"],
                condition=Q(state__in=["declared", "verified"]),
                name="coverage_once_per_agreement",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_at__isnull=False),
                name="coverage_verified_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} ({self.get_state_display()})"
