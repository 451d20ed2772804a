"""Registration: who gets an account, whose record it sees, and what strangers learn (nothing)."""

from datetime import date, timedelta

import pytest

from accounts import codes, registration
from accounts.errors import (
    AttemptOver,
    ChannelNotOffered,
    CodeExpired,
    CodeWrong,
    PasswordTooEasy,
    PasswordTooShort,
    TooOften,
    TooYoung,
)
from accounts.models import (
    Consent,
    ContactDevice,
    LegalText,
    Patient,
    User,
)
from accounts.tests import walk
from accounts.tests.factories import (
    PASSWORD,
    ContactDeviceFactory,
    PatientFactory,
    UserFactory,
)
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]

BORN = date(1978, 3, 27)
PHONE, EMAIL = "+573105550178", "rosa@example.com"
HOME = Origin("192.0.2.10", "Firefox", "")


def begin(**changes):
    asked = {"kind": "CC", "number": "52123456", "birth_date": BORN}
    return registration.begin(**{**asked, **changes}, origin=HOME, now=NOON)


def fill_in(attempt, **changes):
    details = {
        "given_names": "Rosa Elena",
        "family_names": "Martínez Gómez",
        "sex": "female",
        "phone": PHONE,
        "email": EMAIL,
        "password": PASSWORD,
        "consents": tuple(LegalText.objects.values_list("pk", flat=True)),
    }
    registration.fill_in(
        attempt_id=attempt.pk,
        details=registration.Details(**{**details, **changes}),
        origin=HOME,
        now=NOON,
    )


def send(attempt, channel="sms", now=NOON):
    return registration.send_code(
        attempt_id=attempt.pk, channel=channel, origin=HOME, now=now
    )


def confirm(attempt, code, now=NOON):
    registration.confirm(attempt_id=attempt.pk, code=code, origin=HOME, now=now)
    attempt.refresh_from_db()
    return attempt.account


def register(channel="sms", begun=None, **details):
    """From the document to the code, as one person with one browser."""
    attempt = begun or begin()
    fill_in(attempt, **details)
    return confirm(attempt, codes.derive(send(attempt, channel)))


def test_nobody_is_a_user_before_the_channel_is_confirmed():
    attempt = begin()
    fill_in(attempt)
    send(attempt)

    assert not User.objects.exists()
    assert not Patient.objects.exists()


def test_new_patient_gets_an_account_with_the_confirmed_channel():
    user = register("sms")

    assert user.username == "CC:52123456"
    assert user.check_password(PASSWORD)
    device = ContactDevice.objects.get(user=user, confirmed=True)
    assert (device.channel, device.destination) == ("sms", PHONE)
    assert device.confirmed_at == NOON


def test_new_patient_is_provisional_until_somebody_sees_the_document():
    user = register()

    assert user.patient.provisional
    assert user.identity_confirmed_at is None


def test_password_is_kept_only_as_a_hash_and_not_longer_than_needed():
    """AUT-05."""
    attempt = begin()
    fill_in(attempt)
    attempt.refresh_from_db()
    assert PASSWORD not in attempt.password

    confirm(attempt, codes.derive(send(attempt)))

    assert attempt.password == ""


def test_consents_are_kept_as_evidence():
    """PRV-01 and PRV-02: which version, when, from where."""
    user = register()

    given = Consent.objects.filter(patient=user.patient, given_by=user)
    assert given.count() == LegalText.objects.count()
    evidence = given.get(text__kind=LegalText.Kind.TERMS)
    assert (evidence.address, evidence.user_agent) == (HOME.address, HOME.user_agent)
    assert evidence.given_at == NOON


@pytest.mark.parametrize("wanted", [True, False])
def test_other_messages_only_if_their_box_was_ticked(wanted):
    kinds = [LegalText.Kind.TERMS, LegalText.Kind.HEALTH_DATA]
    kinds += [LegalText.Kind.MESSAGES] if wanted else []
    texts = LegalText.objects.filter(kind__in=kinds).values_list("pk", flat=True)

    user = register(consents=tuple(texts))

    assert user.patient.wants_messages == wanted


# --- A record that the clinic already holds -----------------------------------


@pytest.mark.parametrize(
    ("channel", "on_file"),
    [
        ("sms", {"phone": PHONE, "email": ""}),
        ("sms", {"phone": "310 555 0178", "email": ""}),
        ("whatsapp", {"phone": "3105550178"}),
        ("email", {"phone": "", "email": EMAIL}),
        ("email", {"phone": "", "email": "Rosa@Example.com"}),
    ],
)
def test_confirmed_contact_on_file_ties_the_record(channel, on_file):
    record = PatientFactory(document_number="52123456", **on_file)

    user = register(channel)

    assert user.patient == record
    assert user.identity_confirmed_at == NOON


@pytest.mark.parametrize(
    "on_file",
    [
        {"phone": "+573205550000", "email": "otra@example.com"},
        {"phone": "", "email": ""},
        {"phone": PHONE, "birth_date": date(1978, 3, 28)},
        # The e-mail is the one on file, but it was not the one confirmed.
        {"phone": "+573205550000", "email": EMAIL},
        {"phone": PHONE, "document_type": "CE"},
    ],
)
def test_anything_less_gets_an_account_apart(on_file):
    """Knowing a document and a birth date gains a stranger nothing."""
    record = PatientFactory(**{"document_number": "52123456", **on_file})

    user = register("sms")

    assert user.patient != record
    assert user.patient.provisional
    assert user.identity_confirmed_at is None


def test_record_keeps_what_the_clinic_wrote():
    record = PatientFactory(
        document_number="52123456", phone=PHONE, given_names="Rosa", sex="female"
    )

    register("sms", given_names="Otro Nombre", sex="male", email="x@example.com")

    record.refresh_from_db()
    assert (record.given_names, record.sex) == ("Rosa", "female")
    assert record.email != "x@example.com"


def test_owner_of_the_record_hears_of_an_account_apart(twilio_server):
    PatientFactory(document_number="52123456", phone="+573205550000", email="")

    register("sms")
    deliver_all(NOON)

    told = [m for m in twilio_server.messages if m.to == "+573205550000"]
    assert len(told) == 1
    assert "crearon una cuenta" in told[0].body


def test_nobody_hears_of_an_ordinary_registration(smtp_server, twilio_server):
    register("sms")
    deliver_all(NOON)

    assert [*twilio_server.messages, *smtp_server.messages] == []


# --- A document that already has an account -----------------------------------


@pytest.fixture
def rosa():
    """Whose account it is; her e-mail is confirmed."""
    patient = PatientFactory(document_number="52123456", email="duena@example.com")
    user = UserFactory(patient=patient)
    return ContactDeviceFactory(user=user).user


def test_stranger_gets_no_account_and_changes_nothing(rosa):
    account = register("sms", password="otra frase muy larga")

    rosa.refresh_from_db()
    assert account is None
    assert rosa.check_password(PASSWORD)
    assert list(ContactDevice.objects.values_list("user", flat=True)) == [rosa.pk]
    assert Patient.objects.count() == 1


def test_owner_is_told_and_the_stranger_is_not(rosa, smtp_server, twilio_server):
    """ENU-01: what differs is only in a message, and it goes to the owner."""
    register("sms")
    deliver_all(NOON)

    assert [mail.to for mail in smtp_server.messages] == ["duena@example.com"]
    assert smtp_server.messages[0].subject == "Usted ya tiene una cuenta"
    assert twilio_server.messages == []


def test_owner_is_told_once_a_day(rosa, smtp_server):
    for minute in range(2):
        attempt = begin()
        fill_in(attempt, phone=f"+57310555017{minute}")
        confirm(attempt, codes.derive(send(attempt)))
    deliver_all(NOON)

    assert len(smtp_server.messages) == 1


def test_stranger_with_the_contact_of_the_owner_gets_no_second_account(rosa):
    account = register("email", email="duena@example.com")

    assert account is None
    assert User.objects.count() == 1


def test_person_on_file_takes_the_document_back_from_a_stranger():
    """A stranger registered first; who proves the contact on file gets the document."""
    stranger = register("sms", phone="+573205550000")
    record = PatientFactory(document_number="52123456", phone=PHONE)

    owner = register("sms")

    stranger.refresh_from_db()
    assert owner.patient == record
    assert owner.username == "CC:52123456"
    assert not stranger.is_active
    assert stranger.username != owner.username


def test_account_confirmed_at_the_desk_is_not_taken(rosa):
    rosa.patient.phone = PHONE
    rosa.patient.save()

    assert register("sms") is None


def test_account_of_the_record_under_another_document_counts():
    """Somebody whose card changed: the record has an account with the former number."""
    patient = PatientFactory(document_number="52123456", phone=PHONE)
    UserFactory(patient=patient, username="TI:10203040506")

    assert register("sms") is None


# --- Codes, corrections and repetitions ---------------------------------------


def test_corrected_phone_voids_the_code_sent_to_the_wrong_one():
    """AUT-10: the destination is part of what the code is good for."""
    attempt = begin()
    fill_in(attempt, phone="+573105550000")
    challenge = send(attempt)
    fill_in(attempt, phone=PHONE)

    with pytest.raises(CodeExpired):
        confirm(attempt, codes.derive(challenge))

    later = NOON + timedelta(minutes=1)
    assert confirm(attempt, codes.derive(send(attempt, now=later)), now=later)


def test_wrong_code_makes_no_account():
    attempt = begin()
    fill_in(attempt)

    with pytest.raises(CodeWrong):
        confirm(attempt, walk.wrong(send(attempt)))

    assert not User.objects.exists()


def test_finished_attempt_is_over():
    attempt = begin()
    fill_in(attempt)
    code = codes.derive(send(attempt))
    confirm(attempt, code)

    with pytest.raises(AttemptOver):
        confirm(attempt, code)
    with pytest.raises(AttemptOver):
        fill_in(attempt)


def test_code_taken_before_the_machine_stopped_finishes_without_it():
    """A 500 after the code was spent: the same button goes on from there."""
    attempt = begin()
    fill_in(attempt)
    challenge = send(attempt)
    codes.check(
        challenge_id=challenge.pk,
        binding=str(attempt.pk),
        purpose=registration.PURPOSE,
        code=codes.derive(challenge),
        now=NOON,
    )

    assert confirm(attempt, "000000").username == "CC:52123456"


def test_attempt_ends_after_two_hours():
    attempt = begin()

    with pytest.raises(AttemptOver):
        registration.attempt(attempt_id=attempt.pk, now=NOON + timedelta(hours=2))


def test_same_document_again_goes_on_with_the_attempt():
    attempt = begin()
    fill_in(attempt)

    again = begin(former=attempt.pk, birth_date=date(1978, 3, 28))

    assert again.pk == attempt.pk
    assert again.birth_date == date(1978, 3, 28)


def test_another_document_is_another_attempt():
    """A code confirmed for one document never serves for another."""
    attempt = begin()

    assert begin(former=attempt.pk, number="99999999").pk != attempt.pk


def test_second_visit_keeps_the_password():
    attempt = begin()
    fill_in(attempt)
    fill_in(attempt, password="", phone="+573205550000")

    user = confirm(attempt, codes.derive(send(attempt)))

    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("corta", PasswordTooShort),
        ("", PasswordTooShort),
        ("5212345678", PasswordTooEasy),
        ("52123456 citas", PasswordTooEasy),
        ("rosaelenamartinez", PasswordTooEasy),
        ("1234567890", PasswordTooEasy),
        ("qwertyuiop", PasswordTooEasy),
        ("citasmedicas", PasswordTooEasy),
        ("ipsguayacan2", PasswordTooEasy),
        ("aaaaaaaaaaaa", PasswordTooEasy),
    ],
)
def test_weak_password_is_refused(password, refusal):
    """AUT-01 and AUT-02."""
    with pytest.raises(refusal):
        fill_in(begin(), password=password, family_names="Martinez")


@pytest.mark.parametrize(
    "password", ["ñandú 🐦 azul", "sol, luna y mar. " * 7, "tres gatos negros"]
)
def test_any_characters_make_a_password(password):
    """AUT-01: spaces, ñ and emoji; up to 128, and all of them count."""
    user = register(password=password)

    assert user.check_password(password)
    assert not user.check_password(password[:-1])


def test_under_fourteen_somebody_else_registers():
    with pytest.raises(TooYoung):
        begin(birth_date=date(2012, 11, 24))

    begin(birth_date=date(2012, 11, 23))


def test_channel_that_was_not_given_is_not_offered():
    attempt = begin()
    fill_in(attempt, email="")

    with pytest.raises(ChannelNotOffered):
        send(attempt, "email")


def test_no_code_before_the_details():
    attempt = begin()

    with pytest.raises(ChannelNotOffered):
        send(attempt)


def test_registrations_from_one_address_are_limited():
    """A01: a thousand documents on «Validar» end in a refusal."""
    for number in range(60):
        begin(number=str(10_000_000 + number))

    with pytest.raises(TooOften):
        begin(number="99999999")


def test_registration_is_audited_without_the_document():
    """LOG-01 and LOG-02."""
    user = register()

    event = AuditEvent.objects.get(action="registration.finished")
    assert (event.actor_id, event.outcome) == (user.pk, "ok")
    assert event.patient_ref == user.patient.token
    assert "52123456" not in str(event.__dict__)
