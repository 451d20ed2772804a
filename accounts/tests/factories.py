from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from accounts.models import ContactDevice, Coverage, Guardianship, Patient, User
from catalog.tests.factories import AgreementFactory
from portal.messaging.models import Channel

PASSWORD = "tres palabras tranquilas"


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    document_type = "CC"
    document_number = factory.Sequence(lambda n: str(52_000_000 + n))
    given_names = "Rosa Elena"
    family_names = "Martínez Gómez"
    birth_date = date(1978, 3, 27)
    sex = Patient.Sex.FEMALE
    phone = "+573105550178"
    email = factory.Sequence(lambda n: f"rosa{n}@example.com")


class UserFactory(DjangoModelFactory):
    """A patient's account with its identity confirmed; `staff=True` for personnel."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    patient = factory.SubFactory(PatientFactory)
    username = factory.LazyAttribute(
        lambda o: User.username_for(
            kind=o.patient.document_type, number=o.patient.document_number
        )
    )
    password = factory.django.Password(PASSWORD)
    identity_confirmed_at = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)

    class Params:
        staff = factory.Trait(
            patient=None,
            username=factory.Sequence(lambda n: f"recepcion{n}"),
            staff_name="Recepción",
            is_staff=True,
        )


class ContactDeviceFactory(DjangoModelFactory):
    class Meta:
        model = ContactDevice

    user = factory.SubFactory(UserFactory)
    name = "Correo"
    channel = Channel.EMAIL
    destination = factory.LazyAttribute(lambda o: o.user.patient.email)
    confirmed = True
    confirmed_at = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


class CoverageFactory(DjangoModelFactory):
    class Meta:
        model = Coverage

    patient = factory.SubFactory(PatientFactory)
    agreement = factory.SubFactory(AgreementFactory)
    member_number = "123456"
    state = Coverage.State.VERIFIED
    verified_at = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


class GuardianshipFactory(DjangoModelFactory):
    """Approved, of a son of seven; `asked=True` for one that still waits."""

    class Meta:
        model = Guardianship

    class Params:
        asked = factory.Trait(
            state=Guardianship.State.ASKED, dependant=None, start_date=None
        )

    guardian = factory.SelfAttribute("asked_by.patient")
    asked_by = factory.SubFactory(UserFactory)
    dependant = factory.SubFactory(
        PatientFactory,
        document_type="TI",
        document_number=factory.Sequence(lambda n: str(1_040_000_000 + n)),
        given_names="Mateo",
        family_names="Martínez",
        birth_date=date(2019, 3, 27),
        sex=Patient.Sex.MALE,
        phone="",
        email="",
    )
    relation = Guardianship.Relation.CHILD
    document_type = "TI"
    document_number = factory.LazyAttribute(
        lambda o: o.dependant.document_number if o.dependant else "1040999999"
    )
    given_names = "Mateo"
    family_names = "Martínez"
    birth_date = date(2019, 3, 27)
    sex = Patient.Sex.MALE
    state = Guardianship.State.APPROVED
    start_date = date(2026, 1, 5)
