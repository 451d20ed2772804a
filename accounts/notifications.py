"""What accounts tell people, composed when it is sent: codes and security notices."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from accounts import codes, contacts
from accounts.models import Challenge, DataClaim, Patient, RegistrationAttempt, User
from portal.messaging import gsm7, kinds
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, Letter, Line, letter
from portal.ui import dates

REGISTRATION = "accounts.registration"
DATA_CLAIM = "accounts.data_claim"


def register() -> None:
    """Tell the outbox what these kinds are; called once, when Django starts."""
    kinds.register(kinds.Kind(codes.KIND, code, urgent=True, on_uncertain=kinds.NEVER))
    kinds.register(
        kinds.Kind(REGISTRATION, registration, on_uncertain=kinds.REPEAT),
    )
    kinds.register(kinds.Kind(DATA_CLAIM, data_claim, on_uncertain=kinds.REPEAT))


def code(message: OutgoingMessage, *, now: datetime) -> kinds.Envelope | None:
    """The one-time code, while it is still good; nothing for an unknown document."""
    challenge = (
        Challenge.objects.live(at=now)
        .filter(pk=message.subject_ref, deliverable=True)
        .select_related("account__patient")
        .first()
    )
    if challenge is None:
        return None
    digits = codes.derive(challenge)
    if message.channel == Channel.EMAIL:
        mail = _code_letter(challenge, digits)
        return kinds.Envelope(
            to=challenge.destination,
            subject="Su código de la Oficina Virtual",
            text=mail.text,
            html=mail.html,
        )
    return kinds.Envelope(
        to=challenge.destination,
        text=gsm7.clean(_code_sms(digits)),
        variables={"1": digits},
    )


def _code_sms(digits: str) -> str:
    host = urlsplit(settings.BASE_URL).hostname
    return (
        f"{digits} es su codigo de la Oficina Virtual {_sms_name()}. "
        f"Vence en 10 min. No lo comparta con nadie.\n\n@{host} #{digits}"
    )


def _code_letter(challenge: Challenge, digits: str) -> Letter:
    return letter(
        _greeting(challenge.account),
        Line("Escriba este código en la página:", strong=digits),
        f"Sirve hasta las {dates.hour(challenge.expires_at)}",
        "Si usted no lo pidió, no haga nada y no se lo dé a nadie.",
    )


def _greeting(account: User | None) -> str:
    """Only a name that its account already had: a form anybody fills in is not quoted."""
    if account is None or account.patient is None:
        return "Hola:"
    return f"Hola, {account.patient.given_names}:"


def registration(message: OutgoingMessage, *, now: datetime) -> kinds.Envelope | None:
    """What the owner of a document should know about a registration with it.

    With an account: that somebody registered again. Without one, but with a record
    at the clinic that the new account could not be tied to: that an account exists.
    """
    attempt = (
        RegistrationAttempt.objects.select_related("account__patient")
        .filter(pk=message.subject_ref)
        .first()
    )
    if attempt is None:
        return None
    channel = Channel(message.channel)
    if attempt.account is None:
        return _has_account(attempt, channel)
    return _was_created(attempt.account.patient, channel)


def _has_account(
    attempt: RegistrationAttempt, channel: Channel
) -> kinds.Envelope | None:
    username = User.username_for(
        kind=attempt.document_type, number=attempt.document_number
    )
    owner = User.objects.filter(username=username, is_active=True).first()
    if owner is None:
        return None
    to = contacts.account_addresses(owner.pk, channels=[channel]).get(channel)
    return _notice(
        channel,
        to,
        subject="Usted ya tiene una cuenta",
        sms=f"{_sms_name()}: usted ya tiene cuenta en la Oficina Virtual. Entre con su "
        "documento y contraseña. Si no se registro hoy, no haga nada.",
        mail=letter(
            "Hola:",
            "Alguien quiso registrarse con su documento, y usted ya tiene una cuenta.",
            "Si fue usted, entre con su contraseña. Si no la recuerda, cree otra.",
            Button(
                "Iniciar sesión", f"{settings.BASE_URL}{reverse('accounts:sign_in')}"
            ),
            "Si no fue usted, no haga nada: nadie entró a su cuenta.",
        ),
    )


def _was_created(patient: Patient | None, channel: Channel) -> kinds.Envelope | None:
    if patient is None or not patient.provisional:
        return None
    record = (
        Patient.objects.of_the_clinic()
        .with_document(kind=patient.document_type, number=patient.document_number)
        .first()
    )
    if record is None:
        return None
    phone = settings.ORGANISATION["phone"]
    return _notice(
        channel,
        contacts.on_file(record, channels=[channel]).get(channel),
        subject="Crearon una cuenta con su documento",
        sms=f"{_sms_name()}: crearon una cuenta de la Oficina Virtual con su documento. "
        f"No ve sus datos. Si no fue usted, llame al {phone}.",
        mail=letter(
            "Hola:",
            "Alguien creó una cuenta de la Oficina Virtual con su documento.",
            "Esa cuenta no ve los datos ni las citas que usted ya tiene con nosotros.",
            f"Si no fue usted, llame al {phone}.",
        ),
    )


def data_claim(message: OutgoingMessage, *, now: datetime) -> kinds.Envelope | None:
    """That a claim was received, takes longer or has its answer: the page says the rest."""
    claim = DataClaim.objects.filter(pk=message.subject_ref).first()
    if claim is None or not message.event.endswith(f":{claim.state}"):
        return None
    channel = Channel(message.channel)
    found = contacts.account_addresses(int(message.recipient_ref), channels=[channel])
    due = dates.day(claim.due_date)
    said = {
        DataClaim.State.OPEN: f"Lo recibimos. Le respondemos antes del {due}.",
        DataClaim.State.EXTENDED: f"Necesitamos más tiempo, hasta el {due}.",
        DataClaim.State.ANSWERED: "Ya tiene respuesta.",
    }[DataClaim.State(claim.state)]
    page = f"{settings.BASE_URL}{reverse('accounts:claim', args=[claim.pk])}"
    return _notice(
        channel,
        found.get(channel),
        subject="Sobre su reclamo",
        sms=f"{_sms_name()}: reclamo {claim.number}. {said} Entre a la Oficina Virtual.",
        mail=letter(
            "Hola:",
            f"Este es su reclamo número {claim.number}.",
            said,
            Button("Ver el reclamo", page),
        ),
    )


def _notice(
    channel: Channel, to: str | None, *, subject: str, sms: str, mail: Letter
) -> kinds.Envelope | None:
    if not to:
        return None
    if channel == Channel.EMAIL:
        return kinds.Envelope(to=to, subject=subject, text=mail.text, html=mail.html)
    return kinds.Envelope(to=to, text=gsm7.clean(sms))


def _sms_name() -> str:
    return str(settings.ORGANISATION["sms_name"])
