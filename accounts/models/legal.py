"""The texts that people accept, and the evidence that they did."""

from django.db import models
from django.utils.timezone import now

from accounts.models.people import Patient, User


class LegalText(models.Model):
    """One published version of a text that people accept or read. Never edited, only succeeded."""

    class Kind(models.TextChoices):
        TERMS = "terminos", "Términos y condiciones"
        PRIVACY = "privacidad", "Política de privacidad"
        HEALTH_DATA = "datos-de-salud", "Autorización de datos de salud"
        MESSAGES = "mensajes", "Mensajes opcionales"
        TELEHEALTH = "telesalud", "Consentimiento de telesalud"
        REPRESENTATIVE = "representante", "Autorización del representante"
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
