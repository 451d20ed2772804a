"""What people are told of guardianships: that something was decided, and where to read it.

No name of anybody is in these messages, nor why: the page says it after signing in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.urls import reverse

from accounts import contacts
from accounts.models import Guardianship, Patient, User
from portal.messaging import gsm7, kinds, links, outbox
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, letter

KIND = "accounts.guardianship"
WORTH_SAYING = timedelta(days=7)
BY = (Channel.SMS, Channel.EMAIL)
State = Guardianship.State


class News(StrEnum):
    """What happened, in the name of the event."""

    APPROVED = "approved"
    REJECTED = "rejected"
    ENDED = "ended"
    GROWN = "grown"  # the young adult hears of it too
    GROWN_UNTOLD = "grown-untold"  # nobody knows how to reach the young adult
    ENTRUSTED = "entrusted"  # to the adult somebody may act for from now on
    INVITED = "invited"  # to the young adult without an account
    OF_AGE = "of-age"  # to the young adult with an account


@dataclass(frozen=True, slots=True)
class Words:
    """One piece of news in a text message and in an e-mail."""

    state: str
    sms: str
    subject: str
    lines: tuple[str, ...]
    button: str = "Ver mis datos"
    page: str = "accounts:people"


WORDS = {
    News.APPROVED: Words(
        State.APPROVED,
        "ya puede pedir citas para la persona que agregó.",
        "Ya puede pedir citas para otra persona",
        ("Aprobamos a la persona que agregó. Ya puede pedir citas para ella.",),
        "Ver personas a mi cargo",
    ),
    News.REJECTED: Words(
        State.REJECTED,
        "no pudimos aprobar a la persona que agregó. Lea por qué:",
        "No pudimos aprobar su solicitud",
        (
            "No pudimos aprobar a la persona que agregó. En la página le decimos por qué.",
        ),
        "Leer por qué",
    ),
    News.ENDED: Words(
        State.ENDED,
        "ya no puede pedir citas para una persona que tenía a cargo. Vea:",
        "Ya no tiene a una persona a su cargo",
        (
            "Desde hoy no puede pedir citas para una persona que tenía a su cargo.",
            "Las citas que ya estaban pedidas siguen siendo de esa persona.",
        ),
        "Ver personas a mi cargo",
    ),
    News.GROWN: Words(
        State.ENDED,
        "una persona a su cargo cumplió 18 años. Ahora pide sus propias citas.",
        "Una persona a su cargo ya es mayor de edad",
        (
            "Una persona a su cargo cumplió 18 años. Desde hoy pide sus propias citas.",
            "Las citas que ya estaban pedidas siguen siendo de esa persona.",
        ),
        "Ver personas a mi cargo",
    ),
    News.GROWN_UNTOLD: Words(
        State.ENDED,
        "una persona a su cargo cumplió 18 años. Cuéntele que ya puede crear su cuenta:",
        "Una persona a su cargo ya es mayor de edad",
        (
            "Una persona a su cargo cumplió 18 años. Desde hoy pide sus propias citas.",
            "Las citas que ya estaban pedidas siguen siendo de esa persona.",
            "Cuéntele que puede crear su cuenta con su cédula.",
        ),
        "Crear una cuenta",
        "accounts:register",
    ),
    News.ENTRUSTED: Words(
        State.APPROVED,
        "desde hoy otra persona puede pedir citas por usted. Si no está de acuerdo, quítela:",
        "Otra persona puede pedir citas por usted",
        (
            "Desde hoy otra persona puede pedir citas por usted.",
            "En la página puede ver quién es. Si no está de acuerdo, quítela.",
        ),
        "Ver quién es",
    ),
    News.INVITED: Words(
        State.ENDED,
        "ya es mayor de edad y puede pedir sus propias citas. Cree su cuenta:",
        "Cree su cuenta de la Oficina Virtual",
        (
            "Ya es mayor de edad: desde hoy usted pide sus propias citas.",
            "Cree su cuenta con su cédula. Verá sus citas cuando confirmemos quién es.",
        ),
        "Crear mi cuenta",
        "accounts:register",
    ),
    News.OF_AGE: Words(
        State.ENDED,
        "ya es mayor de edad. Desde hoy solo usted pide sus citas.",
        "Desde hoy solo usted pide sus citas",
        ("Ya es mayor de edad: desde hoy solo usted pide sus citas.",),
        "Ir a mis datos",
    ),
}


def register() -> None:
    """Called once, when the app is ready."""
    kinds.register(kinds.Kind(KIND, compose, on_uncertain=kinds.REPEAT))


def tell_guardian(row: Guardianship, news: News, *, now: datetime) -> None:
    _tell(row, news, row.guardian, about=str(row.pk), now=now)


def tell_dependant(row: Guardianship, news: News, *, now: datetime) -> None:
    """Only where this person proved to be reachable: it is about their own affairs."""
    assert row.dependant is not None  # noqa: S101 - only of approved ones
    _tell(row, news, row.dependant, about=str(row.pk), now=now)


def tell_of_age(row: Guardianship, *, now: datetime) -> None:
    """Guardian and young adult; the latter once, however many guardians there were."""
    young = row.dependant
    assert young is not None  # noqa: S101 - only of approved ones
    news = News.OF_AGE if _has_account(young) else News.INVITED
    about = f"of-{young.pk}"
    told = _tell(row, news, young, about=about, now=now)
    tell_guardian(row, News.GROWN if told else News.GROWN_UNTOLD, now=now)


def compose(message: OutgoingMessage, *, now: datetime) -> kinds.Envelope | None:
    """Written when it is sent: nothing, if another decision came meanwhile."""
    news = News(message.event.rpartition(":")[2])
    words = WORDS[news]
    row = Guardianship.objects.filter(pk=message.subject_ref, state=words.state).first()
    person = Patient.objects.filter(pk=message.recipient_ref).first()
    if row is None or person is None:
        return None
    channel = Channel(message.channel)
    to = _destinations(person, news).get(channel)
    if not to:
        return None
    path = reverse(words.page)
    if channel == Channel.EMAIL:
        url = f"{settings.BASE_URL}{path}"
        mail = letter("Hola:", *words.lines, Button(words.button, url))
        return kinds.Envelope(
            to=to, subject=words.subject, text=mail.text, html=mail.html
        )
    until = message.expires_at or now + WORTH_SAYING
    short = links.shorten(path=path, now=now, expires_at=until)
    name = settings.ORGANISATION["sms_name"]
    return kinds.Envelope(to=to, text=gsm7.clean(f"{name}: {words.sms} {short}"))


def _tell(
    row: Guardianship, news: News, person: Patient, *, about: str, now: datetime
) -> bool:
    """In the outbox, once; whether there is anywhere to send it."""
    found = _destinations(person, news)
    outbox.put(
        kind=KIND,
        event=f"{KIND}:{about}:{news}",
        recipient_ref=str(person.pk),
        subject_ref=str(row.pk),
        channels=found,
        expires_at=now + WORTH_SAYING,
        now=now,
    )
    return bool(found)


def _destinations(person: Patient, news: News) -> dict[Channel, str]:
    find: Callable[[Patient], dict[Channel, str]] = _proved
    if news == News.INVITED:
        find = _own_on_file
    return find(person)


def _proved(person: Patient) -> dict[Channel, str]:
    return contacts.addresses(person, channels=BY)


def _own_on_file(young: Patient) -> dict[Channel, str]:
    """What the record says, without what is really a guardian's: children carry their parents' phone."""
    guardians = Patient.objects.filter(guardianships__dependant=young)
    theirs: set[str] = set()
    for guardian in guardians.select_related("user").distinct():
        for found in (_proved(guardian), contacts.on_file(guardian, channels=BY)):
            theirs |= {contacts.normalised(to) for to in found.values()}
    on_file = contacts.on_file(young, channels=BY)
    return {
        channel: to
        for channel, to in on_file.items()
        if contacts.normalised(to) not in theirs
    }


def _has_account(person: Patient) -> bool:
    return User.objects.filter(patient=person, is_active=True).exists()
