"""Somebody with one row of everything, whom nobody else may see."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import (
    Challenge,
    DataClaim,
    Guardianship,
    Patient,
    User,
    UserSession,
)
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    PatientFactory,
    UserFactory,
)
from appointments import feeds
from appointments.models import (
    Appointment,
    AppointmentGroup,
    ReminderPreference,
    ServiceRequest,
    ServiceRequestFile,
    WaitingListEntry,
)
from appointments.tests import network as networks
from appointments.tests.factories import AppointmentFactory
from appointments.tests.network import Network, at
from portal.messaging.models import Channel

Status = Appointment.Status
State = Guardianship.State
OWNER = {
    "document_number": "79413825",
    "given_names": "Zenaida Perpetua",
    "family_names": "Quimbayo Arroyave",
    "email": "zenaida.quimbayo@example.org",
    "phone": "+573158849021",
}
CHILD = {
    "document_type": "TI",
    "document_number": "1098765432",
    "given_names": "Jacobita",
    "family_names": "Quimbayo Toro",
    "birth_date": date(2019, 5, 4),
    "email": "",
    "phone": "",
}
# Whatever else a page says, it says none of this to anybody else.
WORDS = (
    *("79413825", "79.413.825", "1098765432", "1.098.765.432"),
    *("Zenaida", "Perpetua", "Quimbayo", "Arroyave", "Jacobita"),
    *("3158849021", "315 884 9021", "zenaida.quimbayo"),
    *("AFILIADA-77", "ORDEN-4471", "AUTORIZA-9953", "R-2026-0774"),
)


@dataclass
class Household:
    network: Network
    owner: User
    child: Patient
    rows: list[Model] = field(default_factory=list)
    before: dict[str, dict] = field(default_factory=dict)

    @property
    def patients(self) -> list[Patient]:
        return [self.patient, self.child]

    @property
    def patient(self) -> Patient:
        assert self.owner.patient is not None
        return self.owner.patient

    def of(self, model: type[Model]) -> list[Model]:
        return [row for row in self.rows if isinstance(row, model)]

    @property
    def visited(self) -> list[object]:
        """Those of which the pages are different: kept, asked for, to come, by video, a child's."""
        return [
            one.pk for one in self.of(Appointment)[:3] + self.of(Appointment)[-3:-1]
        ]

    @property
    def secrets(self) -> tuple[str, ...]:
        references = [one.reference for one in self.of(Appointment)]  # type: ignore[attr-defined]
        return (*WORDS, *references)

    @property
    def uuids(self) -> list[UUID]:
        """Every id of theirs that an address may hold."""
        own = [row.pk for row in self.rows if isinstance(row.pk, UUID)]
        return [*(one.token for one in self.patients), *own]

    @property
    def numbers(self) -> list[int]:
        return sorted({row.pk for row in self.rows if isinstance(row.pk, int)})

    def changed(self) -> list[str]:
        """Which of their rows are not what they were at the beginning."""
        now = self._as_they_are()
        return [key for key, row in self.before.items() if now.get(key) != row]

    def remember(self) -> None:
        self.before = self._as_they_are()

    def _as_they_are(self) -> dict[str, dict]:
        found = {}
        for model in {type(row) for row in self.rows}:
            rows = model._default_manager.filter(
                pk__in=[one.pk for one in self.of(model)]
            )
            found |= {
                f"{model.__name__} {row['pk']}": row
                for row in rows.values("pk", *_columns(model))
            }
        return found


def _columns(model: type[Model]) -> list[str]:
    return [one.attname for one in model._meta.concrete_fields]


def build() -> Household:
    network = networks.build()
    owner = networks.patient_of(
        network, **{f"patient__{name}": value for name, value in OWNER.items()}
    )
    child = PatientFactory(**CHILD, preferred_agreement=network.eps)
    house = Household(network, owner, child)
    house.rows += [owner, house.patient, child]
    house.rows += [
        ContactDeviceFactory(user=owner, destination=OWNER["email"]),
        ContactDeviceFactory(
            user=owner, channel=Channel.SMS, destination=OWNER["phone"], name="Celular"
        ),
        CoverageFactory(
            patient=child, agreement=network.eps, member_number="AFILIADA-77"
        ),
        guardianship(owner, child),
    ]
    alone = _appointments(house)
    house.rows += [*alone[:3], *_together(house), *alone[3:]]
    house.rows += _places(house)
    house.rows += _papers(house)
    house.rows += _rights(house)
    house.rows += _browser(owner)
    feeds.open_feed(user=owner, now=timezone.now())
    house.rows += list(owner.calendar_feeds.all())
    house.remember()
    return house


def guardianship(guardian: User, person: Patient, **changes: object) -> Guardianship:
    """Over an adult or a child alike: one that no birthday ends."""
    facts: dict = {
        "guardian": guardian.patient,
        "dependant": person,
        "relation": Guardianship.Relation.WARD,
        "document_type": person.document_type,
        "document_number": person.document_number,
        "state": State.APPROVED,
        "start_date": timezone.localdate() - timedelta(days=90),
    }
    return Guardianship.objects.create(**facts | changes)


def former_guardian(house: Household, **changes: object) -> User:
    """Somebody who acted for all of them, and does not any more."""
    user = UserFactory(patient__given_names="Vecino", patient__family_names="De Antes")
    for patient in house.patients:
        guardianship(user, patient, **changes)
    return user


def _appointments(house: Household) -> list[Model]:
    """One in each state, to come; one that was; the child's; another time proposed."""
    mine = {"booked_by": house.owner, "agreement": house.network.eps}
    made = [
        AppointmentFactory(
            schedule=house.network.schedules["luis"],
            start=at(10 + day, 8),
            status=status,
            **mine,
        )
        for day, status in enumerate(Status)
    ]
    virtual = house.network.schedules["virtual"]
    made.append(AppointmentFactory(schedule=virtual, start=at(30, 9), **mine))
    made.append(
        AppointmentFactory(
            schedule=house.network.schedules["general"],
            start=at(31, 9),
            patient=house.child,
            **mine,
        )
    )
    made.append(
        AppointmentFactory(
            schedule=house.network.schedules["eva"],
            start=at(32, 9),
            status=Status.PROPOSED,
            answer_by=at(5, 9),
            replaces=made[-2],
            **mine,
        )
    )
    return made


def _together(house: Household) -> list[Model]:
    """Two asked for together and kept still, and two that are appointments already."""
    made: list[Model] = []
    for day, confirmed_at in ((40, None), (41, timezone.now())):
        group = AppointmentGroup.objects.create(
            patient=house.patient, booked_by=house.owner, confirmed_at=confirmed_at
        )
        status = Status.BOOKED if confirmed_at else Status.HELD
        made.append(group)
        made += [
            AppointmentFactory(
                schedule=house.network.schedules[name],
                start=at(day, hour),
                patient=patient,
                status=status,
                group=group,
                booked_by=house.owner,
                agreement=house.network.eps,
            )
            for name, hour, patient in (
                ("ana", 8, house.patient),
                ("general", 10, house.child),
            )
        ]
    return made


def _places(house: Household) -> list[Model]:
    """A place on the waiting list of each; the child's was filed with a number."""
    filed = {"number": "2026-000774", "answer_by": at(9, 0).date()}
    return [
        WaitingListEntry.objects.create(
            patient=patient,
            asked_by=house.owner,
            agreement=house.network.eps,
            procedure=house.network.ultrasound,
            modality=house.network.schedules["eva"].modality,
            first_day=at(1, 0).date(),
            last_day=at(30, 0).date(),
            **facts,
        )
        for patient, facts in ((house.patient, {}), (house.child, filed))
    ]


def _papers(house: Household) -> list[Model]:
    order = ServiceRequest.objects.create(
        patient=house.patient,
        procedure=house.network.ultrasound,
        agreement=house.network.eps,
        order_number="ORDEN-4471",
        authorization_number="AUTORIZA-9953",
        declared_by=house.owner,
    )
    picture = ServiceRequestFile.objects.create(
        service_request=order,
        path="0/strangers.pdf",
        mimetype="application/pdf",
        size=10,
        sha256="0" * 64,
        uploaded_by=house.owner,
    )
    return [order, picture]


def _rights(house: Household) -> list[Model]:
    claim = DataClaim.objects.create(
        number="R-2026-0774",
        patient=house.patient,
        kind=DataClaim.Kind.CORRECT,
        text="Mi nombre es Zenaida.",
        asked_by=house.owner,
        due_date=timezone.localdate() + timedelta(days=15),
    )
    preference = ReminderPreference.objects.create(patient=house.patient)
    return [claim, preference]


def _browser(owner: User) -> list[Model]:
    """Signed in somewhere, with a new phone that waits for its code."""
    client = Client()
    client.force_login(owner)
    client.get("/cuenta/")
    now = timezone.now()
    challenge = Challenge.objects.create(
        purpose=Challenge.Purpose.CHANGE_CONTACT,
        binding="0" * 32,
        account=owner,
        channel=Channel.SMS,
        destination=OWNER["phone"],
        nonce=b"0" * 20,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    return [challenge, *UserSession.objects.filter(user=owner)]
