"""What the network offers: where, what, by whom, paid by which agreement, how to prepare."""

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords


class Modality(models.TextChoices):
    IN_PERSON = "presencial", "Presencial"
    VIRTUAL = "virtual", "Virtual"


class Active(models.QuerySet):
    def active(self) -> Self:
        return self.filter(active=True)


class CatalogVersion(models.Model):
    """One row: the number that the caches of the catalogue hang on. See `version`."""

    number = models.BigIntegerField("versión")

    class Meta:
        verbose_name = "versión del catálogo"
        verbose_name_plural = "versión del catálogo"

    def __str__(self) -> str:
        return str(self.number)


class Imported(models.Model):
    """A row that a file may bring, official or the clinic's own. What the clinic edits stays the clinic's.

    `source` is what the file said last: a field that still says the same follows
    the next file, one that was edited does not.
    """

    in_file = models.BooleanField(
        "está en el archivo oficial", default=False, editable=False
    )
    source = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True


class City(Imported):
    code = models.CharField("código DIVIPOLA", max_length=5, unique=True)
    name = models.CharField("municipio", max_length=80)
    department_code = models.CharField("código del departamento", max_length=2)
    department = models.CharField("departamento", max_length=60)
    active = models.BooleanField("activa", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords(excluded_fields=["in_file", "source"])

    class Meta:
        verbose_name = "ciudad"
        verbose_name_plural = "ciudades"
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{5}$"),
                name="city_code_has_five_digits",
                violation_error_message="El código DIVIPOLA tiene cinco números.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.department}"


class Site(Imported):
    code = models.CharField("código de habilitación", max_length=12, unique=True)
    name = models.CharField("nombre", max_length=160)
    sms_name = models.CharField("nombre corto (SMS)", max_length=12, blank=True)
    city = models.ForeignKey(
        City, verbose_name="ciudad", on_delete=models.PROTECT, related_name="sites"
    )
    address = models.CharField("dirección", max_length=200)
    directions = models.TextField("cómo llegar", blank=True)
    phone = models.CharField("teléfono", max_length=100, blank=True)
    opening_hours = models.CharField("horario", max_length=120, blank=True)
    step_free = models.BooleanField("acceso sin escaleras", default=False)
    latitude = models.DecimalField(
        "latitud", max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        "longitud", max_digits=9, decimal_places=6, null=True, blank=True
    )
    position_is_exact = models.BooleanField(
        "posición del edificio",
        default=False,
        help_text="Falso cuando la posición es la del municipio: entonces no se muestra en el mapa.",
    )
    active = models.BooleanField("activa", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords(excluded_fields=["in_file", "source"])

    class Meta:
        verbose_name = "sede"
        verbose_name_plural = "sedes"
        ordering = ["name", "code"]
        indexes = [models.Index(fields=["city", "active"], name="site_by_city")]

    def __str__(self) -> str:
        return self.name


class ServiceCategory(models.Model):
    """«Tipo de cita»: Medicina, Odontología, Laboratorio."""

    code = models.SlugField("código", max_length=30, unique=True)
    name = models.CharField("nombre", max_length=60)
    hint = models.CharField("ejemplos", max_length=160, blank=True)
    icon = models.SlugField("icono", max_length=30, blank=True)
    position = models.PositiveSmallIntegerField("orden", default=0)
    active = models.BooleanField("activo", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "tipo de cita"
        verbose_name_plural = "tipos de cita"
        ordering = ["position", "name", "code"]

    def __str__(self) -> str:
        return self.name


class Specialty(Imported):
    code = models.CharField("código", max_length=20, unique=True)
    name = models.CharField("nombre", max_length=120)
    category = models.ForeignKey(
        ServiceCategory,
        verbose_name="tipo de cita",
        on_delete=models.PROTECT,
        related_name="specialties",
    )
    reps_service = models.CharField("servicio REPS", max_length=3, blank=True)
    sms_name = models.CharField(
        "nombre en los SMS",
        max_length=28,
        default="cita medica",
        help_text="Sin tildes. Si el tema es sensible, deje «cita medica».",
    )
    synonyms = models.TextField(
        "otras palabras", blank=True, help_text="Una por línea: «corazón»."
    )
    hint = models.CharField("explicación", max_length=160, blank=True)
    popularity = models.PositiveIntegerField("entre las más pedidas", default=0)
    active = models.BooleanField("activa", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords(excluded_fields=["in_file", "source"])

    class Meta:
        verbose_name = "especialidad"
        verbose_name_plural = "especialidades"
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return self.name


class Procedure(Imported):
    """A bookable kind of service with its CUPS code.

    FHIR's Procedure is one that was performed; this is FHIR's serviceType.
    """

    class Sex(models.TextChoices):
        ANY = "any", "Cualquiera"
        FEMALE = "female", "Femenino"
        MALE = "male", "Masculino"

    class Visit(models.TextChoices):
        NONE = "", "No es consulta"
        FIRST = "first", "Consulta de primera vez"
        CONTROL = "control", "Consulta de control"

    class Reminders(models.TextChoices):
        """Which reminders its appointments have (the patient may want fewer)."""

        AUTOMATIC = "auto", "Un día y 2 horas antes; si hay que prepararse, los cuatro"
        ALL = "all", "Los cuatro: 7 días, 48 horas, 24 horas y 2 horas antes"
        SHORT = "short", "Solo un día y 2 horas antes"
        DAY = "day", "Solo un día antes"
        NONE = "none", "Ninguno"

    class Fee(models.TextChoices):
        """What a member of an EPS pays for it (Decreto 1652 de 2022)."""

        BY_CODE = "", "Según el código: copago los quirúrgicos, cuota los demás"
        MODERADORA = "moderadora", "Cuota moderadora"
        COPAGO = "copago", "Copago"
        NONE = "none", "Nada: promoción y prevención, alto costo"

    code = models.CharField("código CUPS", max_length=6, unique=True)
    official_name = models.CharField("nombre oficial", max_length=500)
    name = models.CharField("nombre para el paciente", max_length=200)
    specialty = models.ForeignKey(
        Specialty,
        verbose_name="especialidad",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="procedures",
    )
    visit = models.CharField(
        "consulta", max_length=8, choices=Visit.choices, blank=True, default=""
    )
    sex = models.CharField("sexo", max_length=6, choices=Sex.choices, default=Sex.ANY)
    youngest = models.PositiveSmallIntegerField(
        "edad mínima (años cumplidos)", null=True, blank=True
    )
    oldest = models.PositiveSmallIntegerField(
        "edad máxima (años cumplidos)", null=True, blank=True
    )
    minutes = models.PositiveSmallIntegerField("duración (minutos)", default=20)
    arrive_minutes = models.PositiveSmallIntegerField(
        "llegar antes (minutos)", default=20
    )
    needs_order = models.BooleanField("pide orden médica", default=False)
    needs_authorization = models.BooleanField("pide autorización", default=False)
    fee = models.CharField(
        "qué paga el paciente",
        max_length=10,
        choices=Fee.choices,
        blank=True,
        default=Fee.BY_CODE,
    )
    sms_name = models.CharField(
        "nombre en los SMS", max_length=28, default="cita medica"
    )
    reminders = models.CharField(
        "recordatorios",
        max_length=8,
        choices=Reminders.choices,
        default=Reminders.AUTOMATIC,
    )
    synonyms = models.TextField("otras palabras", blank=True)
    what_is_it = models.TextField("qué es", blank=True)
    section = models.CharField("sección", max_length=120, blank=True)
    chapter = models.CharField("capítulo", max_length=200, blank=True)
    needs_review = models.BooleanField("por revisar", default=False)
    valid_from = models.DateField("vigente desde", null=True, blank=True)
    active = models.BooleanField("activo", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords(excluded_fields=["in_file", "source"])

    class Meta:
        verbose_name = "procedimiento"
        verbose_name_plural = "procedimientos"
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-Z]{6}$"),
                name="procedure_code_has_six_signs",
                violation_error_message=(
                    "El código CUPS tiene seis números o letras, sin puntos."
                ),
            ),
            models.CheckConstraint(
                condition=Q(youngest__isnull=True)
                | Q(oldest__isnull=True)
                | Q(youngest__lte=models.F("oldest")),
                name="procedure_ages_in_order",
                violation_error_message="La edad mínima es mayor que la máxima.",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1),
                name="procedure_takes_time",
                violation_error_message="La duración es de un minuto o más.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Synonym(models.Model):
    """An everyday word and the catalogue's words for it: «eco» is «ecografía»."""

    word = models.CharField("la gente escribe", max_length=60, unique=True)
    meaning = models.CharField("en el catálogo se llama", max_length=120)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "sinónimo"
        verbose_name_plural = "sinónimos"
        ordering = ["word"]

    def __str__(self) -> str:
        return f"{self.word} → {self.meaning}"


class SiteService(models.Model):
    """A service that a site has enabled in REPS, with its modality."""

    site = models.ForeignKey(
        Site, verbose_name="sede", on_delete=models.CASCADE, related_name="services"
    )
    specialty = models.ForeignKey(
        Specialty,
        verbose_name="especialidad",
        on_delete=models.PROTECT,
        related_name="+",
    )
    modality = models.CharField("modalidad", max_length=10, choices=Modality.choices)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "servicio habilitado"
        verbose_name_plural = "servicios habilitados"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "specialty", "modality"], name="site_service_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.site}: {self.specialty} ({self.get_modality_display()})"


class Payer(Imported):
    """EPS, prepagada, aseguradora: who pays."""

    code = models.CharField("código", max_length=10, unique=True)
    name = models.CharField("nombre", max_length=160)
    kind = models.CharField("tipo", max_length=60, blank=True)
    regime = models.CharField("régimen", max_length=40, blank=True)
    nit = models.CharField("NIT", max_length=12, blank=True)
    active = models.BooleanField("activo", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords(excluded_fields=["in_file", "source"])

    class Meta:
        verbose_name = "pagador"
        verbose_name_plural = "pagadores"
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """«Convenio»: the network's contract with a payer for a plan. «Particular» has no payer."""

    class Kind(models.TextChoices):
        CONTRIBUTIVO = "contributivo", "Régimen contributivo"
        SUBSIDIADO = "subsidiado", "Régimen subsidiado"
        PREPAGADA = "prepagada", "Medicina prepagada"
        COMPLEMENTARIO = "complementario", "Plan complementario"
        POLIZA = "poliza", "Póliza de salud"
        ARL = "arl", "ARL"
        SOAT = "soat", "SOAT"
        ESPECIAL = "especial", "Régimen especial"
        PARTICULAR = "particular", "Particular"

    code = models.SlugField("código", max_length=30, unique=True)
    name = models.CharField("nombre", max_length=120)
    payer = models.ForeignKey(
        Payer,
        verbose_name="pagador",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreements",
    )
    kind = models.CharField("clase", max_length=15, choices=Kind.choices)
    books_unverified = models.BooleanField(
        "reserva sin verificar la afiliación",
        default=False,
        help_text="Si no, la afiliación que declara el paciente debe verificarse antes.",
    )
    covers_everything = models.BooleanField("cubre todo el catálogo", default=False)
    asks_order = models.BooleanField(
        "pide orden médica",
        null=True,
        blank=True,
        help_text="Sin dato: donde el procedimiento la pide.",
    )
    asks_authorization = models.BooleanField(
        "pide autorización",
        null=True,
        blank=True,
        help_text="Sin dato: donde el procedimiento la pide, salvo Particular y SOAT.",
    )
    order_later = models.BooleanField(
        "la orden puede llevarse el día de la cita", default=True
    )
    authorization_later = models.BooleanField(
        "la autorización puede llevarse el día de la cita", default=False
    )
    order_valid_days = models.PositiveSmallIntegerField(
        "días que sirve una orden",
        default=90,
        help_text="Cuando la orden no dice hasta cuándo.",
    )
    authorization_valid_days = models.PositiveSmallIntegerField(
        "días que sirve una autorización",
        default=90,
        help_text="Cuando la autorización no dice hasta cuándo.",
    )
    valid_from = models.DateField("desde", null=True, blank=True)
    valid_until = models.DateField("hasta", null=True, blank=True)
    active = models.BooleanField("activo", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "convenio"
        verbose_name_plural = "convenios"
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="particular", payer__isnull=True)
                | (~Q(kind="particular") & Q(payer__isnull=False)),
                name="agreement_payer_unless_particular",
                violation_error_message=(
                    "Particular va sin pagador; los demás convenios, con uno."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name


class CoveredService(models.Model):
    """What an agreement covers: a whole specialty, or one procedure."""

    agreement = models.ForeignKey(
        Agreement,
        verbose_name="convenio",
        on_delete=models.CASCADE,
        related_name="covered",
    )
    specialty = models.ForeignKey(
        Specialty,
        verbose_name="especialidad",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    procedure = models.ForeignKey(
        Procedure,
        verbose_name="procedimiento",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "servicio cubierto"
        verbose_name_plural = "servicios cubiertos"
        constraints = [
            models.CheckConstraint(
                condition=Q(specialty__isnull=True) ^ Q(procedure__isnull=True),
                name="covered_specialty_or_procedure",
                violation_error_message=(
                    "Escoja una especialidad o un procedimiento, no ambos."
                ),
            ),
            models.UniqueConstraint(
                fields=["agreement", "specialty"],
                condition=Q(specialty__isnull=False),
                name="covered_specialty_once",
            ),
            models.UniqueConstraint(
                fields=["agreement", "procedure"],
                condition=Q(procedure__isnull=False),
                name="covered_procedure_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.specialty or self.procedure}"


class Practitioner(Imported):
    code = models.CharField("código", max_length=20, unique=True)
    title = models.CharField(
        "tratamiento", max_length=10, blank=True, help_text="Dr. o Dra."
    )
    given_names = models.CharField("nombres", max_length=80)
    family_names = models.CharField("apellidos", max_length=80)
    specialties = models.ManyToManyField(
        Specialty,
        verbose_name="especialidades",
        related_name="practitioners",
        blank=True,
    )
    active = models.BooleanField("activo", default=True)

    objects = Active.as_manager()
    history = HistoricalRecords(
        excluded_fields=["in_file", "source"], m2m_fields=[specialties]
    )

    class Meta:
        verbose_name = "profesional"
        verbose_name_plural = "profesionales"
        ordering = ["family_names", "given_names", "code"]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.title, self.given_names, self.family_names]))

    @property
    def initials(self) -> str:
        return (self.given_names[:1] + self.family_names[:1]).upper()


class InstructionSet(models.Model):
    """One published version of how to prepare. Editing publishes the next version."""

    procedure = models.ForeignKey(
        Procedure,
        verbose_name="procedimiento",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="instruction_sets",
    )
    specialty = models.ForeignKey(
        Specialty,
        verbose_name="especialidad",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="instruction_sets",
    )
    version = models.PositiveSmallIntegerField("versión", default=1)
    published_at = models.DateTimeField("publicada")

    class Meta:
        verbose_name = "recomendaciones"
        verbose_name_plural = "recomendaciones"
        constraints = [
            models.CheckConstraint(
                condition=Q(specialty__isnull=True) ^ Q(procedure__isnull=True),
                name="instructions_for_specialty_or_procedure",
                violation_error_message=(
                    "Escoja una especialidad o un procedimiento, no ambos."
                ),
            ),
            models.UniqueConstraint(
                fields=["procedure", "version"],
                condition=Q(procedure__isnull=False),
                name="instructions_version_per_procedure",
            ),
            models.UniqueConstraint(
                fields=["specialty", "version"],
                condition=Q(specialty__isnull=False),
                name="instructions_version_per_specialty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure or self.specialty}, versión {self.version}"


class Instruction(models.Model):
    """One line. With `minutes_before` its text may say {hora}: the appointment's time minus that."""

    class Kind(models.TextChoices):
        PREPARE = "prepare", "Prepárese"
        BRING = "bring", "Lleve"
        AFTER = "after", "Después"

    instruction_set = models.ForeignKey(
        InstructionSet, on_delete=models.CASCADE, related_name="steps"
    )
    kind = models.CharField(
        "clase", max_length=8, choices=Kind.choices, default=Kind.PREPARE
    )
    text = models.CharField("texto", max_length=300)
    minutes_before = models.PositiveIntegerField(
        "minutos antes de la cita", null=True, blank=True
    )
    fasting = models.BooleanField("es ayuno", default=False)
    position = models.PositiveSmallIntegerField("orden", default=0)

    class Meta:
        verbose_name = "recomendación"
        verbose_name_plural = "recomendaciones (líneas)"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class FeeYear(models.Model):
    """What the law lets a payer charge in one year. Staff write it when the new decree comes."""

    year = models.PositiveSmallIntegerField("año", unique=True)
    uvb = models.DecimalField(
        "valor de la UVB", max_digits=10, decimal_places=2, null=True, blank=True
    )
    legal_basis = models.CharField("norma", max_length=300)
    source = models.CharField("de dónde salen los valores", max_length=300, blank=True)
    doubtful = models.BooleanField(
        "por comprobar",
        default=False,
        help_text="Las fuentes no coinciden; el valor se muestra como estimado.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "tarifas de un año"
        verbose_name_plural = "tarifas por año"
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class FeeBand(models.Model):
    """One line of a year: a regime and a level of income, in pesos and per cent."""

    class Regime(models.TextChoices):
        CONTRIBUTIVO = "contributivo", "Contributivo"
        SUBSIDIADO = "subsidiado", "Subsidiado"

    fee_year = models.ForeignKey(
        FeeYear, verbose_name="año", on_delete=models.CASCADE, related_name="bands"
    )
    regime = models.CharField("régimen", max_length=12, choices=Regime.choices)
    # As Coverage.Income; empty where the regime has no levels.
    level = models.CharField("rango de ingreso", max_length=1, blank=True, default="")
    # Empty: we do not know. Nought: nothing is charged.
    moderadora = models.PositiveIntegerField(
        "cuota moderadora (pesos)", null=True, blank=True
    )
    copago_percent = models.DecimalField(
        "copago (%)", max_digits=4, decimal_places=1, null=True, blank=True
    )
    copago_event = models.PositiveIntegerField(
        "tope del copago por atención (pesos)", null=True, blank=True
    )
    copago_year = models.PositiveIntegerField(
        "tope del copago al año (pesos)", null=True, blank=True
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "tarifa"
        verbose_name_plural = "tarifas"
        ordering = ["regime", "level", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fee_year", "regime", "level"], name="fee_band_once"
            ),
            models.CheckConstraint(
                condition=Q(level__in=["", "A", "B", "C"]), name="fee_band_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fee_year}: {self.get_regime_display()} {self.level}".strip()


class ProcedurePrice(models.Model):
    """The full value of a service under an agreement: what «Particular» pays, what a copago is a part of."""

    agreement = models.ForeignKey(
        Agreement,
        verbose_name="convenio",
        on_delete=models.CASCADE,
        related_name="prices",
    )
    procedure = models.ForeignKey(
        Procedure,
        verbose_name="procedimiento",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    specialty = models.ForeignKey(
        Specialty,
        verbose_name="especialidad",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Todas sus consultas y exámenes que no tengan un precio propio.",
    )
    amount = models.PositiveIntegerField("valor (pesos)")
    valid_from = models.DateField("desde")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "precio"
        verbose_name_plural = "precios"
        ordering = ["agreement", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(specialty__isnull=True) ^ Q(procedure__isnull=True),
                name="price_of_specialty_or_procedure",
                violation_error_message=(
                    "Escoja una especialidad o un procedimiento, no ambos."
                ),
            ),
            models.UniqueConstraint(
                fields=["agreement", "procedure", "valid_from"],
                condition=Q(procedure__isnull=False),
                name="price_per_procedure_once",
            ),
            models.UniqueConstraint(
                fields=["agreement", "specialty", "valid_from"],
                condition=Q(specialty__isnull=False),
                name="price_per_specialty_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.procedure or self.specialty}"


# More than this between two procedures, or two sites, is a slip of the finger.
MOST_DAYS_BETWEEN, A_DAY_OF_MINUTES = 90, 1440


class Precedence(models.Model):
    """«Primero el laboratorio»: what comes before what, and how many days before."""

    first = models.ForeignKey(
        Procedure,
        verbose_name="primero",
        on_delete=models.CASCADE,
        related_name="+",
    )
    then = models.ForeignKey(
        Procedure,
        verbose_name="después",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
    )
    days = models.PositiveSmallIntegerField(
        "días entre una y otra",
        default=0,
        validators=[MaxValueValidator(MOST_DAYS_BETWEEN)],
        help_text="Cero: el mismo día, primero una y luego la otra.",
    )

    class Meta:
        verbose_name = "orden entre procedimientos"
        verbose_name_plural = "orden entre procedimientos"
        ordering = ["first__name", "then__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "then"],
                name="precedence_once",
                violation_error_message="Ese orden ya está escrito.",
            ),
            models.CheckConstraint(
                condition=~Q(first=F("then")),
                name="precedence_of_two",
                violation_error_message="Son el mismo procedimiento.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} → {self.then}"


class TravelTime(models.Model):
    """How long it takes from one site to another, either way, as the clinic knows it."""

    site = models.ForeignKey(
        Site, verbose_name="sede", on_delete=models.CASCADE, related_name="+"
    )
    other = models.ForeignKey(
        Site,
        verbose_name="otra sede",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
    )
    minutes = models.PositiveSmallIntegerField(
        "minutos", validators=[MaxValueValidator(A_DAY_OF_MINUTES)]
    )

    class Meta:
        verbose_name = "tiempo entre sedes"
        verbose_name_plural = "tiempos entre sedes"
        ordering = ["site__name", "other__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "other"], name="travel_once"),
            models.CheckConstraint(
                condition=~Q(site=F("other")),
                name="travel_between_two",
                violation_error_message="Son la misma sede.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} – {self.other}: {self.minutes} min"
