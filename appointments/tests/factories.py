from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.tests.factories import UserFactory
from appointments import references
from appointments.models import Appointment, Schedule, Slot
from catalog import version
from catalog.models import Modality
from catalog.tests.factories import (
    AgreementFactory,
    PractitionerFactory,
    ProcedureFactory,
    SiteFactory,
    SiteServiceFactory,
)

BOGOTA = ZoneInfo("America/Bogota")


class ScheduleFactory(DjangoModelFactory):
    """An agenda that really can be booked: its procedure and its site's enabled service exist."""

    class Meta:
        model = Schedule
        skip_postgeneration_save = True

    class Params:
        procedure = factory.SubFactory(ProcedureFactory)

    practitioner = factory.SubFactory(PractitionerFactory)
    site = factory.SubFactory(SiteFactory)
    specialty = factory.LazyAttribute(lambda o: o.procedure.specialty)
    modality = Modality.IN_PERSON
    slot_minutes = 20
    start_date = date(2026, 1, 1)

    @factory.post_generation
    def services(self, create, extracted, **kwargs):
        if not create:
            return
        procedures = extracted or list(self.specialty.procedures.all())
        self.procedures.set(procedures)
        self.practitioner.specialties.add(self.specialty)
        SiteServiceFactory._meta.model.objects.get_or_create(
            site=self.site, specialty=self.specialty, modality=self.modality
        )
        version.bump()


class SlotFactory(DjangoModelFactory):
    class Meta:
        model = Slot

    schedule = factory.SubFactory(ScheduleFactory)
    practitioner = factory.LazyAttribute(lambda o: o.schedule.practitioner)
    site = factory.LazyAttribute(lambda o: o.schedule.site)
    start = factory.Sequence(
        lambda n: datetime(2026, 3, 2, 13, 0, tzinfo=UTC) + timedelta(minutes=20 * n)
    )
    day = factory.LazyAttribute(lambda o: o.start.astimezone(BOGOTA).date())
    minute = factory.LazyAttribute(
        lambda o: (
            o.start.astimezone(BOGOTA).hour * 60 + o.start.astimezone(BOGOTA).minute
        )
    )
    minutes = factory.LazyAttribute(lambda o: o.schedule.slot_minutes)


class AppointmentFactory(DjangoModelFactory):
    """An appointment as it stands, for those who only read it: booking made none of it."""

    class Meta:
        model = Appointment

    schedule = factory.SubFactory(ScheduleFactory)
    booked_by = factory.SubFactory(UserFactory)
    reference = factory.LazyFunction(references.new)
    patient = factory.LazyAttribute(lambda o: o.booked_by.patient)
    practitioner = factory.LazyAttribute(lambda o: o.schedule.practitioner)
    site = factory.LazyAttribute(lambda o: o.schedule.site)
    procedure = factory.LazyAttribute(lambda o: o.schedule.procedures.first())
    agreement = factory.SubFactory(AgreementFactory)
    modality = factory.LazyAttribute(lambda o: o.schedule.modality)
    start = factory.Sequence(
        lambda n: datetime(2026, 3, 2, 13, 0, tzinfo=UTC) + timedelta(minutes=20 * n)
    )
    end = factory.LazyAttribute(lambda o: o.start + timedelta(minutes=20))
    status = Appointment.Status.BOOKED
    confirmed_at = factory.LazyAttribute(
        lambda o: None if o.status in ("held", "proposed", "lapsed") else timezone.now()
    )
    hold_expires_at = factory.LazyAttribute(
        lambda o: timezone.now() + timedelta(minutes=10) if o.status == "held" else None
    )
