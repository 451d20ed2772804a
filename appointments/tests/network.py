"""A small network for the tests of the pages: two cities, three sites, six practitioners."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import CoverageFactory, UserFactory
from appointments.models import Schedule, Slot, TutorialView
from appointments.tests.factories import BOGOTA, ScheduleFactory, SlotFactory
from catalog.models import (
    Agreement,
    City,
    Modality,
    Practitioner,
    Procedure,
    Site,
    Specialty,
)
from catalog.tests.factories import (
    AgreementFactory,
    CityFactory,
    PractitionerFactory,
    ProcedureFactory,
    ServiceCategoryFactory,
    SiteFactory,
    SpecialtyFactory,
)


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """That hour in Bogotá, some days from today."""
    day = timezone.localdate() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BOGOTA)


@dataclass
class Network:
    bogota: City
    medellin: City
    chapinero: Site
    suba: Site
    poblado: Site
    cardiology: Specialty
    general: Specialty
    radiology: Specialty
    ultrasound: Procedure
    first_visit: Procedure
    control: Procedure
    general_visit: Procedure
    ana: Practitioner
    particular: Agreement
    eps: Agreement
    schedules: dict[str, Schedule] = field(default_factory=dict)

    def slots(self, name: str, *starts: datetime) -> list[Slot]:
        schedule = self.schedules[name]
        return [SlotFactory(schedule=schedule, start=start) for start in starts]


def build() -> Network:
    """Cardiology and ultrasound in Bogotá (two sites), general medicine also virtual, Medellín."""
    medicine = ServiceCategoryFactory(code="medicina", name="Medicina")
    bogota = CityFactory(code="11001", name="Bogotá D. C.")
    medellin = CityFactory(code="05001", name="Medellín", department_code="05")
    chapinero = SiteFactory(name="Sede Chapinero", city=bogota)
    suba = SiteFactory(name="Sede Suba", city=bogota, step_free=True)
    poblado = SiteFactory(name="Sede Poblado", city=medellin)
    cardiology = SpecialtyFactory(name="Cardiología", category=medicine)
    general = SpecialtyFactory(name="Medicina general", category=medicine)
    radiology = SpecialtyFactory(name="Radiología", category=medicine)
    first = ProcedureFactory(
        code="890228",
        name="Consulta de cardiología",
        visit="first",
        specialty=cardiology,
    )
    control = ProcedureFactory(
        code="890328",
        name="Control de cardiología",
        visit="control",
        specialty=cardiology,
    )
    general_visit = ProcedureFactory(
        code="890201", name="Consulta general", visit="first", specialty=general
    )
    ultrasound = ProcedureFactory(
        code="881302",
        name="Ecografía de abdomen total",
        specialty=radiology,
        needs_order=True,
    )
    particular = AgreementFactory(particular=True, code="particular", name="Particular")
    eps = AgreementFactory(code="eps-andina", name="EPS Alianza Andina")
    ana = PractitionerFactory(given_names="Ana Lucía", family_names="Peña Rojas")
    network = Network(
        bogota,
        medellin,
        chapinero,
        suba,
        poblado,
        cardiology,
        general,
        radiology,
        ultrasound,
        first,
        control,
        general_visit,
        ana,
        particular,
        eps,
    )
    luis = PractitionerFactory(title="Dr.", given_names="Luis", family_names="Rincón")
    eva = PractitionerFactory(given_names="Eva", family_names="Villa")
    network.schedules = {
        "ana": ScheduleFactory(practitioner=ana, site=chapinero, procedure=first),
        "luis": ScheduleFactory(practitioner=luis, site=suba, procedure=ultrasound),
        "eva": ScheduleFactory(practitioner=eva, site=chapinero, procedure=ultrasound),
        "poblado": ScheduleFactory(
            practitioner=PractitionerFactory(), site=poblado, procedure=ultrasound
        ),
        "general": ScheduleFactory(
            practitioner=PractitionerFactory(family_names="Ortiz"),
            site=chapinero,
            procedure=general_visit,
        ),
        "virtual": ScheduleFactory(
            practitioner=PractitionerFactory(family_names="Soto"),
            site=chapinero,
            procedure=general_visit,
            modality=Modality.VIRTUAL,
        ),
    }
    return network


def patient_of(network: Network, **extra: object) -> User:
    """Somebody with an EPS, who has seen the tutorial."""
    user = UserFactory(patient__preferred_agreement=network.eps, **extra)
    CoverageFactory(patient=user.patient, agreement=network.eps)
    TutorialView.objects.create(user=user)
    return user
