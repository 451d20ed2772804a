"""The demo people: invented, with passwords that everybody may know."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import consents, guardianships, staff
from accounts.models import (
    ContactDevice,
    Coverage,
    Guardianship,
    LegalText,
    Patient,
    User,
)
from appointments.models import TutorialView
from catalog.models import Agreement, Site
from portal.audit.origin import Origin
from portal.messaging.models import Channel

HOME = "11001"  # they all live in Bogotá
HERE = Origin(address="127.0.0.1", user_agent="demo", request_id="demo")
Kind, State = Agreement.Kind, Coverage.State
# Affiliations by the kind of agreement: which, and whether the clinic verified it.
Affiliation = tuple[str, str]
CONTRIBUTIVO = (Kind.CONTRIBUTIVO, State.VERIFIED)
UNVERIFIED = (Kind.CONTRIBUTIVO, State.DECLARED)
PREPAGADA = (Kind.PREPAGADA, State.VERIFIED)
SUBSIDIADO = (Kind.SUBSIDIADO, State.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """One invented person, as the demo makes them."""

    role: str
    shows: str
    password: str
    given_names: str
    family_names: str
    document_type: str = ""
    document_number: str = ""
    born: date = date(1980, 1, 1)
    sex: str = Patient.Sex.FEMALE
    email: str = ""
    phone: str = ""
    affiliations: tuple[Affiliation, ...] = ()
    appointments: int = 0
    saw_tutorial: bool = True
    username: str = ""
    totp_key: str = ""


PATIENTS = (
    Cast(
        role="paciente",
        shows=(
            "varios convenios; una cita de cada estado: confirmada, solicitud en revisión, "
            "no aceptada y cancelada; una orden por revisar"
        ),
        password="lluvia sobre teja roja",
        given_names="Rosa Elena",
        family_names="Martínez Gómez",
        document_type="CC",
        document_number="52345678",
        born=date(1978, 3, 27),
        email="rosa.martinez@example.com",
        phone="+573105550178",
        affiliations=(CONTRIBUTIVO, PREPAGADA),
        appointments=1,
    ),
    Cast(
        role="paciente",
        shows=(
            "agenda llena: varias citas, presenciales y virtuales; visitas pasadas, una a "
            "la que no asistió; una solicitud en revisión; en lista de espera"
        ),
        password="tres puentes y un tranvía",
        given_names="Carlos Andrés",
        family_names="Quintero Ruiz",
        document_type="CC",
        document_number="79456123",
        born=date(1971, 8, 14),
        sex=Patient.Sex.MALE,
        email="carlos.quintero@example.com",
        phone="+573115550142",
        affiliations=(CONTRIBUTIVO,),
        appointments=8,
    ),
    Cast(
        role="paciente",
        shows="nada todavía: primera entrada, con el tutorial, y sin citas",
        password="mañana madruga el panadero",
        given_names="Laura Sofía",
        family_names="Cifuentes Parra",
        document_type="CC",
        document_number="1020304050",
        born=date(1996, 11, 2),
        email="laura.cifuentes@example.com",
        phone="+573125550163",
        affiliations=(CONTRIBUTIVO,),
        saw_tutorial=False,
    ),
    Cast(
        role="paciente",
        shows=(
            "afiliación declarada sin verificar; pide también las citas de su mamá, y su "
            "hijo está en revisión"
        ),
        password="nueve cometas en agosto",
        given_names="Jhon Jairo",
        family_names="Mosquera Palacios",
        document_type="CC",
        document_number="94567890",
        born=date(1988, 5, 19),
        sex=Patient.Sex.MALE,
        email="jhon.mosquera@example.com",
        phone="+573135550119",
        affiliations=(UNVERIFIED,),
    ),
    Cast(
        role="paciente",
        shows=(
            "solo Particular; la sede le propone otra hora para su solicitud; un reclamo "
            "sobre sus datos"
        ),
        password="café sin azúcar al alba",
        given_names="Valentina",
        family_names="Arango Botero",
        document_type="CE",
        document_number="458712",
        born=date(1990, 1, 30),
        email="valentina.arango@example.com",
        phone="+573145550127",
    ),
    Cast(
        role="paciente",
        shows=(
            "adulto mayor que solo recibe SMS: sin correo; una cita tan cercana que solo "
            "se cancela por teléfono"
        ),
        password="el reloj de la abuela",
        given_names="Hernando",
        family_names="Bohórquez Nieto",
        document_type="CC",
        document_number="2890123",
        born=date(1943, 6, 8),
        sex=Patient.Sex.MALE,
        phone="+573155550136",
        affiliations=(SUBSIDIADO,),
        appointments=2,
    ),
    Cast(
        role="paciente",
        shows=(
            "acudiente de su hija Salomé, de seis años, que tiene una videollamada unos "
            "minutos después de cargar la demo; le ofrecen una hora más cercana que la suya"
        ),
        password="zapatos verdes de charol",
        given_names="Diana Marcela",
        family_names="Ospina Herrera",
        document_type="CC",
        document_number="43678901",
        born=date(1985, 9, 12),
        email="diana.ospina@example.com",
        phone="+573165550154",
        affiliations=(PREPAGADA,),
    ),
)
STAFF = (
    Cast(
        role="recepción",
        shows=(
            "recepción en Bogotá: responde solicitudes, revisa acudientes y órdenes, con "
            "aplicación de códigos (TOTP)"
        ),
        password="ventanilla dos a la derecha",
        given_names="Luz Dary",
        family_names="Salcedo",
        email="recepcion@example.com",
        phone="+573175550101",
        username="recepcion",
        totp_key="demo recepcion 0001 ",
    ),
    Cast(
        role="administración",
        shows="administración: todo, con aplicación de códigos (TOTP)",
        password="la llave está en el florero",
        given_names="Óscar Iván",
        family_names="Rangel",
        email="administracion@example.com",
        phone="+573175550102",
        username="administracion",
        totp_key="demo administracion1",
    ),
)
EVERYBODY = (*PATIENTS, *STAFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What `manage.py demo_people` tells of somebody."""

    role: str
    name: str
    document_type: str
    document_number: str
    username: str
    password: str
    email: str
    phone: str
    birth_date: str
    shows: str
    totp_secret: str = ""
    totp_code: str = ""


def everyone(*, now: datetime) -> list[Person]:
    """The cast, with the staff's code of this moment."""
    return [_told(cast, now=now) for cast in EVERYBODY]


def as_rows(people: Iterable[Person]) -> list[dict[str, str]]:
    return [asdict(person) for person in people]


def as_text(people: Iterable[Person]) -> str:
    """For whoever starts the demo and wants to sign in."""
    lines = ["  Personas inventadas; la contraseña va entre comillas", ""]
    for person in people:
        document = f"{person.document_type} {person.document_number}"
        user = person.username if person.totp_secret else document
        lines.append(f"  {user:<16} «{person.password}»  {person.name}")
        lines.append(f"  {'':<16} {person.shows}")
    return "\n".join(lines)


def create(*, now: datetime) -> None:
    """Make all of them, with accounts that are ready to use."""
    for cast in PATIENTS:
        _create_patient(cast, now=now)
    _create_families(now=now)
    for cast in STAFF:
        _create_staff(cast, now=now)


def username_of(cast: Cast) -> str:
    return cast.username or User.username_for(
        kind=cast.document_type, number=cast.document_number
    )


def _create_patient(cast: Cast, *, now: datetime) -> None:
    long_ago = now - timedelta(days=120)
    patient = Patient.objects.create(
        document_type=cast.document_type,
        document_number=cast.document_number,
        given_names=cast.given_names,
        family_names=cast.family_names,
        birth_date=cast.born,
        sex=cast.sex,
        phone=cast.phone,
        email=cast.email,
        contact_confirmed_at=long_ago,
        created_at=long_ago,
    )
    user = User.objects.create_user(
        username_of(cast),
        cast.password,
        patient=patient,
        identity_confirmed_at=long_ago,
        created_at=long_ago,
    )
    _confirm_contacts(user, cast, at=long_ago)
    _accept_texts(user, patient, at=long_ago)
    _affiliate(patient, cast.affiliations, at=long_ago)
    if cast.saw_tutorial:
        TutorialView.objects.create(user=user, seen_at=long_ago)


def _confirm_contacts(user: User, cast: Cast, *, at: datetime) -> None:
    for channel, destination in (
        (Channel.SMS, cast.phone),
        (Channel.EMAIL, cast.email),
    ):
        if destination:
            ContactDevice.objects.create(
                user=user,
                name=channel.label,
                channel=channel,
                destination=destination,
                confirmed=True,
                confirmed_at=at,
            )


def _accept_texts(user: User, patient: Patient, *, at: datetime) -> None:
    for kind in (LegalText.Kind.TERMS, LegalText.Kind.HEALTH_DATA):
        consents.give(patient=patient, kind=kind, by=user, origin=HERE, now=at)


def _affiliate(
    patient: Patient, affiliations: Sequence[Affiliation], *, at: datetime
) -> None:
    for number, (kind, state) in enumerate(affiliations):
        agreements = Agreement.objects.active().filter(kind=kind).order_by("pk")
        if state == State.DECLARED:
            agreements = agreements.filter(books_unverified=False)
        Coverage.objects.create(
            patient=patient,
            agreement=agreements[0],
            member_number=f"{patient.document_number}-{number + 1}",
            state=state,
            declared_at=at,
            verified_at=at if state == State.VERIFIED else None,
            member_type=Coverage.Member.HOLDER,
            income_level=Coverage.Income.A if kind == Kind.CONTRIBUTIVO else "",
        )


def _create_families(*, now: datetime) -> None:
    """Known to the clinic and without an account: somebody else asks for their appointments."""
    daughter = Patient.objects.create(
        document_type="RC",
        document_number="1099887766",
        given_names="Salomé",
        family_names="Ospina Herrera",
        birth_date=date(now.year - 6, 2, 3),
        sex=Patient.Sex.FEMALE,
        phone="+573165550154",
    )
    mother = Patient.objects.create(
        document_type="CC",
        document_number="26123456",
        given_names="Ana Joaquina",
        family_names="Palacios Córdoba",
        birth_date=date(now.year - 81, 5, 2),
        sex=Patient.Sex.FEMALE,
    )
    diana, jhon = account("CC", "43678901"), account("CC", "94567890")
    _approve(diana, daughter, Guardianship.Relation.CHILD, now=now)
    _approve(jhon, mother, Guardianship.Relation.PARENT, now=now)
    _affiliate(daughter, (PREPAGADA,), at=now - timedelta(days=90))
    guardianships.ask(
        by=jhon,
        claim=guardianships.Claim(
            relation=Guardianship.Relation.CHILD,
            document_type="TI",
            document_number="1077665544",
            given_names="Mateo",
            family_names="Mosquera Rentería",
            birth_date=date(now.year - 7, 3, 14),
            sex=Patient.Sex.MALE,
        ),
        consent_text=consents.current(LegalText.Kind.REPRESENTATIVE),
        origin=HERE,
        now=now - timedelta(days=1),
    )


def account(kind: str, number: str) -> User:
    return User.objects.get(username=User.username_for(kind=kind, number=number))


def _approve(guardian: User, person: Patient, relation: str, *, now: datetime) -> None:
    """As the desk left it some time ago; nobody is told again."""
    assert guardian.patient is not None  # noqa: S101 - the cast are patients
    then = now - timedelta(days=90)
    child = relation == Guardianship.Relation.CHILD
    text = consents.current(LegalText.Kind.REPRESENTATIVE) if child else None
    Guardianship.objects.create(
        guardian=guardian.patient,
        dependant=person,
        relation=relation,
        document_type=person.document_type,
        document_number=person.document_number,
        given_names=person.given_names,
        family_names=person.family_names,
        birth_date=person.birth_date,
        sex=person.sex,
        state=Guardianship.State.APPROVED,
        evidence="Registro civil" if child else "Autorización firmada y cédulas",
        start_date=timezone.localdate(then),
        consent_text=text,
        consent_at=then if text else None,
        asked_by=guardian,
        asked_at=then,
        decided_at=then,
    )
    if text is not None:
        consents.give_to(patient=person, text=text, by=guardian, origin=HERE, now=then)


def _create_staff(cast: Cast, *, now: datetime) -> None:
    """As an invitation would leave them: with a password and an app of codes."""
    admin = cast.role == "administración"
    user = staff.create(
        username=cast.username,
        name=f"{cast.given_names} {cast.family_names}",
        roles=() if admin else ("Recepción", "Agendas"),
        sites=Site.objects.filter(city__code=HOME).order_by("code")[:3],
        now=now,
    )
    if admin:
        staff.make_superuser(user=user, now=now)
    user.set_password(cast.password)
    user.save(update_fields=["password"])
    TOTPDevice.objects.create(
        user=user, name="Aplicación de códigos", key=cast.totp_key.encode().hex()
    )


def _told(cast: Cast, *, now: datetime) -> Person:
    key = cast.totp_key.encode()
    return Person(
        role=cast.role,
        name=f"{cast.given_names} {cast.family_names}",
        document_type=cast.document_type,
        document_number=cast.document_number,
        username=username_of(cast),
        password=cast.password,
        email=cast.email,
        phone=cast.phone,
        birth_date="" if cast.totp_key else cast.born.isoformat(),
        shows=cast.shows,
        totp_secret=base64.b32encode(key).decode() if key else "",
        totp_code=_code(key, now) if key else "",
    )


def _code(key: bytes, now: datetime) -> str:
    clock = TOTP(key)
    clock.time = now.timestamp()
    return f"{clock.token():06d}"
