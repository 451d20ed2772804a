"""Who is treated and who signs in."""

import uuid

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts import documents
from catalog.models import Agreement, Imported, Site


class PatientQuerySet(models.QuerySet):
    def with_document(self, *, kind: str, number: str) -> "PatientQuerySet":
        return self.filter(document_type=kind, document_number=number)

    def of_the_clinic(self) -> "PatientQuerySet":
        """Records whose document somebody at the clinic saw."""
        return self.filter(provisional=False)


class Patient(Imported):
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
    # Closed by its owner: nobody signs in with it, and what the law obliges is kept.
    closed_at = models.DateTimeField("cerrada", null=True, blank=True)
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
